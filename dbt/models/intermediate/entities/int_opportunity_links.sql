{#- Which account and lead each opportunity belongs to, as newest known. Made from extracts alone, ahead of all history, so that
    entities can be linked to opportunities before it is known which opportunities changed. -#}
{%- set all_versions -%}
    partition by opportunity_id order by {{ version_order('') }} rows between unbounded preceding and unbounded following
{%- endset -%}

select
    opportunity_id,
    last_value(account_id ignore nulls) over ({{ all_versions }}) as account_id,
    last_value(lead_id ignore nulls) over ({{ all_versions }}) as lead_id
from {{ ref('int_opportunity_versions') }}
where not is_absence
qualify row_number() over (partition by opportunity_id order by {{ version_order('') }}) = 1
