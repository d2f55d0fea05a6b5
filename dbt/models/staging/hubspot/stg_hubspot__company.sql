with source as (

    select * from {{ source('hubspot', 'hubspot__company') }}

),

renamed as (

    select
        id as company_id,
        property_name as company_name,
        property_domain as email_domain,
        property_industry as industry,
        property_hs_parent_company_id as parent_company_id,
        property_hubspot_owner_id as owner_id,
        property_hs_merged_object_ids as merged_company_ids,
        property_segment as segment,
        property_territory as territory,
        {{ instant('property_createdate') }} as created_at,
        {{ instant('property_hs_lastmodifieddate') }} as modified_at,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
