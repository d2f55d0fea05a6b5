{#- The value that each triggered stage rule is judged on, as at entry: changes up to the end of the grace window count as made at
    entry. With it, whether the value meets the rule, whether it could have been another one that would be judged differently,
    and when a later change first met the rule. Whether the rule can be judged at all is for int_stage_rule_inputs: that hangs on
    other opportunities too. As_of-free. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with triggers as (

    select
        triggers.*,
        rules.on_event,
        rules.field,
        rules.operator,
        rules.rule_value,
        rules.rule_values
    from {{ ref('int_stage_rule_triggers') }} as triggers
    inner join {{ ref('int_stage_rules') }} as rules on triggers.rule_id = rules.rule_id
    where {{ changed_opportunities_filter('triggers.opportunity_id') }}

),

field_values as (

    select * from {{ ref('int_rule_field_values') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

first_sights as (

    select opportunity_id, min(version_at) as first_seen_at
    from {{ ref('int_opportunity_versions') }}
    where not is_absence and {{ changed_opportunities_filter('opportunity_id') }}
    group by opportunity_id

),

with_values as (

    select
        triggers.*,
        first_sights.first_seen_at,
        case
            when field_values.opportunity_id is not null then field_values.value_text
            when triggers.field in ('contact_role_count', 'two_way_activity_count') then '0'
        end as value_text,
        field_values.next_value_text,
        field_values.opportunity_id is null as is_untold,
        coalesce(triggers.evaluated_at > field_values.unsure_from, false) as is_between_extracts,
        coalesce(triggers.grace_ends_at < field_values.assumed_until, false) as is_assumed
    from triggers
    left join first_sights on triggers.opportunity_id = first_sights.opportunity_id
    left join field_values
        on triggers.opportunity_id = field_values.opportunity_id
        and triggers.field = field_values.field
        and triggers.grace_ends_at >= field_values.valid_from
        and triggers.grace_ends_at < field_values.valid_to

),

judged as (

    select
        *,
        {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'value_text') }} as is_met,
        is_assumed
        or (
            is_between_extracts
            and {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'value_text') }}
            <> {{ stage_rule_is_met('operator', 'rule_value', 'rule_values', 'next_value_text') }}
        ) as is_unsure
    from with_values

),

met_later as (

    select
        judged.evaluation_id,
        min(field_values.valid_from) as met_later_at
    from judged
    inner join field_values
        on judged.opportunity_id = field_values.opportunity_id
        and judged.field = field_values.field
        and judged.grace_ends_at < field_values.valid_from
    where
        not judged.is_met
        and {{ stage_rule_is_met('judged.operator', 'judged.rule_value', 'judged.rule_values', 'field_values.value_text') }}
    group by judged.evaluation_id

)

select
    judged.evaluation_id,
    judged.rule_id,
    judged.opportunity_id,
    judged.visit_id,
    judged.source_name,
    judged.pipeline_id,
    judged.stage,
    judged.on_event,
    judged.evaluated_at,
    judged.grace_ends_at,
    judged.field,
    judged.operator,
    judged.rule_value,
    judged.value_text,
    judged.via_skip,
    judged.is_met,
    judged.is_unsure,
    judged.is_untold,
    met_later.met_later_at,
    judged.is_start_known,
    judged.first_seen_at,
    judged.entered_by_id,
    judged.owner_id,
    judged.amount,
    judged.known_at
from judged
left join met_later on judged.evaluation_id = met_later.evaluation_id
