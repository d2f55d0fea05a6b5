{#- The buying group of each account: everyone whose records are matched to it, by the strongest match. A match by id is never
    overruled by an e-mail domain; free-mail domains match nobody. -#}
with conversions as (

    select converted_account_id as account_id, 'lead' as record_kind, lead_id as record_id, converted_at as matched_at
    from {{ ref('int_leads') }}
    where converted_account_id is not null
    union all
    select links.account_id, 'lead' as record_kind, leads.lead_id as record_id, leads.converted_at as matched_at
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_opportunity_links') }} as links on leads.lead_id = links.lead_id
    where links.account_id is not null
    union all
    select links.account_id, 'lead' as record_kind, leads.lead_id as record_id, leads.converted_at as matched_at
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_opportunity_links') }} as links on leads.converted_opportunity_id = links.opportunity_id
    where links.account_id is not null

),

contact_roles as (

    select links.account_id, 'contact' as record_kind, roles.contact_id as record_id, roles.created_at as matched_at
    from {{ ref('int_opportunity_contacts') }} as roles
    inner join {{ ref('int_opportunity_links') }} as links on roles.opportunity_id = links.opportunity_id
    where links.account_id is not null and not roles.is_deleted

),

contacts as (

    select account_id, 'contact' as record_kind, contact_id as record_id, created_at as matched_at
    from {{ ref('int_contacts') }}
    where account_id is not null

),

by_id as (

    select account_id, record_kind, record_id, matched_at, 'conversion' as match_kind, 1 as match_rank from conversions
    union all
    select account_id, record_kind, record_id, matched_at, 'contact_role' as match_kind, 2 as match_rank from contact_roles
    union all
    select account_id, record_kind, record_id, matched_at, 'contact' as match_kind, 3 as match_rank from contacts

),

people_by_id as (

    select
        by_id.account_id,
        coalesce(people.person_id, by_id.record_id) as person_id,
        by_id.matched_at,
        by_id.match_kind,
        by_id.match_rank
    from by_id
    left join {{ ref('int_people') }} as people
        on by_id.record_kind = people.record_kind
        and by_id.record_id = people.record_id

),

people_by_domain as (

    select
        accounts.account_id,
        people.person_id,
        cast(null as timestamp) as matched_at,
        'email_domain' as match_kind,
        4 as match_rank
    from {{ ref('int_people') }} as people
    inner join {{ ref('int_accounts') }} as accounts on people.email_domain = accounts.email_domain
    left join {{ ref('free_mail_domains') }} as free_mail on people.email_domain = lower(trim(free_mail.email_domain))
    where
        free_mail.email_domain is null
        and not accounts.is_deleted
        and people.person_id not in (select known.person_id from people_by_id as known)

),

united as (

    select * from people_by_id
    union all
    select * from people_by_domain

)

select
    {{ surrogate_key(['account_id', 'person_id']) }} as account_person_id,
    account_id,
    person_id,
    match_kind,
    match_rank,
    matched_at
from united
qualify
    row_number() over (
        partition by account_id, person_id order by match_rank asc nulls last, matched_at asc nulls last
    ) = 1
