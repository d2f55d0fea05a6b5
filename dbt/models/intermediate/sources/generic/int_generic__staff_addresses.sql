{#- Addresses of users of mapped sources. -#}
{{ config(materialized='ephemeral') }}

select email from {{ ref('stg_generic__users') }}
