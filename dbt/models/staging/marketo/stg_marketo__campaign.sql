with source as (

    select * from {{ source('marketo', 'marketo__campaign') }}

),

renamed as (

    select
        id as smart_campaign_id,
        name as smart_campaign_name,
        description,
        type as smart_campaign_type,
        program_id,
        active as is_active,
        workspace_name,
        created_at,
        updated_at as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
