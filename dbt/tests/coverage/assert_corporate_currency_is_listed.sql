-- Means: the CRM has exchange rates, but lists no currency at 1, and no record of its shows that the reporting currency is one of
-- its own. The rates are taken as units per unit of the reporting currency. Load the CRM's own currency with them, or correct
-- reporting_currency.
{{ config(severity='warn') }}

select
    rates.iso_code,
    rates.conversion_rate,
    rates.starts_on
from ({{ latest_version(ref('stg_salesforce__dated_conversion_rate')) }}) as rates
where
    not rates.is_record_deleted
    and not exists (
        select 1
        from ({{ latest_version(ref('stg_salesforce__dated_conversion_rate')) }}) as own
        where
            not own.is_record_deleted
            and (own.conversion_rate = 1 or upper(trim(own.iso_code)) = '{{ var("reporting_currency") }}')
    )
    and not exists (
        select 1
        from {{ ref('stg_salesforce__opportunity') }} as opportunities
        where upper(trim(opportunities.currency_iso_code)) = '{{ var("reporting_currency") }}'
    )
