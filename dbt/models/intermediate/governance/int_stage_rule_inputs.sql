{#- What each stage rule is judged on: one row per stage visit and rule in force, with the field's value as at entry. Changes up
    to the end of the grace window count as made at entry. As_of-free: a mart takes the rows whose grace ended before as_of_at.

    History covers the instant where the CRM records the field's changes, or an extract had shown the record; a value between two
    extracts that would be judged differently is not known. Activity can be counted against a rule only where the owner had
    captured some in that fiscal quarter before. -#}
with triggers as (

    select * from {{ ref('int_stage_rule_triggers') }}

),

first_sights as (

    select opportunity_id, min(version_at) as first_seen_at
    from {{ ref('int_opportunity_versions') }}
    where not is_absence
    group by opportunity_id

),

undated_contacts as (

    select distinct opportunity_id from {{ ref('int_opportunity_contacts') }}
    where created_at is null and not is_deleted

),

first_activities as (

    select
        activities.owner_id,
        periods.starts_at,
        periods.ends_at,
        min(activities.occurred_at) as first_activity_at
    from {{ ref('int_activities') }} as activities
    inner join {{ ref('int_fiscal_periods') }} as periods
        on activities.occurred_at >= periods.starts_at
        and activities.occurred_at < periods.ends_at
    where
        activities.owner_id is not null
        and 'two_way_activity_count' in (select rules.field from {{ ref('int_stage_rules') }} as rules)
    group by activities.owner_id, periods.starts_at, periods.ends_at

),

with_rules as (

    select
        triggers.*,
        rules.on_event,
        rules.field,
        rules.operator,
        rules.rule_value,
        rules.rule_values,
        availability.is_carried,
        availability.history_available_from,
        first_sights.first_seen_at,
        opportunities.fx_rate,
        undated_contacts.opportunity_id is not null as has_undated_contacts,
        coalesce(first_activities.first_activity_at <= triggers.grace_ends_at, false) as is_activity_captured
    from triggers
    inner join {{ ref('int_stage_rules') }} as rules on triggers.rule_id = rules.rule_id
    inner join {{ ref('int_opportunities') }} as opportunities on triggers.opportunity_id = opportunities.opportunity_id
    left join {{ ref('int_rule_field_availability') }} as availability
        on triggers.source_name = availability.source_name
        and rules.field = availability.field
    left join first_sights on triggers.opportunity_id = first_sights.opportunity_id
    left join undated_contacts on triggers.opportunity_id = undated_contacts.opportunity_id
    -- The key is NULL, and so joins nothing, for every other field.
    left join first_activities
        on case when rules.field = 'two_way_activity_count' then triggers.owner_id end = first_activities.owner_id
        and triggers.evaluated_at >= first_activities.starts_at
        and triggers.evaluated_at < first_activities.ends_at

),

with_values as (

    select
        with_rules.*,
        case
            when field_values.opportunity_id is not null then field_values.value_text
            when with_rules.field in ('contact_role_count', 'two_way_activity_count') then '0'
        end as value_text,
        field_values.next_value_text,
        coalesce(with_rules.evaluated_at > field_values.unsure_from, false) as is_between_extracts
    from with_rules
    left join {{ ref('int_rule_field_values') }} as field_values
        on with_rules.opportunity_id = field_values.opportunity_id
        and with_rules.field = field_values.field
        and with_rules.grace_ends_at >= field_values.valid_from
        and with_rules.grace_ends_at < field_values.valid_to

),

judged as (

    select
        *,
        {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'value_text') }} as is_met,
        is_between_extracts
        and {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'value_text') }}
        <> {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'next_value_text') }} as is_unsure
    from with_values

),

evaluated as (

    select
        *,
        is_start_known
        and coalesce(is_carried, false)
        and case field
            when 'contact_role_count' then not has_undated_contacts
            when 'two_way_activity_count' then value_text <> '0' or is_activity_captured
            else
                not is_unsure
                and (field <> 'amount' or fx_rate is not null)
                and (
                    coalesce(history_available_from <= evaluated_at, false)
                    or coalesce(first_seen_at <= grace_ends_at, false)
                )
        end as is_evaluable
    from judged

),

met_later as (

    select
        evaluated.evaluation_id,
        min(field_values.valid_from) as met_later_at
    from evaluated
    inner join {{ ref('int_rule_field_values') }} as field_values
        on evaluated.opportunity_id = field_values.opportunity_id
        and evaluated.field = field_values.field
        and evaluated.grace_ends_at < field_values.valid_from
    where
        evaluated.is_evaluable
        and not evaluated.is_met
        and {{ stage_rule_is_met(
            'evaluated.operator', 'evaluated.rule_value', 'evaluated.rule_values', 'field_values.value_text'
        ) }}
    group by evaluated.evaluation_id

)

select
    evaluated.evaluation_id,
    evaluated.rule_id,
    evaluated.opportunity_id,
    evaluated.visit_id,
    evaluated.source_name,
    evaluated.pipeline_id,
    evaluated.stage,
    evaluated.on_event,
    evaluated.evaluated_at,
    evaluated.grace_ends_at,
    evaluated.field,
    evaluated.operator,
    evaluated.rule_value,
    evaluated.value_text,
    try_cast(evaluated.value_text as double) as value_number,
    cast(coalesce(length(evaluated.value_text), 0) as bigint) as value_length,
    evaluated.is_evaluable,
    evaluated.via_skip,
    evaluated.is_met,
    met_later.met_later_at,
    evaluated.entered_by_id,
    evaluated.owner_id,
    evaluated.amount,
    evaluated.known_at
from evaluated
left join met_later on evaluated.evaluation_id = met_later.evaluation_id
