with source as (

    select * from {{ source('hubspot', 'hubspot__owner_team') }}

),

renamed as (

    select
        owner_id,
        owner_row_id,
        team_id,
        is_team_primary,
        membership,
{{ record_meta() }}
    from source

)

select * from renamed
