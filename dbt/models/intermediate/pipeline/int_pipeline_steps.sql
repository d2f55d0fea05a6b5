{#- Whatever can move an opportunity's amount from one cell of the pipeline to another, in the order in which it applies: changes of
    its fields, its stage visits, and changes of its owner's team or segment. Each step carries what holds after it. Of one instant
    the order is reclassify, transfer, amount, close date, stage, deletion; whether a record is deleted at the start of its life
    comes first, so that one that was never seen alive moves nothing. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

{#- A carried text must tell "was set to nothing" from "did not change here". -#}
{%- set nothing = "chr(30)" -%}
{%- set no_text = 'cast(null as varchar)' -%}
{%- set carried_columns = {
    'pipeline_id': "case when step_kind = 'pipeline' then step_value end",
    'claimed_function': "case when step_kind = 'source' then step_value end",
    'forecast_category': "case when step_kind = 'forecast_category' then step_value end",
    'owner_id': "case when step_kind = 'owner' then step_value end",
    'team': 'owner_team',
    'segment': 'owner_segment',
    'amount': "case when step_kind = 'amount' then step_value end",
    'close_date': "case when step_kind = 'close_date' then step_value end",
    'stage': "case when step_kind = 'stage' then step_value end",
    'stage_status': 'stage_status',
    'is_deleted': "case when step_kind = 'deletion' then step_value end"
} -%}

with changes as (

    select
        changes.opportunity_id,
        case changes.field
            when 'pipeline_id' then 'pipeline'
            when 'owner_id' then 'owner'
            when 'is_deleted' then 'deletion'
            else changes.field
        end as step_kind,
        changes.changed_at as stepped_at,
        changes.change_number as tie_number,
        case changes.field
            when 'source' then coalesce(taxonomy.sourcing_function, 'unknown')
            else changes.new_value
        end as step_value,
        changes.known_at,
        changes.field = 'is_deleted' and changes.origin = 'creation' as is_initial
    from {{ ref('int_opportunity_changes') }} as changes
    left join {{ ref('source_taxonomy') }} as taxonomy
        on changes.field = 'source'
        and lower(trim(changes.new_value)) = lower(trim(taxonomy.claimed_source))
    where
        changes.field in ('pipeline_id', 'source', 'forecast_category', 'owner_id', 'close_date', 'is_deleted')
        and {{ changed_opportunities_filter('changes.opportunity_id') }}
    union all
    select
        opportunity_id, 'amount' as step_kind, changed_at as stepped_at, change_number as tie_number,
        cast(amount as varchar) as step_value, known_at, false as is_initial
    from {{ ref('int_opportunity_amounts') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

ownerships as (

    select
        opportunity_id,
        step_value as owner_id,
        stepped_at as owned_from,
        coalesce(
            lead(stepped_at) over (partition by opportunity_id order by tie_number asc nulls first), {{ end_of_time() }}
        ) as owned_to,
        tie_number
    from changes
    where step_kind = 'owner'

),

steps as (

    select
        opportunity_id, step_kind, stepped_at, tie_number, coalesce(step_value, {{ nothing }}) as step_value,
        {{ no_text }} as owner_team, {{ no_text }} as owner_segment, {{ no_text }} as stage_status, known_at, is_initial
    from changes
    where step_kind <> 'owner'
    union all
    select
        changes.opportunity_id, changes.step_kind, changes.stepped_at, changes.tie_number,
        coalesce(changes.step_value, {{ nothing }}) as step_value,
        coalesce(cells.team, {{ nothing }}) as owner_team, coalesce(cells.segment, {{ nothing }}) as owner_segment,
        {{ no_text }} as stage_status, changes.known_at, changes.is_initial
    from changes
    left join {{ ref('int_owner_cells') }} as cells
        on changes.step_value = cells.user_id
        and changes.stepped_at >= cells.valid_from
        and changes.stepped_at < cells.valid_to
    where changes.step_kind = 'owner'
    union all
    -- The owner stays and moves to another team.
    select
        ownerships.opportunity_id, 'team' as step_kind, cells.valid_from as stepped_at, ownerships.tie_number,
        {{ no_text }} as step_value,
        coalesce(cells.team, {{ nothing }}) as owner_team, coalesce(cells.segment, {{ nothing }}) as owner_segment,
        {{ no_text }} as stage_status, cast(null as timestamp) as known_at, false as is_initial
    from ownerships
    inner join {{ ref('int_owner_cells') }} as cells
        on ownerships.owner_id = cells.user_id
        and ownerships.owned_from < cells.valid_from
        and ownerships.owned_to > cells.valid_from
    union all
    select
        opportunity_id, 'stage' as step_kind, entered_at as stepped_at, visit_number as tie_number, stage as step_value,
        {{ no_text }} as owner_team, {{ no_text }} as owner_segment,
        case
            when is_open and is_pipeline and is_qualified then 'open_qualified'
            when is_open and is_pipeline then 'open_unqualified'
            when is_open then 'open_outside'
            when is_won then 'won'
            else 'lost'
        end as stage_status,
        known_at, false as is_initial
    from {{ ref('int_stage_visits') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- One window numbers and carries, so that both read one order.
carried as (

    select
        opportunity_id, step_kind, stepped_at, known_at, nullif(step_value, {{ nothing }}) as step_value,
        stage_status as step_status,
        row_number() over so_far as step_number,
        {%- for column, value in carried_columns.items() %}
        nullif(last_value({{ value }} ignore nulls) over so_far, {{ nothing }}) as {{ column }} {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from steps
    window
        so_far as (
            partition by opportunity_id
            order by
                stepped_at asc nulls first,
                case
                    when is_initial then 0
                    {%- for kind in ['pipeline', 'source', 'forecast_category', 'owner', 'team', 'amount', 'close_date', 'stage'] %}
                    when step_kind = '{{ kind }}' then {{ loop.index }}
                    {%- endfor %}
                    else 9
                end asc nulls first,
                tie_number asc nulls first
            rows between unbounded preceding and current row
        )

)

select
    opportunity_id,
    cast(step_number as bigint) as step_number,
    step_kind,
    stepped_at,
    known_at,
    step_value,
    step_status,
    pipeline_id,
    stage,
    -- Deleted and not yet in any stage are states of their own.
    case when is_deleted = 'true' then 'deleted' else coalesce(stage_status, 'none') end as status,
    coalesce(claimed_function, 'unknown') as claimed_function,
    forecast_category,
    coalesce(owner_id, '(unassigned)') as owner_id,
    team,
    segment,
    coalesce(cast(amount as decimal(18, 2)), 0) as amount,
    cast(close_date as date) as close_date
from carried
