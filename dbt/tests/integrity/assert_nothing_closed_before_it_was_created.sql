-- A row means that the CRM says of a closed opportunity that it closed before it was created. History is kept as recorded, so
-- its cycle is no measure of anything, and it counts in the period of its closing by the recorded changes.
{{ config(severity='warn') }}

select
    opportunity_id,
    source_name,
    stage,
    created_at,
    closed_at,
    close_date
from {{ ref('dim_opportunities') }}
where
    not is_open
    and (closed_at < created_at or close_date < {{ local_date('created_at') }})
