{#- Every extracted version of a HubSpot contact, which is a lead too, deletions left out. -#}
{{ config(materialized='ephemeral') }}

select
    contacts.contact_id as lead_id,
    contacts.source_name,
    contacts.contact_source as source,
    contacts.lead_status as status,
    contacts.lifecycle_stage,
    contacts.owner_id,
    contacts.created_at,
    case
        when contacts.created_by_user_id is not null
            then {{ hubspot_person('contacts.created_by_user_id', 'creators.owner_id') }}
    end as created_by_id,
    cast(null as varchar) as modified_by_id,
    contacts.version_at,
    contacts.version_sequence,
    contacts.extracted_at,
    contacts.record_number,
    contacts.row_hash,
    contacts.file_id
from {{ ref('stg_hubspot__contact') }} as contacts
left join {{ ref('int_hubspot__owners') }} as creators
    on contacts.source_name = creators.source_name
    and contacts.created_by_user_id = creators.user_id
qualify
    not contacts.is_record_deleted
    or min(case when contacts.is_record_deleted then 1 else 0 end) over (
        partition by contacts.source_name, contacts.record_key
    ) = 1
