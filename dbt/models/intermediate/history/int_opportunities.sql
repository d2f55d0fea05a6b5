{#- Each opportunity with the instants of its life that decide what it counts in. As_of-free: an instant after as_of is for the
    mart to leave out. What was merged is deleted too, and `merged_into_id` tells the two apart.

    The bar (METRICS "the bar, where it isn't told"): it was cleared at the first told open stage that is past it; where no stage is
    told past it and the way to the first closing isn't told, when the deal became pipeline, won and lost alike; a win whose told
    stages all lie below cleared it by winning, such a loss did not. `bar_basis` says which: told, assumed, won, or no_bar. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with visits as (

    select
        *,
        min(case when not is_open then visit_number end) over (partition by opportunity_id) as first_closed_number
    from {{ ref('int_stage_visits') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

milestones as (

    select
        opportunity_id,
        min(case when is_pipeline then entered_at end) as told_pipeline_at,
        min(case when is_qualified and is_open and stage <> '{{ unknown_stage() }}' then entered_at end) as told_qualified_at,
        min(case when is_won then entered_at end) as won_at,
        min(case when visit_number = first_closed_number then entered_at end) as first_closed_at,
        min(entered_at) as started_at,
        max(case when has_bar then 1 else 0 end) = 1 as has_bar,
        min(
            case when coalesce(visit_number <= first_closed_number, true) and not is_entry_told then 0 else 1 end
        ) = 1 as is_way_told
    from visits
    group by opportunity_id

),

became as (

    select
        *,
        coalesce(
            told_pipeline_at,
            case when first_closed_at is not null and not is_way_told then started_at else won_at end
        ) as pipeline_at
    from milestones

),

cleared as (

    select
        *,
        case
            when not has_bar then pipeline_at
            when told_qualified_at <= coalesce(first_closed_at, told_qualified_at) then told_qualified_at
            when first_closed_at is not null and not is_way_told then pipeline_at
            else coalesce(least(told_qualified_at, won_at), told_qualified_at, won_at)
        end as qualified_at,
        case
            when not has_bar then 'no_bar'
            when told_qualified_at <= coalesce(first_closed_at, told_qualified_at) then 'told'
            when first_closed_at is not null and not is_way_told then 'assumed'
            when won_at < coalesce(told_qualified_at, {{ end_of_time() }}) then 'won'
            when told_qualified_at is not null then 'told'
        end as bar_basis
    from became

),

newest_deletion as (

    select
        opportunity_id,
        case when new_value = 'true' then changed_at end as deleted_at
    from {{ ref('int_opportunity_changes') }}
    where field = 'is_deleted' and {{ changed_opportunities_filter('opportunity_id') }}
    qualify row_number() over (partition by opportunity_id order by change_number desc nulls last) = 1

)

select
    lives.opportunity_id,
    lives.source_name,
    lives.account_id,
    lives.lead_id,
    lives.opportunity_type,
    lives.currency,
    lives.fx_rate,
    lives.created_at,
    lives.created_by_id,
    lives.life_start_at,
    lives.is_start_known,
    newest_deletion.deleted_at,
    mergers.survivor_id as merged_into_id,
    coalesce(least(mergers.merged_at, newest_deletion.deleted_at), mergers.merged_at) as merged_at,
    cleared.pipeline_at,
    cleared.qualified_at,
    case when cleared.qualified_at is not null then cleared.bar_basis end as bar_basis,
    cleared.is_way_told,
    cleared.first_closed_at
from {{ ref('int_opportunity_lives') }} as lives
left join cleared on lives.opportunity_id = cleared.opportunity_id
left join newest_deletion on lives.opportunity_id = newest_deletion.opportunity_id
left join {{ ref('int_record_merges') }} as mergers
    on lives.opportunity_id = mergers.record_id
    and mergers.record_kind = 'opportunity'
where {{ changed_opportunities_filter('lives.opportunity_id') }}
