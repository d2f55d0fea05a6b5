{#- The rows of coverage: every user who is an AE when the period is measured and employed in it, or has a quota in it, or owns
    open, won, lost or created pipeline in it. Attributes are those at the measured instant, and those at as_of beside. -#}
with periods as (

    select * from {{ ref('int_coverage_periods') }}

),

aes as (

    select
        intervals.user_id as ae_id,
        periods.fiscal_period_id
    from periods
    inner join {{ ref('int_user_intervals') }} as intervals
        on intervals.valid_from < periods.measured_at
        and intervals.valid_to >= periods.measured_at
        and intervals.is_ae
    inner join {{ ref('int_users') }} as users on intervals.user_id = users.user_id
    where
        coalesce(users.started_on, periods.starts_on) <= periods.ends_on
        and coalesce(users.ended_on, periods.ends_on) >= periods.starts_on

),

members as (

    select ae_id, fiscal_period_id from aes
    union
    select user_id as ae_id, fiscal_period_id from {{ ref('int_quotas') }}
    union
    select ae_id, fiscal_period_id from {{ ref('int_ae_open_pipeline') }}
    union
    select ae_id, fiscal_period_id from {{ ref('int_ae_closed_pipeline') }}
    union
    select ae_id, fiscal_period_id from {{ ref('int_ae_created_pipeline') }}

)

select
    {{ surrogate_key(['members.ae_id', 'periods.fiscal_period_id']) }} as ae_period_id,
    members.ae_id,
    users.user_name as ae_name,
    coalesce(measured.role, 'unknown') as role,
    coalesce(measured.is_ae, false) as is_ae,
    measured.team,
    measured.segment,
    measured.territory,
    measured.manager_id,
    today.team as team_today,
    today.segment as segment_today,
    today.territory as territory_today,
    periods.fiscal_period_id,
    periods.fiscal_year,
    periods.period_number,
    periods.starts_on as period_starts_on,
    periods.ends_on as period_ends_on,
    periods.as_of_date,
    periods.horizon,
    periods.week_of_quarter,
    periods.measured_period_id,
    periods.is_in_history
from members
inner join periods on members.fiscal_period_id = periods.fiscal_period_id
left join {{ ref('int_users') }} as users on members.ae_id = users.user_id
left join {{ ref('int_user_intervals') }} as measured
    on members.ae_id = measured.user_id
    and measured.valid_from < periods.measured_at
    and measured.valid_to >= periods.measured_at
left join {{ ref('int_user_intervals') }} as today
    on members.ae_id = today.user_id
    and today.valid_from < periods.as_of_at
    and today.valid_to >= periods.as_of_at
