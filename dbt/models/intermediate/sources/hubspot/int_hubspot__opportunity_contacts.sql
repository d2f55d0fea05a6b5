{#- Contacts that are associated with HubSpot deals, as newest known. HubSpot doesn't say since when; the connector's first sight of
    an association does, but for the first days of the connector, which saw everything that was there before
    (var hubspot_first_sync_days). -#}
{{ config(materialized='ephemeral') }}

with versions as (

    select
        *,
        min(extracted_at) over (partition by source_name, record_key) as first_extracted_at,
        min(extracted_at) over (partition by source_name) as begun_at
    from {{ ref('stg_hubspot__deal_contact') }}

)

select
    deal_id as opportunity_id,
    contact_id,
    source_name,
    cast(null as varchar) as role,
    cast(null as boolean) as is_primary,
    case
        when first_extracted_at >= {{ add_time('begun_at', var('hubspot_first_sync_days'), 'day') }} then first_extracted_at
    end as created_at,
    version_at,
    is_record_deleted,
    record_key
from ({{ latest_version('versions') }}) as roles
