{#- Where each opportunity came from: what the CRM claimed at creation, and what the records of that time show. The first match
    counts: expansion, partner, the earliest originating event in the lookback, the creator's role, unknown (METRICS.md §3).
    Only what had happened by creation is looked at, as it was on record then, or came on record in the days after that
    int_opportunity_judgements counts: one row per judgement, [judged_from, judged_to). As_of-free: whoever asks as of an instant takes
    the row with judged_from < instant <= judged_to; int_opportunity_sources does so for as_of. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select
        opportunity_id,
        account_id,
        lead_id,
        created_by_id,
        life_start_at as created_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

judgements as (

    select
        judgements.opportunity_id,
        judgements.judged_from,
        judgements.judged_to,
        opportunities.created_at
    from {{ ref('int_opportunity_judgements') }} as judgements
    inner join opportunities on judgements.opportunity_id = opportunities.opportunity_id

),

original_claims as (

    select
        opportunities.opportunity_id,
        min_by(changes.new_value, changes.change_number) as claimed_source
    from opportunities
    inner join {{ ref('int_opportunity_changes') }} as changes
        on opportunities.opportunity_id = changes.opportunity_id
        and opportunities.created_at >= changes.changed_at
    where changes.field = 'source'
    group by opportunities.opportunity_id

),

families as (

    select opportunity_id, account_id, created_at
    from opportunities
    where account_id is not null
    union
    select opportunities.opportunity_id, accounts.parent_account_id as account_id, opportunities.created_at
    from opportunities
    inner join {{ ref('int_accounts') }} as accounts on opportunities.account_id = accounts.account_id
    where accounts.parent_account_id is not null

),

earlier_wins as (

    select
        families.opportunity_id,
        wins.opportunity_id as evidence_id,
        wins.basis_at as evidence_at
    from families
    inner join {{ ref('int_opportunities') }} as earlier
        on families.account_id = earlier.account_id
        and families.opportunity_id <> earlier.opportunity_id
        and families.created_at <= coalesce(earlier.deleted_at, {{ end_of_time() }})
    inner join {{ ref('int_opportunity_bases') }} as wins
        on earlier.opportunity_id = wins.opportunity_id
        and wins.basis = 'won'
        and families.created_at > wins.basis_at
        and families.created_at <= wins.valid_to
    qualify
        row_number() over (
            partition by families.opportunity_id
            order by wins.basis_at asc nulls last, wins.opportunity_id asc nulls last
        ) = 1

),

partner_touches as (

    select
        judgements.opportunity_id,
        judgements.judged_from,
        touches.touch_id as evidence_id,
        touches.touched_at as evidence_at
    from judgements
    inner join {{ ref('int_opportunity_touches') }} as touches
        on judgements.opportunity_id = touches.opportunity_id
        and judgements.created_at >= touches.touched_at
        and judgements.judged_from >= touches.belongs_from
        and judgements.created_at < touches.belongs_to
    where touches.is_partner
    qualify
        row_number() over (
            partition by judgements.opportunity_id, judgements.judged_from
            order by touches.touched_at asc nulls last, touches.touch_id asc nulls last
        ) = 1

),

first_events as (

    select * from {{ ref('int_originating_events') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    qualify
        row_number() over (
            partition by opportunity_id, judged_from
            order by evidence_at asc nulls last, evidence_kind asc nulls last, evidence_id asc nulls last
        ) = 1

),

lead_creations as (

    select opportunities.opportunity_id, {{ beginning_of_time() }} as belongs_from, leads.created_at, 1 as link_rank
    from opportunities
    inner join {{ ref('int_leads') }} as leads on opportunities.lead_id = leads.lead_id
    union all
    select
        opportunities.opportunity_id, coalesce(leads.converted_at, {{ beginning_of_time() }}) as belongs_from, leads.created_at,
        1 as link_rank
    from opportunities
    inner join {{ ref('int_leads') }} as leads on opportunities.opportunity_id = leads.converted_opportunity_id
    union all
    select opportunities.opportunity_id, people.valid_from as belongs_from, people_records.created_at, 2 as link_rank
    from opportunities
    inner join {{ ref('int_opportunity_people') }} as people
        on opportunities.opportunity_id = people.opportunity_id
        and opportunities.created_at < people.valid_to
    inner join {{ ref('int_people') }} as people_records on people.person_id = people_records.person_id
    where people.match_kind = 'contact_role' and people_records.record_kind = 'lead'

),

first_lead_creations as (

    select judgements.opportunity_id, judgements.judged_from, lead_creations.created_at as lead_created_at
    from judgements
    inner join lead_creations
        on judgements.opportunity_id = lead_creations.opportunity_id
        and judgements.judged_from >= lead_creations.belongs_from
    where lead_creations.created_at is not null
    qualify
        row_number() over (
            partition by judgements.opportunity_id, judgements.judged_from
            order by lead_creations.link_rank asc nulls last, lead_creations.created_at asc nulls last
        ) = 1

),

creators as (

    select
        opportunities.opportunity_id,
        intervals.role as creator_role,
        {{ sourcing_function_of_role('intervals') }} as creator_function
    from opportunities
    inner join {{ ref('int_user_intervals') }} as intervals
        on opportunities.created_by_id = intervals.user_id
        and opportunities.created_at >= intervals.valid_from
        and opportunities.created_at < intervals.valid_to

),

decided as (

    select
        opportunities.opportunity_id,
        judgements.judged_from,
        judgements.judged_to,
        original_claims.claimed_source,
        opportunities.created_by_id,
        opportunities.created_at,
        creators.creator_role,
        creators.creator_function,
        first_lead_creations.lead_created_at,
        first_events.evidence_function as event_function,
        earlier_wins.evidence_id as win_id,
        earlier_wins.evidence_at as won_at,
        partner_touches.evidence_id as partner_touch_id,
        partner_touches.evidence_at as partner_touched_at,
        first_events.evidence_id as event_id,
        first_events.evidence_at as event_at,
        case
            when earlier_wins.opportunity_id is not null then 'won_opportunity'
            when partner_touches.evidence_at <= coalesce(first_events.evidence_at, opportunities.created_at) then 'partner_touch'
            when first_events.evidence_kind is not null then first_events.evidence_kind
            when creators.creator_function is not null then 'creator_role'
            else 'none'
        end as evidence_kind
    from judgements
    inner join opportunities on judgements.opportunity_id = opportunities.opportunity_id
    left join original_claims on opportunities.opportunity_id = original_claims.opportunity_id
    left join earlier_wins on opportunities.opportunity_id = earlier_wins.opportunity_id
    left join partner_touches
        on judgements.opportunity_id = partner_touches.opportunity_id
        and judgements.judged_from = partner_touches.judged_from
    left join first_events
        on judgements.opportunity_id = first_events.opportunity_id
        and judgements.judged_from = first_events.judged_from
    left join first_lead_creations
        on judgements.opportunity_id = first_lead_creations.opportunity_id
        and judgements.judged_from = first_lead_creations.judged_from
    left join creators on opportunities.opportunity_id = creators.opportunity_id

),

evidenced as (

    select
        *,
        case evidence_kind
            when 'won_opportunity' then 'expansion'
            when 'partner_touch' then 'partner'
            when 'creator_role' then creator_function
            when 'none' then 'unknown'
            else event_function
        end as evidence_function,
        case evidence_kind when 'creator_role' then 'creator_only' when 'none' then 'none' else 'high' end as evidence_confidence,
        case evidence_kind
            when 'won_opportunity' then win_id
            when 'partner_touch' then partner_touch_id
            when 'creator_role' then created_by_id
            when 'none' then null
            else event_id
        end as evidence_id,
        case evidence_kind
            when 'won_opportunity' then won_at
            when 'partner_touch' then partner_touched_at
            when 'creator_role' then created_at
            when 'none' then null
            else event_at
        end as evidence_at
    from decided

)

select
    {{ surrogate_key(['evidenced.opportunity_id', 'evidenced.judged_from']) }} as judgement_id,
    evidenced.opportunity_id,
    evidenced.judged_from,
    evidenced.judged_to,
    evidenced.claimed_source as original_claimed_source,
    coalesce(taxonomy.sourcing_function, 'unknown') as original_claimed_function,
    evidenced.evidence_function,
    coalesce(functions.parent_function, evidenced.evidence_function) as evidence_parent,
    evidenced.evidence_confidence,
    evidenced.evidence_kind,
    evidenced.evidence_id,
    evidenced.evidence_at,
    evidenced.created_by_id as creator_id,
    evidenced.creator_role,
    evidenced.lead_created_at
from evidenced
left join {{ ref('sourcing_functions') }} as functions on evidenced.evidence_function = functions.sourcing_function
left join {{ ref('source_taxonomy') }} as taxonomy
    on lower(trim(evidenced.claimed_source)) = lower(trim(taxonomy.claimed_source))
