{{ config(severity='warn') }}
-- A row is a raw status (or lifecycle stage) of leads that seeds/lead_stage_policy.csv has no row for at the time of the change:
-- visits in it are '(unknown)', open, on no rung, and no decision about a handoff. Add the value to the seed; nothing of it is lost
-- until then.
select
    changes.field,
    changes.new_value as raw_value,
    count(*) as n_changes,
    count(distinct changes.lead_id) as n_leads,
    min(changes.changed_at) as first_at,
    max(changes.changed_at) as last_at
from {{ ref('int_lead_changes') }} as changes
inner join {{ ref('int_lead_lives') }} as lives on changes.lead_id = lives.lead_id
left join {{ ref('int_lead_stage_policy') }} as policy
    on changes.field = policy.field
    and lower(trim(changes.new_value)) = policy.value_key
    and changes.changed_at >= policy.valid_from
    and changes.changed_at < policy.valid_to
where
    changes.field in ('status', 'lifecycle_stage')
    and changes.new_value is not null
    and policy.value_key is null
group by changes.field, changes.new_value
