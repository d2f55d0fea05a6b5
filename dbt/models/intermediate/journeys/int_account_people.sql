{#- The buying group of each account through time: everyone whose records are matched to it, one row per match and span
    [valid_from, valid_to). A match by id is never overruled by an e-mail domain, which counts until the first match by id begins;
    free-mail domains match nobody.

    Roles, conversions and domains are asked at the instant that is judged, a contact's account at the instant of what the contact did
    (METRICS.md §3, dated evidence). What nothing dates counts since ever, a domain since the person's first record, and
    `is_undated` says so. -#}
with conversions as (

    select converted_account_id as account_id, lead_id as record_id, converted_at
    from {{ ref('int_leads') }}
    where converted_account_id is not null
    union
    select links.account_id, leads.lead_id as record_id, leads.converted_at
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_opportunity_links') }} as links on leads.lead_id = links.lead_id
    where links.account_id is not null
    union
    select links.account_id, leads.lead_id as record_id, leads.converted_at
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_opportunity_links') }} as links on leads.converted_opportunity_id = links.opportunity_id
    where links.account_id is not null

),

by_id as (

    select
        account_id, 'lead' as record_kind, record_id, 'conversion' as match_kind, 1 as match_rank,
        coalesce(converted_at, {{ beginning_of_time() }}) as valid_from, {{ end_of_time() }} as valid_to,
        converted_at is null as is_undated
    from conversions
    union all
    select
        links.account_id, 'contact' as record_kind, roles.contact_id as record_id, 'contact_role' as match_kind, 2 as match_rank,
        roles.valid_from, roles.valid_to, roles.is_undated
    from {{ ref('int_opportunity_contacts') }} as roles
    inner join {{ ref('int_opportunity_links') }} as links on roles.opportunity_id = links.opportunity_id
    where links.account_id is not null
    union all
    select
        account_id, 'contact' as record_kind, contact_id as record_id, 'contact' as match_kind, 3 as match_rank,
        valid_from, valid_to, false as is_undated
    from {{ ref('int_contact_accounts') }}

),

people_by_id as (

    select
        by_id.account_id,
        coalesce(people.person_id, by_id.record_id) as person_id,
        by_id.match_kind,
        by_id.match_rank,
        by_id.valid_from,
        by_id.valid_to,
        by_id.is_undated
    from by_id
    left join {{ ref('int_people') }} as people
        on by_id.record_kind = people.record_kind
        and by_id.record_id = people.record_id

),

known_since as (

    select person_id, min(valid_from) as known_from
    from people_by_id
    group by person_id

),

people_by_domain as (

    select
        accounts.account_id,
        people.person_id,
        'email_domain' as match_kind,
        4 as match_rank,
        coalesce(min(people.created_at), {{ beginning_of_time() }}) as valid_from,
        coalesce(known_since.known_from, {{ end_of_time() }}) as valid_to,
        true as is_undated
    from {{ ref('int_people') }} as people
    inner join {{ ref('int_accounts') }} as accounts on people.email_domain = accounts.email_domain
    left join {{ ref('free_mail_domains') }} as free_mail on people.email_domain = lower(trim(free_mail.email_domain))
    left join known_since on people.person_id = known_since.person_id
    where free_mail.email_domain is null and not accounts.is_deleted
    group by accounts.account_id, people.person_id, known_since.known_from

),

united as (

    select * from people_by_id
    union all
    select * from people_by_domain

)

select
    {{ surrogate_key(['account_id', 'person_id', 'match_kind', 'valid_from']) }} as account_person_id,
    account_id,
    person_id,
    match_kind,
    match_rank,
    valid_from,
    max(valid_to) as valid_to,
    max(case when is_undated then 1 else 0 end) = 1 as is_undated
from united
where valid_from < valid_to
group by account_id, person_id, match_kind, match_rank, valid_from
