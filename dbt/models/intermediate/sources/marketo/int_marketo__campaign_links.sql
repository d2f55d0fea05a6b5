{#- The campaign that each Marketo program is. -#}
{{ config(materialized='ephemeral') }}

select
    marketo_program_id as program_id,
    campaign_id
from {{ ref('int_marketo__programs') }}
