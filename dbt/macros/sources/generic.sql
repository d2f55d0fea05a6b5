{#- Mapped sources, which have the entity model's own names: see source_systems() for what the keys mean. -#}
{% macro generic_source() -%}
    {{ return({
        'entities': [
            'opportunity_versions', 'opportunity_changes', 'opportunity_contacts', 'stages', 'accounts', 'contacts', 'contact_accounts',
            'leads', 'lead_versions', 'lead_changes', 'user_versions', 'user_history', 'users', 'staff_addresses',
            'campaigns', 'touches', 'activities', 'quotas', 'campaign_costs', 'person_addresses'
        ],
        'opportunity_objects': ['opportunities'],
        'contact_role_objects': ['opportunity_contacts'],
        'conversion_objects': ['leads'],
        'opportunity_columns': {},
        'raw_columns': {},
        'references': [
            ('stg_generic__opportunity_changes', [('opportunity_id', 'opportunity')]),
            ('stg_generic__opportunity_contacts', [('opportunity_id', 'opportunity'), ('contact_id', 'person')]),
            ('stg_generic__opportunity_splits', [('opportunity_id', 'opportunity')]),
            ('stg_generic__accounts', [
                ('account_id', 'account'), ('parent_account_id', 'account'), ('email_domain', 'domain')
            ]),
            ('stg_generic__contacts', [('contact_id', 'person'), ('account_id', 'account'), ('email', 'email')]),
            ('stg_generic__leads', [
                ('lead_id', 'person'), ('converted_account_id', 'account'), ('converted_contact_id', 'person'),
                ('converted_opportunity_id', 'opportunity'), ('email', 'email')
            ]),
            ('stg_generic__lead_changes', [('lead_id', 'person')]),
            ('stg_generic__campaigns', [('campaign_id', 'campaign')]),
            ('stg_generic__touches', [
                ('campaign_id', 'batch'), ('lead_id', 'person'), ('contact_id', 'person'), ('account_id', 'account'),
                ('opportunity_id', 'opportunity')
            ]),
            ('stg_generic__activities', [
                ('activity_id', 'activity'), ('lead_id', 'person'), ('contact_id', 'person'), ('account_id', 'account'),
                ('opportunity_id', 'opportunity')
            ])
        ],
        'company_wide': [
            'stg_generic__stages'
        ],
        'company_wide_loads': ['stg_generic__user_history'],
        'system_columns': {
            'stg_generic__opportunities': ['created_at', 'modified_at'],
            'stg_generic__opportunity_changes': ['changed_at'],
            'stg_generic__accounts': ['created_at', 'modified_at'],
            'stg_generic__contacts': ['created_at', 'modified_at'],
            'stg_generic__leads': ['created_at', 'modified_at'],
            'stg_generic__lead_changes': ['changed_at'],
            'stg_generic__touches': ['touched_at', 'modified_at'],
            'stg_generic__activities': ['created_at', 'modified_at']
        }
    }) }}
{%- endmacro %}
