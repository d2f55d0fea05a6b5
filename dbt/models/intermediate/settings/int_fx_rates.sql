{#- What one unit of a currency is worth in the reporting currency, day by day. Two legs make a rate, each from the CRM where it has it
    for the day: own to corporate currency (CRMs keep units per unit of the corporate currency, the one whose rate is 1), and
    corporate to reporting currency. The second is seeds/fx_rates' where the CRM lacks the reporting currency. The seed alone counts
    where the CRM has no rate of the own currency; a rate whose second leg nobody knows is missing. Seeds that hold the reporting
    currency at another rate than 1 are made for another one, and are taken in proportion. -#}
{%- set reporting = "'" ~ var('reporting_currency') ~ "'" -%}
{%- set far_end = "date '9999-12-31'" -%}

with crm_rates as (

    select
        currency,
        cast(conversion_rate as double) as rate,
        starts_on as valid_from,
        coalesce(next_starts_on, {{ far_end }}) as valid_to,
        source_name || ' ' || record_key as tie
    from {{ united('exchange_rates') }} as rates
    where conversion_rate > 0

),

seeded_rates as (

    select
        upper(trim(currency)) as currency,
        cast(rate_to_reporting as double) as rate,
        valid_from,
        coalesce(valid_to, {{ far_end }}) as valid_to,
        '' as tie
    from {{ ref('fx_rates') }}

),

-- Without any currency at 1 the CRM doesn't list its own, which then is the reporting one; a test lists that where no record shows it.
corporate as (

    select coalesce(min(currency), {{ reporting }}) as corporate_currency
    from (
        select currency from crm_rates
        group by currency
        having min(rate) = 1 and max(rate) = 1
    ) as ones

),

legs as (

    select 'own' as leg, currency, currency as leg_currency, rate, valid_from, valid_to, tie from crm_rates
    union all
    select 'seed' as leg, currency, currency as leg_currency, rate, valid_from, valid_to, tie from seeded_rates
    union all
    {%- for leg, rates, leg_currency in [
        ('reporting', 'crm_rates', reporting), ('seeded_reporting', 'seeded_rates', reporting),
        ('corporate', 'seeded_rates', 'corporate.corporate_currency')
    ] %}
    select
        '{{ leg }}' as leg, currencies.currency, rates.currency as leg_currency, rates.rate, rates.valid_from, rates.valid_to, rates.tie
    from (
        select currency from crm_rates
        union
        select currency from seeded_rates
    ) as currencies
    cross join corporate
    inner join {{ rates }} as rates on rates.currency = {{ leg_currency }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

bounds as (

    select currency, valid_from as day from legs
    union distinct
    select currency, valid_to as day from legs

),

spans as (

    select
        currency,
        day as valid_from,
        lead(day) over (partition by currency order by day asc nulls first) as valid_to
    from bounds
    where currency <> {{ reporting }}

),

-- Of overlapping rates of one leg the one that began last holds.
covered as (

    select
        spans.currency, spans.valid_from, spans.valid_to, legs.leg, legs.rate
    from spans
    inner join legs
        on spans.currency = legs.currency
        and spans.valid_from >= legs.valid_from
        and spans.valid_from < legs.valid_to
    where spans.valid_to is not null
    qualify
        row_number() over (
            partition by spans.currency, spans.valid_from, legs.leg
            order by legs.valid_from desc nulls last, legs.tie asc nulls last
        ) = 1

),

side_by_side as (

    select
        currency,
        valid_from,
        valid_to
        {%- for leg in ['own', 'seed', 'reporting', 'seeded_reporting', 'corporate'] %},
        max(case when leg = '{{ leg }}' then rate end) as {{ leg }}_rate
        {%- endfor %}
    from covered
    group by currency, valid_from, valid_to

),

rated as (

    select
        side_by_side.currency,
        side_by_side.valid_from,
        side_by_side.valid_to,
        case
            when side_by_side.own_rate is null then side_by_side.seed_rate / coalesce(side_by_side.seeded_reporting_rate, 1)
            when corporate.corporate_currency = {{ reporting }} then 1 / side_by_side.own_rate
            else
                coalesce(
                    side_by_side.reporting_rate, side_by_side.corporate_rate / coalesce(side_by_side.seeded_reporting_rate, 1)
                ) / side_by_side.own_rate
        end as rate_to_reporting
    from side_by_side
    cross join corporate

),

-- Neighbouring spans of one rate are one.
begun as (

    select *
    from rated
    where rate_to_reporting is not null
    window by_day as (partition by currency order by valid_from asc nulls first)
    qualify
        rate_to_reporting is distinct from lag(rate_to_reporting) over by_day
        or valid_from is distinct from lag(valid_to) over by_day

),

united as (

    select
        begun.currency,
        begun.valid_from,
        max(rated.valid_to) as valid_to,
        max(begun.rate_to_reporting) as rate_to_reporting
    from (
        select
            *,
            coalesce(lead(valid_from) over (partition by currency order by valid_from asc nulls first), {{ far_end }}) as next_begun
        from begun
    ) as begun
    inner join rated
        on begun.currency = rated.currency
        and rated.valid_from >= begun.valid_from
        and rated.valid_from < begun.next_begun
        and rated.rate_to_reporting is not null
    group by begun.currency, begun.valid_from
    union all
    select
        {{ reporting }} as currency,
        date '1900-01-01' as valid_from,
        {{ far_end }} as valid_to,
        cast(1 as double) as rate_to_reporting

)

select
    currency,
    valid_from,
    valid_to,
    -- Fourteen digits: a rate such as 1 ÷ 0.92 must not move a cent of a large amount.
    cast(rate_to_reporting as decimal(20, 14)) as rate_to_reporting
from united
