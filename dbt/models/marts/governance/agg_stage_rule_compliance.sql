with counted as (

    select
        rule_id,
        count(*) as n_evaluations,
        sum(case when result = 'pass' then 1 else 0 end) as n_pass,
        sum(case when result = 'fail' then 1 else 0 end) as n_fail,
        sum(case when result = 'unknown' then 1 else 0 end) as n_unknown,
        sum(case when result = 'fail' and is_met_later then 1 else 0 end) as n_met_later,
        sum(case when via_skip then 1 else 0 end) as n_via_skip,
        sum(case when result = 'fail' then amount end) as amount_fail
    from {{ ref('fct_stage_rule_evaluations') }}
    group by rule_id

),

complete as (

    select
        rules.*,
        cast(coalesce(counted.n_evaluations, 0) as bigint) as n_evaluations,
        cast(coalesce(counted.n_pass, 0) as bigint) as n_pass,
        cast(coalesce(counted.n_fail, 0) as bigint) as n_fail,
        cast(coalesce(counted.n_unknown, 0) as bigint) as n_unknown,
        cast(coalesce(counted.n_met_later, 0) as bigint) as n_met_later,
        cast(coalesce(counted.n_via_skip, 0) as bigint) as n_via_skip,
        {{ money('coalesce(counted.amount_fail, 0)') }} as amount_fail
    from {{ ref('int_stage_rules') }} as rules
    left join counted on rules.rule_id = counted.rule_id

)

select
    complete.rule_id,
    complete.pipeline_id,
    complete.stage,
    complete.on_event,
    complete.field,
    complete.operator,
    complete.rule_value,
    complete.severity,
    complete.rule_owner,
    complete.reason,
    settings.as_of_date,
    complete.n_evaluations,
    complete.n_pass,
    complete.n_fail,
    complete.n_unknown,
    complete.n_met_later,
    complete.n_via_skip,
    {{ ratio('complete.n_pass', 'complete.n_pass + complete.n_fail') }} as compliance,
    {{ ratio('complete.n_pass + complete.n_met_later', 'complete.n_pass + complete.n_fail') }} as compliance_late_included,
    {{ ratio('complete.n_fail', 'complete.n_pass + complete.n_fail') }} as failure_rate,
    {{ ratio('complete.n_pass + complete.n_fail', 'complete.n_evaluations') }} as evaluable_share,
    complete.amount_fail,
    cast(complete.tolerated_rate as double) as tolerated_rate,
    complete.n_fail > cast(complete.tolerated_rate as decimal(9, 6)) * (complete.n_pass + complete.n_fail) as is_past_tolerance
from complete
cross join {{ ref('int_run_settings') }} as settings
