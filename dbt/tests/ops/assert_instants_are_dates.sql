-- Means: rows are loaded without an instant that the source's own clock can't have written: before it began or after the extract
-- that tells it. Each is listed in ops.fct_unread_values; nothing else of the row is lost.
{{ config(severity='warn') }}

select
    source_name,
    object_name,
    column_name,
    count(distinct file_id || ' ' || cast(record_number as varchar)) as n_records,
    min(value) as example
from {{ ref('fct_unread_values') }}
group by source_name, object_name, column_name
