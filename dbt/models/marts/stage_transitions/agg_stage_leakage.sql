{#- Each dimension by itself: a member of it, such as one team, has a row per quarter, stage and reason class. -#}
{%- set stage_cell = ['period_id', 'dimension', 'member', 'pipeline_id', 'stage_left'] -%}

with losses as (

    select
        closings.*,
        periods.period_id
    from {{ ref('int_opportunity_closings') }} as closings
    inner join {{ ref('int_pipeline_periods') }} as periods
        on greatest(closings.closed_on, periods.first_on) between periods.starts_on and periods.ends_on
        and periods.period_grain = 'quarter'
    where closings.outcome = 'lost'

),

counted as (

    {%- for dimension, column in flow_dimensions().items() %}
    select
        period_id,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        pipeline_id,
        stage_left,
        reason_class,
        count(*) as n_lost,
        sum(coalesce(amount, 0)) as lost_amount,
        sum(case when amount is null then 1 else 0 end) as n_without_amount,
        sum(case when is_assumed then 1 else 0 end) as n_assumed
    from losses
    group by {{ ['period_id', column, 'pipeline_id', 'stage_left', 'reason_class'] | reject('in', ["'all'"]) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

compared as (

    select
        *,
        sum(n_lost) over (partition by {{ stage_cell | join(', ') }}) as n_lost_from_stage,
        sum(lost_amount) over (partition by {{ stage_cell | join(', ') }}) as lost_from_stage_amount
    from counted

)

select
    cast(
        {{ surrogate_key(['compared.period_id', 'dimension', 'member', 'pipeline_id', 'stage_left', 'reason_class']) }} as varchar
    ) as leakage_id,
    compared.period_id as fiscal_period_id,
    periods.starts_on as period_starts_on,
    periods.is_complete,
    compared.dimension,
    compared.member,
    compared.pipeline_id,
    compared.stage_left as stage,
    compared.reason_class,
    cast(compared.n_lost as bigint) as n_lost,
    cast(compared.lost_amount as decimal(18, 2)) as lost_amount,
    cast(compared.n_without_amount as bigint) as n_without_amount,
    cast(compared.n_assumed as bigint) as n_assumed,
    cast(compared.n_lost_from_stage as bigint) as n_lost_from_stage,
    cast(compared.lost_from_stage_amount as decimal(18, 2)) as lost_from_stage_amount,
    {{ ratio('compared.n_lost', 'compared.n_lost_from_stage') }} as share_of_stage,
    {{ ratio('compared.lost_amount', 'compared.lost_from_stage_amount') }} as amount_share_of_stage
from compared
inner join {{ ref('int_pipeline_periods') }} as periods
    on compared.period_id = periods.period_id
    and periods.period_grain = 'quarter'
