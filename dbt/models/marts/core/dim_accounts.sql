select
    accounts.account_id,
    accounts.account_name,
    accounts.parent_account_id,
    accounts.segment,
    accounts.industry,
    accounts.territory,
    accounts.created_at
from {{ ref('int_accounts') }} as accounts
where not accounts.is_deleted
