{#- Where what was published of an opportunity is not what is known now for the same as-of days: one row per figure, opportunity, owner
    and span of publishes over which both stood still. Both are followed as steps along the publishes, so that the work and the rows
    follow changes, not publishes; only opportunities that differ are looked at closely. -#}
{%- set key = ['figure', 'opportunity_id', 'owner_id'] -%}

with publishes as (

    select * from {{ ref('int_attributable_publishes') }}

),

bounds as (

    select
        min(as_of_date) as first_on,
        max(as_of_date) as last_on,
        max(position) as last_position
    from publishes
    having count(*) > 0

),

stretches as (

    select stretch, max(position) as last_position
    from publishes
    group by stretch

),

spans as (

    select
        {% for column in key %}parts.{{ column }}, {% endfor %}
        greatest(parts.from_on, bounds.first_on) as from_on,
        parts.to_on,
        parts.amount
    from {{ ref('int_figure_parts') }} as parts
    inner join bounds
        on parts.from_on <= bounds.last_on
        and parts.to_on > bounds.first_on

),

days as (

    select from_on as day_on from spans
    union
    select to_on as day_on from spans

),

reached as (

    select days.day_on, publishes.stretch, min(publishes.position) as position
    from days
    inner join publishes on days.day_on <= publishes.as_of_date
    group by days.day_on, publishes.stretch

),

placed as (

    select
        {% for column in key %}spans.{{ column }}, {% endfor %}
        spans.amount,
        begun.position as first_position,
        coalesce(ended.position, stretches.last_position + 1) as end_position
    from spans
    inner join reached as begun on spans.from_on = begun.day_on
    inner join stretches on begun.stretch = stretches.stretch
    left join reached as ended
        on spans.to_on = ended.day_on
        and begun.stretch = ended.stretch

),

published_positions as (

    select published.publish_number, min(publishes.position) as position
    from (select distinct publish_number from {{ ref('int_published_parts') }}) as published
    inner join publishes on published.publish_number <= publishes.publish_number
    group by published.publish_number

),

steps as (

    select {{ key | join(', ') }}, first_position as position, 0 as then_step, amount as now_step
    from placed
    where first_position < end_position
    union all
    select {{ key | join(', ') }}, end_position as position, 0 as then_step, -amount as now_step
    from placed
    where first_position < end_position
    union all
    select
        {% for column in key %}parts.{{ column }}, {% endfor %}
        published_positions.position,
        parts.amount_step as then_step,
        0 as now_step
    from {{ ref('int_published_parts') }} as parts
    inner join published_positions on parts.publish_number = published_positions.publish_number

),

summed as (

    select {{ key | join(', ') }}, position, sum(then_step) as then_step, sum(now_step) as now_step
    from steps
    group by {{ key | join(', ') }}, position
    having sum(then_step) <> 0 or sum(now_step) <> 0

),

differing as (

    select distinct figure, opportunity_id
    from (
        select
            figure, opportunity_id, position,
            sum(now_step - then_step) over (
                partition by {{ key | join(', ') }} order by position asc nulls first
                rows between unbounded preceding and current row
            ) as difference
        from summed
    ) as levels
    where difference <> 0 and position <= (select bounds.last_position from bounds)

),

close_steps as (

    select summed.*
    from summed
    inner join differing
        on summed.figure = differing.figure
        and summed.opportunity_id = differing.opportunity_id

),

-- Every owner of an opportunity at every position at which one of them changes, so that what moved between owners is seen as that.
grid as (

    select owners.figure, owners.opportunity_id, owners.owner_id, cuts.position, cuts.next_position
    from (select distinct {{ key | join(', ') }} from close_steps) as owners
    inner join (
        select
            figure, opportunity_id, position,
            lead(position) over (partition by figure, opportunity_id order by position asc nulls first) as next_position
        from (select distinct figure, opportunity_id, position from close_steps) as distinct_cuts
    ) as cuts
        on owners.figure = cuts.figure
        and owners.opportunity_id = cuts.opportunity_id

),

levels as (

    select
        {% for column in key %}grid.{{ column }}, {% endfor %}
        grid.position,
        grid.next_position,
        sum(coalesce(close_steps.then_step, 0)) over so_far as amount_then,
        sum(coalesce(close_steps.now_step, 0)) over so_far as amount_now
    from grid
    left join close_steps
        on grid.figure = close_steps.figure
        and grid.opportunity_id = close_steps.opportunity_id
        and grid.owner_id = close_steps.owner_id
        and grid.position = close_steps.position
    window
        so_far as (
            partition by grid.figure, grid.opportunity_id, grid.owner_id order by grid.position asc nulls first
            rows between unbounded preceding and current row
        )

),

compared as (

    select
        *,
        sum(amount_now - amount_then) over (partition by figure, opportunity_id, position) as opportunity_difference
    from levels

)

select
    {% for column in key %}compared.{{ column }}, {% endfor %}
    cast(compared.position as bigint) as first_position,
    cast(coalesce(compared.next_position - 1, bounds.last_position) as bigint) as last_position,
    cast(compared.amount_then as decimal(18, 2)) as amount_then,
    cast(compared.amount_now as decimal(18, 2)) as amount_now,
    compared.opportunity_difference = 0 as is_owner_only
from compared
cross join bounds
where compared.amount_then <> compared.amount_now and compared.position <= bounds.last_position
