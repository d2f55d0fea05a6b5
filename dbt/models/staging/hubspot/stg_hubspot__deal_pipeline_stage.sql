with source as (

    select * from {{ source('hubspot', 'hubspot__deal_pipeline_stage') }}

),

renamed as (

    select
        pipeline_id,
        pipeline_row_id,
        stage_id,
        label as stage_label,
        display_order,
        probability as stage_probability,
        is_closed,
        closed_won as is_closed_won,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as updated_at,
{{ record_meta() }}
    from source

)

select * from renamed
