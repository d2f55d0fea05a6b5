{#- The records of sources that tell of mergers: (kind, staging model, id), each a record that can survive one. -#}
{% macro mergeable_records() -%}
    {{ return([
        ('account', 'stg_salesforce__account', 'account_id'),
        ('contact', 'stg_salesforce__contact', 'contact_id'),
        ('lead', 'stg_salesforce__lead', 'lead_id'),
        ('opportunity', 'stg_hubspot__deal', 'deal_id'),
        ('account', 'stg_hubspot__company', 'company_id'),
        ('contact', 'stg_hubspot__contact', 'contact_id')
    ]) }}
{%- endmacro %}
