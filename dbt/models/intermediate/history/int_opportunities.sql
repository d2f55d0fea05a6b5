{#- Each opportunity with the instants of its life that decide what it counts in. As_of-free: an instant after as_of is for the
    mart to leave out. A win, however sudden, passed the bar; a loss did not. What was merged is
    deleted too, and `merged_into_id` tells the two apart. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with milestones as (

    select
        opportunity_id,
        min(case when is_pipeline or is_won then entered_at end) as pipeline_at,
        min(case when is_qualified or is_won then entered_at end) as qualified_at
    from {{ ref('int_stage_visits') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    group by opportunity_id

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
    milestones.pipeline_at,
    milestones.qualified_at
from {{ ref('int_opportunity_lives') }} as lives
left join milestones on lives.opportunity_id = milestones.opportunity_id
left join newest_deletion on lives.opportunity_id = newest_deletion.opportunity_id
left join {{ ref('int_record_merges') }} as mergers
    on lives.opportunity_id = mergers.record_id
    and mergers.record_kind = 'opportunity'
where {{ changed_opportunities_filter('lives.opportunity_id') }}
