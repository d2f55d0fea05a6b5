{#- HubSpot: see source_systems() for what the keys mean. -#}
{% macro hubspot_source() -%}
    {{ return({
        'entities': ['opportunity_versions', 'opportunity_changes', 'stages'],
        'opportunity_objects': ['deal'],
        'raw_columns': {
            'pipeline_id': ['deal_pipeline_id'],
            'stage': ['deal_pipeline_stage_id'],
            'amount': ['property_amount'],
            'close_date': ['property_closedate'],
            'source': ['property_deal_source', 'property_contact_source'],
            'status': ['property_hs_lead_status'],
            'lifecycle_stage': ['property_lifecyclestage'],
            'owner_id': ['property_hubspot_owner_id'],
            'primary_campaign_id': ['property_campaign'],
            'opportunity_type': ['property_dealtype'],
            'forecast_category': ['property_hs_manual_forecast_category'],
            'probability': ['property_hs_deal_stage_probability'],
            'next_step': ['property_hs_next_step'],
            'loss_reason': ['property_closed_lost_reason']
        }
    }) }}
{%- endmacro %}
