{#- Changes of HubSpot deals as HubSpot recorded them, in the words of the entity model. The history of properties holds every
    value, the first included; where it doesn't tell of a deal's stages, dates of entry do. Of the many other properties only
    those are kept that a stage rule names, under the name of their column among the undeclared ones. -#}
{%- set fields = {
    'pipeline': 'pipeline_id', 'dealstage': 'stage', 'amount': 'amount', 'deal_currency_code': 'currency', 'closedate': 'close_date',
    'hubspot_owner_id': 'owner_id', 'dealtype': 'opportunity_type', 'deal_source': 'source', 'campaign': 'primary_campaign_id',
    'hs_manual_forecast_category': 'forecast_category', 'hs_deal_stage_probability': 'probability',
    'hs_next_step': 'next_step', 'closed_lost_reason': 'loss_reason'
} -%}

with newest_history as (

    {{ latest_version(ref('stg_hubspot__deal_property_history'), with_known=true) }}

),

deals as (

    select source_name, deal_id, pipeline_id
    from ({{ latest_version(ref('stg_hubspot__deal')) }}) as newest

),

rule_fields as (

    select distinct field from {{ ref('stage_rules') }} where field like 'custom.%'

),

recorded as (

    select
        newest_history.*,
        case newest_history.property_name
            {%- for property, field in fields.items() %}
            when '{{ property }}' then '{{ field }}'
            {%- endfor %}
            else rule_fields.field
        end as field,
        {{ hubspot_changer('newest_history.change_source_id', 'newest_history.updated_by_user_id') }} as user_id
    from newest_history
    left join rule_fields
        on rule_fields.field in (
            'custom.' || newest_history.property_name,
            'custom.property_' || newest_history.property_name,
            'custom.properties_' || newest_history.property_name
        )

),

translated as (

    select
        recorded.deal_id,
        recorded.source_name,
        recorded.field,
        case recorded.field
            when 'stage' then coalesce(own_stages.stage, any_stages.stage, recorded.property_value)
            when 'close_date' then cast({{ hubspot_day('recorded.property_value') }} as varchar)
            when 'forecast_category' then {{ forecast_category_name('recorded.property_value') }}
            when 'probability'
                then cast(cast(try_cast(recorded.property_value as decimal(18, 6)) * 100 as decimal(18, 4)) as varchar)
            else recorded.property_value
        end as new_value,
        recorded.property_value as unread_value,
        recorded.changed_at,
        {{ hubspot_person('recorded.user_id', 'changers.owner_id') }} as changed_by_id,
        recorded.known_at,
        recorded.record_number,
        recorded.row_hash,
        recorded.known_load_sequence
    from recorded
    left join deals
        on recorded.source_name = deals.source_name
        and recorded.deal_id = deals.deal_id
    left join {{ ref('int_hubspot__pipeline_stages') }} as own_stages
        on recorded.source_name = own_stages.source_name
        and deals.pipeline_id = own_stages.source_pipeline
        and recorded.property_value = own_stages.stage_id
    left join {{ ref('int_hubspot__pipeline_stages') }} as any_stages
        on recorded.source_name = any_stages.source_name
        and recorded.property_value = any_stages.stage_id
        and any_stages.is_first_of_id
    left join {{ ref('int_hubspot__owners') }} as changers
        on recorded.source_name = changers.source_name
        and recorded.user_id = changers.user_id
    where recorded.field is not null

)

select
    deal_id as opportunity_id,
    source_name,
    field,
    cast(null as varchar) as old_value,
    new_value,
    true as is_old_value_told,
    unread_value,
    changed_at,
    changed_by_id,
    known_at,
    false as is_snapshot,
    1 as precedence,
    false as is_entry_date,
    cast(null as varchar) as version_sequence,
    record_number, row_hash, known_load_sequence
from translated
union all
select
    entries.deal_id as opportunity_id,
    entries.source_name,
    'stage' as field,
    cast(null as varchar) as old_value,
    entries.stage as new_value,
    false as is_old_value_told,
    entries.stage as unread_value,
    entries.entered_at as changed_at,
    case
        when entries.changed_by like '%userId:%'
            then {{ hubspot_person(replace_pattern('entries.changed_by', '^.*userId:', ''), 'changers.owner_id') }}
    end as changed_by_id,
    entries.known_at,
    false as is_snapshot,
    2 as precedence,
    true as is_entry_date,
    cast(null as varchar) as version_sequence,
    entries.record_number,
    entries.row_hash,
    entries.load_sequence as known_load_sequence
from {{ ref('int_hubspot__stage_entries') }} as entries
left join {{ ref('int_hubspot__owners') }} as changers
    on entries.source_name = changers.source_name
    and {{ replace_pattern('entries.changed_by', '^.*userId:', '') }} = changers.user_id
