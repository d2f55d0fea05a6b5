{#- Every opportunity that is won or lost as of as_of, once: the open stage that it left, how long it took, what it was worth. A lost one is
    worth what it was before the closing (CRMs zero lost deals), a won one what it is as of as_of. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

closings as (

    select
        outcomes.opportunity_id,
        outcomes.outcome,
        outcomes.closed_at,
        outcomes.first_closed_at,
        outcomes.closing_basis,
        outcomes.qualified_at,
        outcomes.is_assumed,
        outcomes.amount_at_bar,
        opportunities.life_start_at,
        opportunities.is_start_known
    from {{ ref('int_opportunity_outcomes') }} as outcomes
    inner join settings
        on outcomes.closed_at < settings.as_of_at
        and outcomes.ended_at >= settings.as_of_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on outcomes.opportunity_id = opportunities.opportunity_id
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

stages_left as (

    select
        closings.opportunity_id,
        max_by(visits.pipeline_id, visits.visit_number) as pipeline_id,
        max_by(visits.stage, visits.visit_number) as stage
    from closings
    inner join {{ ref('int_stage_visits') }} as visits
        on closings.opportunity_id = visits.opportunity_id
        and closings.closed_at >= visits.exited_at
        and visits.is_open
    group by closings.opportunity_id

)

select
    closings.opportunity_id,
    closings.outcome,
    closings.closed_at,
    {{ local_date('closings.closed_at') }} as closed_on,
    closings.first_closed_at,
    closings.closing_basis,
    closings.qualified_at is not null as is_qualified,
    closings.is_assumed,
    coalesce(stages_left.pipeline_id, as_of_states.pipeline_id) as pipeline_id,
    coalesce(stages_left.stage, '(none)') as stage_left,
    case when closings.outcome = 'won' then as_of_states.amount else coalesce(before_closing.amount, closings.amount_at_bar) end as amount,
    case when closings.is_start_known then {{ fractional_days('closings.life_start_at', 'closings.closed_at') }} end as days_from_creation,
    {{ fractional_days('closings.qualified_at', 'closings.closed_at') }} as days_from_bar,
    case
        when closings.outcome = 'won' then null
        when coalesce(trim(as_of_states.loss_reason), '') = '' then '(blank)'
        else coalesce(reasons.reason_class, '(unclassified)')
    end as reason_class,
    {{ flow_cell_columns() }}
from closings
cross join settings
left join stages_left on closings.opportunity_id = stages_left.opportunity_id
left join {{ ref('int_opportunity_states') }} as as_of_states
    on closings.opportunity_id = as_of_states.opportunity_id
    and settings.as_of_at > as_of_states.valid_from
    and settings.as_of_at <= as_of_states.valid_to
left join {{ ref('int_opportunity_states') }} as before_closing
    on closings.opportunity_id = before_closing.opportunity_id
    and closings.closed_at > before_closing.valid_from
    and closings.closed_at <= before_closing.valid_to
left join {{ ref('loss_reasons') }} as reasons
    on lower(trim(as_of_states.loss_reason)) = lower(trim(reasons.loss_reason))
{{ flow_cell_joins('closings.opportunity_id', 'closings.closed_at') }}
