{#- When Salesforce contacts changed their account, as successive extracts show. -#}
{{ config(materialized='ephemeral') }}

{{ contact_account_changes(ref('stg_salesforce__contact'), 'account_id', 'account_id') }}
