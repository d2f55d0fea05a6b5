{#- Every change of what an opportunity is worth in the reporting currency: of its amount, and of its currency. An amount is in the
    currency that it bore at its instant. A change of currency counts with the last amount of its instant, so that a deal that moves
    from 100,000 USD to 90,000 EUR moves once, by the difference. Consecutive values may be equal. -#}
{{ config(materialized='view') }}

with changes as (

    select opportunity_id, field, change_number, changed_at, observed_at, new_value, known_at, origin, is_assumed
    from {{ ref('int_opportunity_changes') }}
    where field in ('amount', 'currency')

),

carried as (

    select
        *,
        last_value(case when field = 'currency' then new_value end ignore nulls) over so_far as currency,
        -- The first amount comes with its currency: before it there is nothing to convert.
        last_value(case when field = 'amount' then coalesce(new_value, chr(30)) end ignore nulls) over so_far
            as amount_text,
        max(case when field = 'amount' then change_number end) over (partition by opportunity_id, changed_at)
            as last_amount_number
    from changes
    window
        so_far as (
            partition by opportunity_id order by change_number asc nulls first
            rows between unbounded preceding and current row
        )

)

select
    carried.opportunity_id,
    carried.change_number,
    carried.changed_at,
    carried.known_at,
    carried.origin,
    case when carried.is_assumed then carried.observed_at end as assumed_until,
    rates.currency,
    cast(nullif(carried.amount_text, chr(30)) as decimal(18, 2)) as amount_original,
    {{ money('cast(nullif(carried.amount_text, chr(30)) as decimal(18, 2)) * rates.fx_rate') }} as amount
from carried
inner join {{ ref('int_opportunity_rates') }} as rates
    on carried.opportunity_id = rates.opportunity_id
    and coalesce(carried.currency, '{{ var("reporting_currency") }}') = rates.currency
where
    carried.field = 'amount'
    or (carried.amount_text is not null and coalesce(carried.last_amount_number < carried.change_number, true))
