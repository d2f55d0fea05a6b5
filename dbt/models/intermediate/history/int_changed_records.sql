{#- What has been loaded since the last successful build, as the ids through which it reaches opportunities. Every id that any
    version of a changed record names counts, old ones too: what a record no longer points to has changed as well. A full build
    asks nothing: everything has. -#}
{#- Marketo's numbers under the names that int_marketo_people and int_marketo_programs give them. -#}
{%- set marketo_lead = "source_name || ':lead:' || lead_id" -%}
{%- set marketo_program = "source_name || ':program:' || program_id" -%}
{%- set references = [
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
    ]),
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
    ]),
    ('stg_marketo__lead', [
        (marketo_lead, 'marketo_lead'), ('sfdc_lead_id', 'person'), ('sfdc_contact_id', 'person'),
        ('sfdc_account_id', 'account'), ('email', 'email')
    ]),
    ('stg_marketo__activity_merge_leads', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_delete_lead', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_visit_webpage', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_fill_out_form', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_send_email', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_open_email', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_click_email', [(marketo_lead, 'marketo_lead')]),
    ('stg_marketo__activity_change_status_in_progression', [
        (marketo_lead, 'marketo_lead'), (marketo_program, 'program_batch')
    ]),
    ('stg_marketo__program_membership', [(marketo_lead, 'marketo_lead'), (marketo_program, 'program_batch')]),
    ('stg_marketo__program', [(marketo_program, 'program'), (marketo_program, 'campaign'), ('sfdc_id', 'campaign')]),
    ('stg_marketo__campaign', [(marketo_program, 'program')]),
    ('stg_marketo__email_template_history', [(marketo_program, 'program')]),
    ('stg_hubspot__deal_property_history', [('deal_id', 'opportunity')]),
    ('stg_hubspot__deal_stage', [('deal_id', 'opportunity')]),
    ('stg_hubspot__merged_deal', [('deal_id', 'opportunity'), ('merged_deal_id', 'opportunity')]),
    ('stg_hubspot__deal_company', [('deal_id', 'opportunity'), ('company_id', 'account')]),
    ('stg_hubspot__deal_contact', [('deal_id', 'opportunity'), ('contact_id', 'person')]),
    ('stg_hubspot__company', [
        ('company_id', 'account'), ('parent_company_id', 'account'), ('email_domain', 'domain')
    ]),
    ('stg_hubspot__contact', [('contact_id', 'person'), ('company_id', 'account'), ('email', 'email')]),
    ('stg_hubspot__contact_merge_audit', [('contact_id', 'person'), ('merged_contact_id', 'person')]),
    ('stg_hubspot__engagement_contact', [('engagement_id', 'activity'), ('contact_id', 'person')]),
    ('stg_hubspot__engagement_company', [('engagement_id', 'activity'), ('company_id', 'account')]),
    ('stg_hubspot__engagement_deal', [('engagement_id', 'activity'), ('deal_id', 'opportunity')]),
    ('stg_hubspot__engagement', [('engagement_id', 'activity')]),
    ('stg_hubspot__engagement_call', [('engagement_id', 'activity')]),
    ('stg_hubspot__engagement_email', [('engagement_id', 'activity')]),
    ('stg_hubspot__engagement_meeting', [('engagement_id', 'activity')]),
    ('stg_hubspot__engagement_task', [('engagement_id', 'activity')]),
    ('stg_hubspot__engagement_communication', [('engagement_id', 'activity')]),
] -%}
{#- Few rows, far reach: a change here reaches every opportunity. -#}
{%- set company_wide = [
    'stg_salesforce__opportunity_stage', 'stg_salesforce__dated_conversion_rate', 'stg_salesforce__user_role',
    'stg_generic__stages', 'stg_hubspot__deal_pipeline_stage', 'stg_hubspot__owner', 'stg_hubspot__user', 'stg_hubspot__role',
    'stg_hubspot__team'
] -%}

{#- Named outside the condition, so that the dependencies are known when dbt parses. -#}
{%- for relation in ['int_watermark', 'int_record_merges', 'int_user_versions', 'stg_generic__user_history'] + company_wide %}
{%- do ref(relation) %}
{%- endfor %}
{%- for relation, columns in references %}
{%- do ref(relation) %}
{%- endfor %}

{% if flags.FULL_REFRESH -%}
select 'everything' as kind, 'full build' as id
{%- else -%}
with watermark as (

    select built_load_sequence from {{ ref('int_watermark') }}

),

named as (

    {%- for relation, columns in references %}
    select
        source_name,
        record_key,
        load_sequence,
        {%- for column, kind in columns %}
        cast({{ column }} as varchar) as id_{{ loop.index }},
        '{{ kind }}' as kind_{{ loop.index }},
        {%- endfor %}
        {%- for index in range(columns | length + 1, 8) %}
        cast(null as varchar) as id_{{ index }},
        cast(null as varchar) as kind_{{ index }},
        {%- endfor %}
        '{{ relation }}' as relation
    from {{ ref(relation) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

changed_keys as (

    select distinct named.relation, named.source_name, named.record_key
    from named
    cross join watermark
    where named.load_sequence > watermark.built_load_sequence

),

every_version as (

    select named.*
    from named
    inner join changed_keys
        on named.relation = changed_keys.relation
        and named.source_name = changed_keys.source_name
        and named.record_key = changed_keys.record_key

),

ids as (

    {%- for index in range(1, 8) %}
    select kind_{{ index }} as kind, id_{{ index }} as id from every_version where id_{{ index }} is not null
    union
    {%- endfor %}
    {%- for kind, target in [('contact', 'person'), ('company', 'account'), ('deal', 'opportunity')] %}
    -- An engagement says nothing of what it is about: its associations do, also where they themselves didn't change.
    select '{{ target }}' as kind, links.{{ kind }}_id as id
    from {{ ref('stg_hubspot__engagement_' ~ kind) }} as links
    inner join every_version
        on links.source_name = every_version.source_name
        and links.engagement_id = every_version.id_1
        and every_version.relation like 'stg_hubspot__engagement%'
    union
    {%- endfor %}
    {%- for id in ['record_id', 'survivor_id'] %}
    -- A merger may be told by a third record; what hung on the one that went hangs on the survivor now.
    select
        case when record_kind in ('opportunity', 'account') then record_kind else 'person' end as kind,
        {{ id }} as id
    from {{ ref('int_record_merges') }}
    cross join watermark
    where load_sequence > watermark.built_load_sequence
    union
    {%- endfor %}
    select 'everything' as kind, users.user_id as id
    from {{ ref('int_user_versions') }} as users
    cross join watermark
    where users.load_sequence > watermark.built_load_sequence
    union
    select 'everything' as kind, history.user_id as id
    from {{ ref('stg_generic__user_history') }} as history
    cross join watermark
    where history.load_sequence > watermark.built_load_sequence
    {%- for relation in company_wide %}
    union
    select 'everything' as kind, records.record_key as id
    from (
        select
            record_key, load_sequence, row_hash,
            lag(row_hash) over (partition by source_name, record_key order by {{ version_order('') }}) as previous_hash
        from {{ ref(relation) }}
    ) as records
    cross join watermark
    where records.load_sequence > watermark.built_load_sequence and records.row_hash is distinct from records.previous_hash
    {%- endfor %}

)

select kind, id from ids
{%- endif %}
