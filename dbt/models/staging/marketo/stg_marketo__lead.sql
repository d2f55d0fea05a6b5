with source as (

    select * from {{ source('marketo', 'marketo__lead') }}

),

renamed as (

    select
        id as lead_id,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as modified_at,
        email,
        first_name,
        last_name,
        company,
        lead_source,
        sfdc_type,
        sfdc_lead_id,
        sfdc_contact_id,
        sfdc_account_id,
{{ record_meta() }}
    from source

)

select * from renamed
