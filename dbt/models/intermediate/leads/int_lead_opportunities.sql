{#- Which opportunity each lead became, as of as_of: what the CRM converted it into, else what points back at it, else the first one since
    it began that names its person in a contact role. A merged lead's is its survivor's.

    What comes before the lead is told by the order, not by the join: as a condition of the join it lets a planner pair every lead
    with every opportunity first. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

lives as (

    select lives.*
    from {{ ref('int_lead_lives') }} as lives
    cross join settings
    where lives.life_start_at < settings.as_of_at

),

opportunities as (

    select opportunities.opportunity_id, opportunities.lead_id, opportunities.life_start_at
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

links as (

    select
        lives.root_lead_id as lead_id, opportunities.opportunity_id, opportunities.life_start_at, 'conversion' as link_kind,
        1 as link_rank, false as is_before_lead
    from lives
    inner join settings on coalesce(lives.converted_at < settings.as_of_at, true)
    inner join opportunities on lives.converted_opportunity_id = opportunities.opportunity_id
    union all
    select
        lives.root_lead_id as lead_id, opportunities.opportunity_id, opportunities.life_start_at, 'opportunity' as link_kind,
        2 as link_rank, false as is_before_lead
    from lives
    inner join opportunities on lives.lead_id = opportunities.lead_id
    union all
    select
        lives.root_lead_id as lead_id, opportunities.opportunity_id, opportunities.life_start_at, 'contact_role' as link_kind,
        3 as link_rank, opportunities.life_start_at < lives.life_start_at as is_before_lead
    from lives
    inner join {{ ref('int_opportunity_people') }} as people
        on lives.person_id = people.person_id
        and people.match_kind = 'contact_role'
    inner join settings
        on people.valid_from < settings.as_of_at
        and people.valid_to >= settings.as_of_at
    inner join opportunities on people.opportunity_id = opportunities.opportunity_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by lead_id
            order by
                is_before_lead asc nulls last, link_rank asc nulls last, life_start_at asc nulls last,
                opportunity_id asc nulls last
        ) as link_number
    from links

)

select lead_id, opportunity_id, link_kind
from ranked
where link_number = 1 and not is_before_lead
