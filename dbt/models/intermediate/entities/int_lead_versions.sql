{#- Every version of every lead record that was extracted, of all sources, deletions left out. HubSpot's leads are its
    contacts. -#}
{{ config(materialized='view') }}

with united as (

    select
        lead_id, source_name, lead_source as source, lead_status as status, cast(null as varchar) as lifecycle_stage, owner_id,
        created_at, created_by_id, last_modified_by_id as modified_by_id,
        version_at, version_sequence, extracted_at, record_number, row_hash, file_id
    from {{ ref('stg_salesforce__lead') }}
    where not is_record_deleted
    union all
    select
        lead_id, source_name, source, status, cast(null as varchar) as lifecycle_stage, owner_id, created_at, created_by_id,
        modified_by_id, version_at, version_sequence, extracted_at, record_number, row_hash, file_id
    from {{ ref('stg_generic__leads') }}
    where not is_record_deleted
    union all
    select
        contacts.contact_id as lead_id, contacts.source_name, contacts.contact_source as source,
        contacts.lead_status as status, contacts.lifecycle_stage, contacts.owner_id, contacts.created_at,
        case
            when contacts.created_by_user_id is not null
                then {{ hubspot_person('contacts.created_by_user_id', 'creators.owner_id') }}
        end as created_by_id,
        cast(null as varchar) as modified_by_id,
        contacts.version_at, contacts.version_sequence, contacts.extracted_at, contacts.record_number, contacts.row_hash,
        contacts.file_id
    from {{ ref('stg_hubspot__contact') }} as contacts
    left join {{ ref('int_hubspot_owners') }} as creators
        on contacts.source_name = creators.source_name
        and contacts.created_by_user_id = creators.user_id
    where not contacts.is_record_deleted

)

select
    united.lead_id, united.source_name, united.source, united.status, united.lifecycle_stage, united.owner_id,
    united.created_at, united.created_by_id, united.modified_by_id, united.version_at, united.version_sequence,
    united.extracted_at, united.record_number, united.row_hash,
    coalesce(files.missing_columns, '[]') as missing_columns
from united
left join {{ source('bookkeeping', 'plumbline_files') }} as files on united.file_id = files.file_id
