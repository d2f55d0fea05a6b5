{#- Salesforce: see source_systems() for what the keys mean. -#}
{% macro salesforce_source() -%}
    {{ return({
        'entities': ['opportunity_versions', 'opportunity_changes', 'stages'],
        'opportunity_objects': ['opportunity'],
        'raw_columns': {
            'stage': ['stage_name'],
            'source': ['lead_source'],
            'primary_campaign_id': ['campaign_id'],
            'opportunity_type': ['type']
        }
    }) }}
{%- endmacro %}

{#- The fields of Salesforce's field history in the words of the entity model; others are custom ones. -#}
{% macro salesforce_history_fields() -%}
    {{ return({
        'StageName': 'stage', 'Amount': 'amount', 'CloseDate': 'close_date', 'Owner': 'owner_id', 'OwnerId': 'owner_id',
        'LeadSource': 'source', 'ForecastCategoryName': 'forecast_category', 'NextStep': 'next_step',
        'Campaign': 'primary_campaign_id', 'CampaignId': 'primary_campaign_id', 'Probability': 'probability',
        'Type': 'opportunity_type', 'Account': 'account_id', 'AccountId': 'account_id', 'Loss_Reason__c': 'loss_reason',
        'Closed_Lost_Reason__c': 'loss_reason'
    }) }}
{%- endmacro %}
