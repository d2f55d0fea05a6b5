-- Lists quota records that coverage can't use: negative, for an unknown kind of period, or in a currency without a rate on their
-- first day. Coverage is right without them, but their users show less quota than they were given.
{{ config(severity='warn') }}

select
    records.user_id,
    records.source_name,
    records.period_type,
    records.period_start,
    records.quota_amount,
    records.currency,
    case
        when records.kind is null then 'unknown period type'
        when records.quota_amount < 0 then 'negative'
        else 'no rate to the reporting currency'
    end as reason
from {{ ref('int_quota_records') }} as records
left join {{ ref('int_fx_rates') }} as rates
    on records.currency = rates.currency
    and records.period_start >= rates.valid_from
    and records.period_start < rates.valid_to
where
    records.kind is null
    or records.quota_amount < 0
    or rates.currency is null
