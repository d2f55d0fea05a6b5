with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

leads as (

    select
        leads.*,
        settings.as_of_at
    from {{ ref('int_leads') }} as leads
    cross join settings
    where
        coalesce(leads.created_at < settings.as_of_at, true)
        and coalesce(leads.deleted_at >= settings.as_of_at, true)

),

current_values as (

    select
        changes.lead_id,
        max(case when changes.field = 'source' then changes.new_value end) as source,
        max(case when changes.field = 'status' then changes.new_value end) as status,
        max(case when changes.field = 'owner_id' then changes.new_value end) as owner_id
    from (
        select lead_id, field, new_value
        from {{ ref('int_lead_changes') }}
        cross join settings
        where changed_at < settings.as_of_at
        qualify row_number() over (partition by lead_id, field order by change_number desc nulls last) = 1
    ) as changes
    group by changes.lead_id

),

opportunities as (

    select opportunity_id, lead_id, life_start_at from {{ ref('int_opportunities') }}

),

-- What the CRM converted the lead into counts before what points back at it; of several, the oldest.
linked as (

    select lead_id, opportunity_id, life_start_at
    from (
        select leads.lead_id, opportunities.opportunity_id, opportunities.life_start_at, 1 as link_rank
        from leads
        inner join opportunities on leads.converted_opportunity_id = opportunities.opportunity_id
        where coalesce(leads.converted_at < leads.as_of_at, true)
        union all
        select leads.lead_id, opportunities.opportunity_id, opportunities.life_start_at, 2 as link_rank
        from leads
        inner join opportunities on leads.lead_id = opportunities.lead_id
    ) as links
    qualify
        row_number() over (
            partition by lead_id
            order by link_rank asc nulls last, life_start_at asc nulls last, opportunity_id asc nulls last
        ) = 1

),

-- Sources that tell what a lead became: only there a lead of which nothing is told became none.
telling_sources as (

    select source_name from {{ source('bookkeeping', 'plumbline_files') }}
    where
        status = 'loaded'
        and lower(object_name) in ('{{ said_by_sources('conversion_objects') | join("', '") }}')
        and instr(coalesce(missing_columns, '[]'), '"converted_opportunity_id"') = 0
    union
    select source_name from {{ ref('int_opportunities') }}
    where lead_id is not null

),

wins as (

    select
        bases.opportunity_id,
        bases.basis_at as won_at
    from {{ ref('int_opportunity_bases') }} as bases
    cross join settings
    where bases.basis = 'won' and bases.basis_at < settings.as_of_at and bases.valid_to >= settings.as_of_at

)

select
    cast({{ published_id('leads.lead_id') }} as varchar) as lead_id,
    leads.source_name,
    leads.created_at,
    current_values.source as claimed_source,
    coalesce(taxonomy.sourcing_function, 'unknown') as sourcing_function,
    current_values.status,
    current_values.owner_id,
    case when leads.converted_at < leads.as_of_at then leads.converted_at end as converted_at,
    dim_opportunities.opportunity_id,
    case
        when dim_opportunities.opportunity_id is not null then true
        when telling_sources.source_name is not null then false
    end as became_opportunity,
    wins.won_at,
    case
        when wins.won_at is not null then true
        when dim_opportunities.opportunity_id is not null or telling_sources.source_name is not null then false
    end as is_won,
    {{ days_between(local_date('leads.created_at'), local_date('wins.won_at')) }} as days_lead_to_won
    {{- lifted_columns('leads', prefix='leads.', is_published=true) }}
from leads
left join current_values on leads.lead_id = current_values.lead_id
left join linked on leads.lead_id = linked.lead_id
left join {{ ref('dim_opportunities') }} as dim_opportunities on linked.opportunity_id = dim_opportunities.opportunity_id
left join wins on dim_opportunities.opportunity_id = wins.opportunity_id
left join telling_sources on leads.source_name = telling_sources.source_name
left join {{ ref('source_taxonomy') }} as taxonomy on lower(trim(current_values.source)) = lower(trim(taxonomy.claimed_source))
