with source as (

    select * from {{ source('hubspot', 'hubspot__team') }}

),

renamed as (

    select
        id as team_id,
        name as team_name,
{{ record_meta() }}
    from source

)

select * from renamed
