-- A row means that the path from first touch to won doesn't add up: reached, lost and still open are not what entered; a cut is not
-- the company; months don't hold the entries; an opportunity is in no journey or in two; a lead is in none; as long as the lead policy
-- never changed, a journey reached a rung without being in it or past it, so that conversions don't chain; or a stage of an
-- opportunity has another outcome than in agg_stage_conversion. It says nothing about maturity.
with uneven as (

    select 'adds_up' as rule, funnel_conversion_id as place
    from {{ ref('agg_funnel_conversion') }}
    where n_reached + n_lost_before + n_still_open <> n_entered or n_skipped > n_entered

),

dimensions as (

    select
        period_grain, period_id, pipeline_id, from_stage, to_stage, dimension,
        sum(n_entered) as n_entered, sum(n_reached) as n_reached,
        sum(n_created_later + n_unknown_path) as n_created_later
    from {{ ref('agg_funnel_conversion') }}
    group by period_grain, period_id, pipeline_id, from_stage, to_stage, dimension

),

uncut as (

    select 'dimension_is_company' as rule, cuts.dimension || ' ' || cuts.period_id || ' ' || cuts.from_stage as place
    from dimensions as cuts
    inner join dimensions as company
        on cuts.period_grain = company.period_grain
        and cuts.period_id = company.period_id
        and cuts.pipeline_id = company.pipeline_id
        and cuts.from_stage = company.from_stage
        and cuts.to_stage = company.to_stage
        and company.dimension = 'company'
    where
        cuts.n_entered <> company.n_entered
        or cuts.n_reached <> company.n_reached
        or cuts.n_created_later <> company.n_created_later

),

entries as (

    select * from {{ ref('fct_funnel_entries') }}

),

counted as (

    select pipeline_id, from_stage, sum(n_entered + n_created_later) as n, sum(n_reached) as n_won
    from dimensions
    where dimension = 'company' and to_stage = '(won)' and period_grain = 'month'
    group by pipeline_id, from_stage

),

listed as (

    select pipeline_id, stage, count(*) as n, sum(case when won_outcome = 'reached' then 1 else 0 end) as n_won
    from entries
    group by pipeline_id, stage

),

uncounted as (

    select 'entries_are_counted' as rule, listed.pipeline_id || ' ' || listed.stage as place
    from listed
    left join counted
        on listed.pipeline_id = counted.pipeline_id
        and listed.stage = counted.from_stage
    where counted.n is distinct from listed.n or counted.n_won is distinct from listed.n_won

),

homeless as (

    select 'opportunity_in_one_journey' as rule, opportunities.opportunity_id as place
    from {{ ref('dim_opportunities') }} as opportunities
    left join entries
        on opportunities.opportunity_id = entries.opportunity_id
        and entries.stage = '(opportunity)'
    group by opportunities.opportunity_id
    having count(entries.journey_id) <> 1
    union all
    select 'lead_in_a_journey' as rule, visits.lead_id as place
    from (select distinct lead_id from {{ ref('fct_lead_stage_visits') }}) as visits
    left join {{ ref('int_lead_lives') }} as lives on visits.lead_id = {{ published_id('lives.lead_id') }}
    -- What was merged since goes with its survivor.
    left join {{ ref('int_lead_opportunities') }} as links on lives.root_lead_id = links.lead_id
    left join {{ ref('int_funnel_journeys') }} as journeys
        on coalesce(links.opportunity_id, lives.root_lead_id) = journeys.journey_of_id
        and journeys.journey_of = case when links.opportunity_id is null then 'lead' else 'opportunity' end
    where journeys.journey_id is null

),

unchained as (

    select 'chains' as rule, steps.journey_id || ' ' || steps.stage as place
    from entries as steps
    left join entries as next_steps
        on steps.journey_id = next_steps.journey_id
        and steps.next_stage = next_steps.stage
        and next_steps.pipeline_id = '(leads)'
    where
        steps.pipeline_id = '(leads)'
        and steps.stage_position between 1 and 999
        and not steps.is_created_later
        and (
            (steps.next_outcome = 'reached') <> (next_steps.journey_id is not null)
            or next_steps.is_created_later
            or steps.next_at <> next_steps.entered_at
        )
        and (select count(distinct policy.valid_from) from {{ ref('int_lead_stage_policy') }} as policy) = 1

),

contradicted as (

    select 'as_in_stage_conversion' as rule, entries.opportunity_id || ' ' || entries.stage as place
    from entries
    inner join {{ ref('int_stage_conversions') }} as conversions
        on entries.opportunity_id = conversions.opportunity_id
        and entries.pipeline_id = conversions.pipeline_id
        and entries.stage = conversions.from_stage
        and conversions.to_stage = '(won)'
    where
        conversions.outcome <> entries.won_outcome
        and not (conversions.outcome = 'created_later' and entries.is_skipped and entries.n_leads > 0)

)

select * from uneven
union all
select * from uncut
union all
select * from uncounted
union all
select * from homeless
union all
select * from unchained
union all
select * from contradicted
