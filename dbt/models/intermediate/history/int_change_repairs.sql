{#- Repairs of single changes: one row per event that is not in the change stream as it was told, or is in it without having been
    told as a change. `found_at` is the instant that was told, `used_at` the one that counts. -#}
{{ config(materialized='view') }}
{%- set rules_of_findings = {
    'repeated': 'change_repeated', 'gap': 'old_value_contradicted', 'before_start': 'first_old_value_dropped',
    'unreadable': 'unreadable_value', 'early': 'change_seen_early', 'empty_place': 'stage_emptied',
    'by_name': 'reference_by_name', 'other_object': 'other_history_dropped', 'assumed': 'first_pipeline_assumed',
    'overruled': 'record_overruled', 'outside': 'closing_witness_outside'
} -%}

with events as (

    select * from {{ ref('int_opportunity_events') }}
    where finding is not null or is_in_file_order or origin <> 'field_history'

),

found as (

    select
        opportunity_id, source_name, field, change_id, known_at,
        case finding {%- for finding, rule in rules_of_findings.items() %} when '{{ finding }}' then '{{ rule }}'{% endfor %} end
            as rule_id,
        observed_at as found_at,
        case when is_change then changed_at else counted_at end as used_at,
        case when finding in ('gap', 'before_start') then told_old_value when finding not in ('unreadable', 'assumed') then new_value end
            as value_found,
        case
            when finding in ('gap', 'repeated', 'overruled') then old_value
            when finding in ('before_start', 'early', 'assumed') then new_value
        end as value_used
    from events
    where finding is not null

),

in_file_order as (

    select
        opportunity_id, source_name, field, change_id, known_at, 'order_by_file' as rule_id, observed_at as found_at,
        changed_at as used_at, old_value as value_found, new_value as value_used
    from events
    where is_in_file_order

),

assumed as (

    select
        opportunity_id, source_name, field, change_id, known_at, 'first_stage_assumed' as rule_id, observed_at as found_at,
        changed_at as used_at, cast(null as varchar) as value_found, new_value as value_used
    from events
    where field = 'stage' and origin = 'creation' and is_change and observed_at > changed_at

),

-- All fields of a version move together.
moved as (

    select
        opportunity_id, source_name, cast(null as varchar) as field, min(change_id) as change_id, min(known_at) as known_at,
        'moved_to_start' as rule_id, observed_at as found_at, min(changed_at) as used_at,
        cast(null as varchar) as value_found, cast(null as varchar) as value_used
    from events
    where is_change and observed_at < changed_at
    group by opportunity_id, source_name, observed_at

),

-- Only where the CRM records the field's changes, and did by then.
missing as (

    select
        events.opportunity_id, events.source_name, events.field, events.change_id, events.known_at,
        'change_missing_from_history' as rule_id, events.observed_at as found_at, events.changed_at as used_at,
        events.old_value as value_found, events.new_value as value_used
    from events
    inner join {{ ref('int_history_availability') }} as availability
        on events.source_name = availability.source_name
        and events.field = availability.field
        and events.observed_at >= availability.history_available_from
    where events.is_change and events.origin = 'extract_difference'

),

absent as (

    select
        events.opportunity_id, events.source_name, events.field, events.change_id, events.known_at,
        'deleted_by_absence' as rule_id, cast(null as timestamp) as found_at, events.changed_at as used_at,
        cast(null as varchar) as value_found, events.new_value as value_used
    from events
    inner join {{ ref('int_opportunity_absences') }} as absences
        on events.source_name = absences.source_name
        and events.opportunity_id = absences.record_key
        and events.observed_at = absences.absent_at
    where events.is_change and events.field = 'is_deleted' and events.new_value = 'true'

)

select * from found
union all
select * from in_file_order
union all
select * from assumed
union all
select * from moved
union all
select * from missing
union all
select * from absent
