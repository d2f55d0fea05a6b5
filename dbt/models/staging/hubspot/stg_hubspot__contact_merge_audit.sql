with source as (

    select * from {{ source('hubspot', 'hubspot__contact_merge_audit') }}

),

renamed as (

    select
        canonical_vid as contact_id,
        vid_to_merge as merged_contact_id,
        {{ instant('timestamp') }} as merged_at,
{{ record_meta() }}
    from source

)

select * from renamed
