-- A row here is a rule whose counts don't add up to its evaluations: an evaluation was lost or counted twice.
with counted as (

    select rule_id, count(*) as n_evaluations
    from {{ ref('fct_stage_rule_evaluations') }}
    group by rule_id

)

select
    compliance.rule_id,
    compliance.n_pass,
    compliance.n_fail,
    compliance.n_unknown,
    counted.n_evaluations
from {{ ref('agg_stage_rule_compliance') }} as compliance
full outer join counted on compliance.rule_id = counted.rule_id
where
    compliance.rule_id is null
    or compliance.n_pass + compliance.n_fail + compliance.n_unknown <> coalesce(counted.n_evaluations, 0)
