{#- Every contact or lead record that a Marketo lead, or one merged with it, may stand or have stood for: itself, what any of its
    versions names, and records that ever shared an e-mail address with it. Through these a changed record reaches
    opportunities; which one a lead stands for today is decided in int_marketo__people. -#}
{{ config(materialized='view') }}

with versions as (

    select
        groups.marketo_lead_id, groups.kept_marketo_lead_id, leads.sfdc_contact_id, leads.sfdc_lead_id,
        nullif(lower(trim(leads.email)), '') as address
    from {{ ref('int_marketo__lead_groups') }} as groups
    left join {{ ref('stg_marketo__lead') }} as leads
        on groups.source_name = leads.source_name
        and groups.lead_id = leads.lead_id

)

select marketo_lead_id as linked_lead_id, kept_marketo_lead_id as kept_lead_id, marketo_lead_id as record_id from versions
union
select marketo_lead_id, kept_marketo_lead_id, kept_marketo_lead_id as record_id from versions
union
select marketo_lead_id, kept_marketo_lead_id, sfdc_contact_id as record_id from versions where sfdc_contact_id is not null
union
select marketo_lead_id, kept_marketo_lead_id, sfdc_lead_id as record_id from versions where sfdc_lead_id is not null
union
select versions.marketo_lead_id, versions.kept_marketo_lead_id, addresses.record_id
from versions
inner join {{ ref('int_person_addresses') }} as addresses on versions.address = addresses.address
