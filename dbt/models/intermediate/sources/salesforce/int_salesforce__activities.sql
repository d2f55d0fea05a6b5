{#- Salesforce tasks, events and e-mails with the people, account and opportunity that each is about. Ids say by their prefix what they
    are where the record itself wasn't loaded; an e-mail to nobody known is matched by its address. Invitees who declined and the
    company's own people are no external attendees. -#}
{{ config(materialized='ephemeral') }}

with addresses as (

    select email, record_kind, record_id
    from (
        select lower(trim(email)) as email, 'contact' as record_kind, contact_id as record_id
        from ({{ latest_version(ref('stg_salesforce__contact')) }}) as contacts
        where not is_record_deleted and email is not null
        union all
        select lower(trim(email)) as email, 'lead' as record_kind, lead_id as record_id
        from ({{ latest_version(ref('stg_salesforce__lead')) }}) as leads
        where not is_record_deleted and email is not null
    ) as every_address
    qualify row_number() over (partition by email order by record_kind asc nulls last, record_id asc nulls last) = 1

),

invitees as (

    select
        relations.event_id,
        relations.source_name,
        count(distinct relations.relation_id) as invited_count,
        count(distinct case
            when lower(coalesce(relations.event_relation_status, '')) <> 'declined' and not people.is_internal then people.person_id
        end) as external_count
    from ({{ latest_version(ref('stg_salesforce__event_relation')) }}) as relations
    inner join {{ ref('int_people') }} as people on relations.relation_id = people.record_id
    where not relations.is_record_deleted and not coalesce(relations.is_what, false)
    group by relations.event_id, relations.source_name

)

select
    records.activity_id, records.source_name, records.activity_type, records.direction, records.outcome,
    records.occurred_at, records.ended_at, records.duration_seconds, records.owner_id, records.created_by_id,
    coalesce(
        records.account_id, accounts.account_id,
        case when records.what_id like '001%' then records.what_id end
    ) as account_id,
    coalesce(
        contacts.record_id,
        case when leads.record_id is null and records.who_id like '003%' then records.who_id end,
        case when records.who_id is null and addresses.record_kind = 'contact' then addresses.record_id end
    ) as contact_id,
    coalesce(
        leads.record_id,
        case when contacts.record_id is null and records.who_id like '00Q%' then records.who_id end,
        case when records.who_id is null and addresses.record_kind = 'lead' then addresses.record_id end
    ) as lead_id,
    coalesce(
        opportunities.opportunity_id, case when records.what_id like '006%' then records.what_id end
    ) as opportunity_id,
    case
        when records.activity_type <> 'meeting' then null
        when invitees.invited_count is not null then invitees.external_count
        when coalesce(contacts.is_internal, leads.is_internal, false) then 0
        else coalesce(records.stated_attendee_count, 0)
    end as external_attendee_count,
    records.created_at, records.deleted_at
from {{ ref('int_salesforce__activity_records') }} as records
left join invitees
    on records.activity_id = invitees.event_id
    and records.source_name = invitees.source_name
left join {{ ref('int_people') }} as contacts on records.who_id = contacts.record_id and contacts.record_kind = 'contact'
left join {{ ref('int_people') }} as leads on records.who_id = leads.record_id and leads.record_kind = 'lead'
left join addresses on records.external_address = addresses.email
left join {{ ref('int_accounts') }} as accounts on records.what_id = accounts.account_id
left join {{ ref('int_opportunity_links') }} as opportunities on records.what_id = opportunities.opportunity_id
