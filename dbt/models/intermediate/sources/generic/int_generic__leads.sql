{#- Leads of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    lead_id,
    source_name,
    source,
    status,
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
    {{- lifted_columns('leads', 'stg_generic__leads') }}
from ({{ newest_sight_and_deletion(ref('stg_generic__leads'), ['leads']) }}) as leads
