{#- Companies, as newest known. The e-mail domain is that of the website, without scheme, path and www. -#}
with united as (

    select
        account_id, source_name, account_name, parent_id as parent_account_id, segment, industry, territory,
        website as email_domain, created_at, is_record_deleted as is_deleted
    from ({{ latest_version(ref('stg_salesforce__account')) }}) as accounts
    union all
    select
        account_id, source_name, account_name, parent_account_id, segment, industry, territory,
        email_domain, created_at, is_record_deleted as is_deleted
    from ({{ latest_version(ref('stg_generic__accounts')) }}) as accounts

)

select
    account_id,
    source_name,
    account_name,
    parent_account_id,
    segment,
    industry,
    territory,
    nullif(
        regexp_replace(regexp_replace(lower(trim(email_domain)), '^([a-z]+://)?(www\.)?', ''), '[/?#:].*$', ''), ''
    ) as email_domain,
    created_at,
    is_deleted
from united
qualify
    row_number() over (partition by account_id order by is_deleted asc nulls last, source_name asc nulls last) = 1
