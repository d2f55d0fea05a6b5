-- A row here means: the amounts credited to the channels of a period and basis differ, by a cent or more, from the amount of the
-- opportunities that reached the basis in it. Sourced and influenced amounts don't tie and aren't looked at.
with credited as (

    select
        fiscal_period_id,
        basis,
        max(basis_amount) as basis_amount,
        max(basis_n) as basis_n
        {%- for model in attribution_models() %},
        sum(credited_amount_{{ model }}) as {{ model }}_amount,
        sum(credited_n_{{ model }}) as {{ model }}_n
        {%- endfor %}
    from {{ ref('agg_source_attribution') }}
    group by fiscal_period_id, basis

),

-- Straight from the instants, past the credits.
pipeline as (

    select
        periods.fiscal_period_id,
        bases.basis,
        sum(bases.amount) as amount,
        count(*) as n
    from {{ ref('int_opportunity_bases') }} as bases
    inner join {{ ref('dim_opportunities') }} as opportunities on bases.opportunity_id = opportunities.opportunity_id
    cross join {{ ref('int_run_settings') }} as settings
    inner join {{ ref('int_fiscal_periods') }} as periods
        on bases.basis_at >= periods.starts_at
        and bases.basis_at < periods.ends_at
    where bases.basis_at < settings.as_of_at and bases.valid_to >= settings.as_of_at
    group by periods.fiscal_period_id, bases.basis

)

select
    pipeline.fiscal_period_id,
    pipeline.basis,
    pipeline.amount as pipeline_amount,
    pipeline.n as pipeline_n,
    credited.basis_amount,
    credited.basis_n
from pipeline
left join credited
    on pipeline.fiscal_period_id = credited.fiscal_period_id
    and pipeline.basis = credited.basis
where
    credited.basis_amount is distinct from pipeline.amount
    or credited.basis_n is distinct from pipeline.n
    {%- for model in attribution_models() %}
    or credited.{{ model }}_amount is distinct from pipeline.amount
    or abs(credited.{{ model }}_n - pipeline.n) > 1e-6
    {%- endfor %}
