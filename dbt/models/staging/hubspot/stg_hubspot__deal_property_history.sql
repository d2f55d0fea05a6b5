with source as (

    select * from {{ source('hubspot', 'hubspot__deal_property_history') }}

),

renamed as (

    select
        deal_id,
        name as property_name,
        {{ instant('timestamp') }} as changed_at,
        value as property_value,
        source as change_source,
        source_id as change_source_id,
        updated_by_user_id,
{{ record_meta() }}
    from source

)

select * from renamed
