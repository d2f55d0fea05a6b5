{#- What every quota record says of a fiscal quarter, in the reporting currency, and which of it counts. A record belongs to the quarter
    that holds its first day; an annual one is spread over four quarters from there, to the cent (largest remainder, ties to the earlier
    quarter). Slices of one forecasting type add up; of types that a user has in a quarter one counts: the first of var
    quota_forecasting_types, else the one with the largest amount, ties by id. Of records that nothing tells apart, the one with the
    largest amount counts: the newest save never wins. seeds/quotas.csv goes before what was loaded. Negative quotas, unknown kinds and
    currencies without a rate give none: a test lists them. -#}
with records as (

    select
        *,
        {{ fiscal_quarter_start('period_start') }} as quarter_starts_on,
        case when kind = 'month' then cast(date_trunc('month', period_start) as date) end as month_starts_on
    from {{ ref('int_quota_records') }}
    where kind is not null and quota_amount >= 0

),

-- Cents, so that shares can be exact.
converted as (

    select
        records.*,
        cast(
            {{ money('cast(records.quota_amount as decimal(18, 2)) * rates.rate_to_reporting') }} * 100
            as bigint
        ) as cents
    from records
    inner join {{ ref('int_fx_rates') }} as rates
        on records.currency = rates.currency
        and records.period_start >= rates.valid_from
        and records.period_start < rates.valid_to

),

-- Two records of one source, type, slice and span.
numbered as (

    select
        *,
        row_number() over (
            partition by
                user_id, kind, quarter_starts_on, month_starts_on, precedence, source_name, forecasting_type_id, quota_slice
            order by cents desc nulls last, period_start desc nulls last, record_key asc nulls last
        ) as repeat_number
    from converted

),

added as (

    select
        user_id, kind, quarter_starts_on, month_starts_on, precedence, source_name, forecasting_type_id,
        max(period_start) as period_start,
        cast(sum(case when repeat_number = 1 then cents else 0 end) as bigint) as cents,
        max(repeat_number) > 1 as has_repeats
    from numbered
    group by user_id, kind, quarter_starts_on, month_starts_on, precedence, source_name, forecasting_type_id

),

pieces as (

    select
        user_id, kind, quarter_starts_on, month_starts_on, precedence, source_name, forecasting_type_id, period_start, cents,
        has_repeats, case kind when 'quarter' then 1 else 2 end as preference
    from added
    where kind in ('quarter', 'month')
    union all
    select
        added.user_id,
        added.kind,
        {{ add_months_to('added.quarter_starts_on', '3 * quarters.n') }} as quarter_starts_on,
        added.month_starts_on,
        added.precedence,
        added.source_name,
        added.forecasting_type_id,
        added.period_start,
        cast((added.cents - mod(added.cents, 4)) / 4 as bigint)
        + case when quarters.n < mod(added.cents, 4) then 1 else 0 end as cents,
        added.has_repeats,
        3 as preference
    from added
    cross join ({{ number_series(0, 3) }}) as quarters
    where added.kind = 'year'

),

-- What each type makes of a quarter: its own quota, else its months, else its share of the year.
by_kind as (

    select
        user_id, quarter_starts_on, forecasting_type_id, preference,
        -- Of two years that hold a quarter the one that began last is meant.
        sum(case when preference < 3 then cents end) as cents,
        max_by(cents, period_start) as year_cents
    from pieces
    where forecasting_type_id is not null
    group by user_id, quarter_starts_on, forecasting_type_id, preference

),

by_type as (

    select
        user_id, quarter_starts_on, forecasting_type_id,
        coalesce(cents, year_cents) as cents,
        {{ forecasting_type_rank('forecasting_type_id') }} as type_rank
    from by_kind
    qualify
        row_number() over (
            partition by user_id, quarter_starts_on, forecasting_type_id order by preference asc nulls last
        ) = 1

),

types as (

    select
        *,
        row_number() over (
            partition by user_id, quarter_starts_on
            order by type_rank asc nulls last, cents desc nulls last, forecasting_type_id asc nulls last
        ) as type_number,
        count(*) over (partition by user_id, quarter_starts_on) as n_types,
        min(type_rank) over (partition by user_id, quarter_starts_on) as best_rank
    from by_type

),

ranked as (

    select
        pieces.*,
        coalesce(types.type_number, 1) as type_number,
        coalesce(types.n_types, 1) as n_types,
        types.best_rank,
        row_number() over (
            partition by
                pieces.user_id, pieces.quarter_starts_on, pieces.kind, pieces.month_starts_on, coalesce(types.type_number, 1) = 1
            order by
                pieces.precedence asc nulls last,
                -- Of two years that hold a quarter the one that began last is meant.
                case when pieces.kind = 'year' then pieces.period_start end desc nulls last,
                pieces.cents desc nulls last, pieces.source_name asc nulls last
        ) as source_number,
        count(*) over (
            partition by
                pieces.user_id, pieces.quarter_starts_on, pieces.kind, pieces.month_starts_on, pieces.precedence, pieces.period_start,
                coalesce(types.type_number, 1) = 1
        ) as n_alike
    from pieces
    left join types
        on pieces.user_id = types.user_id
        and pieces.quarter_starts_on = types.quarter_starts_on
        and pieces.forecasting_type_id = types.forecasting_type_id

),

candidates as (

    select
        *,
        type_number = 1 and source_number = 1 as is_first,
        min(case when type_number = 1 and source_number = 1 then preference end) over (
            partition by user_id, quarter_starts_on
        ) as best_preference
    from ranked

)

select
    user_id,
    quarter_starts_on,
    kind,
    month_starts_on,
    period_start,
    precedence,
    source_name,
    forecasting_type_id,
    cents,
    is_first and preference = best_preference as is_counted,
    case
        when n_types > 1 and best_rank is null then 'forecasting types'
        when n_alike > 1 then 'sources'
        when has_repeats then 'records'
    end as ambiguity
from candidates
