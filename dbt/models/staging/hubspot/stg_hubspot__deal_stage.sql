with source as (

    select * from {{ source('hubspot', 'hubspot__deal_stage') }}

),

renamed as (

    select
        deal_id,
        {{ instant('date_entered') }} as entered_at,
        value as stage_id,
        source as change_source,
        source_id as change_source_id,
{{ record_meta() }}
    from source

)

select * from renamed
