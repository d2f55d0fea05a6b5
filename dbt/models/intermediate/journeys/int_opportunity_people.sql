{#- Whose touches and activities belong to an opportunity, and when: the people of its own lead and contact roles, and the buying group
    of its account. One row per match and span [valid_from, valid_to); how spans are read is said in int_account_people. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, account_id, lead_id
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- An opportunity that names its lead has done so since it began, as far as anybody knows.
lead_links as (

    select opportunity_id, lead_id, cast(null as timestamp) as converted_at
    from opportunities
    where lead_id is not null
    union
    select opportunities.opportunity_id, leads.lead_id, leads.converted_at
    from opportunities
    inner join {{ ref('int_leads') }} as leads on opportunities.opportunity_id = leads.converted_opportunity_id

),

united as (

    select
        lead_links.opportunity_id,
        coalesce(people.person_id, lead_links.lead_id) as person_id,
        'conversion' as match_kind,
        1 as match_rank,
        coalesce(lead_links.converted_at, {{ beginning_of_time() }}) as valid_from,
        {{ end_of_time() }} as valid_to,
        lead_links.converted_at is null as is_undated
    from lead_links
    left join {{ ref('int_people') }} as people
        on lead_links.lead_id = people.record_id
        and people.record_kind = 'lead'
    union all
    select
        opportunities.opportunity_id,
        coalesce(people.person_id, roles.contact_id) as person_id,
        'contact_role' as match_kind,
        2 as match_rank,
        roles.valid_from,
        roles.valid_to,
        roles.is_undated
    from opportunities
    inner join {{ ref('int_opportunity_contacts') }} as roles on opportunities.opportunity_id = roles.opportunity_id
    left join {{ ref('int_people') }} as people
        on roles.contact_id = people.record_id
        and people.record_kind = 'contact'
    union all
    select
        opportunities.opportunity_id, buying_group.person_id, buying_group.match_kind, buying_group.match_rank,
        buying_group.valid_from, buying_group.valid_to, buying_group.is_undated
    from opportunities
    inner join {{ ref('int_account_people') }} as buying_group on opportunities.account_id = buying_group.account_id

)

select
    {{ surrogate_key(['opportunity_id', 'person_id', 'match_kind', 'valid_from']) }} as opportunity_person_id,
    opportunity_id,
    person_id,
    match_kind,
    match_rank,
    valid_from,
    max(valid_to) as valid_to,
    max(case when is_undated then 1 else 0 end) = 1 as is_undated
from united
group by opportunity_id, person_id, match_kind, match_rank, valid_from
