-- A row means that the visits of a lead overlap, leave a gap, follow each other in the same stage, end before they begin, or are
-- missing: a lead of the CRM has one from its first instant on. Visits that took no time are right.
with visits as (

    select
        *,
        lag(exited_at) over (partition by lead_id order by visit_number asc nulls first) as previous_exited_at,
        lag(lead_stage) over (partition by lead_id order by visit_number asc nulls first) as stage_before,
        max(visit_number) over (partition by lead_id) as last_number
    from {{ ref('int_lead_stage_visits') }}

)

select 'untiled' as rule, lead_visit_id as place
from visits
where
    (visit_number > 1 and (previous_exited_at is distinct from entered_at or stage_before is not distinct from lead_stage))
    or exited_at < entered_at
    or (exited_at is null) <> (visit_number = last_number)
union all
select 'missing' as rule, lives.lead_id as place
from {{ ref('int_lead_lives') }} as lives
left join visits
    on lives.lead_id = visits.lead_id
    and visits.visit_number = 1
where
    lives.record_kind = 'lead'
    and (visits.lead_id is null or visits.entered_at <> lives.life_start_at)
