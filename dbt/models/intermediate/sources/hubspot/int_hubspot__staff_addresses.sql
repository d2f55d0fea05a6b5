{#- Addresses of HubSpot's owners and of its log-ins. -#}
{{ config(materialized='ephemeral') }}

select email from {{ ref('stg_hubspot__owner') }}
union all
select email from {{ ref('stg_hubspot__user') }}
