{#- Activities of each opportunity's buying group in the days before its creation in which evidence of its source may lie
    (var evidence_lookback_days). An activity that names another opportunity is that one's work, not this one's origin.

    `counts_from`: since when the activity is on record as the opportunity's. One that was logged late (var activity_log_days) and after the
    creation decides nothing; one logged in time counts as soon as it is. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}
{%- set lookback = '-' ~ var('evidence_lookback_days') %}

with opportunities as (

    select
        opportunity_id,
        account_id,
        life_start_at as created_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- Through whom an activity belongs to an opportunity, and in which days: of the account's contacts while they were, of people in roles in
-- the whole lookback. Distinct, so that no planner pairs opportunities with all activities of their days before it looks at people.
buying_group as (

    select distinct
        opportunities.opportunity_id,
        people.person_id,
        opportunities.created_at,
        case when people.match_kind = 'contact' then {{ beginning_of_time() }} else people.valid_from end as belongs_from,
        case
            when people.match_kind = 'contact'
                then greatest(people.valid_from, {{ add_time('opportunities.created_at', lookback, 'day') }})
            else {{ add_time('opportunities.created_at', lookback, 'day') }}
        end as starts_at,
        case when people.match_kind = 'contact' then people.valid_to else {{ end_of_time() }} end as ends_at
    from opportunities
    inner join {{ ref('int_opportunity_people') }} as people on opportunities.opportunity_id = people.opportunity_id
    where
        people.match_kind = 'contact'
        or (
            opportunities.created_at < people.valid_to
            and {{ add_time('opportunities.created_at', var('buying_group_days'), 'day') }} >= people.valid_from
        )

),

-- Whatever it is matched by, only what lies in these days is kept: all activities of the account would be far more.
matched as (

    {%- for match in ['activities.opportunity_id = opportunities.opportunity_id', 'activities.account_id = opportunities.account_id'] %}
    select opportunities.opportunity_id, activities.activity_id, {{ beginning_of_time() }} as belongs_from
    from opportunities
    inner join {{ ref('int_activities') }} as activities
        on {{ match }}
        and activities.occurred_at >= {{ add_time('opportunities.created_at', lookback, 'day') }}
        and activities.ended_at <= opportunities.created_at
        and (activities.opportunity_id is null or activities.opportunity_id = opportunities.opportunity_id)
        and not (activities.is_logged_late and activities.recorded_at > opportunities.created_at)
    union
    {%- endfor %}
    select buying_group.opportunity_id, activities.activity_id, buying_group.belongs_from
    from buying_group
    inner join {{ ref('int_activities') }} as activities
        on buying_group.person_id = activities.person_id
        and activities.occurred_at >= buying_group.starts_at
        and activities.occurred_at < buying_group.ends_at
        and activities.ended_at <= buying_group.created_at
        and (activities.opportunity_id is null or activities.opportunity_id = buying_group.opportunity_id)
        and not (activities.is_logged_late and activities.recorded_at > buying_group.created_at)

),

single as (

    select opportunity_id, activity_id, min(belongs_from) as belongs_from
    from matched
    group by opportunity_id, activity_id

)

select
    {{ surrogate_key(['single.opportunity_id', 'activities.activity_id']) }} as opportunity_activity_id,
    single.opportunity_id,
    activities.activity_id,
    activities.activity_type,
    activities.direction,
    activities.occurred_at,
    activities.owner_id,
    activities.created_by_id,
    activities.person_id,
    activities.is_outbound,
    activities.is_two_way,
    greatest(single.belongs_from, coalesce(activities.recorded_at, {{ beginning_of_time() }})) as counts_from
from single
inner join {{ ref('int_activities') }} as activities on single.activity_id = activities.activity_id
