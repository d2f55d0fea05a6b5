{#- Money is split in whole cents by largest remainder over the touches of each opportunity, basis and model, ties by touch order;
    summing the cents therefore gives the pipeline's amount exactly. -#}
{%- set has_amounts = 'case when totals.basis_n_without_amount < totals.basis_n then' -%}
{%- set split_models = ['linear', 'position_based', 'u_shaped', 'w_shaped'] -%}

with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

credits as (

    {%- for basis in attribution_bases() %}
    select
        opportunity_id, touch_id, channel, '{{ basis }}' as basis, {{ basis }}_at as basis_at
    from {{ ref('fct_attribution_credits') }}
    where {{ basis }}_at is not null
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

-- A missing amount is nothing to split, but the opportunity is counted.
amounts as (

    select
        opportunity_id,
        basis,
        basis_at,
        amount is null as is_without_amount,
        case when amount < 0 then -1 else 1 end as amount_sign,
        cast(abs(coalesce(amount, 0)) * 100 as bigint) as cents
    from {{ ref('int_opportunity_bases') }}

),

shares as (

    select
        credits.opportunity_id,
        credits.basis,
        credits.basis_at,
        credits.channel,
        credits.touch_id,
        weights.touch_number,
        weights.is_in_lookback,
        amounts.is_without_amount,
        amounts.amount_sign,
        amounts.cents
        {%- for model in attribution_models() %},
        cast(cast(weights.{{ model }}_parts as double) / weights.{{ model }}_whole as decimal(28, 15)) as {{ model }}_count,
        {{ whole_quotient('amounts.cents * weights.' ~ model ~ '_parts', 'weights.' ~ model ~ '_whole') }} as {{ model }}_cents,
        (amounts.cents * weights.{{ model }}_parts) % weights.{{ model }}_whole as {{ model }}_remainder
        {%- endfor %}
    from credits
    cross join settings
    inner join {{ ref('int_attribution_weights') }} as weights
        on credits.opportunity_id = weights.opportunity_id
        and credits.basis = weights.basis
        and credits.basis_at = weights.basis_at
        and credits.touch_id = weights.touch_id
        and settings.as_of_at > weights.judged_from
        and settings.as_of_at <= weights.judged_to
    inner join amounts
        on credits.opportunity_id = amounts.opportunity_id
        and credits.basis = amounts.basis
        and credits.basis_at = amounts.basis_at

),

ranked as (

    select
        *
        {%- for model in split_models %},
        cents - sum({{ model }}_cents) over (partition by opportunity_id, basis) as {{ model }}_left,
        row_number() over (
            partition by opportunity_id, basis
            order by {{ model }}_remainder desc nulls last, touch_number asc nulls last, touch_id asc nulls last
        ) as {{ model }}_rank
        {%- endfor %}
    from shares

),

by_opportunity as (

    select
        opportunity_id,
        basis,
        basis_at,
        channel,
        max(case when is_in_lookback then 1 else 0 end) as influenced,
        max(case when is_without_amount then 1 else 0 end) as without_amount,
        max(amount_sign * cents) as cents
        {%- for model in attribution_models() %},
        sum({{ model }}_count) as {{ model }}_count,
        {%- if model in split_models %}
        sum(amount_sign * ({{ model }}_cents + case when {{ model }}_rank <= {{ model }}_left then 1 else 0 end)) as {{ model }}_cents
        {%- else %}
        sum(amount_sign * {{ model }}_cents) as {{ model }}_cents
        {%- endif %}
        {%- endfor %}
    from ranked
    group by opportunity_id, basis, basis_at, channel

),

-- The channel of the touch that is the evidence of the opportunity's source; it may lie before the basis's lookback.
sourced as (

    select
        sources.opportunity_id,
        coalesce(touches.channel, '(none)') as channel
    from {{ ref('int_opportunity_sources') }} as sources
    inner join {{ ref('int_touches') }} as touches on sources.evidence_id = touches.touch_id
    where sources.evidence_kind in ('hand_raise', 'partner_touch')

),

opportunity_bases as (

    select distinct opportunity_id, basis, basis_at from credits

),

contributions as (

    select
        opportunity_id, basis, basis_at, channel, 1 as has_credit, influenced, 0 as sourced, without_amount, cents
        {%- for model in attribution_models() %},
        {{ model }}_count, {{ model }}_cents
        {%- endfor %}
    from by_opportunity
    union all
    select
        opportunity_bases.opportunity_id, opportunity_bases.basis, opportunity_bases.basis_at, sourced.channel,
        0 as has_credit, 0 as influenced, 1 as sourced, 0 as without_amount, amounts.amount_sign * amounts.cents as cents
        {%- for model in attribution_models() %},
        0 as {{ model }}_count, 0 as {{ model }}_cents
        {%- endfor %}
    from opportunity_bases
    inner join sourced on opportunity_bases.opportunity_id = sourced.opportunity_id
    inner join amounts
        on opportunity_bases.opportunity_id = amounts.opportunity_id
        and opportunity_bases.basis = amounts.basis
        and opportunity_bases.basis_at = amounts.basis_at

),

by_channel as (

    select
        periods.fiscal_period_id,
        contributions.basis,
        contributions.channel,
        sum(contributions.has_credit) as n_opportunities,
        sum(contributions.has_credit * contributions.without_amount) as n_without_amount,
        sum(contributions.sourced) as sourced_n,
        sum(contributions.sourced * contributions.cents) as sourced_cents,
        sum(contributions.influenced) as influenced_n,
        sum(contributions.influenced * contributions.cents) as influenced_cents
        {%- for model in attribution_models() %},
        sum(contributions.{{ model }}_count) as {{ model }}_count,
        sum(contributions.{{ model }}_cents) as {{ model }}_cents
        {%- endfor %}
    from contributions
    inner join {{ ref('int_fiscal_periods') }} as periods
        on contributions.basis_at >= periods.starts_at
        and contributions.basis_at < periods.ends_at
    group by periods.fiscal_period_id, contributions.basis, contributions.channel

),

totals as (

    select
        periods.fiscal_period_id,
        opportunity_bases.basis,
        count(*) as basis_n,
        sum(case when amounts.is_without_amount then 1 else 0 end) as basis_n_without_amount,
        sum(amounts.amount_sign * amounts.cents) as basis_cents
    from opportunity_bases
    inner join amounts
        on opportunity_bases.opportunity_id = amounts.opportunity_id
        and opportunity_bases.basis = amounts.basis
        and opportunity_bases.basis_at = amounts.basis_at
    inner join {{ ref('int_fiscal_periods') }} as periods
        on opportunity_bases.basis_at >= periods.starts_at
        and opportunity_bases.basis_at < periods.ends_at
    group by periods.fiscal_period_id, opportunity_bases.basis

)

select
    {{ surrogate_key(['by_channel.fiscal_period_id', 'by_channel.basis', 'by_channel.channel']) }} as source_attribution_id,
    by_channel.fiscal_period_id,
    by_channel.basis,
    by_channel.channel,
    cast(by_channel.n_opportunities as bigint) as n_opportunities,
    cast(by_channel.n_without_amount as bigint) as n_without_amount,
    cast(by_channel.sourced_n as bigint) as sourced_n,
    {{ has_amounts }} {{ money_of_cents('by_channel.sourced_cents') }} end as sourced_amount,
    cast(by_channel.influenced_n as bigint) as influenced_n,
    {{ has_amounts }} {{ money_of_cents('by_channel.influenced_cents') }} end as influenced_amount
    {%- for model in attribution_models() %},
    {{ round_significant('by_channel.' ~ model ~ '_count') }} as credited_n_{{ model }},
    {{ has_amounts }} {{ money_of_cents('by_channel.' ~ model ~ '_cents') }} end as credited_amount_{{ model }}
    {%- endfor %},
    cast(totals.basis_n as bigint) as basis_n,
    cast(totals.basis_n_without_amount as bigint) as basis_n_without_amount,
    {{ has_amounts }} {{ money_of_cents('totals.basis_cents') }} end as basis_amount
from by_channel
inner join totals
    on by_channel.fiscal_period_id = totals.fiscal_period_id
    and by_channel.basis = totals.basis
