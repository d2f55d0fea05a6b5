{#- When contacts of a mapped source changed their account, as successive extracts show. -#}
{{ config(materialized='ephemeral') }}

{{ contact_account_changes(ref('stg_generic__contacts'), 'account_id', 'account_id') }}
