select
    accounts.account_id,
    accounts.account_name,
    accounts.parent_account_id,
    accounts.segment,
    accounts.industry,
    accounts.territory,
    accounts.created_at
    {{- lifted_columns('accounts', prefix='accounts.', is_published=true) }}
from {{ ref('int_accounts') }} as accounts
where not accounts.is_deleted
