{#- Two-way activities of each opportunity, dated by when they ended: those filed under it, and of those filed under none the
    ones of its account and of the people of its buying group; with the buying group's hand-raises. Made only for a stage rule
    on two_way_activity_count. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, account_id
    from {{ ref('int_opportunities') }}
    where
        'two_way_activity_count' in (select rules.field from {{ ref('int_stage_rules') }} as rules)
        and {{ changed_opportunities_filter('opportunity_id') }}

),

activities as (

    select activity_id, opportunity_id, account_id, person_id, ended_at
    from {{ ref('int_activities') }}
    where is_two_way

),

unfiled as (

    select * from activities
    where opportunity_id is null

),

matched as (

    select opportunities.opportunity_id, activities.activity_id, activities.ended_at as happened_at
    from opportunities
    inner join activities on opportunities.opportunity_id = activities.opportunity_id
    union
    select opportunities.opportunity_id, unfiled.activity_id, unfiled.ended_at as happened_at
    from opportunities
    inner join unfiled on opportunities.account_id = unfiled.account_id
    union
    select opportunities.opportunity_id, unfiled.activity_id, unfiled.ended_at as happened_at
    from opportunities
    inner join {{ ref('int_opportunity_people') }} as people on opportunities.opportunity_id = people.opportunity_id
    inner join unfiled on people.person_id = unfiled.person_id
    union
    select opportunities.opportunity_id, touches.touch_id as activity_id, touches.touched_at as happened_at
    from opportunities
    inner join {{ ref('int_opportunity_touches') }} as touches on opportunities.opportunity_id = touches.opportunity_id
    where touches.is_hand_raise

)

select
    opportunity_id,
    activity_id,
    happened_at
from matched
where happened_at is not null
