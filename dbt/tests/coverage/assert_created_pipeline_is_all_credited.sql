-- Fails when a period's created pipeline by AE is not what was created in it. It does not say whether the credit is fair.
with shown as (

    select
        fiscal_period_id,
        sum(created_pipeline_total) as total,
        sum(created_pipeline_qualified) as qualified,
        sum(n_created_total) as n_total,
        sum(n_created_qualified) as n_qualified
    from {{ ref('fct_ae_coverage') }}
    group by fiscal_period_id

),

existing as (

    select
        fiscal_period_id,
        coalesce(sum(case when basis = 'total' then credited_amount end), 0) as total,
        coalesce(sum(case when basis = 'qualified' then credited_amount end), 0) as qualified,
        sum(case when basis = 'total' then 1 else 0 end) as n_total,
        sum(case when basis = 'qualified' then 1 else 0 end) as n_qualified
    from {{ ref('int_opportunity_credit') }}
    group by fiscal_period_id

)

select
    existing.fiscal_period_id,
    shown.total as shown_total,
    existing.total as existing_total,
    shown.qualified as shown_qualified,
    existing.qualified as existing_qualified
from existing
left join shown on existing.fiscal_period_id = shown.fiscal_period_id
where
    shown.fiscal_period_id is null
    or coalesce(shown.total, 0) <> existing.total
    or coalesce(shown.qualified, 0) <> existing.qualified
    or coalesce(shown.n_total, 0) <> existing.n_total
    or coalesce(shown.n_qualified, 0) <> existing.n_qualified
