{#- Changes of Salesforce leads as it recorded them. A changed owner it records twice, with names and with ids: ids are known
    users or start as a queue's do. -#}
{{ config(materialized='ephemeral') }}

with history as (

    select
        history.lead_id,
        case history.field
            when 'LeadSource' then 'source'
            when 'Status' then 'status'
            else 'owner_id'
        end as field,
        history.old_value, history.new_value, history.created_at as changed_at, history.created_by_id as changed_by_id,
        min(history.extracted_at) over (partition by history.source_name, history.record_key) as known_at,
        history.source_name, history.record_key, history.version_at, history.version_sequence, history.extracted_at,
        history.record_number, history.row_hash, history.is_record_deleted
    from {{ ref('stg_salesforce__lead_history') }} as history
    left join {{ ref('int_users') }} as users on {{ one_id('coalesce(history.new_value, history.old_value)') }} = users.user_id
    where
        history.field in ('LeadSource', 'Status')
        or (
            history.field in ('Owner', 'OwnerId')
            and (users.user_id is not null or substr(coalesce(history.new_value, history.old_value), 1, 3) in ('005', '00G'))
        )

)

select
    lead_id, source_name, field, old_value, new_value, changed_at, changed_by_id, known_at, version_sequence, record_number, row_hash
from ({{ latest_version('history') }}) as newest
where not is_record_deleted
