with source as (

    select * from {{ source('marketo', 'marketo__email_template_history') }}

),

renamed as (

    select
        id as email_template_id,
        version as template_version,
        name as email_name,
        subject,
        program_id,
        from_name,
        from_email,
        reply_email,
        status as email_status,
        operational as is_operational,
        workspace,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
