-- A row means that a curve is no curve: won, lost and open shares are not 1 together, one of them leaves 0–1 or its bounds, the won share
-- falls, or more is at risk, won and lost than there is. It says nothing about the model behind it.
with followed as (

    select
        *,
        lag(won_share) over in_order as previous_won_share,
        lag(n_at_risk - n_won - n_lost) over in_order as previously_left
    from {{ ref('agg_closed_won_curve') }}
    window in_order as (partition by since, dimension, member order by age_days asc nulls first)

)

select * from followed
where
    abs(won_share + lost_share + open_share - 1) > 0.000000001
    or least(won_share, lost_share, open_share, standard_error) < 0
    or won_share < previous_won_share
    or won_share < won_share_lower
    or won_share > won_share_upper
    or n_at_risk > previously_left
    or n_won_so_far + n_lost_so_far > n_opportunities
    or age_days < 0
