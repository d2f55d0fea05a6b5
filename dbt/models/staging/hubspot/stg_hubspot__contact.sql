with source as (

    select * from {{ source('hubspot', 'hubspot__contact') }}

),

renamed as (

    select
        id as contact_id,
        property_email as email,
        property_firstname as first_name,
        property_lastname as last_name,
        property_lifecyclestage as lifecycle_stage,
        property_hs_lead_status as lead_status,
        property_hubspot_owner_id as owner_id,
        property_associatedcompanyid as company_id,
        property_hs_merged_object_ids as merged_contact_ids,
        property_contact_source as contact_source,
        {{ instant('property_createdate') }} as created_at,
        property_hs_created_by_user_id as created_by_user_id,
        {{ instant('property_lastmodifieddate') }} as modified_at,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
