{#- Created pipeline per credited user and fiscal period, with what the qualified part is expected to bring: each source class
    (evidence function and creator's role) at the yield that the company had with it. A class without closed deals, or with too many
    that lack an amount, is expected at the yield of the whole company. -#}
with credits as (

    select
        coalesce(credited_user_id, '(unassigned)') as ae_id,
        fiscal_period_id,
        basis,
        evidence_function || '/' || creator_role as source_class,
        credited_amount,
        is_assumed,
        is_self_sourced,
        is_credit_fallback
    from {{ ref('int_opportunity_credit') }}

),

by_class as (

    select
        ae_id,
        fiscal_period_id,
        basis,
        source_class,
        cast(coalesce(sum(credited_amount), 0) as decimal(18, 2)) as amount,
        cast(coalesce(sum(case when is_self_sourced then credited_amount end), 0) as decimal(18, 2)) as self_sourced_amount,
        cast(count(*) as bigint) as n,
        cast(count(credited_amount) as bigint) as n_with_amount,
        cast(sum(case when is_assumed then 1 else 0 end) as bigint) as n_assumed,
        cast(sum(case when is_credit_fallback then 1 else 0 end) as bigint) as n_credit_fallback
    from credits
    group by ae_id, fiscal_period_id, basis, source_class

),

company_yields as (

    select
        fiscal_period_id,
        yield_basis,
        yield_raw
    from {{ ref('int_pipeline_yields') }}
    where scope = 'company'
    qualify
        row_number() over (
            partition by fiscal_period_id
            order by case when is_amount_usable = (yield_basis = 'amount') then 0 else 1 end asc nulls last, yield_basis asc nulls last
        ) = 1

),

expected as (

    select
        by_class.*,
        case
            when by_class.basis = 'qualified'
            then
                cast(
                    cast(by_class.amount as double) * coalesce(class_yields.yield_raw, company_yields.yield_raw)
                    as decimal(28, 6)
                )
        end as expected_amount
    from by_class
    inner join {{ ref('int_coverage_periods') }} as periods on by_class.fiscal_period_id = periods.fiscal_period_id
    left join company_yields on periods.measured_period_id = company_yields.fiscal_period_id
    left join {{ ref('int_pipeline_yields') }} as class_yields
        on periods.measured_period_id = class_yields.fiscal_period_id
        and company_yields.yield_basis = class_yields.yield_basis
        and class_yields.scope = 'source'
        and by_class.source_class = class_yields.scope_id

)

select
    {{ surrogate_key(['ae_id', 'fiscal_period_id']) }} as ae_period_id,
    ae_id,
    fiscal_period_id,
    {{ money("sum(case when basis = 'total' then amount else 0 end)") }} as created_amount_total,
    {{ money("sum(case when basis = 'qualified' then amount else 0 end)") }} as created_amount_qualified,
    {{ money("sum(case when basis = 'qualified' then self_sourced_amount else 0 end)") }} as created_self_sourced_amount,
    cast(sum(case when basis = 'total' then n else 0 end) as bigint) as n_created_total,
    cast(sum(case when basis = 'qualified' then n else 0 end) as bigint) as n_created_qualified,
    cast(sum(case when basis = 'total' then n - n_with_amount else 0 end) as bigint) as n_created_total_without_amount,
    cast(sum(case when basis = 'qualified' then n - n_with_amount else 0 end) as bigint) as n_created_qualified_without_amount,
    cast(sum(case when basis = 'total' then n_assumed else 0 end) as bigint) as n_created_total_assumed,
    cast(sum(case when basis = 'qualified' then n_assumed else 0 end) as bigint) as n_created_qualified_assumed,
    cast(sum(case when basis = 'qualified' then n_credit_fallback else 0 end) as bigint) as n_credit_fallback,
    {{ money('sum(expected_amount)') }} as expected_won_amount
from expected
group by ae_id, fiscal_period_id
