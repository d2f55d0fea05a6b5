-- A row here is a failed evaluation that is no violation, or a violation without its failed evaluation. It means that the list
-- RevOps works through and the rate that the gate judges disagree; it says nothing about the records themselves.
select
    coalesce(failed.evaluation_id, violations.violation_id) as evaluation_id,
    failed.evaluation_id is not null as is_failed_evaluation,
    violations.violation_id is not null as is_violation
from (
    select evaluation_id from {{ ref('fct_stage_rule_evaluations') }}
    where result = 'fail'
) as failed
full outer join {{ ref('fct_stage_entry_violations') }} as violations on failed.evaluation_id = violations.violation_id
where failed.evaluation_id is null or violations.violation_id is null
