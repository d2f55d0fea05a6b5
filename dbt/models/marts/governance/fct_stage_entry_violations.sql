with failed as (

    select * from {{ ref('fct_stage_rule_evaluations') }}
    where result = 'fail'

)

select
    failed.evaluation_id as violation_id,
    failed.rule_id,
    failed.opportunity_id,
    opportunities.account_id,
    failed.visit_id,
    failed.pipeline_id,
    failed.stage,
    failed.on_event,
    failed.via_skip,
    failed.evaluated_at as violated_at,
    failed.fiscal_period_id,
    failed.field,
    failed.operator,
    failed.rule_value,
    failed.value_number,
    failed.value_length,
    failed.severity,
    failed.rule_owner,
    rules.reason,
    failed.owner_id,
    owners.team as owner_team,
    owners.segment as owner_segment,
    owners.territory as owner_territory,
    owners.manager_id as owner_manager_id,
    owners.staff_basis as owner_basis,
    failed.entered_by_id,
    failed.amount,
    failed.is_met_later,
    failed.met_later_at,
    failed.days_late,
    failed.known_at
from failed
inner join {{ ref('int_opportunities') }} as opportunities on failed.opportunity_id = opportunities.opportunity_id
inner join {{ ref('int_stage_rules') }} as rules on failed.rule_id = rules.rule_id
left join {{ ref('int_user_intervals') }} as owners
    on failed.owner_id = owners.user_id
    and failed.evaluated_at >= owners.valid_from
    and failed.evaluated_at < owners.valid_to
