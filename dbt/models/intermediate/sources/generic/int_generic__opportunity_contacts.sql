{#- Contact roles of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    opportunity_id,
    contact_id,
    source_name,
    role,
    is_primary,
    created_at,
    version_at,
    is_record_deleted,
    record_key
from ({{ latest_version(ref('stg_generic__opportunity_contacts')) }}) as roles
