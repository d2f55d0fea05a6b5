with source as (

    select * from {{ source('bookkeeping', 'plumbline_readmissions') }}

),

renamed as (

    select
        file_id,
        record_number,
        readmitted_at,
        load_sequence
    from source

)

select * from renamed
