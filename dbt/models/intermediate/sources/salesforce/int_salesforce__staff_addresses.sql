{#- Addresses of Salesforce's users. -#}
{{ config(materialized='ephemeral') }}

select email from {{ ref('stg_salesforce__user') }}
