{#- The one table of stages: every stage of every pipeline, by date, as each pipeline's ladder has it (int_pipelines). A ladder that is
    written in seeds/stage_policy.csv keeps its rows; what it leaves out and a list or a record has stands in it too, with the place
    that the CRM's list gives it between the written ones, and past the bar if an open one before it is. `kind_basis` says what tells
    that a stage is open, won or lost. A stage whose place nothing tells has no rank. -#}
with policy_rows as (

    select
        pipeline_id as policy_pipeline_id,
        {{ stage_key('stage') }} as stage_key,
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
        coalesce({{ start_of_day('valid_to') }}, {{ end_of_time() }}) as valid_to
    from {{ ref('stage_policy') }}

),

written as (

    select ladders.pipeline_id, policy_rows.*
    from policy_rows
    inner join (
        select distinct pipeline_id, policy_pipeline_id from {{ ref('int_pipelines') }}
        where policy_pipeline_id is not null
    ) as ladders
        on policy_rows.policy_pipeline_id = ladders.policy_pipeline_id

),

-- Sources that share a pipeline share its stages: the one that tells more of a stage is heard.
told as (

    select
        pipelines.pipeline_id,
        stages.stage_key, stages.stage_order, stages.phase, stages.is_pipeline, stages.is_qualified, stages.default_probability,
        stages.is_listed, stages.kind, stages.kind_basis
    from {{ ref('int_source_stages') }} as stages
    inner join {{ ref('int_pipelines') }} as pipelines
        on stages.source_name = pipelines.source_name
        and stages.source_pipeline = pipelines.source_pipeline
    qualify
        row_number() over (
            partition by pipelines.pipeline_id, stages.stage_key
            order by
                case stages.kind_basis
                    when 'policy' then 1 when 'list' then 2 when 'records' then 3 when 'words' then 4 else 5
                end asc nulls last,
                stages.is_listed desc nulls last, stages.stage_order asc nulls last, stages.source_name asc nulls last,
                stages.source_pipeline asc nulls last
        ) = 1

),

cuts as (

    select pipeline_id, valid_from as cut_at from written
    union
    select pipeline_id, valid_to as cut_at from written
    union
    select pipeline_id, {{ beginning_of_time() }} as cut_at from told
    union
    select pipeline_id, {{ end_of_time() }} as cut_at from told

),

ladders as (

    select
        pipeline_id,
        cut_at as valid_from,
        lead(cut_at) over (partition by pipeline_id order by cut_at asc nulls first) as valid_to
    from cuts

),

-- Each policy row once per span in which the whole ladder of its pipeline stood still, so that a rank holds for the span.
written_spans as (

    select
        written.pipeline_id, written.stage_key, written.stage_order, written.phase, written.is_open, written.is_won,
        written.is_pipeline, written.is_qualified, written.default_probability, written.maximum_days, written.is_signed,
        told.stage_order as list_order,
        ladders.valid_from, ladders.valid_to
    from written
    inner join ladders
        on written.pipeline_id = ladders.pipeline_id
        and written.valid_from <= ladders.valid_from
        and written.valid_to >= ladders.valid_to
    left join told
        on written.pipeline_id = told.pipeline_id
        and written.stage_key = told.stage_key
        and told.is_listed

),

-- A stage that the policy had at another time keeps what that said of it, without a place.
written_once as (

    select * from written
    qualify row_number() over (partition by pipeline_id, stage_key order by valid_to desc nulls last, valid_from desc nulls last) = 1

),

told_spans as (

    select
        told.pipeline_id, told.stage_key,
        case when written_once.stage_key is null then told.stage_order end as list_order,
        told.phase,
        case
            when written_once.stage_key is not null and told.kind_basis = 'assumed' then written_once.is_open
            else told.kind = 'open'
        end as is_open,
        case
            when written_once.stage_key is not null and told.kind_basis = 'assumed' then written_once.is_won
            else told.kind = 'won'
        end as is_won,
        told.is_pipeline,
        coalesce(told.is_qualified, case when written_once.is_open then written_once.is_qualified end) as is_qualified,
        told.is_qualified is not null as is_bar_told,
        told.default_probability, told.is_listed, told.kind_basis,
        ladders.valid_from, ladders.valid_to
    from told
    inner join ladders on told.pipeline_id = ladders.pipeline_id
    left join written_spans
        on told.pipeline_id = written_spans.pipeline_id
        and told.stage_key = written_spans.stage_key
        and ladders.valid_from = written_spans.valid_from
    left join written_once
        on told.pipeline_id = written_once.pipeline_id
        and told.stage_key = written_once.stage_key
    -- Nothing happened before the earliest date that counts as one, so a span that ends there has no stages but written ones.
    where
        written_spans.stage_key is null
        and ladders.valid_to > cast('{{ var("earliest_date", "2000-01-01") }}' as timestamp)

),

-- Written and unwritten stages in the order of the CRM's list, for the unwritten to find the written ones before them.
united as (

    select
        pipeline_id, stage_key, stage_order as written_order, list_order, phase, is_open, is_won, is_pipeline, is_qualified,
        default_probability, maximum_days, is_signed, 'seed' as origin, 'policy' as kind_basis, true as is_written,
        is_qualified as marks_bar, valid_from, valid_to
    from written_spans
    union all
    select
        pipeline_id, stage_key, cast(null as bigint) as written_order, list_order, phase, is_open, is_won, is_pipeline, is_qualified,
        default_probability, cast(null as bigint) as maximum_days, false as is_signed,
        case when is_listed then 'crm' else kind_basis end as origin, kind_basis, false as is_written,
        coalesce(is_bar_told and is_qualified, false) as marks_bar, valid_from, valid_to
    from told_spans

),

placed as (

    select
        *,
        max(case when is_written then 1 else 0 end) over span = 1 as is_written_ladder,
        max(case when marks_bar then 1 else 0 end) over span = 1 as has_bar,
        min(case when is_open then written_order end) over span as first_written_order,
        max(case when is_written and is_open and list_order is not null then 1 else 0 end) over span = 1 as has_common_list,
        last_value(case when is_written and is_open and list_order is not null then written_order end ignore nulls) over list_so_far
            as order_before,
        max(case when is_written and is_open and is_qualified and list_order is not null then 1 else 0 end) over list_so_far = 1
            as is_past_bar
    from united
    window
        span as (partition by pipeline_id, valid_from),
        list_so_far as (
            partition by pipeline_id, valid_from order by list_order asc nulls last, is_written desc nulls last, stage_key asc nulls last
            rows between unbounded preceding and current row
        )

),

ordered as (

    select
        *,
        case
            when is_written then written_order
            when not is_written_ladder then list_order
            when list_order is not null and has_common_list then coalesce(order_before, first_written_order - 1)
        end as stage_order,
        case
            when is_written then is_qualified
            when is_won then coalesce(is_qualified, has_bar)
            when is_open then coalesce(is_qualified, is_written_ladder and list_order is not null and is_past_bar)
            else coalesce(is_qualified, false)
        end as is_past_or_at_bar
    from placed

)

select
    ordered.pipeline_id,
    names.stage,
    ordered.stage_order,
    ordered.phase,
    ordered.is_open,
    ordered.is_won,
    coalesce(ordered.is_pipeline, ordered.is_open) as is_pipeline,
    ordered.is_past_or_at_bar as is_qualified,
    ordered.default_probability,
    ordered.maximum_days,
    ordered.is_signed,
    ordered.origin,
    ordered.has_bar,
    ordered.kind_basis,
    ordered.valid_from,
    ordered.valid_to,
    case
        when ordered.is_open and (ordered.stage_order is not null or ordered.is_written) then
            row_number() over (
                partition by
                    ordered.pipeline_id, ordered.valid_from, ordered.is_open,
                    ordered.stage_order is not null or ordered.is_written
                order by
                    ordered.stage_order asc nulls last, ordered.is_written desc nulls last, ordered.list_order asc nulls last,
                    names.stage asc nulls last
            )
    end as open_stage_rank
from ordered
inner join {{ ref('int_stage_names') }} as names on ordered.stage_key = names.stage_key
