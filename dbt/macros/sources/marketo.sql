{#- Marketo: see source_systems() for what the keys mean. -#}
{% macro marketo_source() -%}
    {#- Marketo's numbers under the names that int_marketo__people and int_marketo__programs give them. -#}
    {%- set lead = "source_name || ':lead:' || lead_id" -%}
    {%- set program = "source_name || ':program:' || program_id" -%}
    {{ return({
        'entities': [
            'marketing_leads', 'campaigns', 'touches', 'campaign_costs', 'lead_links', 'campaign_links'
        ],
        'opportunity_objects': [],
        'contact_role_objects': [],
        'conversion_objects': [],
        'opportunity_columns': {},
        'raw_columns': {},
        'references': [
            ('stg_marketo__lead', [
                (lead, 'linked_lead'), ('sfdc_lead_id', 'person'), ('sfdc_contact_id', 'person'),
                ('sfdc_account_id', 'account'), ('email', 'email')
            ]),
            ('stg_marketo__activity_merge_leads', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_delete_lead', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_visit_webpage', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_fill_out_form', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_send_email', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_open_email', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_click_email', [(lead, 'linked_lead')]),
            ('stg_marketo__activity_change_status_in_progression', [
                (lead, 'linked_lead'), (program, 'program_batch')
            ]),
            ('stg_marketo__program_membership', [(lead, 'linked_lead'), (program, 'program_batch')]),
            ('stg_marketo__program', [(program, 'program'), (program, 'campaign'), ('sfdc_id', 'campaign')]),
            ('stg_marketo__campaign', [(program, 'program')]),
            ('stg_marketo__email_template_history', [(program, 'program')])
        ],
        'company_wide': [],
        'system_columns': {
            'stg_marketo__lead': ['created_at', 'modified_at'],
            'stg_marketo__program_membership': ['created_at', 'modified_at'],
            'stg_marketo__activity_visit_webpage': ['occurred_at'],
            'stg_marketo__activity_fill_out_form': ['occurred_at'],
            'stg_marketo__activity_click_email': ['occurred_at']
        }
    }) }}
{%- endmacro %}
