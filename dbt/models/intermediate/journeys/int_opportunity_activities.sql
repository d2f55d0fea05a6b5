{#- Activities of each opportunity's buying group in the days before its creation in which evidence of its source may lie
    (var evidence_lookback_days). An activity that names another opportunity is that one's work, not this one's origin. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select
        opportunity_id,
        account_id,
        life_start_at as created_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

matched as (

    select opportunities.opportunity_id, activities.activity_id
    from opportunities
    inner join {{ ref('int_activities') }} as activities on opportunities.opportunity_id = activities.opportunity_id
    union
    select people.opportunity_id, activities.activity_id
    from {{ ref('int_opportunity_people') }} as people
    inner join {{ ref('int_activities') }} as activities on people.person_id = activities.person_id
    where {{ changed_opportunities_filter('people.opportunity_id') }}
    union
    select opportunities.opportunity_id, activities.activity_id
    from opportunities
    inner join {{ ref('int_activities') }} as activities on opportunities.account_id = activities.account_id

)

select
    {{ surrogate_key(['opportunities.opportunity_id', 'activities.activity_id']) }} as opportunity_activity_id,
    opportunities.opportunity_id,
    activities.activity_id,
    activities.activity_type,
    activities.direction,
    activities.occurred_at,
    activities.owner_id,
    activities.created_by_id,
    activities.person_id,
    activities.is_outbound,
    activities.is_two_way
from matched
inner join opportunities on matched.opportunity_id = opportunities.opportunity_id
inner join {{ ref('int_activities') }} as activities on matched.activity_id = activities.activity_id
where
    activities.occurred_at >= {{ add_time('opportunities.created_at', '-' ~ var('evidence_lookback_days'), 'day') }}
    and activities.ended_at <= opportunities.created_at
    and (activities.opportunity_id is null or activities.opportunity_id = opportunities.opportunity_id)
