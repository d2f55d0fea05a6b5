{#- What one unit of a currency is worth in the reporting currency. The CRM's dated rates (units per corporate currency) count
    where it has any for the currency, seeds/fx_rates.csv elsewhere; the reporting currency is 1. -#}
with crm_rates as (

    select
        iso_code as currency,
        conversion_rate,
        starts_on,
        coalesce(next_starts_on, date '9999-12-31') as next_starts_on
    from ({{ latest_version(ref('stg_salesforce__dated_conversion_rate')) }}) as rates
    where not is_record_deleted

),

crm_rates_to_reporting as (

    select
        rates.currency,
        greatest(rates.starts_on, coalesce(reporting.starts_on, rates.starts_on)) as valid_from,
        least(rates.next_starts_on, coalesce(reporting.next_starts_on, rates.next_starts_on)) as valid_to,
        cast(coalesce(reporting.conversion_rate, 1) as double) / nullif(cast(rates.conversion_rate as double), 0) as rate_to_reporting
    from crm_rates as rates
    left join crm_rates as reporting
        on reporting.currency = '{{ var("reporting_currency") }}'
        and rates.starts_on < reporting.next_starts_on
        and reporting.starts_on < rates.next_starts_on
    where rates.currency <> '{{ var("reporting_currency") }}'

),

seeded_rates as (

    select
        seeded.currency,
        seeded.valid_from,
        coalesce(seeded.valid_to, date '9999-12-31') as valid_to,
        cast(seeded.rate_to_reporting as double) as rate_to_reporting
    from {{ ref('fx_rates') }} as seeded
    where
        seeded.currency <> '{{ var("reporting_currency") }}'
        and seeded.currency not in (select crm.currency from crm_rates_to_reporting as crm)

),

united as (

    select currency, valid_from, valid_to, rate_to_reporting from crm_rates_to_reporting
    union all
    select currency, valid_from, valid_to, rate_to_reporting from seeded_rates
    union all
    select
        '{{ var("reporting_currency") }}' as currency,
        date '1900-01-01' as valid_from,
        date '9999-12-31' as valid_to,
        cast(1 as double) as rate_to_reporting

)

select
    currency,
    valid_from,
    valid_to,
    -- Fourteen digits: a rate such as 1 ÷ 0.92 must not move a cent of a large amount.
    cast(rate_to_reporting as decimal(20, 14)) as rate_to_reporting
from united
where valid_from < valid_to
