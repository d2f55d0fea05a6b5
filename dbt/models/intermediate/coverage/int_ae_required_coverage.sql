{#- Each AE's required coverage per fiscal period: 1 ÷ the pipeline yield of the AE's own closed deals, raw and shrunk towards the
    segment, itself shrunk towards the company. Where too many of the AE's or of the company's deals lack an amount, the yield by
    count serves at every level. seeds/required_coverage_overrides.csv may set it: for an AE before a segment before all, for a
    named period before any. -#}
{%- set kappa_default = var('shrinkage_kappa_default') -%}

with ae_periods as (

    select ae_period_id, ae_id, segment, fiscal_period_id, measured_period_id from {{ ref('int_ae_periods') }}

),

yields as (

    select * from {{ ref('int_pipeline_yields') }}

),

-- One kappa for all members of a period and basis: what an AE without a closed deal would be shrunk with.
bases as (

    select
        ae_periods.*,
        case
            when not coalesce(company.is_amount_usable, true) or not coalesce(own.is_amount_usable, true) then 'count'
            else 'amount'
        end as required_basis
    from ae_periods
    left join yields as company
        on ae_periods.measured_period_id = company.fiscal_period_id
        and company.scope = 'company'
        and company.yield_basis = 'amount'
    left join yields as own
        on ae_periods.measured_period_id = own.fiscal_period_id
        and own.scope = 'ae'
        and own.yield_basis = 'amount'
        and ae_periods.ae_id = own.scope_id

),

measured as (

    select
        bases.ae_period_id,
        bases.ae_id,
        bases.segment,
        bases.fiscal_period_id,
        bases.required_basis,
        own.numerator,
        own.denominator,
        coalesce(own.n, 0) as n,
        coalesce(own.n_won, 0) as n_won,
        coalesce(own.n_closed, 0) as n_closed,
        coalesce(own.n_without_amount, 0) as n_without_amount,
        coalesce(own.n_assumed, 0) as n_assumed,
        own.n_eff,
        own.yield_raw,
        own.kappa,
        coalesce(segments.yield_shrunk, company.yield_shrunk) as prior_yield
    from bases
    left join yields as own
        on bases.measured_period_id = own.fiscal_period_id
        and own.scope = 'ae'
        and bases.required_basis = own.yield_basis
        and bases.ae_id = own.scope_id
    left join yields as segments
        on bases.measured_period_id = segments.fiscal_period_id
        and segments.scope = 'segment'
        and bases.required_basis = segments.yield_basis
        and coalesce(bases.segment, '(none)') = segments.scope_id
    left join yields as company
        on bases.measured_period_id = company.fiscal_period_id
        and company.scope = 'company'
        and bases.required_basis = company.yield_basis

),

shrunk as (

    select
        *,
        case
            when yield_raw is null or n_eff is null then prior_yield
            else
                {{ ratio(
                    'n_eff * yield_raw + coalesce(kappa, ' ~ kappa_default ~ ') * prior_yield',
                    'n_eff + coalesce(kappa, ' ~ kappa_default ~ ')'
                ) }}
        end as yield_shrunk
    from measured

),

required as (

    select
        *,
        {{ ratio('denominator', 'numerator') }} as required_coverage_raw,
        {{ ratio('1', 'yield_shrunk') }} as required_coverage_shrunk
    from shrunk

),

overrides as (

    select
        required.ae_period_id,
        cast(overrides.required_coverage as double) as required_coverage
    from required
    inner join {{ ref('required_coverage_overrides') }} as overrides
        on (overrides.fiscal_period_id = '*' or overrides.fiscal_period_id = required.fiscal_period_id)
        and (overrides.segment = '*' or overrides.segment = required.segment)
        and (overrides.ae_id = '*' or overrides.ae_id = required.ae_id)
    qualify
        row_number() over (
            partition by required.ae_period_id
            order by
                case when overrides.ae_id = '*' then 1 else 0 end asc nulls last,
                case when overrides.segment = '*' then 1 else 0 end asc nulls last,
                case when overrides.fiscal_period_id = '*' then 1 else 0 end asc nulls last
        ) = 1

)

select
    required.ae_period_id,
    required.required_basis,
    required.numerator,
    required.denominator,
    required.n,
    required.n_closed,
    required.n_won,
    required.n_without_amount,
    required.n_assumed,
    required.n_eff,
    required.kappa,
    required.yield_raw,
    required.prior_yield,
    required.yield_shrunk,
    required.required_coverage_raw,
    required.required_coverage_shrunk,
    overrides.required_coverage is not null as is_required_coverage_overridden,
    coalesce(overrides.required_coverage, required.required_coverage_{{ var('required_coverage_basis') }}) as required_coverage
from required
left join overrides on required.ae_period_id = overrides.ae_period_id
