-- A row means that conversions don't add up: reached, lost and still open are not what entered; a cut by a dimension is not the company; a
-- pipeline whose ladder never changed has an opportunity that reached a stage without being in it or past it, or is past it unreached,
-- so that conversions don't chain; or an opportunity is in no stage of the ladder that it stands in. It says nothing about maturity.
with uneven as (

    select 'adds_up' as rule, conversion_id as place
    from {{ ref('agg_stage_conversion') }}
    where
        n_reached + n_lost_before + n_still_open <> n_entered
        or reached_amount + lost_before_amount + still_open_amount <> entered_amount
        or n_skipped > n_entered

),

dimensions as (

    select
        period_grain, period_id, pipeline_id, from_stage, to_stage, dimension,
        sum(n_entered) as n_entered, sum(n_reached) as n_reached, sum(n_lost_before) as n_lost_before,
        sum(n_created_later + n_unknown_path) as n_created_later, sum(entered_amount) as entered_amount,
        sum(reached_amount) as reached_amount
    from {{ ref('agg_stage_conversion') }}
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
        or cuts.n_lost_before <> company.n_lost_before
        or cuts.n_created_later <> company.n_created_later
        or cuts.entered_amount <> company.entered_amount
        or cuts.reached_amount <> company.reached_amount

),

steady_pipelines as (

    select pipeline_id
    from {{ ref('int_stage_policy') }}
    group by pipeline_id
    having count(distinct valid_from) = 1

),

unchained as (

    select 'chains' as rule, steps.opportunity_id || ' ' || steps.from_stage as place
    from {{ ref('int_stage_conversions') }} as steps
    inner join steady_pipelines on steps.pipeline_id = steady_pipelines.pipeline_id
    left join (
        select opportunity_id, pipeline_id, from_stage, entered_at
        from {{ ref('int_stage_conversions') }}
        where outcome not in ('created_later', 'unknown_path') and to_stage = '(won)'
    ) as next_steps
        on steps.opportunity_id = next_steps.opportunity_id
        and steps.pipeline_id = next_steps.pipeline_id
        and steps.to_stage = next_steps.from_stage
    where
        steps.to_stage <> '(won)'
        and steps.outcome not in ('created_later', 'unknown_path')
        and (
            (steps.outcome = 'reached') <> (next_steps.opportunity_id is not null)
            or steps.resolved_at < next_steps.entered_at
            or (steps.outcome = 'reached' and steps.resolved_at <> next_steps.entered_at)
        )

),

homeless as (

    select 'stands_in_its_stage' as rule, visits.opportunity_id || ' ' || visits.stage as place
    from {{ ref('fct_stage_visits') }} as visits
    inner join {{ ref('int_stage_policy') }} as policy
        on visits.pipeline_id = policy.pipeline_id
        and visits.stage = policy.stage
        and visits.entered_at >= policy.valid_from
        and visits.entered_at < policy.valid_to
        and policy.open_stage_rank is not null
    left join {{ ref('int_stage_conversions') }} as conversions
        on visits.opportunity_id = conversions.opportunity_id
        and visits.pipeline_id = conversions.pipeline_id
        and visits.stage = conversions.from_stage
        and conversions.to_stage = '(won)'
        and visits.entered_at >= conversions.entered_at
    where conversions.opportunity_id is null

)

select * from uneven
union all
select * from uncut
union all
select * from unchained
union all
select * from homeless
