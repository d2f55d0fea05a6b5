{#- Salesforce campaign members as touches: what the member did last, and when it was first seen to have done it. -#}
with versions as (

    select *, lower(trim(campaign_member_status)) as status_key
    from {{ ref('stg_salesforce__campaign_member') }}

),

newest as (

    {{ latest_version('versions') }}

),

first_with_status as (

    select
        versions.source_name,
        versions.record_key,
        min(case when versions.status_key is not distinct from newest.status_key then versions.version_at end) as status_since_at,
        max(case when versions.status_key is distinct from newest.status_key then 1 else 0 end) = 1 as has_other_status
    from versions
    inner join newest
        on versions.source_name = newest.source_name
        and versions.record_key = newest.record_key
    group by versions.source_name, versions.record_key

),

dated as (

    select
        newest.campaign_member_id,
        newest.source_name,
        newest.campaign_id,
        newest.contact_id,
        newest.lead_id,
        newest.campaign_member_status,
        coalesce(newest.has_responded, false) as has_responded,
        newest.created_at,
        newest.created_by_id,
        -- A response is dated by day; on the day of the upload itself the upload's time of day is better than midnight.
        case
            when {{ local_date('newest.first_responded_at') }} = {{ local_date('newest.created_at') }}
                then greatest(newest.first_responded_at, newest.created_at)
            else newest.first_responded_at
        end as responded_at,
        case when first_with_status.has_other_status then first_with_status.status_since_at end as status_since_at
    from newest
    inner join first_with_status
        on newest.source_name = first_with_status.source_name
        and newest.record_key = first_with_status.record_key
    where not newest.is_record_deleted

)

select
    campaign_member_id as touch_id,
    source_name,
    contact_id,
    lead_id,
    cast(null as varchar) as account_id,
    cast(null as varchar) as opportunity_id,
    campaign_id,
    cast(null as varchar) as touch_type,
    campaign_member_status as touch_status,
    cast(null as varchar) as channel,
    has_responded as is_material_unless_mapped,
    false as is_bot,
    coalesce(responded_at, status_since_at, created_at) as touched_at,
    case
        when responded_at is not null then 'response'
        when status_since_at is not null then 'status_change'
        else 'creation'
    end as touched_at_source,
    created_at as uploaded_at,
    created_by_id as uploaded_by_id,
    'campaign_member' as told_as
from dated
