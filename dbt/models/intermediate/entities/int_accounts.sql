{#- Companies, as newest known. The e-mail domain is that of the website, without scheme, path and www. A subsidiary of a merged
    company is one of the survivor's. -#}
select
    united.account_id,
    united.source_name,
    united.account_name,
    united.parent_account_id,
    united.segment,
    united.industry,
    united.territory,
    nullif(
        regexp_replace(regexp_replace(lower(trim(united.email_domain)), '^([a-z]+://)?(www\.)?', ''), '[/?#:].*$', ''), ''
    ) as email_domain,
    united.created_at,
    mergers.survivor_id as merged_into_account_id,
    united.is_record_deleted or mergers.survivor_id is not null as is_deleted
    {{- lifted_columns('accounts', prefix='united.') }}
from {{ united('accounts') }} as united
left join {{ ref('int_record_merges') }} as mergers
    on united.account_id = mergers.record_id
    and mergers.record_kind = 'account'
qualify
    row_number() over (
        partition by united.account_id order by united.is_record_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
