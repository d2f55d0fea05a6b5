{#- Which contact or lead record of the CRM each Marketo lead stands for. By id where Marketo names a record that was loaded, a
    contact before a lead; else by e-mail address; else by an id that no file brought yet. What is known of leads merged into one
    counts for it, after its own. A lead that the CRM doesn't know stands for itself, and int_people knows it from here. It is
    deleted when its record says so, or the activity log since its newest record. -#}
with logged_deletions as (

    select source_name, lead_id, max(occurred_at) as deleted_at
    from ({{ latest_version(ref('stg_marketo__activity_delete_lead')) }}) as logged
    where not is_record_deleted
    group by source_name, lead_id

),

leads as (

    select
        groups.marketo_lead_id, groups.kept_marketo_lead_id, groups.source_name, groups.lead_id,
        groups.marketo_lead_id = groups.kept_marketo_lead_id as is_kept,
        nullif(trim(newest.sfdc_contact_id), '') as sfdc_contact_id,
        nullif(trim(newest.sfdc_lead_id), '') as sfdc_lead_id,
        nullif(trim(newest.sfdc_account_id), '') as sfdc_account_id,
        newest.email, newest.created_at,
        coalesce(newest.is_record_deleted, false)
        or coalesce(logged_deletions.deleted_at >= coalesce(newest.modified_at, newest.created_at), logged_deletions.lead_id is not null)
            as is_deleted
    from {{ ref('int_marketo__lead_groups') }} as groups
    left join ({{ latest_version(ref('stg_marketo__lead')) }}) as newest
        on groups.source_name = newest.source_name
        and groups.lead_id = newest.lead_id
    left join logged_deletions
        on groups.source_name = logged_deletions.source_name
        and groups.lead_id = logged_deletions.lead_id

),

records as (

    select record_kind, record_id, address, created_at, is_deleted
    from {{ ref('int_person_addresses') }}
    where is_newest

),

stated as (

    select kept_marketo_lead_id, is_kept, 'contact' as record_kind, sfdc_contact_id as record_id, 1 as kind_rank
    from leads
    where sfdc_contact_id is not null
    union all
    select kept_marketo_lead_id, is_kept, 'lead' as record_kind, sfdc_lead_id as record_id, 2 as kind_rank
    from leads
    where sfdc_lead_id is not null

),

candidates as (

    select
        stated.kept_marketo_lead_id, stated.is_kept, stated.record_kind, stated.record_id,
        case when records.record_id is not null then 'id' else 'unknown_id' end as match_kind,
        stated.kind_rank + case when records.record_id is not null then 0 else 10 end as match_rank,
        coalesce(records.is_deleted, false) as is_deleted, records.created_at
    from stated
    left join records
        on stated.record_kind = records.record_kind
        and stated.record_id = records.record_id
    union all
    select
        leads.kept_marketo_lead_id, leads.is_kept, records.record_kind, records.record_id, 'email' as match_kind,
        case when records.record_kind = 'contact' then 5 else 6 end as match_rank,
        records.is_deleted, records.created_at
    from leads
    inner join records on lower(trim(leads.email)) = records.address

),

matched as (

    select kept_marketo_lead_id, record_kind, record_id, match_kind
    from candidates
    qualify
        row_number() over (
            partition by kept_marketo_lead_id
            order by
                match_rank asc nulls last, is_kept desc nulls last, is_deleted asc nulls last, created_at asc nulls last,
                record_id asc nulls last
        ) = 1

)

select
    leads.marketo_lead_id,
    leads.kept_marketo_lead_id,
    leads.source_name,
    leads.lead_id,
    leads.is_kept,
    coalesce(matched.match_kind, 'none') as match_kind,
    coalesce(matched.record_kind, 'lead') as record_kind,
    coalesce(matched.record_id, leads.kept_marketo_lead_id) as record_id,
    case when matched.record_kind = 'contact' then matched.record_id end as contact_id,
    case
        when matched.record_kind = 'lead' then matched.record_id
        when matched.record_kind is null then leads.kept_marketo_lead_id
    end as crm_lead_id,
    leads.sfdc_account_id as account_id,
    {{ email_domain('leads.email') }} as email_domain,
    {{ is_staff_address('leads.email') }} as is_internal,
    leads.is_deleted,
    leads.created_at
from leads
left join matched on leads.kept_marketo_lead_id = matched.kept_marketo_lead_id
