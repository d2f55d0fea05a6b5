{#- Every dated interaction of a person with a campaign, channel or asset, as each source tells it, in the words of the taxonomy
    (seeds/channel_taxonomy.csv). Bots and the company's own people are flagged here and counted, and left out downstream;
    what two sources tell is counted once in int_touches.

    A touch's own recorded channel counts before the taxonomy's, so that a source that names channels itself needs no seed.
    Without a taxonomy row a member of a campaign or program falls through as its campaign's type, material if its system calls
    it a response; a generic touch is material, and without a channel it has none; a marketing automation's activity isn't.

    A touch that was deleted within var touch_correction_days after its instant never was; one deleted later was made, and
    `deleted_at` says since when it is gone. A member's status lasts until the next one that shows less interest, or that follows one
    that is no material touch: `replaced_at`. Whoever attended and asks for a meeting later has two touches; whoever was marked as
    attended and corrected to `No Show` has none from then on. -#}
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
        touches.uploaded_by_id, touches.told_as, touches.member_id, touches.status_number, touches.next_status_at, touches.deleted_at,
        touches.has_asset
    from {{ united('touches') }} as touches
    left join {{ ref('int_campaigns') }} as campaigns on touches.campaign_id = campaigns.campaign_id

),

single as (

    select * from united
    where coalesce(deleted_at > {{ add_time('touched_at', var('touch_correction_days'), 'day') }}, true)
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

statuses as (

    select
        *,
        case when is_hand_raise then 2 when is_material then 1 else 0 end as interest,
        lead(case when is_hand_raise then 2 when is_material then 1 else 0 end) over (
            partition by source_name, coalesce(member_id, touch_id) order by status_number asc nulls first
        ) as next_interest
    from classified

)

select
    statuses.touch_id,
    statuses.source_name,
    statuses.told_as,
    coalesce(contacts.person_id, leads.person_id, statuses.contact_id, statuses.lead_id) as person_id,
    statuses.contact_id,
    statuses.lead_id,
    statuses.account_id,
    statuses.opportunity_id,
    statuses.campaign_id,
    statuses.touch_type,
    statuses.touch_status,
    statuses.final_channel as channel,
    statuses.sourcing_function,
    statuses.is_material,
    statuses.is_hand_raise,
    statuses.is_partner,
    statuses.is_in_taxonomy,
    statuses.is_bot,
    coalesce(contacts.is_internal, leads.is_internal, false) as is_internal,
    statuses.touched_at,
    statuses.touched_at_source,
    statuses.uploaded_at,
    statuses.uploaded_by_id,
    statuses.status_number,
    case when statuses.interest = 0 or statuses.next_interest < statuses.interest then statuses.next_status_at end as replaced_at,
    statuses.deleted_at,
    statuses.has_asset,
    statuses.interest,
    -- Touches that name nobody and nothing that was ever loaded are counted, not credited.
    contacts.record_id is null and leads.record_id is null and accounts.account_id is null and links.opportunity_id is null
        as is_unmatched
from statuses
left join {{ ref('int_people') }} as contacts
    on statuses.contact_id = contacts.record_id
    and contacts.record_kind = 'contact'
left join {{ ref('int_people') }} as leads
    on statuses.lead_id = leads.record_id
    and leads.record_kind = 'lead'
left join {{ ref('int_accounts') }} as accounts on statuses.account_id = accounts.account_id
left join {{ ref('int_opportunity_links') }} as links on statuses.opportunity_id = links.opportunity_id
