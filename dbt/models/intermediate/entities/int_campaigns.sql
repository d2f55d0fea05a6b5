{#- Marketing and partner programmes, as newest known. The channel is the recorded one, else the one that the taxonomy gives to
    every status of the type, else the type itself. Money is in the campaign's own currency. -#}
with type_channels as (

    select
        lower(trim(touch_type)) as touch_type,
        min(nullif(trim(channel), '')) as channel
    from {{ ref('channel_taxonomy') }}
    group by lower(trim(touch_type))
    having count(distinct {{ channel_key('channel') }}) = 1

)

select
    united.campaign_id,
    united.source_name,
    united.campaign_name,
    united.campaign_type,
    coalesce(nullif(trim(united.channel), ''), type_channels.channel, nullif(trim(united.campaign_type), '')) as channel,
    nullif(trim(united.channel), '') as recorded_channel,
    united.starts_on,
    united.ends_on,
    cast(united.budget_amount as decimal(18, 2)) as budget_amount,
    cast(united.actual_cost as decimal(18, 2)) as actual_cost,
    coalesce(nullif(trim(united.currency), ''), '{{ var("reporting_currency") }}') as currency,
    united.created_at,
    united.is_record_deleted as is_deleted
from {{ united('campaigns') }} as united
left join type_channels on lower(trim(united.campaign_type)) = type_channels.touch_type
qualify
    row_number() over (
        partition by united.campaign_id
        order by
            united.source_rank asc nulls last, united.is_record_deleted asc nulls last, united.source_name asc nulls last,
            united.campaign_name asc nulls last
    ) = 1
