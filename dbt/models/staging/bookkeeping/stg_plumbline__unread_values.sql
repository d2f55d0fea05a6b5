with source as (

    select * from {{ source('bookkeeping', 'plumbline_unread_values') }}

),

renamed as (

    select
        file_id,
        source_name,
        object_name,
        file_path,
        record_number,
        column_name,
        value,
        reason,
        load_sequence
    from source

)

select * from renamed
