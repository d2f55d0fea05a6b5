with source as (

    select * from {{ source('bookkeeping', 'plumbline_files') }}

),

renamed as (

    select
        file_id,
        source_name,
        object_name,
        file_path,
        {{ without_file_format('file_path') }} as file_stem,
        content_hash,
        extracted_at,
        is_extract_time_declared,
        is_full_extract,
        byte_count,
        rows_read,
        rows_filtered,
        rows_footer,
        rows_in,
        rows_loaded,
        rows_quarantined,
        rows_stored,
        status,
        reason,
        missing_columns,
        new_columns,
        load_sequence,
        loaded_at
    from source

)

select * from renamed
