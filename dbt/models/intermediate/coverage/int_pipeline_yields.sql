{#- Pipeline yields per fiscal period, scope (an AE, a segment, a source class, the company) and basis, with what shrinks them.
    Numerator and denominator are money on the amount basis and deals on the count basis; where too many deals lack an amount, the
    amount yield is NULL. κ is estimated across the members of a scope by Kleinman's (1973) moments of the beta-binomial: with
    n_i the effective number of deals, m = Σ n·y ÷ Σ n and S = Σ n·(y − m)², the correlation within members is
    r = (S − m(1 − m)(k − 1)) ÷ (m(1 − m)(Σn − Σn² ÷ Σn − (k − 1))) and κ = (1 − r) ÷ r, at its maximum where r <= 0. -#}
{%- set kappa_default = var('shrinkage_kappa_default') -%}
{%- set measures = ['n_closed', 'n_won', 'n_with_amount', 'n_assumed', 'won_amount', 'bar_amount', 'bar_amount_squared'] -%}
{%- set scopes = {
    'ae': 'owner_id',
    'segment': 'segment',
    'source': "evidence_function || '/' || creator_role",
    'company': "'company'"
} -%}

with scoped as (

    {%- for scope, key in scopes.items() %}
    select
        fiscal_period_id,
        '{{ scope }}' as scope,
        {{ key }} as scope_id,
        max(is_ae) as is_ae
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('int_pipeline_yield_sums') }}
    group by fiscal_period_id{{ ', ' ~ key if scope != 'company' }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

based as (

    select
        fiscal_period_id, scope, scope_id, is_ae, n_closed, n_won, n_with_amount, n_assumed,
        'amount' as yield_basis,
        cast(won_amount as decimal(28, 2)) as numerator,
        cast(bar_amount as decimal(28, 2)) as denominator,
        cast(n_with_amount as bigint) as n,
        {{ ratio('cast(bar_amount as double) * cast(bar_amount as double)', 'bar_amount_squared') }} as n_eff
    from scoped
    union all
    select
        fiscal_period_id, scope, scope_id, is_ae, n_closed, n_won, n_with_amount, n_assumed,
        'count' as yield_basis,
        cast(n_won as decimal(28, 2)) as numerator,
        cast(n_closed as decimal(28, 2)) as denominator,
        cast(n_closed as bigint) as n,
        cast(n_closed as double) as n_eff
    from scoped

),

yields as (

    select
        fiscal_period_id, scope, scope_id, is_ae, yield_basis, numerator, denominator, n, n_eff,
        cast(n_closed as bigint) as n_closed,
        cast(n_won as bigint) as n_won,
        cast(n_closed - n_with_amount as bigint) as n_without_amount,
        cast(n_assumed as bigint) as n_assumed,
        {{ ratio('n_closed - n_with_amount', 'n_closed') }} <= {{ var('missing_amount_tolerance') }} as is_amount_usable,
        case
            when yield_basis = 'count'
                or {{ ratio('n_closed - n_with_amount', 'n_closed') }} <= {{ var('missing_amount_tolerance') }}
            then {{ ratio('numerator', 'denominator') }}
        end as yield_raw
    from based

),

members as (

    select
        fiscal_period_id, scope, yield_basis, yield_raw,
        cast(n_eff as decimal(18, 6)) as weight,
        cast(n_eff * yield_raw as decimal(28, 12)) as weighted_yield,
        cast(n_eff * n_eff as decimal(28, 6)) as weight_squared
    from yields
    where
        scope in ('ae', 'segment')
        and (scope <> 'ae' or is_ae = 1)
        and n_eff > 0
        and yield_raw is not null

),

means as (

    select
        fiscal_period_id, scope, yield_basis,
        count(*) as n_members,
        cast(sum(weight) as double) as weights,
        cast(sum(weight_squared) as double) as weights_squared,
        cast(sum(weighted_yield) as double) / nullif(cast(sum(weight) as double), 0) as mean_yield
    from members
    group by fiscal_period_id, scope, yield_basis

),

spreads as (

    select
        means.fiscal_period_id, means.scope, means.yield_basis,
        max(means.n_members) as n_members,
        max(means.weights) as weights,
        max(means.weights_squared) as weights_squared,
        max(means.mean_yield) as mean_yield,
        cast(
            sum(
                cast(
                    cast(members.weight as double) * (members.yield_raw - means.mean_yield)
                    * (members.yield_raw - means.mean_yield) as decimal(28, 12)
                )
            ) as double
        ) as spread
    from means
    inner join members
        on means.fiscal_period_id = members.fiscal_period_id
        and means.scope = members.scope
        and means.yield_basis = members.yield_basis
    group by means.fiscal_period_id, means.scope, means.yield_basis

),

correlations as (

    select
        fiscal_period_id, scope, yield_basis, n_members,
        case
            when mean_yield > 0 and mean_yield < 1
            then
                (spread - mean_yield * (1 - mean_yield) * (n_members - 1))
                / nullif(
                    mean_yield * (1 - mean_yield) * (weights - weights_squared / nullif(weights, 0) - (n_members - 1)), 0
                )
        end as correlation
    from spreads

),

kappas as (

    select
        fiscal_period_id, scope, yield_basis,
        case
            when n_members < {{ var('shrinkage_minimum_members') }} or correlation is null
            then cast({{ kappa_default }} as double)
            when correlation <= 0
            then cast({{ var('shrinkage_kappa_maximum') }} as double)
            else
                greatest(
                    cast({{ var('shrinkage_kappa_minimum') }} as double),
                    least(cast({{ var('shrinkage_kappa_maximum') }} as double), (1 - correlation) / correlation)
                )
        end as kappa
    from correlations

),

shrinkable as (

    select
        yields.*,
        {{ round_significant('coalesce(kappas.kappa, ' ~ kappa_default ~ ')') }} as kappa,
        case when yields.yield_raw is null then cast(0 as double) else yields.n_eff end as n_counted,
        company.yield_raw as company_yield
    from yields
    left join kappas
        on yields.fiscal_period_id = kappas.fiscal_period_id
        and yields.scope = kappas.scope
        and yields.yield_basis = kappas.yield_basis
    left join yields as company
        on yields.fiscal_period_id = company.fiscal_period_id
        and yields.yield_basis = company.yield_basis
        and company.scope = 'company'

)

select
    {{ surrogate_key(['fiscal_period_id', 'scope', 'scope_id', 'yield_basis']) }} as pipeline_yield_id,
    fiscal_period_id,
    scope,
    scope_id,
    yield_basis,
    numerator,
    denominator,
    n,
    n_closed,
    n_won,
    n_without_amount,
    n_assumed,
    is_amount_usable,
    n_eff,
    yield_raw,
    kappa,
    case
        when scope = 'company' then yield_raw
        when scope = 'segment'
        then {{ ratio('n_counted * coalesce(yield_raw, 0) + kappa * company_yield', 'n_counted + kappa') }}
    end as yield_shrunk
from shrinkable
