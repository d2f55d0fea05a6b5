with source as (

    select * from {{ source('bookkeeping', 'plumbline_figure_parts') }}

),

renamed as (

    select
        file_name,
        figure,
        opportunity_id,
        owner_id,
        amount
    from source

)

select * from renamed
