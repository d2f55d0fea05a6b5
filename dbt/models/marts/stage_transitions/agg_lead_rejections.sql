{#- Each dimension by itself. -#}
with rejections as (

    select responses.*, periods.period_grain, periods.period_id, periods.starts_on, periods.ends_on
    from {{ ref('fct_lead_response') }} as responses
    cross join (select min(first_on) as first_on from {{ ref('int_pipeline_periods') }}) as bounds
    inner join {{ ref('int_pipeline_periods') }} as periods
        on greatest(responses.handed_on, bounds.first_on) between periods.starts_on and periods.ends_on
        and periods.period_grain in ('month', 'quarter')
    where responses.rejected_at is not null

),

counted as (

    {%- for dimension, column in handoff_dimensions().items() %}
    select
        period_grain,
        period_id,
        starts_on,
        ends_on,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        reject_reason,
        reject_status,
        sum(case when decision = 'rejected' then 1 else 0 end) as n_rejected,
        sum(case when is_rejected_after_acceptance then 1 else 0 end) as n_rejected_after_acceptance,
        sum(case when decision = 'expired' then 1 else 0 end) as n_rejected_after_expiry
    from rejections
    group by period_grain, period_id, starts_on, ends_on, reject_reason, reject_status {%- if column != "'all'" %}, {{ column }}{% endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

)

select
    cast(
        {{ surrogate_key(['period_grain', 'period_id', 'dimension', 'member', 'reject_reason', 'reject_status']) }} as varchar
    ) as lead_rejection_id,
    period_grain,
    period_id,
    starts_on as period_starts_on,
    ends_on as period_ends_on,
    dimension,
    member,
    reject_reason,
    reject_status,
    cast(n_rejected as bigint) as n_rejected,
    cast(n_rejected_after_acceptance as bigint) as n_rejected_after_acceptance,
    cast(n_rejected_after_expiry as bigint) as n_rejected_after_expiry
from counted
