{#- Repairs of what holds for a whole life or a whole visit: its start, its currency, what its stages stand for. -#}
{{ config(materialized='view') }}
{%- set no_field = 'cast(null as varchar)' -%}
{%- set no_value = 'cast(null as varchar)' -%}

with lives as (

    select * from {{ ref('int_opportunity_lives') }}

),

versions as (

    select
        opportunity_id, source_name, pipeline_id, stage, created_at, nullif(trim(currency), '') as currency, version_at, extracted_at,
        case
            when is_won then 'won'
            when is_closed and not is_won then 'lost'
            when is_closed then 'closed'
            when not is_closed then 'open'
        end as flag,
        stage is null and {{ declared_was_delivered('stage', false) }} as is_stage_emptied
    from {{ ref('int_opportunity_versions') }}
    where not is_absence

),

told as (

    select
        versions.opportunity_id,
        min(versions.extracted_at) as known_at,
        count(versions.currency) as n_with_currency,
        min(case when versions.created_at <> lives.created_at then versions.created_at end) as other_created_at,
        min(case when versions.is_stage_emptied then versions.version_at end) as stage_emptied_at,
        min(case when versions.is_stage_emptied then versions.extracted_at end) as stage_emptied_known_at
    from versions
    inner join lives on versions.opportunity_id = lives.opportunity_id
    group by versions.opportunity_id

),

starts as (

    select
        lives.*,
        told.known_at,
        told.other_created_at,
        told.n_with_currency,
        told.stage_emptied_at,
        told.stage_emptied_known_at,
        max(told.n_with_currency) over (partition by lives.source_name) > 0 as has_source_currencies,
        case
            when lives.created_at > lives.life_start_at then 'start_before_creation'
            when lives.created_at is null and lives.is_start_known then 'start_from_first_change'
            when lives.created_at is null then 'start_from_first_extract'
        end as start_rule_id
    from lives
    inner join told on lives.opportunity_id = told.opportunity_id

),

visits as (

    select
        visits.opportunity_id, visits.source_name, visits.visit_id, visits.visit_number, visits.pipeline_id, visits.stage,
        visits.entered_at, visits.exited_at, visits.next_stage, visits.known_at, visits.is_stage_in_policy, visits.is_open, visits.dated_by,
        policy.origin as policy_origin,
        case when visits.is_open then 'open' when visits.is_won then 'won' else 'lost' end as status
    from {{ ref('int_stage_visits') }} as visits
    left join {{ ref('int_stage_policy') }} as policy
        on visits.pipeline_id = policy.pipeline_id
        and visits.stage = policy.stage
        and visits.entered_at >= policy.valid_from
        and visits.entered_at < policy.valid_to

),

-- What a record said of itself while in a stage, where no visit of it there was of that kind.
flags as (

    select
        versions.opportunity_id,
        versions.source_name,
        versions.stage,
        versions.flag,
        max(visits.status) as status,
        min(versions.version_at) as found_at,
        min(versions.extracted_at) as known_at
    from versions
    inner join visits
        on versions.opportunity_id = visits.opportunity_id
        and versions.pipeline_id = visits.pipeline_id
        and versions.stage = visits.stage
    where versions.flag is not null
    group by versions.opportunity_id, versions.source_name, versions.stage, versions.flag
    having
        count(case when visits.status = versions.flag or (versions.flag = 'closed' and visits.status <> 'open') then 1 end) = 0

),

orphans as (

    select
        changes.opportunity_id,
        min(changes.source_name) as source_name,
        min(changes.changed_at) as found_at,
        min(changes.known_at) as known_at
    from {{ ref('int_recorded_changes') }} as changes
    left join lives on changes.opportunity_id = lives.opportunity_id
    where lives.opportunity_id is null
    group by changes.opportunity_id

),

entry_dates as (

    select
        opportunity_id,
        min(source_name) as source_name,
        min(changed_at) as found_at,
        min(known_at) as known_at
    from {{ ref('int_recorded_changes') }}
    where field = 'stage'
    group by opportunity_id
    having min(case when is_entry_date then 1 else 0 end) = 1

)

select
    opportunity_id, source_name, start_rule_id as rule_id, 'created_at' as field, cast(null as varchar) as place, known_at,
    created_at as found_at, life_start_at as used_at, {{ no_value }} as value_found, {{ no_value }} as value_used
from starts
where start_rule_id is not null
union all
select
    opportunity_id, source_name, 'creation_restated' as rule_id, 'created_at' as field, cast(null as varchar) as place, known_at,
    other_created_at as found_at, created_at as used_at, {{ no_value }} as value_found, {{ no_value }} as value_used
from starts
where other_created_at is not null
union all
select
    opportunity_id, source_name, 'currency_missing' as rule_id, 'currency' as field, cast(null as varchar) as place, known_at,
    cast(null as timestamp) as found_at, life_start_at as used_at, {{ no_value }} as value_found, currency as value_used
from starts
where n_with_currency = 0 and has_source_currencies
union all
select
    starts.opportunity_id, starts.source_name, 'currency_without_rate' as rule_id, 'amount' as field, rates.currency as place,
    starts.known_at, cast(null as timestamp) as found_at, starts.life_start_at as used_at, rates.currency as value_found,
    {{ no_value }} as value_used
from starts
inner join {{ ref('int_opportunity_rates') }} as rates on starts.opportunity_id = rates.opportunity_id
where rates.fx_rate is null
union all
select
    opportunity_id, source_name, 'stage_emptied' as rule_id, 'stage' as field, 'extract' as place, stage_emptied_known_at as known_at,
    stage_emptied_at as found_at, cast(null as timestamp) as used_at, {{ no_value }} as value_found, {{ no_value }} as value_used
from starts
where stage_emptied_at is not null
union all
select
    opportunity_id, source_name, 'stage_unknown_at_start' as rule_id, 'stage' as field, cast(null as varchar) as place, known_at,
    entered_at as found_at, exited_at as used_at, {{ no_value }} as value_found, next_stage as value_used
from visits
where stage = '{{ unknown_stage() }}'
union all
select
    opportunity_id, source_name, 'closing_dated_by_record' as rule_id, 'stage' as field, visit_id as place, known_at,
    cast(null as timestamp) as found_at, entered_at as used_at, stage as value_found, dated_by as value_used
from visits
where not is_open and dated_by in ('crm_instant', 'close_date', 'modified', 'extract')
union all
select
    opportunities.opportunity_id, opportunities.source_name, 'won_below_bar' as rule_id, 'stage' as field, cast(null as varchar) as place,
    visits.known_at, opportunities.qualified_at as found_at, opportunities.qualified_at as used_at, {{ no_value }} as value_found,
    visits.stage as value_used
from {{ ref('int_opportunities') }} as opportunities
inner join visits
    on opportunities.opportunity_id = visits.opportunity_id
    and opportunities.qualified_at = visits.entered_at
    and visits.status = 'won'
where opportunities.bar_basis = 'won'
qualify row_number() over (partition by opportunities.opportunity_id order by visits.visit_number asc nulls last) = 1
union all
select
    opportunity_id, source_name,
    case when is_stage_in_policy then 'stage_placed_by_crm' else 'stage_not_in_policy' end as rule_id,
    'stage' as field, visit_id as place, known_at, entered_at as found_at, entered_at as used_at, stage as value_found,
    status as value_used
from visits
where
    not is_stage_in_policy
    or (
        policy_origin = 'crm'
        and pipeline_id in (select policy.pipeline_id from {{ ref('int_stage_policy') }} as policy where policy.origin = 'seed')
    )
union all
select
    opportunity_id, source_name, 'closed_flag_contradicted' as rule_id, 'stage' as field, concat(stage, ' ', flag) as place,
    known_at, found_at, cast(null as timestamp) as used_at, flag as value_found, status as value_used
from flags
union all
select
    opportunity_id, source_name, 'history_without_record' as rule_id, {{ no_field }} as field, cast(null as varchar) as place,
    known_at, found_at, cast(null as timestamp) as used_at, {{ no_value }} as value_found, {{ no_value }} as value_used
from orphans
union all
select
    entry_dates.opportunity_id, entry_dates.source_name, 'stages_from_entry_dates' as rule_id, 'stage' as field,
    cast(null as varchar) as place, entry_dates.known_at, entry_dates.found_at, entry_dates.found_at as used_at,
    {{ no_value }} as value_found, {{ no_value }} as value_used
from entry_dates
inner join lives on entry_dates.opportunity_id = lives.opportunity_id
