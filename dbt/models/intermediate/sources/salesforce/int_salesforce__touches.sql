{#- Salesforce campaign members as touches: one row per member and status that it had, in the order in which they came.

    The first status seen counts from the response date. One seen later counts from when it was modified or seen, unless the response
    date dates it: it was empty before, and lies after the last extract that showed the status before (METRICS.md §3). What a
    deletion tells of a member counts only where nothing else does. -#}
with versions as (

    select *, lower(trim(campaign_member_status)) as status_key
    from ({{ witnessed_versions(ref('stg_salesforce__campaign_member')) }}) as witnesses

),

turns as (

    {{ record_deletions(ref('stg_salesforce__campaign_member'), ['campaignmember']) }}

),

told as (

    select
        *,
        row_number() over told_order as told_number,
        lag(status_key) over told_order as previous_key,
        max(first_responded_at) over so_far as responded_before_at,
        max(seen_at) over so_far as other_seen_at
    from (
        select * from versions
        qualify
            not is_record_deleted
            or min(case when is_record_deleted then 1 else 0 end) over (partition by source_name, record_key) = 1
    ) as sights
    window
        told_order as (partition by source_name, record_key order by {{ version_order('') }}),
        so_far as (
            partition by source_name, record_key order by {{ version_order('') }} rows between unbounded preceding and 1 preceding
        )

),

statuses as (

    select
        *,
        row_number() over (partition by source_name, record_key order by told_number asc nulls last) as status_number,
        -- A response is dated by day; on the day of the upload itself the upload's time of day is better than midnight.
        case
            when {{ local_date('first_responded_at') }} = {{ local_date('created_at') }}
                then greatest(first_responded_at, created_at)
            else first_responded_at
        end as responded_at
    from told
    where told_number = 1 or status_key is distinct from previous_key

),

dated as (

    select
        *,
        case
            when status_number = 1 then coalesce(responded_at, created_at, version_at)
            when responded_before_at is null and responded_at > other_seen_at and responded_at <= extracted_at then responded_at
            else {{ told_change_at('version_at', 'extracted_at', 'other_seen_at') }}
        end as told_at,
        case
            when status_number = 1 then case when responded_at is not null then 'response' else 'creation' end
            when responded_before_at is null and responded_at > other_seen_at and responded_at <= extracted_at then 'response'
            else 'status_change'
        end as touched_at_source
    from statuses

),

placed as (

    select
        *,
        -- A later status is never before an earlier one.
        max(told_at) over (
            partition by source_name, record_key order by status_number asc nulls first
            rows between unbounded preceding and current row
        ) as touched_at
    from dated

)

select
    placed.campaign_member_id || case when placed.status_number > 1 then ':' || placed.status_number else '' end as touch_id,
    placed.source_name,
    placed.contact_id,
    placed.lead_id,
    cast(null as varchar) as account_id,
    cast(null as varchar) as opportunity_id,
    placed.campaign_id,
    cast(null as varchar) as touch_type,
    placed.campaign_member_status as touch_status,
    cast(null as varchar) as channel,
    coalesce(placed.has_responded, false) as is_material_unless_mapped,
    false as is_bot,
    placed.touched_at,
    placed.touched_at_source,
    placed.created_at as uploaded_at,
    placed.created_by_id as uploaded_by_id,
    'campaign_member' as told_as,
    placed.campaign_member_id as member_id,
    placed.status_number,
    lead(placed.touched_at) over (
        partition by placed.source_name, placed.record_key order by placed.status_number asc nulls first
    ) as next_status_at,
    turns.deleted_at,
    false as has_asset
from placed
left join turns
    on placed.source_name = turns.source_name
    and placed.record_key = turns.record_key
