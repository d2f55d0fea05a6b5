{#- Activities of each opportunity's buying group in the days before its creation in which evidence of its source may lie
    (var evidence_lookback_days). An activity that names another opportunity is that one's work, not this one's origin.

    `counts_from`: since when the activity is on record as the opportunity's. One that was logged late (var activity_log_days) and after the
    creation decides nothing; one logged in time counts as soon as it is. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select
        opportunity_id,
        account_id,
        life_start_at as created_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- Whatever it is matched by, only what lies in these days is kept: all activities of the account would be far more.
matched as (

    {%- for match in [
        'activities.opportunity_id = opportunities.opportunity_id',
        'activities.account_id = opportunities.account_id',
        'activities.person_id = people.person_id',
    ] %}
    select
        opportunities.opportunity_id,
        activities.activity_id,
        {% if 'people' in match -%}
        case when people.match_kind = 'contact' then {{ beginning_of_time() }} else people.valid_from end
        {%- else -%}
        {{ beginning_of_time() }}
        {%- endif %} as belongs_from
    from opportunities
    {%- if 'people' in match %}
    inner join {{ ref('int_opportunity_people') }} as people on opportunities.opportunity_id = people.opportunity_id
    {%- endif %}
    inner join {{ ref('int_activities') }} as activities
        on {{ match }}
        and activities.occurred_at >= {{ add_time('opportunities.created_at', '-' ~ var('evidence_lookback_days'), 'day') }}
        and activities.ended_at <= opportunities.created_at
        and (activities.opportunity_id is null or activities.opportunity_id = opportunities.opportunity_id)
        and not (activities.is_logged_late and activities.recorded_at > opportunities.created_at)
    {%- if 'people' in match %}
        and case
            when people.match_kind = 'contact'
                then activities.occurred_at >= people.valid_from and activities.occurred_at < people.valid_to
            else
                opportunities.created_at < people.valid_to
                and {{ add_time('opportunities.created_at', var('buying_group_days'), 'day') }} >= people.valid_from
        end
    {%- endif %}
    {% if not loop.last %}union{% endif %}
    {%- endfor %}

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
