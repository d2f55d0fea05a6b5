{#- Since when a CRM has recorded the changes of a field: the first recorded change of any opportunity. A field that is not here
    is known from extracts alone. -#}
select
    source_name,
    field,
    min(changed_at) as history_available_from
from {{ ref('int_field_history') }}
group by source_name, field
