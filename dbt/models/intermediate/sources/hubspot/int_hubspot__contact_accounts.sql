{#- When HubSpot contacts changed their company: what the history of properties tells, and successive extracts of contacts of which it tells
    nothing. -#}
{{ config(materialized='ephemeral') }}

with recorded as (

    select
        contact_id,
        source_name,
        nullif(trim(property_value), '') as account_id,
        record_number as told_number,
        row_hash,
        changed_at
    from ({{ latest_version(ref('stg_hubspot__contact_property_history')) }}) as history
    where property_name = 'associatedcompanyid' and not is_record_deleted and changed_at is not null

),

shown as (

    {{ contact_account_changes(ref('stg_hubspot__contact'), 'company_id', 'property_associatedcompanyid') }}

)

select contact_id, source_name, account_id, told_number, row_hash, changed_at
from recorded
union all
select shown.contact_id, shown.source_name, shown.account_id, shown.told_number, shown.row_hash, shown.changed_at
from shown
left join (select distinct contact_id, source_name from recorded) as with_history
    on shown.contact_id = with_history.contact_id
    and shown.source_name = with_history.source_name
where with_history.contact_id is null
