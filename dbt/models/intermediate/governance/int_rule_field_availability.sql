{#- What each source tells of each field that a stage rule names: whether it carries the field at all, and since when the CRM
    records its changes (int_history_availability; NULL = never, the field is known from extracts alone). `is_recorded_only`: no record
    holds the field, so that an opportunity whose field never changed says nothing of it. -#}

with rule_fields as (

    select distinct field from {{ ref('int_stage_rules') }}

),

sources as (

    select distinct source_name from {{ ref('int_opportunities') }}

),

loaded_files as (

    select
        source_name,
        lower(object_name) as object_name,
        coalesce(missing_columns, '[]') as missing_columns
    from {{ source('bookkeeping', 'plumbline_files') }}
    where status = 'loaded'

),

field_columns as (

    {%- for system in source_systems().values() %}
    {%- for object_name in system.opportunity_objects %}
    {%- for field in opportunity_fields() %}
    {%- for column in system.opportunity_columns.get(field, [field]) %}
    select '{{ object_name }}' as object_name, '{{ field }}' as field, '{{ column }}' as column_name
    union all
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    select cast(null as varchar) as object_name, cast(null as varchar) as field, cast(null as varchar) as column_name

),

carried as (

    select loaded_files.source_name, field_columns.field
    from loaded_files
    inner join field_columns on loaded_files.object_name = field_columns.object_name
    where instr(loaded_files.missing_columns, '"' || field_columns.column_name || '"') = 0
    union
    select source_name, 'contact_role_count' as field
    from loaded_files
    where object_name in ('{{ said_by_sources('contact_role_objects') | join("', '") }}')
    union
    select source_name, 'two_way_activity_count' as field
    from sources
    union
    -- No contract lists custom fields: one is carried where any record ever held a value of it.
    select changes.source_name, changes.field
    from {{ ref('int_opportunity_changes') }} as changes
    inner join rule_fields on changes.field = rule_fields.field
    where changes.new_value is not null and changes.field like 'custom.%'

)

select
    sources.source_name,
    rule_fields.field,
    carried.field is not null or history.field is not null as is_carried,
    carried.field is null and history.field is not null as is_recorded_only,
    history.history_available_from
from sources
cross join rule_fields
left join carried
    on sources.source_name = carried.source_name
    and rule_fields.field = carried.field
left join {{ ref('int_history_availability') }} as history
    on sources.source_name = history.source_name
    and rule_fields.field = history.field
