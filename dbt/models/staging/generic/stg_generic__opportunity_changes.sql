with source as (

    select * from {{ source('generic', 'generic__opportunity_changes') }}

),

renamed as (

    select
        opportunity_id,
        field,
        old_value,
        new_value,
        {{ instant('changed_at') }} as changed_at,
        changed_by_id,
        sequence_number,
{{ record_meta() }}
    from source

)

select * from renamed
