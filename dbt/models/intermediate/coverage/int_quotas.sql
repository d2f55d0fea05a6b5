{#- Each user's quota per fiscal quarter as coverage uses it. With var quota_is_ramped false, the loaded quota is weighted month by
    month: the days on which the user was employed ÷ the quarter's days, times the ramp share of the user's role in that month since
    the start. With true, it is taken as loaded. -#}
with quotas as (

    select * from {{ ref('int_quarterly_quotas') }}

),

-- Dated history that ends is an end of employment too.
employments as (

    select
        users.user_id,
        users.started_on,
        least(
            coalesce(users.ended_on, date '9999-12-31'),
            {{ local_date(add_time('last_intervals.valid_to', -1, 'day')) }}
        ) as ended_on
    from {{ ref('int_users') }} as users
    inner join (
        select user_id, max(valid_to) as valid_to
        from {{ ref('int_user_intervals') }}
        group by user_id
    ) as last_intervals on users.user_id = last_intervals.user_id

),

months as (

    select
        quotas.user_id,
        quotas.fiscal_period_id,
        intervals.role,
        {{ days_between('quotas.starts_on', add_days('quotas.ends_on', 1)) }} as days,
        greatest(
            0,
            {{ days_between(
                'greatest(' ~ add_months_to('quotas.starts_on', 'months.n') ~ ', coalesce(employments.started_on, quotas.starts_on))',
                'least(' ~ add_days(add_months_to('quotas.starts_on', 'months.n + 1'), -1)
                    ~ ', coalesce(employments.ended_on, quotas.ends_on))'
            ) }} + 1
        ) as days_employed,
        cast(
            (extract(year from {{ add_months_to('quotas.starts_on', 'months.n') }}) - extract(year from employments.started_on)) * 12
            + extract(month from {{ add_months_to('quotas.starts_on', 'months.n') }}) - extract(month from employments.started_on)
            + 1 as bigint
        ) as month_number,
        months.n
    from quotas
    cross join ({{ number_series(0, 2) }}) as months
    left join employments on quotas.user_id = employments.user_id
    left join {{ ref('int_user_intervals') }} as intervals
        on quotas.user_id = intervals.user_id
        and intervals.valid_from <= quotas.starts_at
        and intervals.valid_to > quotas.starts_at

),

-- The last row of a role's profile that the month has reached; a role without a profile, or a user without a start, is at 1.
month_shares as (

    select
        months.user_id,
        months.fiscal_period_id,
        months.n,
        months.days_employed,
        months.days,
        cast(coalesce(profiles.ramp_share, 1) as decimal(9, 6)) as ramp_share
    from months
    left join {{ ref('ramp_profiles') }} as profiles
        on months.role = profiles.role
        and months.month_number >= profiles.month_number
    qualify
        row_number() over (
            partition by months.user_id, months.fiscal_period_id, months.n
            order by profiles.month_number desc nulls last
        ) = 1

),

weights as (

    select
        user_id,
        fiscal_period_id,
        max(days) as days,
        cast(sum(cast(days_employed as decimal(9, 0)) * ramp_share) as decimal(18, 6)) as weighted_days
    from month_shares
    group by user_id, fiscal_period_id

)

select
    quotas.quota_id,
    quotas.user_id,
    quotas.fiscal_period_id,
    quotas.starts_on,
    quotas.quota_amount as loaded_quota_amount,
    {% if var('quota_is_ramped') -%}
    quotas.quota_amount,
    false as is_ramped
    {%- else -%}
    {{ money('cast(quotas.quota_amount as double) * cast(weights.weighted_days as double) / weights.days') }} as quota_amount,
    weights.weighted_days < weights.days as is_ramped
    {%- endif %}
from quotas
inner join weights
    on quotas.user_id = weights.user_id
    and quotas.fiscal_period_id = weights.fiscal_period_id
