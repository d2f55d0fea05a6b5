{#- Companies, as newest known. The e-mail domain is that of the website, without scheme, path and www. A subsidiary of a merged
    company is one of the survivor's. -#}
with united as (

    select
        account_id, source_name, account_name, parent_id as parent_account_id, segment, industry, territory,
        website as email_domain, created_at, is_record_deleted as is_deleted
        {{- lifted_columns('accounts', 'stg_salesforce__account') }}
    from ({{ latest_version(ref('stg_salesforce__account')) }}) as accounts
    union all
    select
        account_id, source_name, account_name, parent_account_id, segment, industry, territory,
        email_domain, created_at, is_record_deleted as is_deleted
        {{- lifted_columns('accounts', 'stg_generic__accounts') }}
    from ({{ latest_version(ref('stg_generic__accounts')) }}) as accounts
    union all
    select
        company_id as account_id, source_name, company_name as account_name, parent_company_id as parent_account_id, segment,
        industry, territory, email_domain, created_at, is_record_deleted as is_deleted
        {{- lifted_columns('accounts', 'stg_hubspot__company') }}
    from ({{ latest_version(ref('stg_hubspot__company')) }}) as companies

)

select
    united.account_id,
    united.source_name,
    united.account_name,
    coalesce(merged_parents.survivor_id, united.parent_account_id) as parent_account_id,
    united.segment,
    united.industry,
    united.territory,
    nullif(
        regexp_replace(regexp_replace(lower(trim(united.email_domain)), '^([a-z]+://)?(www\.)?', ''), '[/?#:].*$', ''), ''
    ) as email_domain,
    united.created_at,
    mergers.survivor_id as merged_into_account_id,
    united.is_deleted or mergers.survivor_id is not null as is_deleted
    {{- lifted_columns('accounts', prefix='united.') }}
from united
left join {{ ref('int_record_merges') }} as mergers
    on united.account_id = mergers.record_id
    and mergers.record_kind = 'account'
left join {{ ref('int_record_merges') }} as merged_parents
    on united.parent_account_id = merged_parents.record_id
    and merged_parents.record_kind = 'account'
qualify
    row_number() over (
        partition by united.account_id order by united.is_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
