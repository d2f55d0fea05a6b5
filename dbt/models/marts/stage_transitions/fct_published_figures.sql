{#- What was published, and what the same figure of the same day is now. Figures that are sums over opportunities are summed again from
    what is known now; others are as the newest publish of the same day has them, and nothing is said of why they differ. -#}
{%- set summed = "('" ~ summed_figures() | join("', '") ~ "')" -%}
{%- set causes = restatement_causes() -%}

with settings as (

    select as_of_date from {{ ref('int_run_settings') }}

),

publishes as (

    select
        publishes.*,
        attributable.position is not null as is_attributable
    from {{ ref('int_publishes') }} as publishes
    left join {{ ref('int_attributable_publishes') }} as attributable on publishes.publish_number = attributable.publish_number
    where publishes.is_past

),

published as (

    select
        publishes.publish_number,
        publishes.as_of_date,
        publishes.is_attributable,
        figures.figure,
        figures.dimension,
        figures.unit,
        figures.figure_value,
        figures.dimension = 'company' and figures.figure in {{ summed }} as is_summed
    from {{ ref('stg_plumbline__figures') }} as figures
    inner join publishes on figures.file_name = publishes.file_name

),

day_steps as (

    select figure, day_on, sum(amount) as amount
    from (
        select figure, from_on as day_on, amount from {{ ref('int_figure_parts') }}
        union all
        select figure, to_on as day_on, -amount as amount from {{ ref('int_figure_parts') }}
        union all
        select distinct figure, as_of_date as day_on, 0 as amount from published where is_summed
    ) as united
    group by figure, day_on

),

sums_now as (

    select
        figure,
        day_on,
        sum(amount) over (
            partition by figure order by day_on asc nulls first rows between unbounded preceding and current row
        ) as amount
    from day_steps

),

newest as (

    select as_of_date, figure, dimension, figure_value, publish_number
    from published
    qualify row_number() over (partition by as_of_date, figure, dimension order by publish_number desc nulls last) = 1

),

-- What this run has of its own day is newer than what was published of it.
company as (

    select
        published.*,
        case
            when published.is_summed then 'recomputed'
            when this_run.figure is not null then 'this run'
            when newest.publish_number > published.publish_number then 'later publish'
            else 'not known'
        end as now_basis,
        case
            when published.is_summed then cast(coalesce(sums_now.amount, 0) as double)
            when this_run.figure is not null then this_run.value
            when newest.publish_number > published.publish_number then newest.figure_value
        end as value_now
    from published
    left join sums_now
        on published.is_summed
        and published.figure = sums_now.figure
        and published.as_of_date = sums_now.day_on
    left join {{ ref('agg_headline_figures') }} as this_run
        on published.as_of_date = this_run.as_of_date
        and published.figure = this_run.figure
        and published.dimension = this_run.dimension
    left join newest
        on published.as_of_date = newest.as_of_date
        and published.figure = newest.figure
        and published.dimension = newest.dimension

),

-- Each span's difference as a step up at its first publish and down after its last.
cause_steps as (

    select figure, owner_id, cause, first_publish_number as publish_number, difference as step
    from {{ ref('fct_figure_restatements') }}
    union all
    select figure, owner_id, cause, last_publish_number + 1 as publish_number, -difference as step
    from {{ ref('fct_figure_restatements') }}

),

cells as (

    select figure, cast(null as varchar) as owner_id, cause, publish_number, step
    from cause_steps
    union all
    select figure, owner_id, cause, publish_number, step
    from cause_steps

),

cause_levels as (

    select
        figure, owner_id, cause, publish_number,
        lead(publish_number) over (partition by figure, owner_id, cause order by publish_number asc nulls first) as next_number,
        sum(sum(step)) over (
            partition by figure, owner_id, cause order by publish_number asc nulls first
            rows between unbounded preceding and current row
        ) as difference
    from cells
    group by figure, owner_id, cause, publish_number

),

by_cause as (

    select
        publishes.publish_number,
        levels.figure,
        levels.owner_id,
        {%- for cause in causes %}
        sum(case when levels.cause = '{{ cause }}' then levels.difference else 0 end) as from_{{ cause }},
        {%- endfor %}
        sum(levels.difference) as difference
    from cause_levels as levels
    inner join publishes
        on levels.publish_number <= publishes.publish_number
        and levels.next_number > publishes.publish_number
    where levels.difference <> 0
    group by publishes.publish_number, levels.figure, levels.owner_id

),

-- What an owner's figure was by the parts that were published; only where something of it was restated.
owner_steps as (

    select parts.figure, parts.owner_id, parts.publish_number, parts.amount_step as step
    from {{ ref('int_published_parts') }} as parts
    where exists (
        select 1 from by_cause where by_cause.figure = parts.figure and by_cause.owner_id = parts.owner_id
    )
    union all
    select figure, owner_id, publish_number, 0 as step
    from by_cause
    where owner_id is not null

),

owner_levels as (

    select
        figure, owner_id, publish_number,
        sum(sum(step)) over (
            partition by figure, owner_id order by publish_number asc nulls first
            rows between unbounded preceding and current row
        ) as amount
    from owner_steps
    group by figure, owner_id, publish_number

),

united as (

    select
        company.publish_number,
        company.as_of_date,
        company.figure,
        company.dimension,
        cast(null as varchar) as owner_id,
        company.unit,
        company.figure_value as published_value,
        company.value_now,
        case
            when company.is_summed then cast(round(company.value_now, 2) - round(company.figure_value, 2) as decimal(18, 2))
        end as summed_difference,
        company.now_basis,
        company.is_attributable and company.is_summed as is_attributable,
        {%- for cause in causes if cause != 'unexplained' %}
        coalesce(by_cause.from_{{ cause }}, 0) as from_{{ cause }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from company
    left join by_cause
        on company.is_summed
        and company.is_attributable
        and by_cause.owner_id is null
        and company.publish_number = by_cause.publish_number
        and company.figure = by_cause.figure
    union all
    select
        by_cause.publish_number,
        publishes.as_of_date,
        by_cause.figure,
        'owner' as dimension,
        by_cause.owner_id,
        case when by_cause.figure in ('opportunities', 'won_opportunities') then 'count' else 'money' end as unit,
        cast(owner_levels.amount as double) as published_value,
        cast(owner_levels.amount + by_cause.difference as double) as value_now,
        cast(by_cause.difference as decimal(18, 2)) as summed_difference,
        'recomputed' as now_basis,
        true as is_attributable,
        {%- for cause in causes if cause != 'unexplained' %}
        by_cause.from_{{ cause }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from by_cause
    inner join publishes
        on by_cause.publish_number = publishes.publish_number
        and publishes.is_attributable
    inner join owner_levels
        on by_cause.publish_number = owner_levels.publish_number
        and by_cause.figure = owner_levels.figure
        and by_cause.owner_id = owner_levels.owner_id
    where by_cause.owner_id is not null

),

remaining as (

    select
        *,
        coalesce(summed_difference, 0)
        {%- for cause in causes if cause != 'unexplained' %} - from_{{ cause }}{% endfor %} as from_unexplained,
        case
            when summed_difference is not null then summed_difference <> 0
            when now_basis <> 'not known' then (published_value is distinct from value_now)
        end as is_restated
    from united

)

select
    cast(
        {{ surrogate_key(['publishes.file_name', 'remaining.figure', 'remaining.dimension', 'remaining.owner_id']) }} as varchar
    ) as published_figure_id,
    remaining.publish_number,
    publishes.version,
    publishes.run_id,
    publishes.published_at,
    remaining.as_of_date,
    remaining.as_of_date = settings.as_of_date as is_as_of_this_run,
    remaining.figure,
    remaining.dimension,
    remaining.owner_id,
    remaining.unit,
    remaining.published_value,
    remaining.value_now,
    case
        when remaining.summed_difference is not null then cast(remaining.summed_difference as double)
        else {{ round_significant('remaining.value_now - remaining.published_value') }}
    end as difference,
    remaining.is_restated,
    remaining.now_basis,
    remaining.is_attributable,
    case
        when remaining.is_restated is null or not remaining.is_restated then null
        when remaining.now_basis <> 'recomputed' then 'not attributable'
        {%- for cause in causes %}
        when abs(remaining.from_{{ cause }})
            = greatest({% for other in causes %}abs(remaining.from_{{ other }}){% if not loop.last %}, {% endif %}{% endfor %})
            then '{{ cause }}'
        {%- endfor %}
    end as cause,
    {%- for cause in causes %}
    case when remaining.now_basis = 'recomputed' then cast(remaining.from_{{ cause }} as decimal(18, 2)) end as from_{{ cause }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from remaining
inner join publishes on remaining.publish_number = publishes.publish_number
cross join settings
