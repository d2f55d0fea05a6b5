-- A row means that the counts of handoffs don't add up: decisions or answers of a cohort aren't its handoffs, a dimension isn't the
-- company, months or quarters don't hold every handoff once, the reasons aren't the rejections, or a handoff stage was entered by a
-- lead that has no handoff at all. It says nothing about how fast anybody was.
with cells as (

    select
        period_grain, period_id, dimension,
        sum(n_handoffs) as n_handoffs, sum(n_accepted) as n_accepted, sum(n_rejected) as n_rejected, sum(n_expired) as n_expired,
        sum(n_answered) as n_answered, sum(n_within_sla) as n_within_sla, sum(n_outside_sla) as n_outside_sla,
        sum(n_rejected_after_acceptance) as n_rejected_after_acceptance
    from {{ ref('agg_lead_acceptance') }}
    group by period_grain, period_id, dimension

),

rejections as (

    select
        period_grain, period_id, dimension,
        sum(n_rejected) as n_rejected, sum(n_rejected_after_acceptance) as n_rejected_after_acceptance
    from {{ ref('agg_lead_rejections') }}
    group by period_grain, period_id, dimension

),

grains as (

    select
        periods.period_grain,
        coalesce(sum(cells.n_handoffs), 0) as n_handoffs
    from (select distinct period_grain from {{ ref('int_pipeline_periods') }} where period_grain <> 'week') as periods
    left join cells
        on periods.period_grain = cells.period_grain
        and cells.dimension = 'company'
    group by periods.period_grain

),

responses as (

    select count(*) as n_handoffs from {{ ref('fct_lead_response') }}

)

select 'adds_up' as rule, lead_acceptance_id as place
from {{ ref('agg_lead_acceptance') }}
where
    n_accepted + n_rejected + n_expired + n_pending + n_already_accepted <> n_handoffs
    or n_answered + n_waiting + n_overdue + n_closed_unanswered <> n_handoffs
    or n_within_sla > n_answered
    or n_overdue > n_outside_sla
    or n_advanced + n_not_advanced + n_advance_pending <> n_accepted_opportunities
union all
select 'dimension_is_company' as rule, cells.dimension || ' ' || cells.period_id as place
from cells
inner join cells as company
    on cells.period_grain = company.period_grain
    and cells.period_id = company.period_id
    and company.dimension = 'company'
where
    cells.n_handoffs <> company.n_handoffs
    or cells.n_accepted <> company.n_accepted
    or cells.n_rejected <> company.n_rejected
    or cells.n_expired <> company.n_expired
    or cells.n_answered <> company.n_answered
    or cells.n_within_sla <> company.n_within_sla
    or cells.n_outside_sla <> company.n_outside_sla
union all
select 'reasons_are_rejections' as rule, cells.dimension || ' ' || cells.period_id as place
from cells
left join rejections
    on cells.period_grain = rejections.period_grain
    and cells.period_id = rejections.period_id
    and cells.dimension = rejections.dimension
where
    cells.n_rejected <> coalesce(rejections.n_rejected, 0)
    or cells.n_rejected_after_acceptance <> coalesce(rejections.n_rejected_after_acceptance, 0)
union all
select 'every_handoff_once' as rule, 'all' as place
from responses
inner join grains on responses.n_handoffs <> grains.n_handoffs
union all
select 'handoff_stage_without_handoff' as rule, visits.lead_id as place
from {{ ref('fct_lead_stage_visits') }} as visits
left join {{ ref('fct_lead_response') }} as responses on visits.lead_id = responses.lead_id
where visits.is_handoff and responses.lead_id is null
