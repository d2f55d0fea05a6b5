{#- What each opportunity is worth to each headline figure that is a sum, by as-of day and owner, by all that is known now. Spans may
    overlap: a figure of a day is the sum over the spans that hold it. What counts as open, created or won on a day is what
    agg_headline_figures counts when run for that day; a test holds the two equal. Days are those at whose end it holds. -#}
{%- set parts = ['figure', 'opportunity_id', 'owner_id', 'from_on', 'to_on', 'amount'] -%}
{%- set next_quarter_on -%} {{ add_months_to(fiscal_quarter_start('local_on'), 3) }} {%- endset -%}

with opportunities as (

    select
        opportunity_id,
        coalesce(deleted_at, {{ end_of_time() }}) as deleted_at
    from {{ ref('int_opportunities') }}

),

states as (

    select
        states.opportunity_id,
        coalesce(states.owner_id, '(unassigned)') as owner_id,
        coalesce(states.amount, 0) as amount,
        states.close_date,
        states.valid_from,
        least(states.valid_to, opportunities.deleted_at) as valid_to
    from {{ ref('int_opportunity_states') }} as states
    inner join opportunities on states.opportunity_id = opportunities.opportunity_id

),

open_states as (

    select
        states.opportunity_id,
        states.owner_id,
        states.amount,
        states.close_date,
        visits.is_qualified,
        {{ local_date('greatest(states.valid_from, visits.entered_at)') }} as from_on,
        {{ local_date('least(states.valid_to, coalesce(visits.exited_at, ' ~ end_of_time() ~ '))') }} as to_on
    from states
    inner join {{ ref('int_stage_visits') }} as visits
        on states.opportunity_id = visits.opportunity_id
        and visits.is_open
        and visits.is_pipeline
        and states.valid_from < coalesce(visits.exited_at, {{ end_of_time() }})
        and states.valid_to > visits.entered_at

),

-- A movement counts until its quarter ends. What moves within the pipeline of one owner cancels.
growth as (

    select
        movements.opportunity_id,
        movements.owner_id,
        movements.basis,
        greatest(movements.moved_on, bounds.first_on) as local_on,
        sum(movements.amount) as amount
    from {{ ref('int_pipeline_movements') }} as movements
    cross join (select min(periods.first_on) as first_on from {{ ref('int_pipeline_periods') }} as periods) as bounds
    group by movements.opportunity_id, movements.owner_id, movements.basis, greatest(movements.moved_on, bounds.first_on)
    having sum(movements.amount) <> 0

),

credits as (

    select
        candidates.opportunity_id,
        candidates.basis,
        candidates.amount,
        candidates.ae_owner_id,
        candidates.first_owner_id,
        {{ local_date('candidates.instant_at') }} as local_on,
        {{ local_date('greatest(candidates.instant_at, candidates.amount_at)') }} as from_on,
        {{ local_date('coalesce(candidates.first_owner_at, ' ~ end_of_time() ~ ')') }} as first_owner_on,
        {{ local_date('coalesce(candidates.ae_owner_at, ' ~ end_of_time() ~ ')') }} as ae_owner_on,
        {{ local_date('opportunities.deleted_at') }} as deleted_on
    from {{ ref('int_opportunity_credit_candidates') }} as candidates
    inner join opportunities on candidates.opportunity_id = opportunities.opportunity_id
    where candidates.amount_at is not null

),

won as (

    select
        outcomes.opportunity_id,
        coalesce(outcomes.owner_id, '(unassigned)') as owner_id,
        outcomes.closed_at,
        least(outcomes.ended_at, opportunities.deleted_at) as ended_at,
        {{ local_date('outcomes.closed_at') }} as local_on
    from {{ ref('int_opportunity_outcomes') }} as outcomes
    inner join opportunities on outcomes.opportunity_id = opportunities.opportunity_id
    where outcomes.outcome = 'won'

),

united as (

    select
        'opportunities' as figure, opportunity_id, owner_id, cast(1 as decimal(18, 2)) as amount,
        {{ local_date('valid_from') }} as from_on, {{ local_date('valid_to') }} as to_on
    from states
    union all
    select 'open_pipeline_total' as figure, opportunity_id, owner_id, amount, from_on, to_on
    from open_states
    union all
    select 'open_pipeline_qualified' as figure, opportunity_id, owner_id, amount, from_on, to_on
    from open_states
    where is_qualified
    union all
    select
        'open_pipeline_overdue' as figure, opportunity_id, owner_id, amount,
        greatest(from_on, {{ add_days('close_date', 1) }}) as from_on, to_on
    from open_states
    where close_date is not null
    union all
    select
        'net_pipeline_growth_' || basis as figure, opportunity_id, owner_id, amount, local_on as from_on,
        {{ next_quarter_on }} as to_on
    from growth
    {%- for owner, owned_from, owned_to in [
        ("'(unassigned)'", 'from_on', 'least(first_owner_on, ae_owner_on)'),
        ('first_owner_id', 'first_owner_on', 'ae_owner_on'),
        ('ae_owner_id', 'ae_owner_on', 'deleted_on')
    ] %}
    union all
    select
        'created_pipeline_' || basis as figure, opportunity_id, {{ owner }} as owner_id, amount,
        greatest(from_on, {{ owned_from }}) as from_on,
        least({{ owned_to }}, deleted_on, {{ next_quarter_on }}) as to_on
    from credits
    {%- endfor %}
    union all
    select
        'won_opportunities' as figure, opportunity_id, owner_id, cast(1 as decimal(18, 2)) as amount, local_on as from_on,
        least({{ local_date('ended_at') }}, {{ next_quarter_on }}) as to_on
    from won
    union all
    select
        'won_amount' as figure, won.opportunity_id, won.owner_id, states.amount,
        greatest(won.local_on, {{ local_date('states.valid_from') }}) as from_on,
        least({{ local_date('won.ended_at') }}, {{ local_date('states.valid_to') }}, {{ next_quarter_on }}) as to_on
    from won
    inner join states on won.opportunity_id = states.opportunity_id

)

select
    {{ parts[:5] | join(', ') }},
    cast(sum(amount) as decimal(18, 2)) as amount
from united
where from_on < to_on and amount <> 0
group by {{ parts[:5] | join(', ') }}
