{#- Won and lost per fiscal period and owner at the closing, as they stand at the instant in which the period is measured: a deal
    reopened by then is neither. The won amount is the one at that instant. -#}
with closed as (

    select
        periods.fiscal_period_id,
        periods.measured_at,
        outcomes.opportunity_id,
        outcomes.outcome,
        outcomes.qualified_at is not null as is_qualified,
        outcomes.is_assumed,
        coalesce(outcomes.owner_id, '(unassigned)') as ae_id
    from {{ ref('int_opportunity_outcomes') }} as outcomes
    inner join {{ ref('int_coverage_periods') }} as periods
        on outcomes.closed_at >= periods.starts_at
        and outcomes.closed_at < periods.measured_at
        and outcomes.ended_at >= periods.measured_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on outcomes.opportunity_id = opportunities.opportunity_id
        and (opportunities.deleted_at is null or opportunities.deleted_at >= periods.as_of_at)

),

valued as (

    select
        closed.*,
        case when closed.outcome = 'won' then states.amount end as won_amount
    from closed
    left join {{ ref('int_opportunity_states') }} as states
        on closed.outcome = 'won'
        and closed.opportunity_id = states.opportunity_id
        and states.valid_from < closed.measured_at
        and states.valid_to >= closed.measured_at

)

select
    {{ surrogate_key(['ae_id', 'fiscal_period_id']) }} as ae_period_id,
    ae_id,
    fiscal_period_id,
    {{ money('coalesce(sum(won_amount), 0)') }} as won_amount,
    cast(sum(case when outcome = 'won' then 1 else 0 end) as bigint) as n_won,
    cast(sum(case when outcome = 'won' and won_amount is null then 1 else 0 end) as bigint) as n_won_without_amount,
    cast(sum(case when outcome = 'lost' then 1 else 0 end) as bigint) as n_lost,
    cast(sum(case when outcome = 'won' and is_qualified then 1 else 0 end) as bigint) as n_won_qualified,
    cast(sum(case when outcome = 'lost' and is_qualified then 1 else 0 end) as bigint) as n_lost_qualified,
    cast(sum(case when is_qualified and is_assumed then 1 else 0 end) as bigint) as n_closed_assumed
from valued
group by ae_id, fiscal_period_id
