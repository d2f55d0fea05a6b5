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
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
