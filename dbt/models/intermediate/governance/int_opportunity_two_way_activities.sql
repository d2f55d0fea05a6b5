{#- Two-way activities of each opportunity: those filed under it, and of those filed under none the ones of its account and of the people
    that its buying group had then; with the buying group's hand-raises. Each counts from when it had ended, was on record, and was
    somebody's of the opportunity. Made only for a stage rule on two_way_activity_count. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, account_id
    from {{ ref('int_opportunities') }}
    where
        'two_way_activity_count' in (select rules.field from {{ ref('int_stage_rules') }} as rules)
        and {{ changed_opportunities_filter('opportunity_id') }}

),

activities as (

    select
        activity_id, opportunity_id, account_id, person_id, ended_at,
        greatest(ended_at, coalesce(recorded_at, ended_at)) as happened_at
    from {{ ref('int_activities') }}
    where is_two_way

),

unfiled as (

    select * from activities
    where opportunity_id is null

),

matched as (

    select opportunities.opportunity_id, activities.activity_id, activities.happened_at
    from opportunities
    inner join activities on opportunities.opportunity_id = activities.opportunity_id
    union
    select opportunities.opportunity_id, unfiled.activity_id, unfiled.happened_at
    from opportunities
    inner join unfiled on opportunities.account_id = unfiled.account_id
    union
    select
        opportunities.opportunity_id, unfiled.activity_id,
        case
            when people.match_kind = 'contact' then unfiled.happened_at else greatest(unfiled.happened_at, people.valid_from)
        end as happened_at
    from opportunities
    inner join {{ ref('int_opportunity_people') }} as people on opportunities.opportunity_id = people.opportunity_id
    inner join unfiled
        on people.person_id = unfiled.person_id
        and people.valid_to > unfiled.ended_at
        and (people.match_kind <> 'contact' or people.valid_from <= unfiled.ended_at)
    union
    select
        opportunities.opportunity_id, touches.touch_id as activity_id, greatest(touches.touched_at, touches.belongs_from) as happened_at
    from opportunities
    inner join {{ ref('int_opportunity_touches') }} as touches on opportunities.opportunity_id = touches.opportunity_id
    where touches.is_hand_raise and touches.touched_at < touches.belongs_to

)

select
    opportunity_id,
    activity_id,
    min(happened_at) as happened_at
from matched
where happened_at is not null
group by opportunity_id, activity_id
