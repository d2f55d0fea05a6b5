{#- The channels, each under one name however it is spelled: the taxonomy's spelling, else that of the earliest touch, else that of
    the earliest campaign. A touch that happens later never renames a channel. -#}
with spellings as (

    select
        channel,
        1 as spelling_rank,
        cast(null as timestamp) as spelled_at
    from {{ ref('channel_taxonomy') }}
    union all
    select
        channel,
        2 as spelling_rank,
        touched_at as spelled_at
    from {{ ref('int_touch_records') }}
    union all
    select
        channel,
        3 as spelling_rank,
        created_at as spelled_at
    from {{ ref('int_campaigns') }}

)

select
    {{ channel_key('channel') }} as channel_key,
    trim(channel) as channel
from spellings
where {{ channel_key('channel') }} is not null
qualify
    row_number() over (
        partition by {{ channel_key('channel') }}
        order by spelling_rank asc nulls last, spelled_at asc nulls last, trim(channel) asc nulls last
    ) = 1
