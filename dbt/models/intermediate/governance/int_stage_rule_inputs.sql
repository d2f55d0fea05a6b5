{#- What each stage rule is judged on: one row per stage visit and rule in force, with the field's value as at entry and whether
    history covers that instant. As_of-free: a mart takes the rows whose grace ended by as_of_at.

    History covers an instant where the CRM recorded changes of the field by then, or an extract had shown the record; a value
    between two extracts that would be judged differently is not known. No activity counts against a rule only where the owner
    had captured some in that fiscal quarter before. -#}
with stage_rule_values as (

    select * from {{ ref('int_stage_rule_values') }}

),

undated_contacts as (

    select distinct opportunity_id from {{ ref('int_opportunity_contacts') }}
    where is_undated

),

first_activities as (

    select
        activities.owner_id,
        periods.starts_at,
        periods.ends_at,
        min(greatest(activities.occurred_at, coalesce(activities.recorded_at, activities.occurred_at))) as first_activity_at
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_fiscal_periods') }} as periods
        on {{ fiscal_quarter_start(local_date('activities.occurred_at')) }} = periods.starts_on
    where
        activities.owner_id is not null
        and 'two_way_activity_count' in (select rules.field from {{ ref('int_stage_rules') }} as rules)
    group by activities.owner_id, periods.starts_at, periods.ends_at

),

unknown_rates as (

    select distinct opportunity_id from {{ ref('int_opportunity_rates') }}
    where fx_rate is null

)

select
    stage_rule_values.evaluation_id,
    stage_rule_values.rule_id,
    stage_rule_values.opportunity_id,
    stage_rule_values.visit_id,
    stage_rule_values.source_name,
    stage_rule_values.pipeline_id,
    stage_rule_values.stage,
    stage_rule_values.on_event,
    stage_rule_values.evaluated_at,
    stage_rule_values.grace_ends_at,
    stage_rule_values.field,
    stage_rule_values.operator,
    stage_rule_values.rule_value,
    stage_rule_values.value_text,
    try_cast(stage_rule_values.value_text as double) as value_number,
    cast(coalesce(length(stage_rule_values.value_text), 0) as bigint) as value_length,
    stage_rule_values.is_start_known
    and coalesce(availability.is_carried, false)
    and case stage_rule_values.field
        when 'contact_role_count' then undated_contacts.opportunity_id is null
        when 'two_way_activity_count'
            then
                stage_rule_values.value_text <> '0'
                or coalesce(first_activities.first_activity_at <= stage_rule_values.grace_ends_at, false)
        else
            not stage_rule_values.is_unsure
            and not coalesce(availability.is_recorded_only and stage_rule_values.is_untold, false)
            and (stage_rule_values.field <> 'amount' or unknown_rates.opportunity_id is null)
            and (
                coalesce(availability.history_available_from <= stage_rule_values.evaluated_at, false)
                or coalesce(stage_rule_values.first_seen_at <= stage_rule_values.grace_ends_at, false)
            )
    end as is_evaluable,
    stage_rule_values.via_skip,
    stage_rule_values.is_met,
    stage_rule_values.met_later_at,
    stage_rule_values.entered_by_id,
    stage_rule_values.owner_id,
    stage_rule_values.amount,
    stage_rule_values.known_at
from stage_rule_values
left join {{ ref('int_rule_field_availability') }} as availability
    on stage_rule_values.source_name = availability.source_name
    and stage_rule_values.field = availability.field
left join undated_contacts on stage_rule_values.opportunity_id = undated_contacts.opportunity_id
left join unknown_rates on stage_rule_values.opportunity_id = unknown_rates.opportunity_id
-- The key is NULL, and so joins nothing, for every other field.
left join first_activities
    on case when stage_rule_values.field = 'two_way_activity_count' then stage_rule_values.owner_id end = first_activities.owner_id
    and stage_rule_values.evaluated_at >= first_activities.starts_at
    and stage_rule_values.evaluated_at < first_activities.ends_at
