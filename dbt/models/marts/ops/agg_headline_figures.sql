{#- Money stands in `value` too, as a double, so that one column compares any figure; value_amount is the exact one. A figure of
    which nothing is known is NULL: money where no opportunity has an amount, counts of AEs of whom none is judged, shares of
    evidence where there is none. -#}
{%- set windows = {'all_time': 'true', 'trailing_4_quarters': 'is_trailing_4_quarters', 'this_quarter': 'is_this_quarter'} -%}
{%- set figures = [
    ('opportunities', 'count', 'pipeline', 'n_opportunities', 'Opportunities that live as of the as-of date.'),
    ('open_pipeline_total', 'money', 'pipeline', 'open_total', 'Amount in open pipeline stages, whatever the close date.'),
    ('open_pipeline_qualified', 'money', 'pipeline', 'open_qualified', 'The part of it at or past the bar.'),
    ('open_pipeline_overdue', 'money', 'pipeline', 'open_overdue', 'The part of it with a close date already past.'),
    ('net_pipeline_growth_total', 'money', 'growth', 'growth_total', 'Open pipeline now less that at the start of this quarter.'),
    ('net_pipeline_growth_qualified', 'money', 'growth', 'growth_qualified', 'The same of what is at or past the bar.'),
    ('created_pipeline_total', 'money', 'coverage', 'created_total', 'Amount that first became pipeline this quarter.'),
    ('created_pipeline_qualified', 'money', 'coverage', 'created_qualified', 'Amount that first cleared the bar this quarter.'),
    ('self_sourced_share', 'ratio', 'coverage', 'self_sourced_share', 'Self-sourced part of what cleared the bar this quarter.'),
    ('won_amount', 'money', 'coverage', 'won_amount', 'Amount won this quarter and still won.'),
    ('won_opportunities', 'count', 'coverage', 'n_won', 'Deals won this quarter and still won.'),
    ('quota', 'money', 'coverage', 'quota', 'Quotas of this quarter.'),
    ('coverage_this_quarter', 'ratio', 'coverage', 'coverage',
        'Open qualified pipeline closing this quarter ÷ quotas, owners without a quota included.'),
    ('remaining_coverage_this_quarter', 'ratio', 'coverage', 'remaining_coverage',
        'The same ÷ what remains of the quotas; NULL once they are met.'),
    ('created_coverage_this_quarter', 'ratio', 'coverage', 'created_coverage', 'What cleared the bar this quarter ÷ quotas.'),
    ('required_coverage', 'ratio', 'coverage', 'required_coverage', 'Required pipeline of the AEs with a quota ÷ their quotas.'),
    ('coverage_next_quarter', 'ratio', 'coverage', 'coverage_next', 'Open qualified pipeline closing next quarter ÷ its quotas.'),
    ('aes_below_required', 'count', 'coverage', 'n_below_required', 'AEs whose remaining coverage is below required this quarter.'),
    ('aes_created_below_required', 'count', 'coverage', 'n_created_below_required',
        'AEs who created less this quarter than their required pipeline.'),
    ('aes_red', 'count', 'coverage', 'n_red', 'AEs with status red this quarter.'),
    ('stage_entry_compliance', 'ratio', 'compliance', 'compliance', 'Stage-rule evaluations passed ÷ passed or failed, all rules.'),
    ('stage_entry_violations', 'count', 'compliance', 'n_fail', 'Stage-rule evaluations failed.'),
    ('relabel_share', 'ratio', 'relabels', 'relabel_share',
        'Amount relabeled or contradicted ÷ amount claimed as marketing, opportunities created this quarter.')
] -%}

{#- The deals that a figure is made of, and those of them whose way is assumed or whose pipeline has no bar. -#}
{%- set counts = {
    'created_pipeline_total': ('n_created_total', 'n_created_total_assumed'),
    'created_pipeline_qualified': ('n_created_qualified', 'n_created_qualified_assumed'),
    'self_sourced_share': ('n_created_qualified', 'n_created_qualified_assumed'),
    'created_coverage_this_quarter': ('n_created_qualified', 'n_created_qualified_assumed'),
    'required_coverage': ('n_required', 'n_required_assumed'),
    'win_rate_closed': ('n_closed', 'n_closed_assumed'),
    'win_rate_closed_by_amount': ('n_closed_with_amount', 'n_closed_with_amount_assumed'),
    'win_rate_all_in': ('n_ended', 'n_ended_assumed')
} -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

living as (

    select
        states.amount,
        states.close_date,
        coalesce(visits.is_open and visits.is_pipeline, false) as is_open_pipeline,
        coalesce(visits.is_qualified, false) as is_qualified,
        settings.as_of_date
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    inner join {{ ref('int_opportunity_states') }} as states
        on opportunities.opportunity_id = states.opportunity_id
        and states.valid_from < settings.as_of_at
        and states.valid_to >= settings.as_of_at
    left join {{ ref('int_stage_visits') }} as visits
        on opportunities.opportunity_id = visits.opportunity_id
        and visits.entered_at < settings.as_of_at
        and coalesce(visits.exited_at, {{ end_of_time() }}) >= settings.as_of_at
    where opportunities.deleted_at is null or opportunities.deleted_at >= settings.as_of_at

),

-- Whether any amount, close date or evidence is known at all; a company without opportunities lacks none.
known as (

    select
        count(amount) > 0 or count(*) = 0 as has_amounts,
        count(case when is_open_pipeline then close_date end) > 0
        or count(case when is_open_pipeline then 1 end) = 0 as has_close_dates
    from living

),

evidence as (

    select count(*) > 0 as has_evidence
    from {{ ref('int_opportunity_sources') }}
    where evidence_confidence <> 'none'

),

pipeline as (

    select
        sums.n_opportunities,
        case when known.has_amounts then sums.open_total end as open_total,
        case when known.has_amounts then sums.open_qualified end as open_qualified,
        case when known.has_amounts and known.has_close_dates then sums.open_overdue end as open_overdue
    from (
        select
            count(*) as n_opportunities,
            coalesce(sum(case when is_open_pipeline then amount end), 0) as open_total,
            coalesce(sum(case when is_open_pipeline and is_qualified then amount end), 0) as open_qualified,
            coalesce(sum(case when is_open_pipeline and close_date < as_of_date then amount end), 0) as open_overdue
        from living
    ) as sums
    cross join known

),

growth as (

    select
        case when known.has_amounts then sums.growth_total end as growth_total,
        case when known.has_amounts then sums.growth_qualified end as growth_qualified
    from (
        select
            coalesce(sum(case when waterfall.basis = 'total' then waterfall.net_growth_amount end), 0) as growth_total,
            coalesce(sum(case when waterfall.basis = 'qualified' then waterfall.net_growth_amount end), 0) as growth_qualified
        from {{ ref('fct_pipeline_waterfall') }} as waterfall
        inner join settings on settings.as_of_date between waterfall.period_starts_on and waterfall.period_ends_on
        where waterfall.period_grain = 'quarter' and waterfall.dimension = 'company' and waterfall.close_window = 'all'
    ) as sums
    cross join known

),

coverage_sums as (

    select
        horizons.horizon,
        case when max(case when known.has_amounts then 1 else 0 end) = 1 then sum(created_pipeline_total) end as created_total,
        case when max(case when known.has_amounts then 1 else 0 end) = 1 then sum(created_pipeline_qualified) end as created_qualified,
        case when max(case when evidence.has_evidence then 1 else 0 end) = 1 then sum(created_self_sourced_amount) end as self_sourced,
        case when max(case when known.has_amounts then 1 else 0 end) = 1 then sum(won_amount) end as won_amount,
        sum(n_created_total) as n_created_total,
        sum(n_created_qualified) as n_created_qualified,
        sum(n_created_total_assumed) as n_created_total_assumed,
        sum(n_created_qualified_assumed) as n_created_qualified_assumed,
        sum(case when required_pipeline is not null then pipeline_yield_n end) as n_required,
        sum(case when required_pipeline is not null then pipeline_yield_n_assumed end) as n_required_assumed,
        sum(n_won) as n_won,
        sum(quota_amount) as quota,
        case when max(case when known.has_amounts then 1 else 0 end) = 1 then sum(open_pipeline_qualified) end as open_qualified,
        sum(case when required_pipeline is not null then quota_amount end) as quota_with_required,
        sum(required_pipeline) as required_pipeline,
        sum(case when is_ae then case when below_required then 1 when not below_required then 0 end end) as n_below_required,
        sum(case when is_ae then case when created_below_required then 1 when not created_below_required then 0 end end)
            as n_created_below_required,
        sum(case when is_ae then case when status = 'red' then 1 when status is not null then 0 end end) as n_red
    from (
        select 0 as horizon
        union all
        select 1 as horizon
    ) as horizons
    left join {{ ref('fct_ae_coverage') }} as ae_coverage on horizons.horizon = ae_coverage.horizon
    cross join known
    cross join evidence
    group by horizons.horizon

),

coverage as (

    select
        current_quarter.*,
        {{ ratio('current_quarter.self_sourced', 'current_quarter.created_qualified') }} as self_sourced_share,
        {{ ratio('current_quarter.open_qualified', 'current_quarter.quota') }} as coverage,
        {{ ratio(
            'current_quarter.open_qualified',
            'case when current_quarter.quota > current_quarter.won_amount then current_quarter.quota - current_quarter.won_amount end'
        ) }} as remaining_coverage,
        {{ ratio('current_quarter.created_qualified', 'current_quarter.quota') }} as created_coverage,
        {{ ratio('current_quarter.required_pipeline', 'current_quarter.quota_with_required') }} as required_coverage,
        {{ ratio('next_quarter.open_qualified', 'next_quarter.quota') }} as coverage_next
    from coverage_sums as current_quarter
    left join coverage_sums as next_quarter on next_quarter.horizon = 1
    where current_quarter.horizon = 0

),

compliance as (

    select
        {{ ratio('sum(n_pass)', 'sum(n_pass) + sum(n_fail)') }} as compliance,
        case when sum(n_pass) + sum(n_fail) > 0 then sum(n_fail) end as n_fail
    from {{ ref('agg_stage_rule_compliance') }}

),

relabels as (

    select max(case when evidence.has_evidence or shares.relabel_share > 0 then shares.relabel_share end) as relabel_share
    from {{ ref('agg_relabel_share') }} as shares
    cross join evidence
    inner join settings on settings.as_of_date between shares.period_starts_on and shares.period_ends_on

),

rates as (

    {%- for window, condition in windows.items() %}
    select
        '{{ window }}' as dimension,
        {{ ratio(
            'sum(case when is_closed_qualified and is_won then 1 else 0 end)', 'sum(case when is_closed_qualified then 1 else 0 end)'
        ) }} as win_rate_closed,
        case
            when
                {{ ratio(
                    'sum(case when is_closed_qualified and amount_at_bar is null then 1 else 0 end)',
                    'sum(case when is_closed_qualified then 1 else 0 end)'
                ) }} <= {{ var('missing_amount_tolerance') }}
            then
                {{ ratio(
                    'sum(case when is_closed_qualified and is_won then amount_at_bar end)',
                    'sum(case when is_closed_qualified then amount_at_bar end)'
                ) }}
        end as win_rate_closed_by_amount,
        {{ ratio('sum(case when is_won then 1 else 0 end)', 'count(*)') }} as win_rate_all_in,
        sum(case when is_closed_qualified then 1 else 0 end) as n_closed,
        sum(case when is_closed_qualified and is_assumed then 1 else 0 end) as n_closed_assumed,
        sum(case when is_closed_qualified and amount_at_bar is not null then 1 else 0 end) as n_closed_with_amount,
        sum(case when is_closed_qualified and amount_at_bar is not null and is_assumed then 1 else 0 end) as n_closed_with_amount_assumed,
        count(*) as n_ended,
        sum(case when is_assumed then 1 else 0 end) as n_ended_assumed
    from {{ ref('int_company_outcomes') }}
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

united as (

    {%- for figure, unit, relation, column, definition in figures %}
    select
        '{{ figure }}' as figure,
        'company' as dimension,
        cast({{ column }} as double) as value,
        {% if unit == 'money' %}{{ money(column) }}{% else %}cast(null as decimal(18, 2)){% endif %} as value_amount,
        cast({{ counts.get(figure, ('null', 'null'))[0] }} as bigint) as n,
        cast({{ counts.get(figure, ('null', 'null'))[1] }} as bigint) as n_assumed,
        '{{ unit }}' as unit,
        '{{ definition }}' as definition
    from {{ relation }}
    union all
    {%- endfor %}
    {%- for rate, definition in [
        ('win_rate_closed', 'Won ÷ won or lost, deals that cleared the bar, by count, by when they closed.'),
        ('win_rate_closed_by_amount', 'The same by the amount at the bar; NULL where too many deals lack one.'),
        ('win_rate_all_in', 'Won ÷ all that became pipeline and ended, deleted included, by count, by when they ended.')
    ] %}
    select
        '{{ rate }}' as figure,
        dimension,
        {{ rate }} as value,
        cast(null as decimal(18, 2)) as value_amount,
        cast({{ counts[rate][0] }} as bigint) as n,
        cast({{ counts[rate][1] }} as bigint) as n_assumed,
        'ratio' as unit,
        '{{ definition }}' as definition
    from rates
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

)

select
    cast({{ surrogate_key(['united.figure', 'united.dimension', 'settings.as_of_date']) }} as varchar) as headline_figure_id,
    settings.as_of_date,
    united.figure,
    united.dimension,
    united.value,
    united.value_amount,
    united.n,
    united.n_assumed,
    united.unit,
    united.definition
from united
cross join settings
