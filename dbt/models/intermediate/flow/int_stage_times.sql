{#- How long each opportunity was in each open stage, all its visits together, as of as_of. A visit that still goes on is cut off there: it
    is longer than that, so the time is censored, not complete. Without a known start there is no time. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

visits as (

    select
        visits.opportunity_id,
        visits.pipeline_id,
        visits.stage,
        visits.entered_at,
        case when visits.exited_at < settings.as_of_at then visits.exited_at end as exited_at,
        {{ microseconds_between(
            'visits.entered_at', 'least(coalesce(visits.exited_at, settings.as_of_at), settings.as_of_at)'
        ) }} as microseconds,
        visits.is_start_known
    from {{ ref('int_stage_visits') }} as visits
    cross join settings
    inner join {{ ref('int_opportunities') }} as opportunities on visits.opportunity_id = opportunities.opportunity_id
    where
        visits.is_open
        and visits.stage <> '{{ unknown_stage() }}'
        and visits.entered_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

summed as (

    select
        opportunity_id,
        pipeline_id,
        stage,
        min(entered_at) as first_entered_at,
        max(entered_at) as last_entered_at,
        max(exited_at) as last_exited_at,
        count(*) as n_visits,
        sum(case when exited_at is not null and is_start_known then 1 else 0 end) as n_complete_visits,
        sum(case when exited_at is null then 1 else 0 end) > 0 as is_current,
        sum(case when is_start_known then 0 else 1 end) = 0 as is_start_known,
        sum(microseconds) as microseconds,
        sum(case when exited_at is null then microseconds else 0 end) as current_microseconds,
        sum(case when exited_at is not null and is_start_known then microseconds else 0 end) as complete_microseconds
    from visits
    group by opportunity_id, pipeline_id, stage

)

select
    summed.opportunity_id,
    summed.pipeline_id,
    summed.stage,
    summed.first_entered_at,
    summed.last_entered_at,
    summed.last_exited_at,
    cast(summed.n_visits as bigint) as n_visits,
    cast(summed.n_complete_visits as bigint) as n_complete_visits,
    summed.is_current,
    case when not summed.is_start_known then 'unknown' when summed.is_current then 'censored' else 'complete' end as completeness,
    case when summed.is_start_known then {{ round_significant('cast(summed.microseconds as double) / 86400000000') }} end as days_in_stage,
    case
        when summed.is_current and summed.is_start_known
            then {{ round_significant('cast(summed.current_microseconds as double) / 86400000000') }}
    end as days_in_current_visit,
    {{ round_significant('cast(summed.complete_microseconds as double) / 86400000000') }} as complete_visit_days,
    {{ flow_cell_columns() }}
from summed
{{ flow_cell_joins('summed.opportunity_id', 'summed.first_entered_at') }}
