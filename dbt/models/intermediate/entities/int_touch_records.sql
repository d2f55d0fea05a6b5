{#- Every dated interaction of a person with a campaign, channel or asset, as each source tells it, in the words of the taxonomy
    (seeds/channel_taxonomy.csv). Bots and the company's own people are flagged here and counted, and left out downstream;
    what two sources tell is counted once in int_touches.

    A touch's own recorded channel counts before the taxonomy's, so that a source that names channels itself needs no seed.
    Without a taxonomy row a member of a campaign or program falls through as its campaign's type, material if its system calls
    it a response; a generic touch is material, and without a channel it has none; a marketing automation's activity isn't. -#}
with united as (

    select
        touches.touch_id, touches.source_name, touches.contact_id, touches.lead_id, touches.account_id, touches.opportunity_id,
        touches.campaign_id,
        coalesce(touches.touch_type, campaigns.campaign_type) as touch_type,
        touches.touch_status,
        -- An activity has the channel of what was done, whatever it was done for.
        coalesce(touches.channel, case when touches.told_as <> 'activity' then campaigns.recorded_channel end) as channel,
        case when touches.touch_type is null then nullif(trim(campaigns.campaign_type), '') end as fallback_channel,
        touches.is_material_unless_mapped, touches.is_bot, touches.touched_at, touches.touched_at_source, touches.uploaded_at,
        touches.uploaded_by_id, touches.told_as
    from {{ united('touches') }} as touches
    left join {{ ref('int_campaigns') }} as campaigns on touches.campaign_id = campaigns.campaign_id

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

)

select
    classified.touch_id,
    classified.source_name,
    classified.told_as,
    coalesce(contacts.person_id, leads.person_id, classified.contact_id, classified.lead_id) as person_id,
    classified.contact_id,
    classified.lead_id,
    coalesce(classified.account_id, contacts.account_id, leads.account_id) as account_id,
    classified.opportunity_id,
    classified.campaign_id,
    classified.touch_type,
    classified.touch_status,
    classified.final_channel as channel,
    classified.sourcing_function,
    classified.is_material,
    classified.is_hand_raise,
    classified.is_partner,
    classified.is_in_taxonomy,
    classified.is_bot,
    coalesce(contacts.is_internal, leads.is_internal, false) as is_internal,
    classified.touched_at,
    classified.touched_at_source,
    classified.uploaded_at,
    classified.uploaded_by_id
from classified
left join {{ ref('int_people') }} as contacts
    on classified.contact_id = contacts.record_id
    and contacts.record_kind = 'contact'
left join {{ ref('int_people') }} as leads
    on classified.lead_id = leads.record_id
    and leads.record_kind = 'lead'
