{#- Marketo programs as newest known, each with the campaign that it is: the CRM's where the two are synced, else its own. -#}
with newest as (

    {{ latest_version(ref('stg_marketo__program')) }}

)

select
    source_name || ':program:' || program_id as marketo_program_id,
    source_name,
    program_id,
    coalesce(nullif(trim(sfdc_id), ''), source_name || ':program:' || program_id) as campaign_id,
    nullif(trim(sfdc_id), '') is not null as is_synced,
    program_name,
    nullif(trim(channel), '') as program_channel,
    starts_on,
    ends_on,
    created_at,
    is_record_deleted
from newest
