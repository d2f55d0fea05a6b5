{#- People not yet matched to an account and what they became, as newest known. Of the e-mail address only the domain goes on. -#}
with united as (

    select
        lead_id, source_name, lead_source as source, lead_status as status, owner_id, email, created_at, created_by_id,
        converted_at, converted_account_id, converted_contact_id, converted_opportunity_id, is_record_deleted, version_at
        {{- lifted_columns('leads', 'stg_salesforce__lead') }}
    from ({{ latest_version(ref('stg_salesforce__lead')) }}) as leads
    union all
    select
        lead_id, source_name, source, status, owner_id, email, created_at, created_by_id,
        converted_at, converted_account_id, converted_contact_id, converted_opportunity_id, is_record_deleted, version_at
        {{- lifted_columns('leads', 'stg_generic__leads') }}
    from ({{ latest_version(ref('stg_generic__leads')) }}) as leads

)

select
    united.lead_id,
    united.source_name,
    nullif(trim(united.source), '') as source,
    united.status,
    united.owner_id,
    {{ email_domain('united.email') }} as email_domain,
    united.created_at,
    united.created_by_id,
    united.converted_at,
    coalesce(merged_accounts.survivor_id, united.converted_account_id) as converted_account_id,
    united.converted_contact_id,
    united.converted_opportunity_id,
    mergers.survivor_id as merged_into_lead_id,
    {{ is_staff_address('united.email') }} as is_internal,
    united.is_record_deleted as is_deleted,
    case when united.is_record_deleted then united.version_at end as deleted_at
    {{- lifted_columns('leads', prefix='united.') }}
from united
left join {{ ref('int_record_merges') }} as mergers
    on united.lead_id = mergers.record_id
    and mergers.record_kind = 'lead'
left join {{ ref('int_record_merges') }} as merged_accounts
    on united.converted_account_id = merged_accounts.record_id
    and merged_accounts.record_kind = 'account'
qualify
    row_number() over (
        partition by united.lead_id order by united.is_record_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
