{#- What every staged record carries, custom fields that are lifted from it included, and how its versions are ordered. -#}

{% macro record_meta() %}
        _source as source_name,
        _key as record_key,
        {{ instant('_version_at') }} as version_at,
        _sequence as version_sequence,
        _extracted_at as extracted_at,
        _is_extract_time_declared as is_extract_time_declared,
        _record as record_number,
        _row_hash as row_hash,
        _is_deleted as is_record_deleted,
        _custom as custom_fields,
        _load_sequence as load_sequence,
        _file_id as file_id
        {{- lifted_record_columns(model.name) }}
{%- endmacro %}

{#- The order of a record's versions, newest last: never load order. -#}
{% macro version_order(alias, direction='asc') -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {{ prefix }}version_at {{ direction }} nulls first, {{ prefix }}version_sequence {{ direction }} nulls first,
    {{ prefix }}extracted_at {{ direction }} nulls first, {{ prefix }}record_number {{ direction }} nulls first,
    {{ prefix }}row_hash {{ direction }} nulls first
{%- endmacro %}

{#- The newest version of every record of a staging relation. `nulls first` on both directions keeps real times ahead: the
    version columns are never NULL, and a missing sequence loses against a present one. `with_known` adds when the extract was
    taken, and which load it was, that first told of the record. -#}
{% macro latest_version(relation, with_known=false) %}
    select
        *
        {%- if with_known %},
        min(extracted_at) over (partition by source_name, record_key) as known_at,
        min(load_sequence) over (partition by source_name, record_key) as known_load_sequence
        {%- endif %}
    from {{ relation }}
    qualify row_number() over (
        partition by source_name, record_key
        order by
            version_at desc nulls last, version_sequence desc nulls last, extracted_at desc nulls last,
            record_number desc nulls last, row_hash desc nulls last
    ) = 1
{%- endmacro %}
