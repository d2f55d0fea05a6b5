with source as (

    select * from {{ source('hubspot', 'hubspot__deal_pipeline') }}

),

renamed as (

    select
        pipeline_id,
        row_id as pipeline_row_id,
        label as pipeline_label,
        display_order,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as updated_at,
{{ record_meta() }}
    from source

)

select * from renamed
