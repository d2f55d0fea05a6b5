{#- Custom fields that are lifted, one entry each: model (of staging), entity, column, type, sql_type, is_personal, names. This file
    stands for none; where contracts or mappings lift some, the copy of the project that runs see holds them here. -#}
{% macro lifted_fields() %}{{ return([]) }}{% endmacro %}
