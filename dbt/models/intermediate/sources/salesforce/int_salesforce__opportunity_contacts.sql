{#- How long Salesforce's contact roles lasted. -#}
{{ config(materialized='ephemeral') }}

{{ role_spans(ref('stg_salesforce__opportunity_contact_role'), ['opportunitycontactrole']) }}
