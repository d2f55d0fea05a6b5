{#- Fields whose values are published: those that marts hold anyway. -#}
{%- set published_fields = [
    'pipeline_id', 'stage', 'amount', 'close_date', 'owner_id', 'account_id', 'source', 'primary_campaign_id', 'forecast_category',
    'probability', 'opportunity_type', 'loss_reason', 'is_deleted', 'currency'
] -%}

with repairs as (

    select
        opportunity_id, source_name, rule_id, field, change_id as place, known_at, found_at, used_at, value_found, value_used
    from {{ ref('int_change_repairs') }}
    union all
    select
        opportunity_id, source_name, rule_id, field, place, known_at, found_at, used_at, value_found, value_used
    from {{ ref('int_record_repairs') }}

),

rules as (

    {%- for rule, text in repair_rules().items() %}
    select '{{ rule }}' as rule_id, '{{ text.split() | join(" ") }}' as rule_text
    {%- if not loop.last %} union all{% endif %}
    {%- endfor %}

),

judged as (

    select
        repairs.*,
        coalesce(opportunities.deleted_at < settings.as_of_at, false) as is_deleted,
        coalesce(repairs.field in ('{{ published_fields | join("', '") }}'), false) as is_published
    from repairs
    cross join {{ ref('int_run_settings') }} as settings
    left join {{ ref('int_opportunities') }} as opportunities on repairs.opportunity_id = opportunities.opportunity_id
    where least(repairs.known_at, repairs.found_at, repairs.used_at) < settings.as_of_at

)

select
    cast({{ surrogate_key(['judged.opportunity_id', 'judged.rule_id', 'judged.field', 'judged.found_at', 'judged.place']) }} as varchar)
        as repair_id,
    case when not judged.is_deleted then judged.opportunity_id end as opportunity_id,
    judged.source_name,
    cast(judged.rule_id as varchar) as rule_id,
    cast(rules.rule_text as varchar) as rule_text,
    cast(judged.field as varchar) as field,
    judged.found_at,
    judged.used_at,
    cast(case when judged.is_published then {{ published_id('judged.value_found') }} end as varchar) as value_found,
    cast(case when judged.is_published then {{ published_id('judged.value_used') }} end as varchar) as value_used,
    judged.known_at
from judged
left join rules on judged.rule_id = rules.rule_id
