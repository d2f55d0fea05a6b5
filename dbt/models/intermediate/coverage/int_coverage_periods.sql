{#- The fiscal periods that coverage is measured in: from the first with data to the third after the current one (two are
    published, the third serves catch-up). A past period is measured at its end, the others at as_of; an instant `measured_at` is
    exclusive, so what holds then is what held just before it. -#}
{%- set measured_on = 'least(settings.as_of_date, numbered.ends_on)' -%}
{#- Of the quarter that holds the measured day. -#}
{%- set quarter_starts_on = 'least(current_period.starts_on, numbered.starts_on)' -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

numbered as (

    select
        periods.*,
        row_number() over (order by periods.starts_on asc nulls first) as period_number
    from {{ ref('int_fiscal_periods') }} as periods

),

current_period as (

    select numbered.fiscal_period_id, numbered.period_number, numbered.starts_on, numbered.starts_at
    from numbered
    inner join settings on settings.as_of_date between numbered.starts_on and numbered.ends_on

),

first_data as (

    select
        min(instants.first_at) as first_at,
        min(case when instants.is_opportunity then instants.first_at end) as first_opportunity_at
    from (
        select least(opportunities.life_start_at, opportunities.created_at) as first_at, true as is_opportunity
        from {{ ref('int_opportunities') }} as opportunities
        union all
        select {{ start_of_day('quotas.starts_on') }} as first_at, false as is_opportunity
        from {{ ref('int_quotas') }} as quotas
    ) as instants

)

select
    numbered.fiscal_period_id,
    numbered.fiscal_year,
    numbered.period_number,
    numbered.starts_on,
    numbered.ends_on,
    numbered.starts_at,
    numbered.ends_at,
    settings.as_of_at,
    {{ measured_on }} as as_of_date,
    least(settings.as_of_at, numbered.ends_at) as measured_at,
    numbered.period_number - current_period.period_number as horizon,
    cast(
        least(
            13,
            floor({{ days_between(quarter_starts_on, measured_on) }} / 7) + 1
        ) as bigint
    ) as week_of_quarter,
    -- The period that holds the measured day. A period yet to start takes the current one's, and so the yields known at its start.
    case
        when numbered.period_number > current_period.period_number then current_period.fiscal_period_id
        else numbered.fiscal_period_id
    end as measured_period_id,
    -- A period older than the first opportunity has quotas at most: nothing can be said of its coverage.
    coalesce(numbered.ends_at > first_data.first_opportunity_at, true) as is_in_history
from numbered
cross join settings
cross join current_period
cross join first_data
where
    numbered.ends_at > least(coalesce(first_data.first_at, current_period.starts_at), current_period.starts_at)
    and numbered.period_number <= current_period.period_number + 3
