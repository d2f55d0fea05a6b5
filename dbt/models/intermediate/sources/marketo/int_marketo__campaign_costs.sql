{#- Costs of Marketo's programs, as newest known, in the currency of the campaign that each is. -#}
{{ config(materialized='ephemeral') }}

select
    programs.campaign_id,
    costs.source_name,
    costs.record_key,
    costs.spent_on,
    costs.amount,
    cast(null as varchar) as currency,
    true as is_fallback
from ({{ latest_version(ref('stg_marketo__program_cost')) }}) as costs
inner join {{ ref('int_marketo__programs') }} as programs
    on costs.source_name = programs.source_name
    and costs.program_id = programs.program_id
where not costs.is_record_deleted
