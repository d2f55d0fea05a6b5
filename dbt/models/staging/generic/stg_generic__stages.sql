with source as (

    select * from {{ source('generic', 'generic__stages') }}

),

renamed as (

    select
        pipeline_id,
        stage,
        stage_order,
        phase,
        is_open,
        is_won,
        is_pipeline,
        is_qualified,
        default_probability,
{{ record_meta() }}
    from source

)

select * from renamed
