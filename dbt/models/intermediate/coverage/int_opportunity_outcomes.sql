{#- Closings, as_of-free: one row per unbroken spell that an opportunity spent won, or closed without a win. A spell that took no
    time is none; a move between two lost stages stays one spell, a move from lost to won starts another. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with visits as (

    select
        opportunity_id,
        visit_number,
        dated_by,
        entered_at,
        coalesce(exited_at, {{ end_of_time() }}) as exited_at,
        case when is_won then 'won' when is_open then 'open' else 'lost' end as outcome
    from {{ ref('int_stage_visits') }}
    where
        coalesce(exited_at, {{ end_of_time() }}) > entered_at
        and {{ changed_opportunities_filter('opportunity_id') }}

),

compared as (

    select
        *,
        lag(outcome) over (partition by opportunity_id order by visit_number asc nulls first) as previous_outcome
    from visits

),

turns as (

    select
        *,
        sum(case when outcome is distinct from previous_outcome then 1 else 0 end) over (
            partition by opportunity_id order by visit_number asc nulls first
            rows between unbounded preceding and current row
        ) as spell_number
    from compared

),

spells as (

    select
        opportunity_id,
        cast(spell_number as bigint) as spell_number,
        outcome,
        min(entered_at) as closed_at,
        min_by(dated_by, visit_number) as closing_basis,
        max(exited_at) as ended_at
    from turns
    where outcome <> 'open'
    group by opportunity_id, spell_number, outcome

),

measured as (

    select
        spells.opportunity_id,
        spells.spell_number,
        spells.outcome,
        spells.closed_at,
        spells.closing_basis,
        spells.ended_at,
        opportunities.life_start_at,
        opportunities.first_closed_at,
        opportunities.pipeline_at,
        case when opportunities.qualified_at <= spells.closed_at then opportunities.qualified_at end as qualified_at,
        case when opportunities.qualified_at <= spells.closed_at then opportunities.bar_basis end as bar_basis
    from spells
    inner join {{ ref('int_opportunities') }} as opportunities on spells.opportunity_id = opportunities.opportunity_id

),

-- The amount at the bar, else when it became pipeline, else the first; never one of the closing or after it (CRMs zero lost deals).
amounts_before_closing as (

    select
        measured.opportunity_id,
        measured.spell_number,
        coalesce(
            min_by(states.amount, states.valid_from) filter (
                where states.valid_from <= measured.qualified_at and states.valid_to > measured.qualified_at
            ),
            min_by(states.amount, states.valid_from) filter (
                where states.valid_from <= measured.pipeline_at and states.valid_to > measured.pipeline_at
            ),
            min_by(states.amount, states.valid_from)
        ) as amount
    from measured
    inner join {{ ref('int_opportunity_states') }} as states
        on measured.opportunity_id = states.opportunity_id
        -- What is told first counts as told since the start, also where that is the closing's own instant.
        and (states.valid_from < measured.closed_at or states.valid_from = measured.life_start_at)
        and states.amount > 0
    group by measured.opportunity_id, measured.spell_number

)

select
    {{ surrogate_key(['measured.opportunity_id', 'measured.spell_number']) }} as outcome_id,
    measured.opportunity_id,
    measured.outcome,
    measured.closed_at,
    measured.closing_basis,
    measured.first_closed_at,
    measured.ended_at,
    measured.qualified_at,
    measured.bar_basis,
    coalesce(measured.bar_basis in ('assumed', 'no_bar'), false) as is_assumed,
    at_closing.owner_id,
    coalesce(owners.is_ae, false) as is_owner_ae,
    owners.segment as owner_segment,
    amounts_before_closing.amount as amount_at_bar
from measured
left join amounts_before_closing
    on measured.opportunity_id = amounts_before_closing.opportunity_id
    and measured.spell_number = amounts_before_closing.spell_number
left join {{ ref('int_opportunity_states') }} as at_closing
    on measured.opportunity_id = at_closing.opportunity_id
    and at_closing.valid_from <= measured.closed_at
    and at_closing.valid_to > measured.closed_at
left join {{ ref('int_user_intervals') }} as owners
    on at_closing.owner_id = owners.user_id
    and owners.valid_from <= measured.closed_at
    and owners.valid_to > measured.closed_at
