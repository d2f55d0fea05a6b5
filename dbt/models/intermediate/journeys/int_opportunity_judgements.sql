{#- When the evidence of an opportunity's source is to be judged anew: at its creation, and whenever in the days after it (var
    buying_group_days) somebody is named whose touches, activities or lead came before it, or an activity of before is recorded.
    One row per opportunity and span [judged_from, judged_to); the last one holds for ever. As_of-free: who asks as of an instant takes
    judged_from < instant <= judged_to. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select
        opportunity_id,
        life_start_at,
        {{ add_time('life_start_at', var('buying_group_days'), 'day') }} as group_ends_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

instants as (

    select opportunity_id, life_start_at as judged_from
    from opportunities
    union
    select opportunities.opportunity_id, touches.belongs_from as judged_from
    from opportunities
    inner join {{ ref('int_opportunity_touches') }} as touches
        on opportunities.opportunity_id = touches.opportunity_id
        and opportunities.life_start_at < touches.belongs_from
        and opportunities.group_ends_at >= touches.belongs_from
        and opportunities.life_start_at >= touches.touched_at
    union
    select opportunities.opportunity_id, activities.counts_from as judged_from
    from opportunities
    inner join {{ ref('int_opportunity_activities') }} as activities
        on opportunities.opportunity_id = activities.opportunity_id
        and opportunities.life_start_at < activities.counts_from
    union
    select opportunities.opportunity_id, people.valid_from as judged_from
    from opportunities
    inner join {{ ref('int_opportunity_people') }} as people
        on opportunities.opportunity_id = people.opportunity_id
        and people.match_kind in ('conversion', 'contact_role')
        and opportunities.life_start_at < people.valid_from
        and opportunities.group_ends_at >= people.valid_from
    inner join {{ ref('int_people') }} as records
        on people.person_id = records.person_id
        and records.record_kind = 'lead'

)

select
    {{ surrogate_key(['opportunity_id', 'judged_from']) }} as judgement_id,
    opportunity_id,
    judged_from,
    coalesce(
        lead(judged_from) over (partition by opportunity_id order by judged_from asc nulls first), {{ end_of_time() }}
    ) as judged_to
from instants
