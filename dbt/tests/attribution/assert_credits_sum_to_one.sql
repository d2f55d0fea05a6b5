-- A row here means: under one model and basis, an opportunity that reached the basis gave away more or less than itself, so counts
-- by channel no longer add up to the opportunities. It says nothing about whether the right touches got the credit.
{%- for basis in attribution_bases() %}
{%- for model in attribution_models() %}
select opportunity_id, '{{ basis }}' as basis, '{{ model }}' as model, sum({{ model }}_{{ basis }}) as total_weight
from {{ ref('fct_attribution_credits') }}
group by opportunity_id
having abs(coalesce(sum({{ model }}_{{ basis }}), -1) - 1) > 1e-9 and max({{ basis }}_at) is not null
    or sum({{ model }}_{{ basis }}) is not null and max({{ basis }}_at) is null
{% if not loop.last %}union all{% endif %}
{%- endfor %}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
