{#- Contact roles: who of a buying group was named on an opportunity. One row per opportunity and contact.

    HubSpot doesn't say since when a contact is associated; the connector's first sight of it does, but for the first days of the
    connector, which saw everything that was there before (var hubspot_first_sync_days). -#}
with hubspot_roles as (

    select
        *,
        min(extracted_at) over (partition by source_name, record_key) as first_extracted_at,
        min(extracted_at) over (partition by source_name) as begun_at
    from {{ ref('stg_hubspot__deal_contact') }}

),

united as (

    select opportunity_id, contact_id, source_name, role, is_primary, created_at, version_at, is_record_deleted, record_key
    from ({{ latest_version(ref('stg_salesforce__opportunity_contact_role')) }}) as roles
    union all
    select opportunity_id, contact_id, source_name, role, is_primary, created_at, version_at, is_record_deleted, record_key
    from ({{ latest_version(ref('stg_generic__opportunity_contacts')) }}) as roles
    union all
    select
        deal_id as opportunity_id, contact_id, source_name, cast(null as varchar) as role,
        cast(null as boolean) as is_primary,
        case
            when first_extracted_at >= {{ add_time('begun_at', var('hubspot_first_sync_days'), 'day') }}
                then first_extracted_at
        end as created_at,
        version_at, is_record_deleted, record_key
    from ({{ latest_version('hubspot_roles') }}) as roles

)

select
    {{ surrogate_key(['opportunity_id', 'contact_id']) }} as opportunity_contact_id,
    opportunity_id,
    contact_id,
    source_name,
    role,
    coalesce(is_primary, false) as is_primary,
    created_at,
    is_record_deleted as is_deleted
from united
qualify
    row_number() over (
        partition by opportunity_id, contact_id
        order by
            is_record_deleted asc nulls last, coalesce(is_primary, false) desc nulls last, version_at desc nulls last,
            source_name asc nulls last, record_key asc nulls last
    ) = 1
