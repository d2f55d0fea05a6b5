{#- Every dated interaction of a person with a campaign, channel or asset, of all sources, each once: what int_touch_repeats finds
    told by another source is left out, each under its channel's one name. Members of an event whose
    list was uploaded after it are dated back to it. -#}
with single as (

    select * from {{ ref('int_touch_records') }}
    where touch_id not in (select repeats.touch_id from {{ ref('int_touch_repeats') }} as repeats)

),

batched as (

    select
        single.*,
        campaigns.ends_on,
        lower(trim(campaigns.campaign_type)) in (
            {%- for campaign_type in event_campaign_types() %}
            '{{ campaign_type }}' {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ) as is_event,
        sum(case when single.status_number = 1 then 1 else 0 end) over (
            partition by single.campaign_id, single.uploaded_by_id, {{ local_date('single.uploaded_at') }}
        ) as batch_size
    from single
    left join {{ ref('int_campaigns') }} as campaigns on single.campaign_id = campaigns.campaign_id

),

corrected as (

    select
        *,
        -- The batch's date is the upload's: it says when a list was loaded, not when anybody came.
        coalesce(
            is_event
            and status_number = 1
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
    corrected.person_id,
    corrected.contact_id,
    corrected.lead_id,
    corrected.account_id,
    corrected.opportunity_id,
    corrected.campaign_id,
    corrected.touch_type,
    corrected.touch_status,
    channels.channel,
    corrected.sourcing_function,
    corrected.is_material,
    corrected.is_hand_raise,
    corrected.is_partner,
    corrected.is_in_taxonomy,
    corrected.is_bot,
    corrected.is_internal,
    case when corrected.is_bulk_upload then {{ start_of_day('corrected.ends_on') }} else corrected.touched_at end as touched_at,
    case when corrected.is_bulk_upload then 'campaign_end' else corrected.touched_at_source end as touched_at_source,
    corrected.replaced_at,
    corrected.deleted_at,
    corrected.is_unmatched
from corrected
left join {{ ref('int_channels') }} as channels on {{ channel_key('corrected.channel') }} = channels.channel_key
