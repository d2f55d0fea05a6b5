{#- Each user's quota per fiscal quarter in the reporting currency. A quota belongs to the fiscal quarter that holds its first day;
    an annual one is spread over four quarters from there, to the cent (largest remainder, ties to the earlier quarter), and gives way
    to a quarter's own quota or to the sum of its months. Where several records stand for one user, kind and day, seeds/quotas.csv
    decides, then the newest. Negative quotas, unknown kinds and currencies without a rate give none: a test lists them. -#}
with records as (

    select * from {{ ref('int_quota_records') }}
    where kind is not null and quota_amount >= 0

),

newest as (

    select * from records
    qualify
        row_number() over (
            partition by user_id, kind, period_start
            order by
                precedence asc nulls last, version_at desc nulls last, source_name asc nulls last, record_key asc nulls last
        ) = 1

),

-- Cents, so that shares can be exact.
converted as (

    select
        newest.user_id,
        newest.kind,
        newest.period_start,
        {{ fiscal_quarter_start('newest.period_start') }} as quarter_starts_on,
        cast(
            {{ money('cast(newest.quota_amount as decimal(18, 2)) * rates.rate_to_reporting') }} * 100
            as bigint
        ) as cents
    from newest
    inner join {{ ref('int_fx_rates') }} as rates
        on newest.currency = rates.currency
        and newest.period_start >= rates.valid_from
        and newest.period_start < rates.valid_to

),

pieces as (

    select user_id, quarter_starts_on, 1 as preference, cents, period_start
    from converted
    where kind = 'quarter'
    union all
    select
        user_id, quarter_starts_on, 2 as preference, cast(sum(cents) as bigint) as cents, min(period_start) as period_start
    from converted
    where kind = 'month'
    group by user_id, quarter_starts_on
    union all
    select
        converted.user_id,
        {{ add_months_to('converted.quarter_starts_on', '3 * quarters.n') }} as quarter_starts_on,
        3 as preference,
        cast((converted.cents - mod(converted.cents, 4)) / 4 as bigint)
        + case when quarters.n < mod(converted.cents, 4) then 1 else 0 end as cents,
        converted.period_start
    from converted
    cross join ({{ number_series(0, 3) }}) as quarters
    where converted.kind = 'year'

),

chosen as (

    select * from pieces
    qualify
        row_number() over (
            partition by user_id, quarter_starts_on
            order by preference asc nulls last, period_start desc nulls last
        ) = 1

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
