-- A row means that the CRM recorded changes of an opportunity whose own record was never extracted. Its history is kept in
-- raw and is in no mart until the record arrives; nothing else is wrong.
{{ config(severity='warn') }}

select distinct
    history.opportunity_id,
    history.source_name
from {{ ref('int_field_history') }} as history
left join {{ ref('int_opportunities') }} as opportunities on history.opportunity_id = opportunities.opportunity_id
where opportunities.opportunity_id is null
