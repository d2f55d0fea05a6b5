{#- Every dated interaction of a person with a campaign, channel or asset, of all sources, in the words of the taxonomy
    (seeds/channel_taxonomy.csv). Bots and the company's own people are flagged here and counted, and left out downstream.

    A touch's own recorded channel counts before the taxonomy's, so that a source that names channels itself needs no seed.
    Without a taxonomy row a Salesforce member falls through as its campaign type, material if the CRM calls it a response;
    a generic touch is material, and without a channel it has none. -#}
with united as (

    select
        members.campaign_member_id as touch_id, members.source_name, members.contact_id, members.lead_id,
        cast(null as varchar) as account_id, cast(null as varchar) as opportunity_id, members.campaign_id,
        campaigns.campaign_type as touch_type, members.campaign_member_status as touch_status,
        campaigns.recorded_channel as channel, nullif(trim(campaigns.campaign_type), '') as fallback_channel,
        members.has_responded as is_material_unless_mapped, false as is_bot,
        members.touched_at, members.touched_at_source, members.created_at as uploaded_at, members.created_by_id as uploaded_by_id
    from {{ ref('int_campaign_members') }} as members
    left join {{ ref('int_campaigns') }} as campaigns on members.campaign_id = campaigns.campaign_id
    union all
    select
        touches.touch_id, touches.source_name, touches.contact_id, touches.lead_id,
        touches.account_id, touches.opportunity_id, touches.campaign_id,
        coalesce(touches.touch_type, campaigns.campaign_type) as touch_type, touches.touch_status,
        coalesce(nullif(trim(touches.channel), ''), campaigns.recorded_channel) as channel,
        case when touches.touch_type is null then nullif(trim(campaigns.campaign_type), '') end as fallback_channel,
        true as is_material_unless_mapped, coalesce(touches.is_bot, false) as is_bot,
        touches.touched_at, 'recorded' as touched_at_source, touches.touched_at as uploaded_at,
        cast(null as varchar) as uploaded_by_id
    from ({{ latest_version(ref('stg_generic__touches')) }}) as touches
    left join {{ ref('int_campaigns') }} as campaigns on touches.campaign_id = campaigns.campaign_id
    where not touches.is_record_deleted

),

single as (

    select * from united
    qualify row_number() over (partition by touch_id order by source_name asc nulls last) = 1

),

taxonomy as (

    select
        lower(trim(touch_type)) as type_key,
        lower(trim(touch_status)) as status_key,
        nullif(trim(channel), '') as channel,
        sourcing_function,
        is_material,
        is_hand_raise,
        is_partner
    from {{ ref('channel_taxonomy') }}

),

classified as (

    select
        single.*,
        coalesce(single.channel, exact.channel, whole.channel, single.fallback_channel) as final_channel,
        coalesce(exact.sourcing_function, whole.sourcing_function, 'unknown') as sourcing_function,
        coalesce(exact.is_material, whole.is_material, single.is_material_unless_mapped) as is_material,
        coalesce(exact.is_hand_raise, whole.is_hand_raise, false) as is_hand_raise,
        coalesce(exact.is_partner, whole.is_partner, false) as is_partner,
        exact.type_key is not null or whole.type_key is not null as is_in_taxonomy
    from single
    left join taxonomy as exact
        on lower(trim(single.touch_type)) = exact.type_key
        and lower(trim(single.touch_status)) = exact.status_key
        and exact.status_key <> '*'
    left join taxonomy as whole
        on lower(trim(single.touch_type)) = whole.type_key
        and whole.status_key = '*'

),

batched as (

    select
        classified.*,
        campaigns.ends_on,
        lower(trim(campaigns.campaign_type)) in (
            {%- for campaign_type in event_campaign_types() %}
            '{{ campaign_type }}' {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ) as is_event,
        count(*) over (
            partition by classified.campaign_id, classified.uploaded_by_id, {{ local_date('classified.uploaded_at') }}
        ) as batch_size
    from classified
    left join {{ ref('int_campaigns') }} as campaigns on classified.campaign_id = campaigns.campaign_id

),

corrected as (

    select
        *,
        -- The batch's date is the upload's: it says when a list was loaded, not when anybody came.
        coalesce(
            is_event
            and batch_size >= {{ var('bulk_upload_size') }}
            and {{ local_date('uploaded_at') }} > ends_on
            and {{ local_date('uploaded_at') }} <= {{ add_days('ends_on', var('bulk_upload_days')) }}
            and {{ local_date('touched_at') }} >= {{ local_date('uploaded_at') }},
            false
        ) as is_bulk_upload
    from batched

)

select
    corrected.touch_id,
    corrected.source_name,
    coalesce(contacts.person_id, leads.person_id, corrected.contact_id, corrected.lead_id) as person_id,
    corrected.contact_id,
    corrected.lead_id,
    coalesce(merged_accounts.survivor_id, corrected.account_id, contacts.account_id, leads.account_id) as account_id,
    corrected.opportunity_id,
    corrected.campaign_id,
    corrected.touch_type,
    corrected.touch_status,
    corrected.final_channel as channel,
    corrected.sourcing_function,
    corrected.is_material,
    corrected.is_hand_raise,
    corrected.is_partner,
    corrected.is_in_taxonomy,
    corrected.is_bot,
    coalesce(contacts.is_internal, leads.is_internal, false) as is_internal,
    case when corrected.is_bulk_upload then {{ start_of_day('corrected.ends_on') }} else corrected.touched_at end as touched_at,
    case when corrected.is_bulk_upload then 'campaign_end' else corrected.touched_at_source end as touched_at_source
from corrected
left join {{ ref('int_people') }} as contacts
    on corrected.contact_id = contacts.record_id
    and contacts.record_kind = 'contact'
left join {{ ref('int_people') }} as leads
    on corrected.lead_id = leads.record_id
    and leads.record_kind = 'lead'
left join {{ ref('int_record_merges') }} as merged_accounts
    on corrected.account_id = merged_accounts.record_id
    and merged_accounts.record_kind = 'account'
