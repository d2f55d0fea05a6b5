{#- The journey of each opportunity's buying group: its material touches of all dates, bots and own people left out. Which of
    them a model credits depends on the basis and is decided in int_attribution_weights.

    A touch belongs to an opportunity that it names, to those of the people who made it, and to those of the account it names. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, account_id
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

touches as (

    select * from {{ ref('int_touches') }}
    where is_material and not is_bot and not is_internal and touched_at is not null

),

matched as (

    select touches.opportunity_id, touches.touch_id, 'opportunity' as match_kind, 0 as match_rank
    from touches
    inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
    union all
    select people.opportunity_id, touches.touch_id, people.match_kind, people.match_rank
    from touches
    inner join {{ ref('int_opportunity_people') }} as people on touches.person_id = people.person_id
    where {{ changed_opportunities_filter('people.opportunity_id') }}
    union all
    select opportunities.opportunity_id, touches.touch_id, 'account' as match_kind, 5 as match_rank
    from touches
    inner join opportunities on touches.account_id = opportunities.account_id

),

single as (

    select
        opportunity_id,
        touch_id,
        min_by(match_kind, match_rank) as match_kind
    from matched
    group by opportunity_id, touch_id

)

select
    {{ surrogate_key(['single.opportunity_id', 'single.touch_id']) }} as opportunity_touch_id,
    single.opportunity_id,
    single.touch_id,
    touches.touched_at,
    touches.channel,
    touches.campaign_id,
    touches.person_id,
    single.match_kind,
    touches.sourcing_function,
    touches.is_hand_raise,
    touches.is_partner,
    row_number() over (
        partition by single.opportunity_id order by touches.touched_at asc nulls last, touches.touch_id asc nulls last
    ) as touch_number
from single
inner join touches on single.touch_id = touches.touch_id
