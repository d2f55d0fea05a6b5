with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

visits as (

    select
        visits.*,
        lives.source_name,
        lives.is_start_known or visits.visit_number > 1 as is_start_known,
        case when visits.exited_at < settings.as_of_at then visits.exited_at end as exited_by_as_of,
        settings.as_of_at
    from {{ ref('int_lead_stage_visits') }} as visits
    cross join settings
    inner join {{ ref('int_lead_lives') }} as lives on visits.lead_id = lives.lead_id
    where
        visits.entered_at < settings.as_of_at
        and coalesce(lives.deleted_at >= settings.as_of_at, true)

),

owners as (

    select
        lead_id,
        new_value as owner_id,
        changed_at as valid_from,
        lead(changed_at) over (partition by lead_id order by change_number asc nulls first) as valid_to
    from {{ ref('int_lead_changes') }}
    where field = 'owner_id'

)

select
    cast({{ surrogate_key([published_id('visits.lead_id'), 'visits.visit_number']) }} as varchar) as lead_visit_id,
    cast({{ published_id('visits.lead_id') }} as varchar) as lead_id,
    visits.source_name,
    visits.visit_number,
    visits.lead_stage,
    visits.stage_rank,
    visits.raw_value as raw_status,
    case
        when visits.visit_number = 1 then 'created'
        when visits.is_converted then 'converted'
        when visits.is_rejected then 'rejected'
        when not visits.was_on_ladder and visits.previous_stage <> '(unknown)' and visits.stage_rank is not null then 'reopened'
        when visits.stage_rank > visits.previous_rank + 1 then 'skip'
        when visits.stage_rank > visits.previous_rank then 'advance'
        when visits.stage_rank < visits.previous_rank then 'regress'
        else 'other'
    end as direction,
    visits.is_handoff,
    visits.is_accepted,
    visits.is_rejected,
    visits.is_converted,
    visits.is_stage_in_policy,
    visits.reason_class,
    visits.entered_at,
    visits.exited_by_as_of as exited_at,
    visits.exited_by_as_of is null as is_current,
    visits.is_start_known,
    case
        when visits.is_start_known then {{ fractional_days('visits.entered_at', 'coalesce(visits.exited_by_as_of, visits.as_of_at)') }}
    end as days_in_stage,
    owners.owner_id as owner_id_at_entry,
    intervals.role as owner_role_at_entry,
    intervals.team as owner_team_at_entry,
    intervals.staff_basis as owner_at_entry_basis,
    visits.entered_by_id,
    visits.origin
from visits
left join owners
    on visits.lead_id = owners.lead_id
    and visits.entered_at >= owners.valid_from
    and visits.entered_at < coalesce(owners.valid_to, {{ end_of_time() }})
left join {{ ref('int_user_intervals') }} as intervals
    on owners.owner_id = intervals.user_id
    and visits.entered_at >= intervals.valid_from
    and visits.entered_at < intervals.valid_to
