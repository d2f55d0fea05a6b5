{#- Every quota of money that was loaded or seeded, as newest known, with the kind of period that it is for: year, quarter or month
    (a quota without a period type is quarterly). NULL where the period type is none of them.
    `quota_slice` is what a quota is a part for: product family, territory, forecasting group; the parts of one type add up. -#}
{{ config(materialized='view') }}

with united as (

    select
        {{ one_id('cast(user_id as varchar)') }} as user_id,
        cast(period_type as varchar) as period_type,
        cast(period_start as date) as period_start,
        cast(quota_amount as decimal(28, 6)) as quota_amount,
        cast(currency as varchar) as currency,
        cast(null as varchar) as forecasting_type_id,
        cast(null as varchar) as quota_slice,
        1 as precedence,
        cast(null as timestamp) as version_at,
        'seed' as source_name,
        cast(user_id as varchar) as record_key
    from {{ ref('quotas') }}
    union all
    select
        user_id, period_type, period_start, quota_amount, currency, forecasting_type_id, quota_slice,
        2 as precedence, version_at, source_name, record_key
    from {{ united('quotas') }} as loaded

)

select
    user_id,
    period_type,
    case
        when lower(trim(period_type)) in ('year', 'yearly', 'annual', 'fiscal year') then 'year'
        when lower(trim(period_type)) in ('month', 'monthly', 'fiscal month') then 'month'
        when period_type is null or lower(trim(period_type)) in ('quarter', 'quarterly', 'fiscal quarter') then 'quarter'
    end as kind,
    period_start,
    quota_amount,
    coalesce(nullif(upper(trim(currency)), ''), '{{ var("reporting_currency") }}') as currency,
    forecasting_type_id,
    quota_slice,
    precedence,
    version_at,
    source_name,
    record_key
from united
where quota_amount is not null
