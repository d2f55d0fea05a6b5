{#- People at accounts, as newest known. Of the e-mail address only the domain goes on. -#}
with united as (

    select
        contact_id, source_name, account_id, email, lead_source as source, created_at,
        master_record_id as merged_into_contact_id, is_record_deleted, version_at
    from ({{ latest_version(ref('stg_salesforce__contact')) }}) as contacts
    union all
    select
        contact_id, source_name, account_id, email, source, created_at,
        cast(null as varchar) as merged_into_contact_id, is_record_deleted, version_at
    from ({{ latest_version(ref('stg_generic__contacts')) }}) as contacts

)

select
    contact_id,
    source_name,
    account_id,
    {{ email_domain('email') }} as email_domain,
    source,
    created_at,
    merged_into_contact_id,
    {{ is_staff_address('email') }} as is_internal,
    is_record_deleted as is_deleted,
    case when is_record_deleted then version_at end as deleted_at
from united
qualify
    row_number() over (partition by contact_id order by is_record_deleted asc nulls last, source_name asc nulls last) = 1
