{#- How long contacts were associated with HubSpot deals. HubSpot doesn't say since when; the connector's first sight of an association
    does, but for the first days of the connector, which saw everything that was there before (var hubspot_first_sync_days). -#}
{{ config(materialized='ephemeral') }}

with associations as (

    select
        *,
        deal_id as opportunity_id,
        cast(null as varchar) as role,
        cast(null as boolean) as is_primary,
        cast(null as timestamp) as created_at
    from {{ ref('stg_hubspot__deal_contact') }}

)

select * from ({{ role_spans('associations', ['deal_contact'], var('hubspot_first_sync_days')) }}) as spans
