{#- The stages of every pipeline, by date: seeds/stage_policy.csv where RevOps has written the pipeline, else what the CRM
    declares of its stages. -#}
with written as (

    select
        pipeline_id,
        stage,
        cast(stage_order as bigint) as stage_order,
        phase,
        is_open,
        is_won,
        is_pipeline,
        is_qualified,
        cast(default_probability as decimal(9, 4)) as default_probability,
        cast(maximum_days as bigint) as maximum_days,
        coalesce(signed_by_marketing, '') <> '' and coalesce(signed_by_sales, '') <> '' as is_signed,
        coalesce({{ start_of_day('valid_from') }}, {{ beginning_of_time() }}) as valid_from,
        coalesce({{ start_of_day('valid_to') }}, {{ end_of_time() }}) as valid_to,
        'seed' as origin
    from {{ ref('stage_policy') }}

),

declared as (

    select stages.*
    from {{ united('stages') }} as stages
    where
        not exists (
            select 1 from written
            where written.pipeline_id = stages.pipeline_id and written.stage = stages.stage
        )
        and (stages.fills_gaps or stages.pipeline_id not in (select written.pipeline_id from written))

),

united as (

    select
        pipeline_id, stage, stage_order, phase, is_open, is_won, is_pipeline, is_qualified, default_probability, maximum_days,
        is_signed, valid_from, valid_to, origin
    from written
    union all
    select
        pipeline_id, stage, stage_order, phase, is_open, is_won, is_pipeline, is_qualified, default_probability,
        cast(null as bigint) as maximum_days,
        false as is_signed,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        'crm' as origin
    from declared

),

cuts as (

    select pipeline_id, valid_from as cut_at from united
    union
    select pipeline_id, valid_to as cut_at from united

),

ladders as (

    select
        pipeline_id,
        cut_at as valid_from,
        lead(cut_at) over (partition by pipeline_id order by cut_at asc nulls first) as valid_to
    from cuts

),

-- Each policy row once per span in which the whole ladder of its pipeline stood still, so that a rank holds for the span.
spans as (

    select
        united.pipeline_id, united.stage, united.stage_order, united.phase, united.is_open, united.is_won, united.is_pipeline,
        united.is_qualified, united.default_probability, united.maximum_days, united.is_signed, united.origin,
        ladders.valid_from, ladders.valid_to
    from united
    inner join ladders
        on united.pipeline_id = ladders.pipeline_id
        and united.valid_from <= ladders.valid_from
        and united.valid_to >= ladders.valid_to

)

select
    *,
    -- A pipeline has a bar only where its policy marks one.
    max(case when is_open and is_qualified then 1 else 0 end) over (partition by pipeline_id, valid_from) = 1 as has_bar,
    case
        when is_open then
            row_number() over (
                partition by pipeline_id, valid_from, is_open order by stage_order asc nulls last, stage asc nulls last
            )
    end as open_stage_rank
from spans
