{#- Activities of mapped sources, as newest known, in the words of the entity model; a meeting with somebody named had one attendee
    from outside unless the source says how many. -#}
{{ config(materialized='ephemeral') }}

with typed as (

    select
        *,
        case
            when lower(trim(activity_type)) in ('email', 'call', 'meeting', 'task') then lower(trim(activity_type))
            else 'other'
        end as known_type
    from ({{ newest_sight_and_deletion(ref('stg_generic__activities'), ['activities']) }}) as activities

)

select
    activity_id,
    source_name,
    known_type as activity_type,
    case when lower(trim(direction)) in ('in', 'inbound', 'incoming') then 'in' else 'out' end as direction,
    status as outcome,
    occurred_at,
    ended_at,
    duration_seconds,
    owner_id,
    created_by_id,
    account_id,
    contact_id,
    lead_id,
    opportunity_id,
    case
        when known_type = 'meeting'
            then coalesce(external_attendee_count, case when contact_id is not null or lead_id is not null then 1 end, 0)
    end as external_attendee_count,
    coalesce(created_at, first_seen_at) as created_at,
    deleted_at
from typed
