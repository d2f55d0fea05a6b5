-- A row here is an evaluation whose input says something else, so that the gate, which judges the inputs, and the mart would
-- count differently.
select
    evaluations.evaluation_id,
    evaluations.rule_id,
    evaluations.result,
    inputs.is_evaluable,
    inputs.is_met
from {{ ref('fct_stage_rule_evaluations') }} as evaluations
left join {{ ref('int_stage_rule_inputs') }} as inputs on evaluations.evaluation_id = inputs.evaluation_id
where
    evaluations.result is distinct from
        case when not inputs.is_evaluable then 'unknown' when inputs.is_met then 'pass' when not inputs.is_met then 'fail' end
