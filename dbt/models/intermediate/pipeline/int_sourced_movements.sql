{#- Movements of open pipeline with the evidence source of each opportunity as judged as of as_of, which movements themselves, being
    as_of-free, can't hold. -#}
{{ config(materialized='view') }}

select
    movements.*,
    coalesce(sources.evidence_function, 'unknown') as evidence_function
from {{ ref('int_pipeline_movements') }} as movements
left join {{ ref('int_opportunity_sources') }} as sources on movements.opportunity_id = sources.opportunity_id
