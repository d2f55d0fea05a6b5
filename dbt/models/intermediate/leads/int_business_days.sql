{#- Every day from the oldest record to the one after as_of, with its business hours in the reporting zone (seeds/business_hours.csv,
    without seeds/holidays.csv) and the business time before it, so that the time between two instants is a difference. -#}
with bounds as (

    select {{ local_date('oldest_system_at') }} as first_on, {{ add_days('as_of_date', 1) }} as last_on
    from {{ ref('int_run_settings') }}

),

days as (

    select {{ add_days('bounds.first_on', 'numbers.n') }} as business_date, bounds.last_on
    from bounds
    cross join ({{ number_series(0, 60000) }}) as numbers

),

hours as (

    select
        days.business_date,
        {%- for hour, column in [('opens_hour', 'opens_at'), ('closes_hour', 'closes_at')] %}
        coalesce(
            {{ at_local_minute('days.business_date', 'hours.' ~ hour ~ ' * 60') }}, {{ start_of_day('days.business_date') }}
        ) as {{ column }} {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from days
    left join {{ ref('holidays') }} as holidays on days.business_date = holidays.holiday
    left join {{ ref('business_hours') }} as hours
        -- Days since a Monday, counted from 1.
        on hours.weekday = {{ days_between("date '1900-01-01'", 'days.business_date') }} % 7 + 1
        and holidays.holiday is null
    where days.business_date <= days.last_on

),

lengths as (

    select *, greatest({{ microseconds_between('opens_at', 'closes_at') }}, 0) as open_microseconds
    from hours

)

select
    business_date,
    opens_at,
    closes_at,
    open_microseconds,
    cast(
        coalesce(
            sum(open_microseconds) over (order by business_date asc nulls first rows between unbounded preceding and 1 preceding), 0
        ) as bigint
    ) as microseconds_before
from lengths
