{#- Contacts of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    contact_id,
    source_name,
    account_id,
    email,
    source,
    false as is_lead,
    created_at,
    deleted_at is not null as is_record_deleted,
    deleted_at
    {{- lifted_columns('contacts', 'stg_generic__contacts') }}
from ({{ newest_sight_and_deletion(ref('stg_generic__contacts'), ['contacts']) }}) as contacts
