{%- set known = 'case when known.has_claims or claimed.n_claimed > 0 or relabels.fiscal_period_id is not null then' -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

opportunities as (

    select
        opportunities.opportunity_id,
        periods.fiscal_period_id,
        least(periods.ends_at, settings.as_of_at) as measured_at
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    inner join {{ ref('int_fiscal_periods') }} as periods
        on {{ fiscal_quarter_start(local_date('coalesce(opportunities.created_at, opportunities.life_start_at)')) }} = periods.starts_on
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

-- Claimed by the source field, or by a counted move of another field that still stood.
claimed_opportunities as (

    select opportunities.opportunity_id
    from opportunities
    inner join {{ ref('int_source_claims') }} as claims
        on opportunities.opportunity_id = claims.opportunity_id
        and opportunities.measured_at > claims.valid_from
        and opportunities.measured_at <= claims.valid_to
    where claims.changed_field = 'source' and claims.parent = 'marketing_inbound'
    union
    select opportunity_id
    from {{ ref('fct_source_relabels') }}
    where is_in_share

),

claimed as (

    select
        opportunities.fiscal_period_id,
        count(*) as n_opportunities,
        count(claimed_opportunities.opportunity_id) as n_claimed,
        sum(case when claimed_opportunities.opportunity_id is not null then states.amount end) as claimed_amount,
        sum(case when claimed_opportunities.opportunity_id is not null and states.amount is null then 1 else 0 end)
            as n_claimed_without_amount
    from opportunities
    left join claimed_opportunities on opportunities.opportunity_id = claimed_opportunities.opportunity_id
    left join {{ ref('int_opportunity_states') }} as states
        on opportunities.opportunity_id = states.opportunity_id
        and opportunities.measured_at > states.valid_from
        and opportunities.measured_at <= states.valid_to
    group by opportunities.fiscal_period_id

),

relabels as (

    select
        fiscal_period_id,
        {%- for kind in ['relabeled', 'contradicted'] %}
        sum(case when kind = '{{ kind }}' and is_in_share then 1 else 0 end) as n_{{ kind }},
        sum(case when kind = '{{ kind }}' and is_in_share then amount_at_period_end end) as {{ kind }}_amount,
        {%- endfor %}
        sum(case when kind = 'unsupported' then 1 else 0 end) as n_unsupported,
        sum(case when kind = 'unsupported' then amount_at_period_end end) as unsupported_amount,
        {%- for kind in ['corrected', 'first_fill', 'migration'] %}
        count(distinct case when kind = '{{ kind }}' then opportunity_id end) as n_{{ kind }},
        {%- endfor %}
        count(distinct case when kind = 'relabeled' and is_after_period_end then opportunity_id end) as n_relabeled_after_period_end
    from {{ ref('fct_source_relabels') }}
    group by fiscal_period_id

),

late_relabels as (

    select fiscal_period_id, sum(amount) as relabeled_after_period_end_amount
    from (
        select fiscal_period_id, amount
        from {{ ref('fct_source_relabels') }}
        where kind = 'relabeled' and is_after_period_end
        qualify row_number() over (
            partition by opportunity_id order by changed_at asc nulls last, relabel_id asc nulls last
        ) = 1
    ) as first_late
    group by fiscal_period_id

)

select
    periods.fiscal_period_id,
    periods.starts_on as period_starts_on,
    periods.ends_on as period_ends_on,
    case when periods.ends_on < settings.as_of_date then periods.ends_on else settings.as_of_date end as measured_on,
    periods.ends_at <= settings.as_of_at as is_complete,
    cast(claimed.n_opportunities as bigint) as n_opportunities,
    {{ known }} cast(claimed.n_claimed as bigint) end as n_claimed_marketing,
    {{ known }} cast(claimed.n_claimed_without_amount as bigint) end as n_claimed_without_amount,
    {{ known }} {{ money('coalesce(claimed.claimed_amount, 0)') }} end as claimed_marketing_amount,
    {%- for kind in ['relabeled', 'contradicted', 'unsupported'] %}
    {{ known }} cast(coalesce(relabels.n_{{ kind }}, 0) as bigint) end as n_{{ kind }},
    {{ known }} {{ money('coalesce(relabels.' ~ kind ~ '_amount, 0)') }} end as {{ kind }}_amount,
    {%- endfor %}
    {{ ratio(
        'coalesce(relabels.relabeled_amount, 0) + coalesce(relabels.contradicted_amount, 0)', 'claimed.claimed_amount'
    ) }} as relabel_share,
    {{ ratio('coalesce(relabels.n_relabeled, 0) + coalesce(relabels.n_contradicted, 0)', 'claimed.n_claimed') }}
        as relabel_share_by_count,
    {%- for kind in ['corrected', 'first_fill', 'migration', 'relabeled_after_period_end'] %}
    {{ known }} cast(coalesce(relabels.n_{{ kind }}, 0) as bigint) end as n_{{ kind }},
    {%- endfor %}
    {{ known }} {{ money('coalesce(late_relabels.relabeled_after_period_end_amount, 0)') }} end as relabeled_after_period_end_amount
from claimed
inner join {{ ref('int_fiscal_periods') }} as periods on claimed.fiscal_period_id = periods.fiscal_period_id
cross join settings
cross join {{ ref('int_known_facts') }} as known
left join relabels on claimed.fiscal_period_id = relabels.fiscal_period_id
left join late_relabels on claimed.fiscal_period_id = late_relabels.fiscal_period_id
