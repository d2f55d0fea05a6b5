{#- People not yet matched to an account and what they became, as newest known. Of the e-mail address only the domain goes on. -#}
with united as (

    select
        lead_id, source_name, lead_source as source, lead_status as status, owner_id, email, created_at, created_by_id,
        converted_at, converted_account_id, converted_contact_id, converted_opportunity_id,
        master_record_id as merged_into_lead_id, is_record_deleted, version_at
    from ({{ latest_version(ref('stg_salesforce__lead')) }}) as leads
    union all
    select
        lead_id, source_name, source, status, owner_id, email, created_at, created_by_id,
        converted_at, converted_account_id, converted_contact_id, converted_opportunity_id,
        cast(null as varchar) as merged_into_lead_id, is_record_deleted, version_at
    from ({{ latest_version(ref('stg_generic__leads')) }}) as leads

)

select
    lead_id,
    source_name,
    nullif(trim(source), '') as source,
    status,
    owner_id,
    {{ email_domain('email') }} as email_domain,
    created_at,
    created_by_id,
    converted_at,
    converted_account_id,
    converted_contact_id,
    converted_opportunity_id,
    merged_into_lead_id,
    {{ is_staff_address('email') }} as is_internal,
    is_record_deleted as is_deleted,
    case when is_record_deleted then version_at end as deleted_at
from united
qualify
    row_number() over (partition by lead_id order by is_record_deleted asc nulls last, source_name asc nulls last) = 1
