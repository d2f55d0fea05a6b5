{#- What the speed of the pipeline is made of, as of as_of, one row per opportunity and thing that counts: `stage_time`, what became of an
    entry (`stage_outcome`), a deal that is open in a stage (`stage_open`); per pipeline and over all pipelines a closing (`closing`) and
    what is open past the bar (`open`). `counted_at` places it in time; what is open has none. -#}
{%- set cells = ['segment', 'team', 'claimed_function', 'evidence_function', 'creator_role'] -%}

with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

open_visits as (

    select
        visits.opportunity_id,
        visits.pipeline_id,
        visits.stage,
        visits.is_pipeline and visits.is_qualified as is_qualified,
        {{ add_time('settings.as_of_at', -1, 'microsecond') }} as last_instant
    from {{ ref('int_stage_visits') }} as visits
    inner join settings
        on visits.entered_at < settings.as_of_at
        and coalesce(visits.exited_at, {{ end_of_time() }}) >= settings.as_of_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on visits.opportunity_id = opportunities.opportunity_id
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)
    where visits.is_open

),

open_deals as (

    select
        open_visits.opportunity_id,
        open_visits.pipeline_id,
        open_visits.stage,
        open_visits.is_qualified,
        {{ flow_cell_columns() }}
    from open_visits
    {{ flow_cell_joins('open_visits.opportunity_id', 'open_visits.last_instant') }}

),

united as (

    select
        'stage_time' as kind, opportunity_id, pipeline_id, stage, last_exited_at as counted_at, completeness as outcome,
        case when completeness = 'complete' then days_in_stage end as days,
        complete_visit_days as other_days,
        cast(null as decimal(18, 2)) as amount,
        n_visits,
        n_complete_visits,
        {{ cells | join(', ') }}
    from {{ ref('int_stage_times') }}
    union all
    select
        'stage_outcome' as kind, opportunity_id, pipeline_id, from_stage as stage, resolved_at as counted_at, outcome,
        days_to_reach as days,
        null as other_days,
        null as amount,
        null as n_visits,
        null as n_complete_visits,
        {{ cells | join(', ') }}
    from {{ ref('int_stage_conversions') }}
    where to_stage = '(won)' and outcome in ('reached', 'lost')
    union all
    select
        'stage_open' as kind, opportunity_id, pipeline_id, stage, null as counted_at, 'open' as outcome,
        null as days,
        null as other_days,
        null as amount,
        null as n_visits,
        null as n_complete_visits,
        {{ cells | join(', ') }}
    from open_deals
    {%- for pipeline in ['pipeline_id', "'(all)'"] %}
    union all
    select
        'closing' as kind, opportunity_id, {{ pipeline }} as pipeline_id, '(all)' as stage, closed_at as counted_at, outcome,
        case when outcome = 'won' then days_from_bar end as days,
        case when outcome = 'won' then days_from_creation end as other_days,
        amount,
        null as n_visits,
        null as n_complete_visits,
        {{ cells | join(', ') }}
    from {{ ref('int_opportunity_closings') }}
    where is_qualified
    union all
    select
        'open' as kind, opportunity_id, {{ pipeline }} as pipeline_id, '(all)' as stage, null as counted_at, 'open' as outcome,
        null as days,
        null as other_days,
        null as amount,
        null as n_visits,
        null as n_complete_visits,
        {{ cells | join(', ') }}
    from open_deals
    where is_qualified
    {%- endfor %}

)

select * from united
