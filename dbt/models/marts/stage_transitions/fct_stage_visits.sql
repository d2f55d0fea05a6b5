with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

visits as (

    select
        visits.*,
        case when visits.exited_at < settings.as_of_at then visits.exited_at end as exited_by_as_of,
        settings.as_of_at
    from {{ ref('int_stage_visits') }} as visits
    cross join settings
    inner join {{ ref('int_opportunities') }} as opportunities
        on visits.opportunity_id = opportunities.opportunity_id
    where
        visits.entered_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

-- Since when owner and amount are told, where a recorded change that doesn't tell its old value is the first of them.
told as (

    select
        opportunity_id,
        max(case when field = 'owner_id' and is_assumed then observed_at end) as owner_told_at,
        max(case when field = 'amount' and is_assumed then observed_at end) as amount_told_at,
        min(case when field = 'currency' and new_value is not null then changed_at end) as currency_told_at
    from {{ ref('int_opportunity_changes') }}
    where field in ('owner_id', 'amount', 'currency')
    group by opportunity_id

)

select
    visits.visit_id,
    visits.opportunity_id,
    cast(visits.visit_number as bigint) as visit_number,
    visits.pipeline_id,
    visits.stage,
    visits.stage_order,
    visits.phase,
    visits.is_open,
    visits.is_pipeline,
    visits.is_qualified,
    visits.is_won,
    visits.is_stage_in_policy,
    visits.entered_at,
    visits.exited_by_as_of as exited_at,
    visits.exited_by_as_of is null as is_current,
    visits.is_start_known,
    visits.exited_by_as_of is not null and visits.is_start_known as is_complete,
    case
        when visits.is_start_known then {{ fractional_days('visits.entered_at', 'coalesce(visits.exited_by_as_of, visits.as_of_at)') }}
    end as days_in_stage,
    policy.maximum_days,
    visits.amount_at_entry,
    case
        when visits.amount_at_entry is null then null
        when visits.entered_at < told.amount_told_at then 'assumed'
        when visits.entered_at >= told.currency_told_at then 'told'
        else 'reporting_currency'
    end as amount_at_entry_basis,
    visits.entered_by_id,
    visits.owner_id_at_entry,
    owners.role as owner_role_at_entry,
    owners.team as owner_team_at_entry,
    owners.segment as owner_segment_at_entry,
    owners.territory as owner_territory_at_entry,
    case
        when visits.owner_id_at_entry is null then null
        when visits.entered_at < told.owner_told_at then 'assumed_owner'
        else owners.staff_basis
    end as owner_at_entry_basis,
    visits.origin,
    visits.dated_by,
    visits.known_at
from visits
left join {{ ref('int_user_intervals') }} as owners
    on visits.owner_id_at_entry = owners.user_id
    and visits.entered_at >= owners.valid_from
    and visits.entered_at < owners.valid_to
left join told on visits.opportunity_id = told.opportunity_id
left join {{ ref('int_stage_policy') }} as policy
    on visits.pipeline_id = policy.pipeline_id
    and visits.stage = policy.stage
    and visits.entered_at >= policy.valid_from
    and visits.entered_at < policy.valid_to
