{#- The fields of an opportunity whose history is kept, in the order in which changes of one instant apply: reclassify,
    transfer, amount, close date, stage, so that a closing stage carries the final amount. Deletion comes last. -#}
{% macro opportunity_fields() -%}
    {{ return([
        'pipeline_id', 'account_id', 'opportunity_type', 'source', 'primary_campaign_id', 'owner_id', 'currency', 'amount',
        'close_date', 'forecast_category', 'probability', 'next_step', 'loss_reason', 'stage'
    ]) }}
{%- endmacro %}

{#- The fields of a lead whose history is kept. -#}
{% macro lead_fields() -%}
    {{ return(['source', 'status', 'lifecycle_stage', 'owner_id']) }}
{%- endmacro %}

{#- The rank of a field among changes of one instant; custom fields apply before amounts. -#}
{% macro field_rank(column) -%}
    case {{ column }}
        {%- for field in opportunity_fields() %}
        when '{{ field }}' then {{ loop.index * 10 }}
        {%- endfor %}
        when 'is_deleted' then 1000
        else 65
    end
{%- endmacro %}

{#- One spelling per value, whatever the origin: amounts with two decimals, dates as ISO, ids in full, empty text and words for nothing
    as NULL. Next steps are prose, and what custom fields mean nobody knows: they keep their words. `field` is a column, or the name
    of a field in quotes: then only what that field needs is written. -#}
{% macro normalized_value(field, value) -%}
    {%- set told = without_null_words(value) -%}
    {%- set spellings = [
        (['amount', 'probability'], 'cast(try_cast(' ~ value ~ ' as decimal(18, 2)) as varchar)'),
        (['close_date'], 'cast(' ~ day_in_text(value) ~ ' as varchar)'),
        (['owner_id', 'account_id', 'primary_campaign_id'], one_id('trim(' ~ told ~ ')')),
        (['currency'], 'upper(trim(' ~ told ~ '))'),
        (['forecast_category'], forecast_category_name(told)),
        (['next_step'], "nullif(trim(" ~ value ~ "), '')")
    ] -%}
    {%- if field.startswith("'") -%}
        {%- set written = ['trim(' ~ told ~ ')'] -%}
        {%- for fields, spelling in spellings if field | replace("'", '') in fields -%}
            {%- do written.append(spelling) -%}
        {%- endfor -%}
        {{ written | last }}
    {%- else -%}
    case
        {%- for fields, spelling in spellings %}
        when {{ field }} in ('{{ fields | join("', '") }}') then {{ spelling }}
        {%- endfor %}
        when {{ field }} like 'custom%' then nullif(trim({{ value }}), '')
        else trim({{ told }})
    end
    {%- endif -%}
{%- endmacro %}

{#- A forecast category by its label, whether a CRM tells that (`Best Case`) or its own word for it (`BestCase`, `BEST_CASE`). -#}
{% macro forecast_category_name(value) -%}
    case upper(replace(replace(trim({{ value }}), ' ', ''), '_', ''))
        when 'OMIT' then 'Omitted'
        when 'OMITTED' then 'Omitted'
        when 'PIPELINE' then 'Pipeline'
        when 'BESTCASE' then 'Best Case'
        when 'MOSTLIKELY' then 'Most Likely'
        when 'COMMIT' then 'Commit'
        when 'FORECAST' then 'Commit'
        when 'CLOSED' then 'Closed'
        else nullif(trim({{ value }}), '')
    end
{%- endmacro %}

{#- Whether the file of a version held the field's column at all; a stage or a currency must also hold a value. -#}
{% macro was_delivered(field) -%}
    {%- set lifted = lifted_columns_of('opportunities') | selectattr('column', 'equalto', field) | list -%}
    {%- if lifted -%} {{ lifted_was_delivered(lifted[0]) }} {%- else -%} {{ declared_was_delivered(field) }} {%- endif -%}
{%- endmacro %}

{% macro declared_was_delivered(field, with_value=true) -%}
    {%- set raw_columns = raw_columns_of(field) -%}
    {%- set alternatives = alternatives_of(field) -%}
    {%- for column in raw_columns if column not in alternatives -%}
        missing_columns not like '%"{{ column }}"%' and {% endfor -%}
    {%- if alternatives -%}
        (
        {%- for column in alternatives -%}
            missing_columns not like '%"{{ column }}"%'{% if not loop.last %} or {% endif %}
        {%- endfor -%}
        )
    {%- else -%} true {%- endif -%}
    {%- if field in ('stage', 'currency') and with_value %} and {{ field }} is not null{% endif %}
{%- endmacro %}

{#- The stage of the time before the first stage that is told, where that can't have held since the start: open pipeline, in no
    stage's conversion or time. -#}
{% macro unknown_stage() -%}(unknown){%- endmacro %}
