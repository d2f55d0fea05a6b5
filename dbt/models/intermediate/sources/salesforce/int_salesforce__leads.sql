{#- Salesforce leads, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    lead_id,
    source_name,
    lead_source as source,
    lead_status as status,
    owner_id,
    email,
    created_at,
    created_by_id,
    converted_at,
    converted_account_id,
    converted_contact_id,
    converted_opportunity_id,
    deleted_at is not null as is_record_deleted,
    deleted_at
    {{- lifted_columns('leads', 'stg_salesforce__lead') }}
from ({{ newest_sight_and_deletion(ref('stg_salesforce__lead'), ['lead']) }}) as leads
