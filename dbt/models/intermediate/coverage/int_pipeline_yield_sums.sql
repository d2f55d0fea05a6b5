{#- What a pipeline yield is made of, per fiscal period, owner, owner's segment and source class: deals that cleared the bar and
    closed in the complete fiscal quarters before the period (var yield_quarters), as known at its start. As_of-free, so a closed
    quarter keeps its figures. -#}
with periods as (

    select
        fiscal_period_id,
        starts_at,
        {{ start_of_day(add_months_to('starts_on', -3 * var('yield_quarters'))) }} as window_starts_at
    from {{ ref('int_fiscal_periods') }}

),

closed as (

    select
        periods.fiscal_period_id,
        periods.starts_at,
        outcomes.opportunity_id,
        outcomes.outcome,
        outcomes.owner_id,
        outcomes.is_owner_ae,
        outcomes.owner_segment,
        outcomes.is_assumed,
        outcomes.amount_at_bar
    from {{ ref('int_opportunity_outcomes') }} as outcomes
    inner join periods
        on outcomes.closed_at >= periods.window_starts_at
        and outcomes.closed_at < periods.starts_at
        and outcomes.ended_at >= periods.starts_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on outcomes.opportunity_id = opportunities.opportunity_id
        and (opportunities.deleted_at is null or opportunities.deleted_at >= periods.starts_at)
    where outcomes.qualified_at is not null

),

valued as (

    select
        closed.fiscal_period_id,
        coalesce(closed.owner_id, '(unassigned)') as owner_id,
        closed.is_owner_ae,
        coalesce(closed.owner_segment, '(none)') as segment,
        coalesce(sources.evidence_function, 'unknown') as evidence_function,
        coalesce(sources.creator_role, 'unknown') as creator_role,
        closed.amount_at_bar,
        closed.is_assumed,
        closed.outcome = 'won' as is_won,
        case when closed.outcome = 'won' then coalesce(finals.amount, 0) else 0 end as won_amount
    from closed
    left join {{ ref('int_opportunity_states') }} as finals
        on closed.outcome = 'won'
        and closed.opportunity_id = finals.opportunity_id
        and finals.valid_from < closed.starts_at
        and finals.valid_to >= closed.starts_at
    left join {{ ref('int_opportunity_evidence') }} as sources
        on closed.opportunity_id = sources.opportunity_id
        and closed.starts_at > sources.judged_from
        and closed.starts_at <= sources.judged_to

)

select
    fiscal_period_id,
    owner_id,
    segment,
    evidence_function,
    creator_role,
    max(case when is_owner_ae then 1 else 0 end) as is_ae,
    cast(count(*) as bigint) as n_closed,
    cast(sum(case when is_won then 1 else 0 end) as bigint) as n_won,
    cast(count(amount_at_bar) as bigint) as n_with_amount,
    cast(sum(case when is_assumed then 1 else 0 end) as bigint) as n_assumed,
    cast(coalesce(sum(case when amount_at_bar is not null then won_amount end), 0) as decimal(28, 2)) as won_amount,
    cast(coalesce(sum(amount_at_bar), 0) as decimal(28, 2)) as bar_amount,
    cast(
        coalesce(sum(cast(amount_at_bar as decimal(18, 2)) * cast(amount_at_bar as decimal(18, 2))), 0) as decimal(38, 4)
    ) as bar_amount_squared
from valued
group by fiscal_period_id, owner_id, segment, evidence_function, creator_role
