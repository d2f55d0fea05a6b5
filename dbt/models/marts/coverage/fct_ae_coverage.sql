{#- Where no opportunity tells a stage nothing is known of pipeline, where none tells an owner nothing of anybody's, where none tells
    an amount nothing of money. -#}
{%- set is_counted = "known.has_stages and (known.has_owners or ae_periods.ae_id = '(unassigned)')" -%}
{%- set counts_known = 'case when ' ~ is_counted ~ ' then' -%}
{%- set amounts_known = 'case when known.has_amounts and ' ~ is_counted ~ ' then' -%}

with figures as (

    select
        ae_periods.*,
        quotas.quota_amount,
        {{ amounts_known }} coalesce(open_pipeline.open_amount_total, 0) end as open_pipeline_total,
        {{ amounts_known }} coalesce(open_pipeline.open_amount_qualified, 0) end as open_pipeline_qualified,
        {{ counts_known }} coalesce(open_pipeline.n_open_total, 0) end as n_open_total,
        {{ counts_known }} coalesce(open_pipeline.n_open_qualified, 0) end as n_open_qualified,
        {{ counts_known }} coalesce(open_pipeline.n_open_without_amount, 0) end as n_open_without_amount,
        {{ amounts_known }} coalesce(open_pipeline.overdue_amount_total, 0) end as overdue_amount_total,
        {{ amounts_known }} coalesce(open_pipeline.overdue_amount_qualified, 0) end as overdue_amount_qualified,
        {{ counts_known }} coalesce(open_pipeline.n_overdue, 0) end as n_overdue,
        {{ amounts_known }} coalesce(open_pipeline.undated_amount_total, 0) end as undated_amount_total,
        {{ counts_known }} coalesce(open_pipeline.n_undated, 0) end as n_undated,
        {{ amounts_known }} coalesce(created.created_amount_total, 0) end as created_pipeline_total,
        {{ amounts_known }} coalesce(created.created_amount_qualified, 0) end as created_pipeline_qualified,
        {{ counts_known }} coalesce(created.n_created_total, 0) end as n_created_total,
        {{ counts_known }} coalesce(created.n_created_qualified, 0) end as n_created_qualified,
        {{ counts_known }} coalesce(created.n_created_total_without_amount, 0) end as n_created_total_without_amount,
        {{ counts_known }} coalesce(created.n_created_qualified_without_amount, 0) end as n_created_qualified_without_amount,
        {{ counts_known }} coalesce(created.n_created_total_assumed, 0) end as n_created_total_assumed,
        {{ counts_known }} coalesce(created.n_created_qualified_assumed, 0) end as n_created_qualified_assumed,
        {{ counts_known }} coalesce(created.n_credit_fallback, 0) end as n_credit_fallback,
        {{ amounts_known }} coalesce(created.created_self_sourced_amount, 0) end as created_self_sourced_amount,
        {{ amounts_known }}
            case when coalesce(created.n_created_qualified, 0) = 0 then 0 else created.expected_won_amount end
        end as expected_won_amount,
        {{ amounts_known }} coalesce(closed.won_amount, 0) end as won_amount,
        {{ counts_known }} coalesce(closed.n_won, 0) end as n_won,
        {{ counts_known }} coalesce(closed.n_won_without_amount, 0) end as n_won_without_amount,
        {{ counts_known }} coalesce(closed.n_lost, 0) end as n_lost,
        {{ counts_known }} coalesce(closed.n_won_qualified, 0) end as n_won_qualified,
        {{ counts_known }} coalesce(closed.n_lost_qualified, 0) end as n_lost_qualified,
        {{ counts_known }} coalesce(closed.n_closed_assumed, 0) end as n_closed_assumed,
        required.required_basis,
        required.numerator as pipeline_yield_numerator,
        required.denominator as pipeline_yield_denominator,
        required.n as pipeline_yield_n,
        required.n_without_amount as pipeline_yield_n_without_amount,
        required.n_assumed as pipeline_yield_n_assumed,
        required.n_eff as pipeline_yield_n_eff,
        required.kappa as shrinkage_kappa,
        required.yield_raw as pipeline_yield_raw,
        required.prior_yield as pipeline_yield_prior,
        required.yield_shrunk as pipeline_yield_shrunk,
        required.required_coverage_raw,
        required.required_coverage_shrunk,
        required.is_required_coverage_overridden,
        required.required_coverage
    from {{ ref('int_ae_periods') }} as ae_periods
    cross join {{ ref('int_known_facts') }} as known
    left join {{ ref('int_quotas') }} as quotas on ae_periods.ae_period_id = quotas.quota_id
    left join {{ ref('int_ae_open_pipeline') }} as open_pipeline on ae_periods.ae_period_id = open_pipeline.ae_period_id
    left join {{ ref('int_ae_created_pipeline') }} as created on ae_periods.ae_period_id = created.ae_period_id
    left join {{ ref('int_ae_closed_pipeline') }} as closed on ae_periods.ae_period_id = closed.ae_period_id
    left join {{ ref('int_ae_required_coverage') }} as required on ae_periods.ae_period_id = required.ae_period_id

),

measured as (

    select
        *,
        case when quota_amount > 0 then won_amount >= quota_amount end as quota_met,
        case
            when quota_amount is not null and won_amount is not null then {{ money('greatest(0, quota_amount - won_amount)') }}
        end as remaining_quota,
        {{ money('cast(quota_amount as double) * required_coverage') }} as required_pipeline
    from figures

),

-- carry_q = max(0, carry_{q-1} + required_q - created_q), in closed form: the running sum less its lowest point so far (0 at least).
running as (

    select
        *,
        sum(coalesce(required_pipeline, 0) - created_pipeline_qualified) over (
            partition by ae_id, fiscal_year order by period_number asc nulls first
            rows between unbounded preceding and current row
        ) as running_shortfall
    from measured

),

carried as (

    select
        *,
        cast(
            running_shortfall
            - least(
                0,
                min(running_shortfall) over (
                    partition by ae_id, fiscal_year order by period_number asc nulls first
                    rows between unbounded preceding and current row
                )
            ) as decimal(18, 2)
        ) as carry_amount
    from running

),

caught_up as (

    select
        carried.*,
        next_periods.quota_amount as next_quota_amount,
        cast(
            next_periods.required_pipeline
            + case when next_periods.fiscal_year = carried.fiscal_year then carried.carry_amount else 0 end
            as decimal(18, 2)
        ) as catch_up_pipeline
    from carried
    left join carried as next_periods
        on carried.ae_id = next_periods.ae_id
        and carried.period_number + 1 = next_periods.period_number

),

-- A segment's own targets stand for all weeks of a horizon; only a segment without any takes those of '*'.
targets as (

    select
        caught_up.ae_period_id,
        targets.from_week,
        targets.yellow_below,
        targets.red_below,
        caught_up.week_of_quarter >= targets.from_week as is_reached
    from caught_up
    inner join {{ ref('coverage_targets') }} as targets
        on greatest(caught_up.horizon, 0) = targets.horizon
        and targets.segment in (caught_up.segment, '*')
    qualify
        row_number() over (
            partition by caught_up.ae_period_id
            order by
                case when targets.segment = '*' then 1 else 0 end asc nulls last,
                case when caught_up.week_of_quarter >= targets.from_week then 0 else 1 end asc nulls last,
                targets.from_week desc nulls last
        ) = 1

)

select
    cast({{ surrogate_key(['caught_up.ae_id', 'caught_up.fiscal_period_id', 'caught_up.as_of_date']) }} as varchar) as ae_coverage_id,
    caught_up.ae_id,
    {{ 'caught_up.ae_name' if var('publish_staff_names') else 'cast(null as varchar)' }} as ae_name,
    caught_up.role,
    caught_up.is_ae,
    caught_up.team,
    caught_up.segment,
    caught_up.territory,
    caught_up.manager_id,
    caught_up.team_today,
    caught_up.segment_today,
    caught_up.territory_today,
    caught_up.fiscal_period_id,
    caught_up.period_starts_on,
    caught_up.period_ends_on,
    caught_up.as_of_date,
    cast(caught_up.horizon as bigint) as horizon,
    caught_up.week_of_quarter,
    caught_up.quota_amount,
    caught_up.remaining_quota,
    caught_up.quota_met,
    {{ money('caught_up.open_pipeline_total') }} as open_pipeline_total,
    {{ money('caught_up.open_pipeline_qualified') }} as open_pipeline_qualified,
    caught_up.n_open_total,
    caught_up.n_open_qualified,
    caught_up.n_open_without_amount,
    {{ money('caught_up.overdue_amount_total') }} as overdue_amount_total,
    {{ money('caught_up.overdue_amount_qualified') }} as overdue_amount_qualified,
    caught_up.n_overdue,
    {{ money('caught_up.undated_amount_total') }} as undated_amount_total,
    caught_up.n_undated,
    {{ money('caught_up.created_pipeline_total') }} as created_pipeline_total,
    {{ money('caught_up.created_pipeline_qualified') }} as created_pipeline_qualified,
    caught_up.n_created_total,
    caught_up.n_created_qualified,
    caught_up.n_created_total_without_amount,
    caught_up.n_created_qualified_without_amount,
    caught_up.n_created_total_assumed,
    caught_up.n_created_qualified_assumed,
    caught_up.n_credit_fallback,
    {{ money('caught_up.created_self_sourced_amount') }} as created_self_sourced_amount,
    {{ ratio('caught_up.created_self_sourced_amount', 'caught_up.created_pipeline_qualified') }} as self_sourced_share,
    {{ money('caught_up.won_amount') }} as won_amount,
    caught_up.n_won,
    caught_up.n_won_without_amount,
    caught_up.n_lost,
    caught_up.n_won_qualified,
    caught_up.n_lost_qualified,
    caught_up.n_closed_assumed,
    {{ ratio('caught_up.n_won_qualified', 'caught_up.n_won_qualified + caught_up.n_lost_qualified') }} as win_rate_closed,
    {{ ratio('caught_up.open_pipeline_total', 'caught_up.quota_amount') }} as coverage_total,
    {{ ratio('caught_up.open_pipeline_qualified', 'caught_up.quota_amount') }} as coverage_qualified,
    {{ ratio('caught_up.open_pipeline_total', 'caught_up.remaining_quota') }} as remaining_coverage_total,
    {{ ratio('caught_up.open_pipeline_qualified', 'caught_up.remaining_quota') }} as remaining_coverage_qualified,
    {{ ratio('caught_up.created_pipeline_qualified', 'caught_up.quota_amount') }} as created_coverage,
    '{{ var("reported_basis") }}' as reported_basis,
    {{ ratio('caught_up.open_pipeline_' ~ var('reported_basis'), 'caught_up.quota_amount') }} as reported_coverage,
    {{ ratio('caught_up.open_pipeline_' ~ var('reported_basis'), 'caught_up.remaining_quota') }} as reported_remaining_coverage,
    caught_up.required_basis,
    {{ money('caught_up.pipeline_yield_numerator') }} as pipeline_yield_numerator,
    {{ money('caught_up.pipeline_yield_denominator') }} as pipeline_yield_denominator,
    caught_up.pipeline_yield_n,
    caught_up.pipeline_yield_n_without_amount,
    caught_up.pipeline_yield_n_assumed,
    caught_up.pipeline_yield_n_eff,
    caught_up.shrinkage_kappa,
    caught_up.pipeline_yield_prior,
    caught_up.pipeline_yield_raw,
    caught_up.pipeline_yield_shrunk,
    caught_up.required_coverage_raw,
    caught_up.required_coverage_shrunk,
    caught_up.required_coverage,
    caught_up.is_required_coverage_overridden,
    {{ money('caught_up.required_pipeline') }} as required_pipeline,
    {{ ratio('caught_up.open_pipeline_qualified', 'cast(caught_up.quota_amount as double) * caught_up.required_coverage') }}
        as coverage_vs_required,
    {{ ratio('caught_up.open_pipeline_qualified', 'cast(caught_up.remaining_quota as double) * caught_up.required_coverage') }}
        as remaining_coverage_vs_required,
    case
        when caught_up.quota_met then false
        when caught_up.quota_amount > 0
        then caught_up.open_pipeline_qualified < {{ money('cast(caught_up.remaining_quota as double) * caught_up.required_coverage') }}
    end as below_required,
    case
        when caught_up.quota_amount > 0 then caught_up.created_pipeline_qualified < caught_up.required_pipeline
    end as created_below_required,
    case
        when caught_up.required_pipeline is not null and caught_up.created_pipeline_qualified is not null
        then {{ money('greatest(0, caught_up.required_pipeline - caught_up.created_pipeline_qualified)') }}
    end as created_shortfall_amount,
    {{ money('caught_up.expected_won_amount') }} as expected_won_amount,
    {{ ratio('caught_up.created_pipeline_qualified', 'caught_up.expected_won_amount') }} as required_coverage_mix,
    {{ ratio('caught_up.expected_won_amount', 'caught_up.quota_amount') }} as expected_yield,
    caught_up.carry_amount,
    {{ money('caught_up.catch_up_pipeline') }} as catch_up_pipeline,
    {{ money('caught_up.next_quota_amount') }} as next_quota_amount,
    {{ ratio('caught_up.catch_up_pipeline', 'caught_up.next_quota_amount') }} as catch_up_coverage,
    cast({{ ceil_to_step('caught_up.catch_up_pipeline', 'caught_up.next_quota_amount', var('coverage_step')) }} as double)
        as catch_up_coverage_planning,
    case
        when caught_up.quota_met then 'met'
        when caught_up.quota_met is null or targets.ae_period_id is null or not caught_up.is_in_history then null
        when not targets.is_reached then 'too_early'
        when caught_up.open_pipeline_qualified < cast(targets.red_below as decimal(9, 4)) * caught_up.remaining_quota then 'red'
        when caught_up.open_pipeline_qualified < cast(targets.yellow_below as decimal(9, 4)) * caught_up.remaining_quota then 'yellow'
        else 'ok'
    end as status
from caught_up
left join targets on caught_up.ae_period_id = targets.ae_period_id
where caught_up.horizon <= 2
