{#- What goes through the path from first touch to won, as of as_of, each once: an opportunity with all leads that became it, a lead that
    became none, a person who was touched and is neither. So nobody counts twice, and what comes out of the lead stages is what goes
    into the opportunity stages. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

-- A contact is a lead from its first lead stage on.
staged as (

    select distinct visits.lead_id
    from {{ ref('int_lead_stage_visits') }} as visits
    inner join settings on visits.entered_at < settings.as_of_at

),

leads as (

    select
        lives.lead_id,
        lives.root_lead_id,
        -- Until it is converted a lead is a person of its own.
        case when lives.converted_at >= settings.as_of_at then lives.lead_id else lives.person_id end as person_id,
        lives.life_start_at,
        links.opportunity_id
    from {{ ref('int_lead_lives') }} as lives
    cross join settings
    inner join {{ ref('int_lead_lives') }} as roots
        on lives.root_lead_id = roots.lead_id
        and coalesce(roots.deleted_at >= settings.as_of_at, true)
    inner join staged on lives.lead_id = staged.lead_id
    left join {{ ref('int_lead_opportunities') }} as links on lives.root_lead_id = links.lead_id
    where lives.life_start_at < settings.as_of_at

),

opportunities as (

    select opportunities.opportunity_id, opportunities.life_start_at
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

members as (

    select
        case when opportunity_id is not null then 'opportunity' else 'lead' end as journey_of,
        coalesce(opportunity_id, root_lead_id) as journey_of_id,
        lead_id, root_lead_id, person_id, life_start_at
    from leads

),

people_of_journeys as (

    select journey_of, journey_of_id, person_id from members
    union
    select 'opportunity' as journey_of, people.opportunity_id as journey_of_id, people.person_id
    from {{ ref('int_opportunity_people') }} as people
    cross join settings
    inner join opportunities on people.opportunity_id = opportunities.opportunity_id
    where
        people.match_kind in ('conversion', 'contact_role')
        and people.valid_from < settings.as_of_at and people.valid_to >= settings.as_of_at

),

touches as (

    select
        case
            when touches.contact_id is null and leads.converted_at >= settings.as_of_at then touches.lead_id
            else touches.person_id
        end as person_id,
        touches.touched_at, touches.touch_id, touches.channel
    from {{ ref('int_touches') }} as touches
    cross join settings
    left join {{ ref('int_leads') }} as leads on touches.lead_id = leads.lead_id
    where
        touches.is_material and not touches.is_bot and not touches.is_internal
        and touches.person_id is not null
        and touches.touched_at < settings.as_of_at
        and coalesce(touches.replaced_at >= settings.as_of_at, true)

),

first_touches as (

    select journey_of, journey_of_id, touched_at, channel
    from (
        select people_of_journeys.journey_of, people_of_journeys.journey_of_id, touches.touched_at, touches.channel, touches.touch_id
        from touches
        inner join people_of_journeys on touches.person_id = people_of_journeys.person_id
        union all
        select 'person' as journey_of, person_id as journey_of_id, touched_at, channel, touch_id
        from touches
        where person_id not in (select people.person_id from people_of_journeys as people where people.person_id is not null)
    ) as every_touch
    qualify
        row_number() over (
            partition by journey_of, journey_of_id order by touched_at asc nulls last, touch_id asc nulls last
        ) = 1

),

claims as (

    select
        members.journey_of,
        members.journey_of_id,
        changes.new_value as claimed_source
    from members
    cross join settings
    inner join {{ ref('int_lead_changes') }} as changes
        on members.lead_id = changes.lead_id
        and changes.field = 'source'
        and changes.new_value is not null
        and settings.as_of_at > changes.changed_at
    qualify
        row_number() over (
            partition by members.journey_of, members.journey_of_id
            order by
                members.life_start_at asc nulls last, members.lead_id asc nulls last, changes.change_number asc nulls last
        ) = 1

),

counted as (

    select
        journey_of, journey_of_id,
        count(distinct root_lead_id) as n_leads
    from members
    group by journey_of, journey_of_id

),

journeys as (

    select 'opportunity' as journey_of, opportunity_id as journey_of_id from opportunities
    union all
    select journey_of, journey_of_id from counted where journey_of = 'lead'
    union all
    select journey_of, journey_of_id from first_touches where journey_of = 'person'

)

select
    {{ surrogate_key(['journeys.journey_of', 'journeys.journey_of_id']) }} as journey_id,
    journeys.journey_of,
    journeys.journey_of_id,
    coalesce(counted.n_leads, 0) as n_leads,
    first_touches.touched_at as first_touch_at,
    coalesce(first_touches.channel, '(none)') as first_touch_channel,
    coalesce(claims.claimed_source, sources.original_claimed_source, '(none)') as claimed_source,
    coalesce(taxonomy.sourcing_function, 'unknown') as claimed_function
from journeys
left join counted
    on journeys.journey_of = counted.journey_of
    and journeys.journey_of_id = counted.journey_of_id
left join first_touches
    on journeys.journey_of = first_touches.journey_of
    and journeys.journey_of_id = first_touches.journey_of_id
left join claims
    on journeys.journey_of = claims.journey_of
    and journeys.journey_of_id = claims.journey_of_id
left join {{ ref('int_opportunity_sources') }} as sources
    on journeys.journey_of = 'opportunity'
    and journeys.journey_of_id = sources.opportunity_id
left join {{ ref('source_taxonomy') }} as taxonomy
    on lower(trim(coalesce(claims.claimed_source, sources.original_claimed_source))) = lower(trim(taxonomy.claimed_source))
