{#- Touches that tell what another record tells already, and so don't count a second time. The rules:

    1. A program membership is left out where the CRM (a campaign member, or a flat touch in the words of the campaign's type)
       has the same person in the same campaign with at least as much interest: a hand-raise tells any membership, a material
       touch any that isn't a hand-raise, a mere mention a mere mention. The CRM's record stays, with its date. A membership that
       tells more than the CRM stays beside it: a sync that lags must not lose a hand-raise. What the CRM's member rose to long after
       (more than var touch_correction_days) tells of another occasion.
    2. A form, click or visit is left out where it is the event behind a response that stays: same person, same campaign, same day
       in UTC (a CRM dates responses by day), the response with at least as much interest. One response answers for one
       activity, hand-raises first, then forms, clicks, visits by time; a second form of that day is a second touch. A form
       whose campaign isn't known takes that of the person's response of the day.
    3. Of what is left, one event told by two systems is one touch: same person, kind (touch type without case), campaign or channel,
       and day in the reporting timezone. The telling with more stands (asset, then interest of its status, then campaign), then the
       smaller id. The second of a day in one system is the second in the other.

    Bots answer for nothing and are left where they are, flagged. -#}
with records as (

    select
        *,
        lower(trim(touch_type)) as type_key,
        cast(touched_at as date) as touched_on
    from {{ ref('int_touch_records') }}
    where not is_bot and person_id is not null

),

repeated_memberships as (

    select distinct memberships.touch_id
    from records as memberships
    inner join records as others
        on memberships.person_id = others.person_id
        and memberships.campaign_id = others.campaign_id
        and memberships.type_key = others.type_key
        and memberships.interest <= others.interest
        and (
            coalesce(others.status_number, 1) = 1
            or others.touched_at <= {{ add_time('memberships.touched_at', var('touch_correction_days'), 'day') }}
        )
    where memberships.told_as = 'program_membership' and others.told_as in ('campaign_member', 'touch')

),

responses as (

    select
        person_id,
        campaign_id,
        touched_on,
        count(*) as n_responses,
        sum(case when is_hand_raise then 1 else 0 end) as n_hand_raises
    from records
    where
        told_as <> 'activity'
        and interest > 0
        and campaign_id is not null
        and touch_id not in (select repeated.touch_id from repeated_memberships as repeated)
    group by person_id, campaign_id, touched_on

),

days as (

    select
        person_id,
        touched_on,
        min(campaign_id) as campaign_id
    from responses
    group by person_id, touched_on

),

activities as (

    select
        records.touch_id, records.person_id, records.touched_on, records.touched_at, records.type_key,
        records.is_hand_raise,
        coalesce(records.campaign_id, case when records.type_key = 'form' then days.campaign_id end) as campaign_id
    from records
    left join days
        on records.person_id = days.person_id
        and records.touched_on = days.touched_on
    where records.told_as = 'activity' and records.type_key not in ('email_sent', 'email_open')

),

numbered as (

    select
        *,
        sum(case when is_hand_raise then 1 else 0 end) over (partition by person_id, campaign_id, touched_on) as n_raised,
        row_number() over (
            partition by person_id, campaign_id, touched_on, is_hand_raise
            order by
                case type_key when 'form' then 1 when 'email_click' then 2 else 3 end asc nulls last,
                touched_at asc nulls last, touch_id asc nulls last
        ) as activity_number
    from activities
    where campaign_id is not null

),

repeated_activities as (

    select numbered.touch_id
    from numbered
    inner join responses
        on numbered.person_id = responses.person_id
        and numbered.campaign_id = responses.campaign_id
        and numbered.touched_on = responses.touched_on
    where
        numbered.activity_number <= case
            when numbered.is_hand_raise then responses.n_hand_raises
            else responses.n_responses - least(numbered.n_raised, responses.n_hand_raises)
        end

),

tellings as (

    select
        touch_id, source_name, person_id, type_key, campaign_id, {{ channel_key('channel') }} as channel_key,
        {{ local_date('touched_at') }} as touched_day,
        case when has_asset then 1 else 0 end as n_assets,
        interest,
        case when campaign_id is not null then 1 else 0 end as n_campaigns
    from records
    where
        type_key is not null and touched_at is not null
        and touch_id not in (select repeated.touch_id from repeated_memberships as repeated)
        and touch_id not in (select repeated.touch_id from repeated_activities as repeated)

),

ordered_tellings as (

    select
        *,
        row_number() over (
            partition by source_name, person_id, type_key, touched_day, channel_key
            order by n_assets desc nulls last, interest desc nulls last, n_campaigns desc nulls last, touch_id asc nulls last
        ) as telling_number
    from tellings

),

repeated_events as (

    select distinct poorer.touch_id
    from ordered_tellings as poorer
    inner join ordered_tellings as richer
        on poorer.person_id = richer.person_id
        and poorer.type_key = richer.type_key
        and poorer.touched_day = richer.touched_day
        and poorer.telling_number = richer.telling_number
        and poorer.source_name <> richer.source_name
        and (poorer.campaign_id = richer.campaign_id or poorer.channel_key = richer.channel_key)
    where
        richer.n_assets > poorer.n_assets
        or (
            richer.n_assets = poorer.n_assets
            and (
                richer.interest > poorer.interest
                or (
                    richer.interest = poorer.interest
                    and (
                        richer.n_campaigns > poorer.n_campaigns
                        or (richer.n_campaigns = poorer.n_campaigns and richer.touch_id < poorer.touch_id)
                    )
                )
            )
        )

)

select
    touch_id,
    'campaign_membership' as told_by
from repeated_memberships
union all
select
    touch_id,
    'campaign_response' as told_by
from repeated_activities
union all
select
    touch_id,
    'other_system' as told_by
from repeated_events
