with source as (

    select * from {{ source('bookkeeping', 'plumbline_columns') }}

),

renamed as (

    select
        source_name,
        object_name,
        column_name,
        is_personal
    from source

)

select * from renamed
