{#- Fiscal quarters from the oldest record to two years past as_of. A date's fiscal position is that of the same date moved
    back by the months between January and the fiscal year's first month. -#}
{%- set months_shifted = var('fiscal_year_start_month') - 1 -%}

with bounds as (

    select
        cast(date_trunc('quarter', {{ add_months_to(local_date('oldest_system_at'), -months_shifted) }}) as date) as first_shifted_quarter,
        as_of_date
    from {{ ref('int_run_settings') }}

),

quarters as (

    select
        {{ add_months_to('bounds.first_shifted_quarter', '3 * numbers.n') }} as shifted_quarter,
        bounds.as_of_date
    from bounds
    cross join ({{ number_series(0, 600) }}) as numbers

),

dated as (

    select
        extract(year from shifted_quarter) + {{ 1 if months_shifted else 0 }} as fiscal_year,
        extract(quarter from shifted_quarter) as fiscal_quarter,
        {{ add_months_to('shifted_quarter', months_shifted) }} as starts_on,
        {{ add_months_to('shifted_quarter', months_shifted + 3) }} as next_starts_on
    from quarters
    where shifted_quarter <= {{ add_months_to('as_of_date', 24) }}

)

select
    'FY' || cast(fiscal_year as varchar) || '-Q' || cast(fiscal_quarter as varchar) as fiscal_period_id,
    cast(fiscal_year as bigint) as fiscal_year,
    cast(fiscal_quarter as bigint) as fiscal_quarter,
    starts_on,
    {{ add_days('next_starts_on', -1) }} as ends_on,
    {{ start_of_day('starts_on') }} as starts_at,
    {{ start_of_day('next_starts_on') }} as ends_at
from dated
