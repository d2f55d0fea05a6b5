{#- When each lead began and ended, and whose it is: at its creation, where that isn't told as int_lead_changes says. Some systems'
    leads are their contacts. Staff are no leads. -#}
with versions as (

    select
        lead_id,
        max_by(source_name, version_at) as source_name,
        min(created_at) as created_at,
        min(extracted_at) as first_extracted_at
    from {{ ref('int_lead_versions') }}
    group by lead_id

),

first_changes as (

    select
        lead_id,
        min(changed_at) as changed_at
    from {{ ref('int_lead_changes') }}
    group by lead_id

),

records as (

    select
        'lead' as record_kind, lead_id, is_internal, deleted_at, merged_into_lead_id as merged_into_id, converted_at,
        converted_opportunity_id
    from {{ ref('int_leads') }}
    union all
    select
        'contact' as record_kind, contacts.contact_id as lead_id, contacts.is_internal, contacts.deleted_at,
        contacts.merged_into_contact_id as merged_into_id, cast(null as timestamp) as converted_at,
        cast(null as varchar) as converted_opportunity_id
    from {{ ref('int_contacts') }} as contacts
    where contacts.is_lead

)

select
    records.lead_id,
    records.record_kind,
    versions.source_name,
    coalesce(people.person_id, records.lead_id) as person_id,
    coalesce(records.merged_into_id, records.lead_id) as root_lead_id,
    coalesce(versions.created_at, first_changes.changed_at, versions.first_extracted_at) as life_start_at,
    versions.created_at is not null as is_start_known,
    coalesce(records.deleted_at, mergers.merged_at) as deleted_at,
    records.converted_at,
    coalesce(merged_opportunities.survivor_id, records.converted_opportunity_id) as converted_opportunity_id
from records
inner join versions on records.lead_id = versions.lead_id
left join first_changes on records.lead_id = first_changes.lead_id
left join {{ ref('int_people') }} as people
    on records.lead_id = people.record_id
    and records.record_kind = people.record_kind
left join {{ ref('int_record_merges') }} as mergers
    on records.lead_id = mergers.record_id
    and records.record_kind = mergers.record_kind
left join {{ ref('int_record_merges') }} as merged_opportunities
    on records.converted_opportunity_id = merged_opportunities.record_id
    and merged_opportunities.record_kind = 'opportunity'
where not records.is_internal
qualify row_number() over (partition by records.lead_id order by records.record_kind desc nulls last) = 1
