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

-- Whatever it is matched by, only what lies in these days is kept: all activities of the account would be far more.
matched as (

    {%- for match in [
        'activities.opportunity_id = opportunities.opportunity_id',
        'activities.account_id = opportunities.account_id',
        'activities.person_id = people.person_id',
    ] %}
    select opportunities.opportunity_id, activities.activity_id
    from opportunities
    {%- if 'people' in match %}
    inner join {{ ref('int_opportunity_people') }} as people on opportunities.opportunity_id = people.opportunity_id
    {%- endif %}
    inner join {{ ref('int_activities') }} as activities
        on {{ match }}
        and activities.occurred_at >= {{ add_time('opportunities.created_at', '-' ~ var('evidence_lookback_days'), 'day') }}
        and activities.ended_at <= opportunities.created_at
        and (activities.opportunity_id is null or activities.opportunity_id = opportunities.opportunity_id)
    {% if not loop.last %}union{% endif %}
    {%- endfor %}

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
