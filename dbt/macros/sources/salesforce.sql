{#- Salesforce: see source_systems() for what the keys mean. -#}
{% macro salesforce_source() -%}
    {{ return({
        'entities': [
            'opportunity_versions', 'opportunity_changes', 'opportunity_contacts', 'stages', 'accounts', 'contacts', 'contact_accounts',
            'leads', 'lead_versions', 'lead_changes', 'merges', 'user_versions', 'users', 'staff_addresses',
            'campaigns', 'touches', 'activities', 'quotas', 'exchange_rates', 'person_addresses'
        ],
        'opportunity_objects': ['opportunity'],
        'contact_role_objects': ['opportunitycontactrole'],
        'conversion_objects': ['lead'],
        'opportunity_columns': {
            'pipeline_id': [],
            'stage': ['stage_name'],
            'source': ['lead_source'],
            'forecast_category': ['forecast_category', 'forecast_category_name'],
            'primary_campaign_id': ['campaign_id'],
            'opportunity_type': ['type']
        },
        'raw_columns': {
            'stage': ['stage_name'],
            'currency': ['currency_iso_code'],
            'source': ['lead_source'],
            'primary_campaign_id': ['campaign_id'],
            'opportunity_type': ['type']
        },
        'references': [
            ('stg_salesforce__opportunity_history', [('opportunity_id', 'opportunity')]),
            ('stg_salesforce__opportunity_field_history', [('opportunity_id', 'opportunity')]),
            ('stg_salesforce__opportunity_contact_role', [('opportunity_id', 'opportunity'), ('contact_id', 'person')]),
            ('stg_salesforce__opportunity_split', [('opportunity_id', 'opportunity')]),
            ('stg_salesforce__account', [
                ('account_id', 'account'), ('parent_id', 'account'), ('master_record_id', 'account'), ('website', 'domain')
            ]),
            ('stg_salesforce__contact', [
                ('contact_id', 'person'), ('account_id', 'account'), ('master_record_id', 'person'), ('email', 'email')
            ]),
            ('stg_salesforce__lead', [
                ('lead_id', 'person'), ('converted_account_id', 'account'), ('converted_contact_id', 'person'),
                ('converted_opportunity_id', 'opportunity'), ('master_record_id', 'person'), ('email', 'email')
            ]),
            ('stg_salesforce__lead_history', [('lead_id', 'person')]),
            ('stg_salesforce__campaign', [('campaign_id', 'campaign')]),
            ('stg_salesforce__campaign_member', [('campaign_id', 'batch'), ('lead_id', 'person'), ('contact_id', 'person')]),
            ('stg_salesforce__task', [
                ('task_id', 'activity'), ('who_id', 'person'), ('what_id', 'opportunity'), ('what_id', 'account'),
                ('account_id', 'account')
            ]),
            ('stg_salesforce__event', [
                ('event_id', 'activity'), ('who_id', 'person'), ('what_id', 'opportunity'), ('what_id', 'account'),
                ('account_id', 'account')
            ]),
            ('stg_salesforce__event_relation', [('event_id', 'activity'), ('relation_id', 'person')]),
            ('stg_salesforce__email_message', [
                ('email_message_id', 'activity'), ('activity_id', 'activity'), ('related_to_id', 'opportunity'),
                ('related_to_id', 'account'), ('parent_id', 'account'), ('from_address', 'email'), ('to_address', 'email')
            ])
        ],
        'company_wide': [
            'stg_salesforce__opportunity_stage', 'stg_salesforce__dated_conversion_rate', 'stg_salesforce__user_role'
        ],
        'system_columns': {
            'stg_salesforce__opportunity': ['created_at', 'last_modified_at', 'modified_at'],
            'stg_salesforce__opportunity_history': ['created_at'],
            'stg_salesforce__opportunity_field_history': ['created_at'],
            'stg_salesforce__lead': ['created_at', 'modified_at'],
            'stg_salesforce__contact': ['created_at', 'modified_at'],
            'stg_salesforce__account': ['created_at', 'modified_at'],
            'stg_salesforce__campaign_member': ['created_at', 'modified_at'],
            'stg_salesforce__task': ['created_at', 'modified_at'],
            'stg_salesforce__event': ['created_at', 'modified_at'],
            'stg_salesforce__email_message': ['created_at', 'modified_at']
        },
        'alternatives': {'forecast_category': ['forecast_category', 'forecast_category_name']}
    }) }}
{%- endmacro %}

{#- The fields of Salesforce's field history in the words of the entity model; others are custom ones. -#}
{% macro salesforce_history_fields() -%}
    {{ return({
        'StageName': 'stage', 'Amount': 'amount', 'CloseDate': 'close_date', 'Owner': 'owner_id', 'OwnerId': 'owner_id',
        'LeadSource': 'source', 'ForecastCategoryName': 'forecast_category', 'NextStep': 'next_step',
        'Campaign': 'primary_campaign_id', 'CampaignId': 'primary_campaign_id', 'Probability': 'probability',
        'Type': 'opportunity_type', 'Account': 'account_id', 'AccountId': 'account_id', 'Loss_Reason__c': 'loss_reason',
        'Closed_Lost_Reason__c': 'loss_reason', 'CurrencyIsoCode': 'currency'
    }) }}
{%- endmacro %}
