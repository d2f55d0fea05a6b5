{#- How old each opportunity is, in whole days since its creation and since it cleared the bar, when it was won or lost, else as of as_of.
    An outcome is the one that holds as of as_of. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

starts as (

    select
        opportunity_id, 'creation' as since, life_start_at as started_at, deleted_at,
        coalesce(bar_basis in ('assumed', 'no_bar'), false) as is_assumed
    from {{ ref('int_opportunities') }}
    where is_start_known
    union all
    select
        opportunity_id, 'qualification' as since, qualified_at as started_at, deleted_at,
        coalesce(bar_basis in ('assumed', 'no_bar'), false) as is_assumed
    from {{ ref('int_opportunities') }}
    where qualified_at is not null

),

ended as (

    select
        starts.opportunity_id,
        starts.since,
        starts.started_at,
        starts.is_assumed,
        coalesce(closings.closed_at, settings.as_of_at) as ended_at,
        coalesce(closings.outcome, 'open') as outcome
    from starts
    cross join settings
    left join {{ ref('int_opportunity_closings') }} as closings on starts.opportunity_id = closings.opportunity_id
    where
        starts.started_at < settings.as_of_at
        and coalesce(starts.deleted_at >= settings.as_of_at, true)
        and (starts.since = 'creation' or coalesce(closings.is_qualified, true))

)

select
    ended.opportunity_id,
    ended.since,
    ended.outcome,
    ended.is_assumed,
    cast(floor(cast({{ microseconds_between('ended.started_at', 'ended.ended_at') }} as double) / 86400000000) as bigint) as age_days,
    {{ flow_cell_columns() }}
from ended
{{ flow_cell_joins('ended.opportunity_id', 'ended.started_at') }}
