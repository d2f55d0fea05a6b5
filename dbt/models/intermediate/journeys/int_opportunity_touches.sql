{#- The journey of each opportunity's buying group: its material touches of all dates, bots and own people left out. One row per
    opportunity, touch and way in which it belongs, with [belongs_from, belongs_to): the instants at which whoever judges the
    opportunity counts the touch. Which of them a model credits depends on the basis and is decided in int_attribution_weights.

    A touch belongs to an opportunity that it names, to those of the account it names, to those of the account that its contact was at
    when it happened, and to those that its person is named on by the time of the judgement. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, account_id
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- What somebody did as a lead, before there was a contact, is the contact's from the conversion on.
touches as (

    select
        touches.*,
        coalesce(touches.replaced_at, {{ end_of_time() }}) as counts_until,
        case
            when touches.contact_id is null then coalesce(leads.converted_at, {{ beginning_of_time() }})
            when contacts.created_at > touches.touched_at then contacts.created_at
            else {{ beginning_of_time() }}
        end as contact_since
    from {{ ref('int_touches') }} as touches
    left join {{ ref('int_leads') }} as leads on touches.lead_id = leads.lead_id
    left join {{ ref('int_contacts') }} as contacts on touches.contact_id = contacts.contact_id
    where touches.is_material and not touches.is_bot and not touches.is_internal and touches.touched_at is not null

),

by_person as (

    select
        people.opportunity_id, touches.touch_id, people.match_kind, people.match_rank,
        case when people.match_kind = 'contact' then touches.contact_since else people.valid_from end as belongs_from,
        case
            when people.match_kind = 'contact' then touches.counts_until else least(people.valid_to, touches.counts_until)
        end as belongs_to
    from touches
    inner join {{ ref('int_opportunity_people') }} as people on touches.person_id = people.person_id
    where
        {{ changed_opportunities_filter('people.opportunity_id') }}
        and (people.match_kind <> 'contact' or (touches.touched_at >= people.valid_from and touches.touched_at < people.valid_to))

),

matched as (

    select
        touches.opportunity_id, touches.touch_id, 'opportunity' as match_kind, 0 as match_rank,
        {{ beginning_of_time() }} as belongs_from, touches.counts_until as belongs_to
    from touches
    inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
    union all
    select opportunity_id, touch_id, match_kind, match_rank, belongs_from, belongs_to
    from by_person
    where belongs_from < belongs_to
    union all
    select
        opportunities.opportunity_id, touches.touch_id, 'account' as match_kind, 5 as match_rank,
        {{ beginning_of_time() }} as belongs_from, touches.counts_until as belongs_to
    from touches
    inner join opportunities on touches.account_id = opportunities.account_id

),

single as (

    select
        opportunity_id,
        touch_id,
        match_kind,
        match_rank,
        belongs_from,
        max(belongs_to) as belongs_to
    from matched
    group by opportunity_id, touch_id, match_kind, match_rank, belongs_from

)

select
    {{ surrogate_key(['single.opportunity_id', 'single.touch_id', 'single.match_kind', 'single.belongs_from']) }} as opportunity_touch_id,
    single.opportunity_id,
    single.touch_id,
    touches.touched_at,
    touches.campaign_id,
    touches.person_id,
    single.match_kind,
    single.match_rank,
    single.belongs_from,
    single.belongs_to,
    touches.sourcing_function,
    touches.is_hand_raise,
    touches.is_partner,
    touches.deleted_at
from single
inner join touches on single.touch_id = touches.touch_id
