{#- How long contact roles of a mapped source lasted. -#}
{{ config(materialized='ephemeral') }}

{{ role_spans(ref('stg_generic__opportunity_contacts'), ['opportunity_contacts']) }}
