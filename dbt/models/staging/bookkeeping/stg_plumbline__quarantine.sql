with source as (

    select * from {{ source('bookkeeping', 'plumbline_quarantine') }}

),

renamed as (

    select
        file_id,
        source_name,
        object_name,
        file_path,
        record_number,
        line_number,
        column_name,
        value,
        reason,
        record as record_text,
        load_sequence
    from source

)

select * from renamed
