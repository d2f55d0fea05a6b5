{#- Which person each contact or lead record stands for. Merged records follow the record they were merged into, a converted
    lead follows its contact, so that a first touch survives under one id to the close. -#}
with recursive records as (

    select
        'contact' as record_kind, contact_id as record_id, account_id, email_domain, is_internal, is_deleted, created_at,
        case when merged_into_contact_id is not null then 'contact' end as next_kind,
        merged_into_contact_id as next_id
    from {{ ref('int_contacts') }}
    union all
    select
        'lead' as record_kind, lead_id as record_id, converted_account_id as account_id, email_domain, is_internal,
        is_deleted, created_at,
        case
            when converted_contact_id is not null then 'contact'
            when merged_into_lead_id is not null then 'lead'
        end as next_kind,
        coalesce(converted_contact_id, merged_into_lead_id) as next_id
    from {{ ref('int_leads') }}
    union all
    -- Leads that marketing automation alone knows.
    select
        'lead' as record_kind, lead_id as record_id, account_id, email_domain, is_internal, is_deleted, created_at,
        cast(null as varchar) as next_kind, cast(null as varchar) as next_id
    from {{ united('marketing_leads') }} as united

),

chains as (

    select record_kind, record_id, next_kind as reached_kind, next_id as reached_id, 1 as steps
    from records
    where next_id is not null
    union all
    select chains.record_kind, chains.record_id, records.next_kind as reached_kind, records.next_id as reached_id, chains.steps + 1 as steps
    from chains
    inner join records
        on chains.reached_kind = records.record_kind
        and chains.reached_id = records.record_id
    -- Records merged into each other in a circle end here instead of never.
    where records.next_id is not null and chains.steps < 10

),

ends as (

    select record_kind, record_id, reached_id
    from chains
    qualify row_number() over (partition by record_kind, record_id order by steps desc nulls last) = 1

)

select
    {{ surrogate_key(['records.record_kind', 'records.record_id']) }} as person_record_id,
    records.record_kind,
    records.record_id,
    coalesce(ends.reached_id, records.record_id) as person_id,
    records.account_id,
    records.email_domain,
    records.is_internal,
    records.is_deleted,
    records.created_at
from records
left join ends
    on records.record_kind = ends.record_kind
    and records.record_id = ends.record_id
