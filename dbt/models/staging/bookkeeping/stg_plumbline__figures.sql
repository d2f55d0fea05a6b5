with source as (

    select * from {{ source('bookkeeping', 'plumbline_figures') }}

),

renamed as (

    select
        file_name,
        as_of as as_of_date,
        content_hash,
        run_id,
        version,
        published_at,
        load_sequence,
        newest_extracted_at,
        config_hash,
        n_parts,
        figure,
        dimension,
        value as figure_value,
        unit
    from source

)

select * from renamed
