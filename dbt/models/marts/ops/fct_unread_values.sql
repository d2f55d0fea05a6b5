with unread as (

    select * from {{ ref('stg_plumbline__unread_values') }}

)

select
    cast({{ surrogate_key(['file_id', 'record_number', 'column_name']) }} as varchar) as unread_value_id,
    file_id,
    source_name,
    object_name,
    file_path,
    record_number,
    column_name,
    value,
    reason,
    load_sequence
from unread
