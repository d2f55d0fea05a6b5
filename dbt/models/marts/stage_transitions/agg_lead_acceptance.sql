{#- Each dimension by itself: a member of it, such as one team, has a row per cohort. -#}
{%- set decisions = ['accepted', 'rejected', 'expired', 'pending', 'already_accepted'] -%}
{%- set statuses = ['answered', 'waiting', 'overdue', 'closed_unanswered'] -%}
{%- set advances = ['advanced', 'not_advanced', 'pending'] -%}
{%- set grains = ['month', 'quarter'] -%}
{#- Whom the opportunities that an SDR set are cut by; of the others they have no member. -#}
{%- set advance_dimensions = {
    'company': "'all'", 'claimed_source': 'claimed_function', 'receiving_team': 'sdr_team',
    'source_and_team': "claimed_function || ' / ' || coalesce(sdr_team, '(none)')", 'sdr': 'sdr_id'
} -%}

with bounds as (

    select min(first_on) as first_on from {{ ref('int_pipeline_periods') }}

),

handoffs as (

    select responses.*, periods.period_grain, periods.period_id
    from {{ ref('fct_lead_response') }} as responses
    cross join bounds
    inner join {{ ref('int_pipeline_periods') }} as periods
        on greatest(responses.handed_on, bounds.first_on) between periods.starts_on and periods.ends_on
        and periods.period_grain in ('{{ grains | join("', '") }}')

),

acceptances as (

    select acceptances.*, periods.period_grain, periods.period_id
    from {{ ref('int_sdr_acceptances') }} as acceptances
    cross join bounds
    inner join {{ ref('int_pipeline_periods') }} as periods
        on greatest(acceptances.accepted_on, bounds.first_on) between periods.starts_on and periods.ends_on
        and periods.period_grain in ('{{ grains | join("', '") }}')

),

counted_handoffs as (

    {%- for dimension, column in handoff_dimensions().items() %}
    select
        period_grain,
        period_id,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        count(*) as n_handoffs,
        {%- for decision in decisions %}
        sum(case when decision = '{{ decision }}' then 1 else 0 end) as n_{{ decision }},
        {%- endfor %}
        sum(case when is_rejected_after_acceptance then 1 else 0 end) as n_rejected_after_acceptance,
        {%- for status in statuses %}
        sum(case when response_status = '{{ status }}' then 1 else 0 end) as n_{{ status }},
        {%- endfor %}
        sum(case when is_within_sla then 1 else 0 end) as n_within_sla,
        sum(case when not is_within_sla then 1 else 0 end) as n_outside_sla,
        {{ quantile('response_business_hours', 0.5) }} as median_response_business_hours,
        {{ quantile('response_business_hours', 0.9) }} as p90_response_business_hours
    from handoffs
    group by period_grain, period_id {%- if column != "'all'" %}, {{ column }}{% endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

counted_acceptances as (

    {%- for dimension, column in advance_dimensions.items() %}
    select
        period_grain,
        period_id,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        count(*) as n_accepted_opportunities,
        {%- for advance in advances %}
        sum(case when advance_outcome = '{{ advance }}' then 1 else 0 end) as n_{{ advance }} {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from acceptances
    group by period_grain, period_id {%- if column != "'all'" %}, {{ column }}{% endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

cells as (

    select period_grain, period_id, dimension, member from counted_handoffs
    union
    select period_grain, period_id, dimension, member from counted_acceptances

)

select
    cast(
        {{ surrogate_key(['cells.period_grain', 'cells.period_id', 'cells.dimension', 'cells.member']) }} as varchar
    ) as lead_acceptance_id,
    cells.period_grain,
    cells.period_id,
    periods.starts_on as period_starts_on,
    periods.ends_on as period_ends_on,
    periods.is_complete,
    cells.dimension,
    cells.member,
    cast(coalesce(handoffs.n_handoffs, 0) as bigint) as n_handoffs,
    {%- for decision in decisions %}
    cast(coalesce(handoffs.n_{{ decision }}, 0) as bigint) as n_{{ decision }},
    {%- endfor %}
    cast(coalesce(handoffs.n_rejected_after_acceptance, 0) as bigint) as n_rejected_after_acceptance,
    {{ ratio('handoffs.n_accepted', '(handoffs.n_accepted + handoffs.n_rejected + handoffs.n_expired)') }} as acceptance_ratio,
    {%- for status in statuses %}
    cast(coalesce(handoffs.n_{{ status }}, 0) as bigint) as n_{{ status }},
    {%- endfor %}
    cast(coalesce(handoffs.n_within_sla, 0) as bigint) as n_within_sla,
    cast(coalesce(handoffs.n_outside_sla, 0) as bigint) as n_outside_sla,
    {{ ratio('handoffs.n_within_sla', '(handoffs.n_within_sla + handoffs.n_outside_sla)') }} as share_within_sla,
    handoffs.median_response_business_hours,
    handoffs.p90_response_business_hours,
    cast(coalesce(acceptances.n_accepted_opportunities, 0) as bigint) as n_accepted_opportunities,
    cast(coalesce(acceptances.n_advanced, 0) as bigint) as n_advanced,
    cast(coalesce(acceptances.n_not_advanced, 0) as bigint) as n_not_advanced,
    cast(coalesce(acceptances.n_pending, 0) as bigint) as n_advance_pending,
    {{ ratio('acceptances.n_advanced', '(acceptances.n_advanced + acceptances.n_not_advanced)') }} as acceptance_to_advance
from cells
inner join {{ ref('int_pipeline_periods') }} as periods
    on cells.period_grain = periods.period_grain
    and cells.period_id = periods.period_id
left join counted_handoffs as handoffs
    on cells.period_grain = handoffs.period_grain
    and cells.period_id = handoffs.period_id
    and cells.dimension = handoffs.dimension
    and cells.member = handoffs.member
left join counted_acceptances as acceptances
    on cells.period_grain = acceptances.period_grain
    and cells.period_id = acceptances.period_id
    and cells.dimension = acceptances.dimension
    and cells.member = acceptances.member
