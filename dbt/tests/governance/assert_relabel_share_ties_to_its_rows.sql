-- A row here is a quarter whose relabeled or contradicted amount isn't the sum of the rows behind it, or is more than what was
-- claimed: an opportunity was counted twice, or without being claimed as marketing.
with listed as (

    select
        fiscal_period_id,
        count(*) as n_rows,
        count(distinct opportunity_id) as n_opportunities,
        cast(coalesce(sum(amount_at_period_end), 0) as decimal(18, 2)) as amount
    from {{ ref('fct_source_relabels') }}
    where is_in_share
    group by fiscal_period_id

)

select
    shares.fiscal_period_id,
    shares.relabeled_amount,
    shares.contradicted_amount,
    shares.claimed_marketing_amount,
    listed.amount,
    listed.n_rows,
    listed.n_opportunities
from {{ ref('agg_relabel_share') }} as shares
full outer join listed on shares.fiscal_period_id = listed.fiscal_period_id
where
    shares.fiscal_period_id is null
    or shares.relabeled_amount + shares.contradicted_amount <> coalesce(listed.amount, 0)
    or shares.n_relabeled + shares.n_contradicted <> coalesce(listed.n_rows, 0)
    or shares.n_relabeled + shares.n_contradicted > shares.n_claimed_marketing
    or coalesce(listed.n_rows <> listed.n_opportunities, false)
