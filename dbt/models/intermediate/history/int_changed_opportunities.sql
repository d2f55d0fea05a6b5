{#- The ids that an incremental build computes anew: every opportunity that a record loaded since the last successful build
    reaches, by itself or through people, accounts, campaigns and activities, those of former times too: spans of roles and accounts that
    have ended still stand in the models that are asked here. A superset costs time; a subset would be wrong. -#}
with watermark as (

    select built_load_sequence from {{ ref('int_watermark') }}

),

changed as (

    select kind, id from {{ ref('int_changed_records') }}

),

versions as (

    select
        opportunity_id, source_name, account_id, lead_id, extracted_at, load_sequence, row_hash, is_absence,
        lag(row_hash) over (partition by opportunity_id order by {{ version_order('') }}) as previous_hash
    from {{ ref('int_opportunity_versions') }}

),

built_extracts as (

    select versions.source_name, max(versions.extracted_at) as newest_extracted_at
    from versions
    cross join watermark
    where versions.load_sequence <= watermark.built_load_sequence
    group by versions.source_name

),

-- A version equal to the one before it changes nothing, unless it came late or the record had gone missing in between.
own_versions as (

    select distinct versions.opportunity_id
    from versions
    cross join watermark
    left join built_extracts on versions.source_name = built_extracts.source_name
    where
        versions.load_sequence > watermark.built_load_sequence
        and (
            versions.row_hash is distinct from versions.previous_hash
            or versions.is_absence
            or versions.extracted_at <= built_extracts.newest_extracted_at
        )

),

touched_activities as (

    select activities.contact_id, activities.lead_id, activities.account_id, activities.opportunity_id
    from {{ ref('int_activities') }} as activities
    inner join changed on activities.activity_id = changed.id and changed.kind = 'activity'

),

-- A member of an event can date the other members of its upload; elsewhere members leave each other alone.
changed_campaigns as (

    select id as campaign_id from changed where kind = 'campaign'
    union
    select campaigns.campaign_id
    from {{ ref('int_campaigns') }} as campaigns
    inner join changed on campaigns.campaign_id = changed.id and changed.kind = 'batch'
    where lower(trim(campaigns.campaign_type)) in ('{{ event_campaign_types() | join("', '") }}')
    union
    select programs.campaign_id
    from {{ united('campaign_links') }} as programs
    inner join changed on programs.program_id = changed.id and changed.kind = 'program'
    union
    select campaigns.campaign_id
    from {{ united('campaign_links') }} as programs
    inner join changed on programs.program_id = changed.id and changed.kind = 'program_batch'
    inner join {{ ref('int_campaigns') }} as campaigns on programs.campaign_id = campaigns.campaign_id
    where lower(trim(campaigns.campaign_type)) in ('{{ event_campaign_types() | join("', '") }}')

),

touched_campaigns as (

    select touches.person_id, touches.account_id, touches.opportunity_id
    from {{ ref('int_touches') }} as touches
    inner join changed_campaigns on touches.campaign_id = changed_campaigns.campaign_id

),

-- Leads of another system that changed, or that stand or stood for a record that did, and all records that they may stand for.
linked_leads as (

    select links.kept_lead_id
    from {{ united('lead_links') }} as links
    inner join changed on links.linked_lead_id = changed.id and changed.kind = 'linked_lead'
    union
    select links.kept_lead_id
    from {{ united('lead_links') }} as links
    inner join changed on links.record_id = changed.id and changed.kind = 'person'

),

named_people as (

    select id as record_id from changed where kind = 'person'
    union
    select contact_id as record_id from touched_activities where contact_id is not null
    union
    select lead_id as record_id from touched_activities where lead_id is not null
    union
    select links.record_id
    from {{ united('lead_links') }} as links
    inner join linked_leads on links.kept_lead_id = linked_leads.kept_lead_id

),

-- All records of a person whose record changed: merged and converted ones share one person id.
people as (

    select people.person_id
    from {{ ref('int_people') }} as people
    inner join named_people on people.record_id = named_people.record_id
    union
    select record_id as person_id from named_people
    union
    select person_id from touched_campaigns where person_id is not null

),

-- Two systems may tell one event: what the one tells decides whether the other's telling counts, and where that one is filed.
touches_of_people as (

    select records.account_id, records.opportunity_id
    from {{ ref('int_touch_records') }} as records
    inner join people on records.person_id = people.person_id
    where records.account_id is not null or records.opportunity_id is not null

),

domains as (

    select {{ email_domain('id') }} as email_domain from changed where kind = 'email'
    union
    select email_domain from {{ ref('int_people') }} where person_id in (select people.person_id from people)
    union
    select accounts.email_domain
    from {{ ref('int_accounts') }} as accounts
    inner join changed on accounts.account_id = changed.id and changed.kind = 'account'

),

named_accounts as (

    select id as account_id from changed where kind = 'account'
    union
    select account_id from touched_activities where account_id is not null
    union
    select account_id from touched_campaigns where account_id is not null
    union
    select account_id from touches_of_people where account_id is not null
    union
    select buying_group.account_id
    from {{ ref('int_account_people') }} as buying_group
    inner join people on buying_group.person_id = people.person_id
    union
    select records.account_id
    from {{ ref('int_people') }} as records
    inner join people on records.person_id = people.person_id
    where records.account_id is not null
    union
    select accounts.account_id
    from {{ ref('int_accounts') }} as accounts
    inner join domains on accounts.email_domain = domains.email_domain

),

reached as (

    select opportunity_id from own_versions
    union
    select id as opportunity_id from changed where kind = 'opportunity'
    union
    select opportunity_id from touched_activities where opportunity_id is not null
    union
    select opportunity_id from touched_campaigns where opportunity_id is not null
    union
    select opportunity_id from touches_of_people where opportunity_id is not null
    union
    select roles.opportunity_id
    from {{ ref('int_opportunity_contacts') }} as roles
    inner join {{ ref('int_people') }} as records on roles.contact_id = records.record_id
    inner join people on records.person_id = people.person_id
    union
    select leads.converted_opportunity_id as opportunity_id
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_people') }} as records on leads.lead_id = records.record_id
    inner join people on records.person_id = people.person_id
    where leads.converted_opportunity_id is not null
    union
    select versions.opportunity_id
    from versions
    inner join {{ ref('int_people') }} as records on versions.lead_id = records.record_id
    inner join people on records.person_id = people.person_id

),

reached_accounts as (

    select account_id from named_accounts
    union
    select versions.account_id
    from versions
    inner join reached on versions.opportunity_id = reached.opportunity_id
    where versions.account_id is not null

),

-- A won deal is evidence of expansion for later deals of its account and of the accounts below it.
families as (

    select account_id from reached_accounts
    union
    select accounts.account_id
    from {{ ref('int_accounts') }} as accounts
    inner join reached_accounts on accounts.parent_account_id = reached_accounts.account_id

),

united as (

    select opportunity_id from reached
    union
    select versions.opportunity_id
    from versions
    inner join families on versions.account_id = families.account_id
    union
    select versions.opportunity_id
    from versions
    where exists (select 1 from changed where changed.kind = 'everything')

)

select distinct united.opportunity_id
from united
where united.opportunity_id in (select versions.opportunity_id from versions)
