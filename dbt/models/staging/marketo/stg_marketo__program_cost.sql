with source as (

    select * from {{ source('marketo', 'marketo__program_cost') }}

),

renamed as (

    select
        program_id,
        index as cost_number,
        {{ local_date(instant('start_date')) }} as spent_on,
        cost as amount,
        note,
{{ record_meta() }}
    from source

)

select * from renamed
