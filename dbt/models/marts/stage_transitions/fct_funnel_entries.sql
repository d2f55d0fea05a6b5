with journeys as (

    select * from {{ ref('int_funnel_journeys') }}

),

-- The opportunity stages are those of agg_stage_conversion, but what began past one has come from the lead stages and skips it.
opportunity_stages as (

    select
        conversions.opportunity_id,
        conversions.pipeline_id,
        conversions.from_stage,
        max(conversions.from_stage_rank) as stage_rank,
        max(case when conversions.is_next_step then conversions.to_stage end) as next_stage,
        max(conversions.entered_at) as entered_at,
        max(conversions.visit_number) as visit_number,
        max(case when conversions.is_skipped then 1 else 0 end) = 1 as is_skipped,
        max(case when conversions.outcome = 'created_later' then 1 else 0 end) = 1 as is_created_later,
        max(case when conversions.outcome = 'unknown_path' then 1 else 0 end) = 1 as is_unknown_path,
        max(case when conversions.is_start_known then 1 else 0 end) = 1 as is_start_known,
        max(case when conversions.is_next_step then conversions.reached_at end) as next_at,
        max(case when conversions.to_stage = '(won)' then conversions.reached_at end) as won_at,
        max(conversions.lost_at) as lost_at
    from {{ ref('int_stage_conversions') }} as conversions
    group by conversions.opportunity_id, conversions.pipeline_id, conversions.from_stage

),

opportunity_rungs as (

    select
        journeys.journey_id,
        stages.pipeline_id,
        stages.from_stage as stage,
        1000 + stages.stage_rank as stage_position,
        stages.next_stage,
        stages.entered_at,
        stages.is_skipped or (stages.is_created_later and stages.visit_number = 1 and borders.step_number > 1) as is_skipped,
        stages.is_created_later and not (stages.visit_number = 1 and borders.step_number > 1) as is_created_later,
        stages.is_unknown_path,
        stages.is_start_known,
        stages.next_at,
        stages.won_at,
        stages.lost_at
    from opportunity_stages as stages
    inner join journeys
        on journeys.journey_of = 'opportunity'
        and stages.opportunity_id = journeys.journey_of_id
    inner join {{ ref('int_funnel_rungs') }} as borders
        on journeys.journey_id = borders.journey_id
        and borders.stage = '(opportunity)'

),

opportunity_judged as (

    select
        journey_id, pipeline_id, stage, stage_position, next_stage, entered_at, is_skipped, is_created_later, is_unknown_path,
        is_start_known,
        {%- for goal in ['next', 'won'] %}
        case
            when is_unknown_path then 'unknown_path'
            when is_created_later then 'created_later'
            when {{ goal }}_at is not null then 'reached'
            when lost_at is not null then 'lost'
            else 'open'
        end as {{ goal }}_outcome,
        case when not is_created_later and not is_unknown_path then {{ goal }}_at end as {{ goal }}_at,
        {%- endfor %}
        case when not is_created_later and not is_unknown_path then lost_at end as lost_at
    from opportunity_rungs

),

united as (

    select
        journey_id, '(leads)' as pipeline_id, stage, stage_rank as stage_position, next_stage, entered_at, is_skipped,
        is_created_later, false as is_unknown_path, true as is_start_known, next_outcome, next_at, won_outcome, won_at, lost_at
    from {{ ref('int_funnel_rungs') }}
    union all
    select
        journey_id, pipeline_id, stage, stage_position, next_stage, entered_at, is_skipped,
        is_created_later, is_unknown_path, is_start_known, next_outcome, next_at, won_outcome, won_at, lost_at
    from opportunity_judged

)

select
    cast(
        {{ surrogate_key([
            'journeys.journey_of', published_id('journeys.journey_of_id'), 'united.pipeline_id', 'united.stage'
        ]) }} as varchar
    ) as funnel_entry_id,
    cast({{ surrogate_key(['journeys.journey_of', published_id('journeys.journey_of_id')]) }} as varchar) as journey_id,
    case
        when journeys.journey_of = 'opportunity' and journeys.n_leads > 0 then 'opportunity_with_lead'
        when journeys.journey_of = 'opportunity' then 'opportunity_without_lead'
        when journeys.journey_of = 'lead' then 'lead'
        else 'touched_person'
    end as journey_kind,
    case when journeys.journey_of = 'opportunity' then journeys.journey_of_id end as opportunity_id,
    cast(case when journeys.journey_of = 'lead' then {{ published_id('journeys.journey_of_id') }} end as varchar) as lead_id,
    cast(journeys.n_leads as bigint) as n_leads,
    united.pipeline_id,
    united.stage,
    cast(united.stage_position as bigint) as stage_position,
    united.next_stage,
    united.entered_at,
    {{ local_date('united.entered_at') }} as entered_on,
    united.is_skipped,
    united.is_created_later,
    united.is_unknown_path,
    united.next_outcome,
    united.next_at,
    case when united.is_start_known then {{ fractional_days('united.entered_at', 'united.next_at') }} end as days_to_next,
    united.won_outcome,
    united.won_at,
    case when united.is_start_known then {{ fractional_days('united.entered_at', 'united.won_at') }} end as days_to_won,
    united.lost_at,
    journeys.first_touch_at,
    journeys.first_touch_channel,
    journeys.claimed_source,
    journeys.claimed_function
from united
inner join journeys on united.journey_id = journeys.journey_id
