{#- Changes as the CRM itself recorded them, of all sources, one row per opportunity, field and recorded value. Where two
    objects of a CRM tell of the same field, `is_preferred` marks the one that is kept longest and has a row at creation:
    Salesforce's OpportunityHistory over OpportunityFieldHistory. `is_by_name`: what a reference changed to is told by a name alone. -#}
{{ config(materialized='view') }}

with newest_stage_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_history'), with_known=true) }}

),

newest_field_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_field_history'), with_known=true) }}

),

-- Salesforce records a changed reference twice: with names (Text) and with ids (EntityId).
named_field_history as (

    select
        *,
        field in ('Owner', 'Campaign', 'Account') and lower(coalesce(data_type, 'entityid')) <> 'entityid' as is_by_name
    from newest_field_history

),

newest_generic_changes as (

    {{ latest_version(ref('stg_generic__opportunity_changes'), with_known=true) }}

),

united as (

    {%- for field, column in [
        ('stage', 'stage_name'), ('amount', 'amount'), ('close_date', 'close_date'), ('forecast_category', 'forecast_category'),
        ('probability', 'probability')
    ] %}
    select
        opportunity_id, source_name, '{{ field }}' as field, cast(null as varchar) as old_value,
        cast({{ column }} as varchar) as new_value, cast(null as varchar) as unread_value, created_at as changed_at,
        created_by_id as changed_by_id, known_at, true as is_snapshot, 1 as precedence, version_sequence,
        record_number, row_hash, known_load_sequence
    from newest_stage_history
    where not is_record_deleted
    union all
    {%- endfor %}
    select
        opportunity_id, source_name,
        case field
            when 'StageName' then 'stage'
            when 'Amount' then 'amount'
            when 'CloseDate' then 'close_date'
            when 'Owner' then 'owner_id'
            when 'OwnerId' then 'owner_id'
            when 'LeadSource' then 'source'
            when 'ForecastCategoryName' then 'forecast_category'
            when 'NextStep' then 'next_step'
            when 'Campaign' then 'primary_campaign_id'
            when 'CampaignId' then 'primary_campaign_id'
            when 'Probability' then 'probability'
            when 'Type' then 'opportunity_type'
            when 'Account' then 'account_id'
            when 'AccountId' then 'account_id'
            when 'Loss_Reason__c' then 'loss_reason'
            when 'Closed_Lost_Reason__c' then 'loss_reason'
            else 'custom.' || field
        end as field,
        case when not is_by_name then old_value end as old_value,
        case when not is_by_name then new_value end as new_value,
        case when not is_by_name then new_value end as unread_value,
        created_at as changed_at, created_by_id as changed_by_id, known_at,
        false as is_snapshot, case when is_by_name then 9 else 2 end as precedence, version_sequence, record_number, row_hash,
        known_load_sequence
    from named_field_history
    where
        not is_record_deleted
        and lower(field) not in ('created', 'opportunitycreatedfromlead', 'locked', 'unlocked', 'recordtype')
    union all
    select
        opportunity_id, source_name,
        case
            when field in ('{{ opportunity_fields() | join("', '") }}') then field
            when field like 'custom.%' then field
            else 'custom.' || field
        end as field,
        old_value, new_value, new_value as unread_value, changed_at, changed_by_id, known_at,
        false as is_snapshot, 1 as precedence, version_sequence, record_number, row_hash, known_load_sequence
    from newest_generic_changes
    union all
    select
        deal_id as opportunity_id, source_name, field, cast(null as varchar) as old_value, new_value, unread_value,
        changed_at, changed_by_id, known_at, false as is_snapshot, precedence,
        cast(null as varchar) as version_sequence, record_number, row_hash, known_load_sequence
    from {{ ref('int_hubspot_deal_changes') }}

),

judged as (

    select
        *,
        {{ normalized_value('field', 'old_value') }} as read_old_value,
        {{ normalized_value('field', 'new_value') }} as read_new_value,
        precedence = 9 as is_by_name,
        precedence < 9 and precedence = min(precedence) over (partition by opportunity_id, field) as is_preferred
    from united

)

select
    opportunity_id,
    source_name,
    field,
    read_old_value as old_value,
    read_new_value as new_value,
    changed_at,
    changed_by_id,
    known_at,
    is_snapshot,
    is_preferred,
    is_by_name,
    precedence,
    read_new_value is null and coalesce(trim(unread_value), '') <> '' as is_unreadable,
    read_new_value is null and field in ('stage', 'pipeline_id') as is_empty_place,
    version_sequence,
    record_number,
    row_hash,
    known_load_sequence
from judged
