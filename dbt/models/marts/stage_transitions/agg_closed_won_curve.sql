{#- Aalen and Johansen's estimator of cumulative incidence; the standard error is that of Dinse and Larson (Biometrika 73, 1986), which is
    Greenwood's where nothing competes. Its sums over (F(t) − F(u))² are spread out, so that one pass over the ages is enough. The share
    that is still open is a product, taken as a sum of logarithms up to the age before: nobody would be left had one of those been 0. -#}
{%- set cell = ['since', 'dimension', 'member'] -%}
{%- set in_order = 'partition by ' ~ cell | join(', ') ~ ' order by age_days asc nulls first' -%}

with counted as (

    {%- for dimension, column in flow_dimensions().items() %}
    select
        since,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        age_days,
        count(*) as n,
        sum(case when is_assumed then 1 else 0 end) as n_assumed,
        sum(case when outcome = 'won' then 1 else 0 end) as n_won,
        sum(case when outcome = 'lost' then 1 else 0 end) as n_lost
    from {{ ref('int_opportunity_ages') }}
    group by {{ ['since', column, 'age_days'] | reject('in', ["'all'"]) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

-- What is censored on a day was still at risk on it.
at_risk as (

    select
        {{ cell | join(', ') }},
        age_days,
        cast(sum(n) over (partition by {{ cell | join(', ') }}) as double) as n_opportunities,
        sum(n_assumed) over (partition by {{ cell | join(', ') }}) as n_assumed,
        cast(
            sum(n) over ({{ in_order }} rows between current row and unbounded following) as double
        ) as n_at_risk,
        cast(n_won as double) as n_won,
        cast(n_lost as double) as n_lost
    from counted

),

stepped as (

    select
        *,
        coalesce(
            exp(
                sum(ln(nullif((n_at_risk - n_won - n_lost) / n_at_risk, 0))) over (
                    {{ in_order }} rows between unbounded preceding and 1 preceding
                )
            ),
            1
        ) as open_before
    from at_risk
    where n_won + n_lost > 0

),

accumulated as (

    select
        *,
        open_before * (n_at_risk - n_won - n_lost) / n_at_risk as open_share,
        sum(open_before * n_won / n_at_risk) over ({{ in_order }} rows between unbounded preceding and current row) as won_share,
        sum(open_before * n_lost / n_at_risk) over ({{ in_order }} rows between unbounded preceding and current row) as lost_share,
        sum(n_won) over ({{ in_order }} rows between unbounded preceding and current row) as n_won_so_far,
        sum(n_lost) over ({{ in_order }} rows between unbounded preceding and current row) as n_lost_so_far,
        -- Where everybody at risk left, the age is the last, and its term is 0.
        coalesce((n_won + n_lost) / nullif(n_at_risk * (n_at_risk - n_won - n_lost), 0), 0) as hazard_variance,
        open_before * n_won / (n_at_risk * n_at_risk) as cross_term,
        open_before * open_before * n_won * (n_at_risk - n_won) / (n_at_risk * n_at_risk * n_at_risk) as own_variance
    from stepped

),

varied as (

    select
        *,
        won_share * won_share * sum(hazard_variance) over so_far
        - 2 * won_share * sum(won_share * hazard_variance) over so_far
        + sum(won_share * won_share * hazard_variance) over so_far
        + sum(own_variance) over so_far
        - 2 * (won_share * sum(cross_term) over so_far - sum(won_share * cross_term) over so_far) as variance
    from accumulated
    window so_far as ({{ in_order }} rows between unbounded preceding and current row)

),

bounded as (

    select
        *,
        sqrt(greatest(variance, 0)) as standard_error,
        -- On the scale of log(-log(F)), so that bounds stay between 0 and 1.
        case
            when won_share > 0 and won_share < 1
                then exp({{ var('curve_bound_quantile') }} * sqrt(greatest(variance, 0)) / (won_share * ln(won_share)))
        end as bound_exponent
    from varied

)

select
    cast({{ surrogate_key(cell + ['age_days']) }} as varchar) as curve_id,
    {{ cell | join(', ') }},
    age_days,
    cast(n_opportunities as bigint) as n_opportunities,
    cast(n_assumed as bigint) as n_assumed,
    cast(n_at_risk as bigint) as n_at_risk,
    cast(n_won as bigint) as n_won,
    cast(n_lost as bigint) as n_lost,
    cast(n_won_so_far as bigint) as n_won_so_far,
    cast(n_lost_so_far as bigint) as n_lost_so_far,
    cast({{ round_to('won_share', 11) }} as double) as won_share,
    cast({{ round_to('lost_share', 11) }} as double) as lost_share,
    cast({{ round_to('open_share', 11) }} as double) as open_share,
    cast({{ round_to('standard_error', 10) }} as double) as standard_error,
    cast({{ round_to('power(won_share, 1 / bound_exponent)', 9) }} as double) as won_share_lower,
    cast({{ round_to('power(won_share, bound_exponent)', 9) }} as double) as won_share_upper
from bounded
