-- A row means that a seed says two things about one key, so that every record of that key would be counted twice. Keys are
-- compared as the models compare them, without case and outer spaces. Delete or merge one of the lines in seeds/.
{%- set keys = {
    'stage_policy': ['pipeline_id', 'stage', 'valid_from'],
    'stage_rules': ['rule_id'],
    'lead_stage_policy': ['field', 'raw_value', 'valid_from'],
    'lead_handoff_targets': ['handoff_kind', 'valid_from'],
    'business_hours': ['weekday'],
    'holidays': ['holiday'],
    'governance_tolerances': ['measure'],
    'roles': ['raw_role'],
    'source_taxonomy': ['claimed_source'],
    'sourcing_functions': ['sourcing_function'],
    'channel_taxonomy': ['touch_type', 'touch_status'],
    'loss_reasons': ['loss_reason'],
    'pipelines': ['source_name', 'source_pipeline'],
    'fx_rates': ['currency', 'valid_from'],
    'free_mail_domains': ['email_domain']
} %}

{%- for seed, columns in keys.items() %}
select
    '{{ seed }}' as seed,
    concat_ws(', ' {%- for column in columns %}, lower(trim(cast({{ column }} as varchar))){% endfor %}) as seed_key,
    count(*) as line_count
from {{ ref(seed) }}
group by 1, 2
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{%- endfor %}
