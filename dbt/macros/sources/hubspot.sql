{#- HubSpot: see source_systems() for what the keys mean. -#}
{% macro hubspot_source() -%}
    {{ return({
        'entities': [
            'opportunity_versions', 'opportunity_changes', 'opportunity_contacts', 'stages', 'accounts', 'contacts', 'contact_accounts',
            'lead_versions', 'lead_changes', 'merges', 'user_versions', 'users', 'staff_addresses', 'activities'
        ],
        'opportunity_objects': ['deal'],
        'contact_role_objects': ['deal_contact'],
        'conversion_objects': [],
        'opportunity_columns': {
            'account_id': [],
            'pipeline_id': ['deal_pipeline_id'],
            'stage': ['deal_pipeline_stage_id'],
            'amount': ['property_amount'],
            'close_date': ['property_closedate'],
            'source': ['property_deal_source'],
            'primary_campaign_id': ['property_campaign'],
            'opportunity_type': ['property_dealtype'],
            'forecast_category': ['property_hs_manual_forecast_category'],
            'probability': ['property_hs_deal_stage_probability'],
            'loss_reason': ['property_closed_lost_reason'],
            'next_step': ['property_hs_next_step']
        },
        'raw_columns': {
            'pipeline_id': ['deal_pipeline_id'],
            'stage': ['deal_pipeline_stage_id'],
            'amount': ['property_amount'],
            'currency': ['property_deal_currency_code'],
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
        },
        'references': [
            ('stg_hubspot__deal_property_history', [('deal_id', 'opportunity')]),
            ('stg_hubspot__deal_stage', [('deal_id', 'opportunity')]),
            ('stg_hubspot__merged_deal', [('deal_id', 'opportunity'), ('merged_deal_id', 'opportunity')]),
            ('stg_hubspot__deal_company', [('deal_id', 'opportunity'), ('company_id', 'account')]),
            ('stg_hubspot__deal_contact', [('deal_id', 'opportunity'), ('contact_id', 'person')]),
            ('stg_hubspot__company', [
                ('company_id', 'account'), ('parent_company_id', 'account'), ('email_domain', 'domain')
            ]),
            ('stg_hubspot__contact', [('contact_id', 'person'), ('company_id', 'account'), ('email', 'email')]),
            ('stg_hubspot__contact_property_history', [
                ('contact_id', 'person'), ("case when property_name = 'associatedcompanyid' then property_value end", 'account')
            ]),
            ('stg_hubspot__contact_merge_audit', [('contact_id', 'person'), ('merged_contact_id', 'person')]),
            ('stg_hubspot__engagement_contact', [('engagement_id', 'activity'), ('contact_id', 'person')]),
            ('stg_hubspot__engagement_company', [('engagement_id', 'activity'), ('company_id', 'account')]),
            ('stg_hubspot__engagement_deal', [('engagement_id', 'activity'), ('deal_id', 'opportunity')]),
            ('stg_hubspot__engagement', [('engagement_id', 'activity')]),
            ('stg_hubspot__engagement_call', [('engagement_id', 'activity')]),
            ('stg_hubspot__engagement_email', [('engagement_id', 'activity')]),
            ('stg_hubspot__engagement_meeting', [('engagement_id', 'activity')]),
            ('stg_hubspot__engagement_task', [('engagement_id', 'activity')]),
            ('stg_hubspot__engagement_communication', [('engagement_id', 'activity')])
        ],
        'company_wide': [
            'stg_hubspot__deal_pipeline', 'stg_hubspot__deal_pipeline_stage', 'stg_hubspot__owner',
            'stg_hubspot__owner_team', 'stg_hubspot__user', 'stg_hubspot__role', 'stg_hubspot__team'
        ],
        'activity_links': [
            ('stg_hubspot__engagement_contact', 'engagement_id', 'contact_id', 'person'),
            ('stg_hubspot__engagement_company', 'engagement_id', 'company_id', 'account'),
            ('stg_hubspot__engagement_deal', 'engagement_id', 'deal_id', 'opportunity')
        ],
        'system_columns': {
            'stg_hubspot__deal': ['created_at', 'modified_at'],
            'stg_hubspot__deal_property_history': ['changed_at'],
            'stg_hubspot__contact': ['created_at', 'modified_at'],
            'stg_hubspot__company': ['created_at', 'modified_at'],
            'stg_hubspot__engagement_call': ['created_at', 'modified_at'],
            'stg_hubspot__engagement_email': ['created_at', 'modified_at'],
            'stg_hubspot__engagement_meeting': ['created_at', 'modified_at'],
            'stg_hubspot__engagement_task': ['created_at', 'modified_at']
        }
    }) }}
{%- endmacro %}
