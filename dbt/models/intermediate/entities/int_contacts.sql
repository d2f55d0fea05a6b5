{#- People at accounts, as newest known; whoever was at a merged account is at the survivor. HubSpot's leads are contacts too.
    Of the e-mail address only the domain goes on. -#}
with united as (

    select
        contact_id, source_name, account_id, email, lead_source as source, created_at, is_record_deleted, version_at
        {{- lifted_columns('contacts', 'stg_salesforce__contact') }}
    from ({{ latest_version(ref('stg_salesforce__contact')) }}) as contacts
    union all
    select
        contact_id, source_name, account_id, email, source, created_at, is_record_deleted, version_at
        {{- lifted_columns('contacts', 'stg_generic__contacts') }}
    from ({{ latest_version(ref('stg_generic__contacts')) }}) as contacts
    union all
    select
        contact_id, source_name, company_id as account_id, email, contact_source as source, created_at, is_record_deleted,
        version_at
        {{- lifted_columns('contacts', 'stg_hubspot__contact') }}
    from ({{ latest_version(ref('stg_hubspot__contact')) }}) as contacts

)

select
    united.contact_id,
    united.source_name,
    coalesce(merged_accounts.survivor_id, united.account_id) as account_id,
    {{ email_domain('united.email') }} as email_domain,
    united.source,
    united.created_at,
    mergers.survivor_id as merged_into_contact_id,
    {{ is_staff_address('united.email') }} as is_internal,
    united.is_record_deleted as is_deleted,
    case when united.is_record_deleted then united.version_at end as deleted_at
    {{- lifted_columns('contacts', prefix='united.') }}
from united
left join {{ ref('int_record_merges') }} as mergers
    on united.contact_id = mergers.record_id
    and mergers.record_kind = 'contact'
left join {{ ref('int_record_merges') }} as merged_accounts
    on united.account_id = merged_accounts.record_id
    and merged_accounts.record_kind = 'account'
qualify
    row_number() over (
        partition by united.contact_id order by united.is_record_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
