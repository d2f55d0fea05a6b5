{#- Each user's quota per fiscal quarter in the reporting currency: a quarter's own quota, else the sum of its months, else its share of
    an annual one. Which records count int_quota_candidates says. -#}
with chosen as (

    select
        user_id,
        quarter_starts_on,
        cast(sum(cents) as bigint) as cents
    from {{ ref('int_quota_candidates') }}
    where is_counted
    group by user_id, quarter_starts_on

)

select
    {{ surrogate_key(['chosen.user_id', 'periods.fiscal_period_id']) }} as quota_id,
    chosen.user_id,
    periods.fiscal_period_id,
    periods.starts_on,
    periods.ends_on,
    periods.starts_at,
    {{ money('cast(chosen.cents as decimal(18, 2)) / 100') }} as quota_amount
from chosen
inner join {{ ref('int_fiscal_periods') }} as periods on chosen.quarter_starts_on = periods.starts_on
