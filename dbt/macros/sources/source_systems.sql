{#- The one list of source systems. What is particular to one stands in a macro file of its own beside this one and in its folder
    models/intermediate/sources/<source>/; everything shared asks here. A source has:
    entities             the entities of entity_shape() that it tells of; each is its model int_<source>__<entity>
    opportunity_objects  its objects (lower case) whose full extracts hold every opportunity
    contact_role_objects its objects (lower case) that tell who of a buying group was named
    conversion_objects   its objects (lower case) that tell in `converted_opportunity_id` what a lead became
    opportunity_columns  field of the entity model -> columns of these objects of which any carries it, none where only another
                         object does; a field that isn't named has a column of its own name
    raw_columns          field of the entity model -> columns that a file must have for its rows to say anything of it, beside one of
                         its own name
    references           what is computed anew when a record of a staging model has changed: (model, [(column, kind of id)])
    company_wide         staging models of few rows and far reach: a changed row reaches every opportunity
    company_wide_loads   the same, whether or not the row that was loaded says anything new
    activity_links       (staging model, column of the activity, column, kind of id): what activities are about is said there
    system_columns       staging model -> columns that its system stamps, the day of the newest of which is the as-of date
    alternatives         field -> its own columns of which any one tells it -#}
{% macro source_systems() -%}
    {{ return({
        'salesforce': salesforce_source(),
        'generic': generic_source(),
        'hubspot': hubspot_source(),
        'marketo': marketo_source()
    }) }}
{%- endmacro %}

{#- What all sources say under one key of theirs, as one list, each once. -#}
{% macro said_by_sources(key) -%}
    {%- set found = [] -%}
    {%- for system in source_systems().values() -%}
        {%- for value in system.get(key, []) if value not in found -%}
            {%- do found.append(value) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Every raw column in which some source holds a field of the entity model: the field's own name too. -#}
{% macro raw_columns_of(field) -%}
    {%- set found = [field] -%}
    {%- for system in source_systems().values() -%}
        {%- for column in system.raw_columns.get(field, []) if column not in found -%}
            {%- do found.append(column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The raw columns of which any one tells a field, where a source has several for it. -#}
{% macro alternatives_of(field) -%}
    {%- set found = [] -%}
    {%- for system in source_systems().values() -%}
        {%- for column in system.get('alternatives', {}).get(field, []) if column not in found -%}
            {%- do found.append(column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
