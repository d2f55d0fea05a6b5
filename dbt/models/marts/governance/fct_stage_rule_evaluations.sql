with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

inputs as (

    select inputs.*
    from {{ ref('int_stage_rule_inputs') }} as inputs
    inner join {{ ref('int_opportunities') }} as opportunities on inputs.opportunity_id = opportunities.opportunity_id
    cross join settings
    where
        inputs.grace_ends_at <= settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

judged as (

    select
        inputs.*,
        case
            when not inputs.is_evaluable then 'unknown'
            when inputs.is_met then 'pass'
            else 'fail'
        end as result,
        case
            when inputs.is_evaluable and not inputs.is_met and inputs.met_later_at < settings.as_of_at then inputs.met_later_at
        end as met_later_by_as_of_at
    from inputs
    cross join settings

)

select
    judged.evaluation_id,
    judged.rule_id,
    judged.opportunity_id,
    judged.visit_id,
    judged.pipeline_id,
    judged.stage,
    judged.on_event,
    judged.evaluated_at,
    periods.fiscal_period_id,
    judged.field,
    judged.operator,
    judged.rule_value,
    -- Only a rule that asks for a number vouches that the field holds one, and nobody's telephone.
    case when judged.operator in ('at_least', 'at_most', 'greater_than') then judged.value_number end as value_number,
    judged.value_length,
    judged.is_evaluable,
    judged.via_skip,
    judged.result,
    rules.severity,
    rules.rule_owner,
    judged.owner_id,
    judged.entered_by_id,
    judged.amount,
    judged.met_later_by_as_of_at is not null as is_met_later,
    judged.met_later_by_as_of_at as met_later_at,
    {{ fractional_days('judged.evaluated_at', 'judged.met_later_by_as_of_at') }} as days_late,
    judged.known_at
from judged
inner join {{ ref('int_stage_rules') }} as rules on judged.rule_id = rules.rule_id
left join {{ ref('int_fiscal_periods') }} as periods
    on {{ fiscal_quarter_start(local_date('judged.evaluated_at')) }} = periods.starts_on
