{#- Which Marketo lead each Marketo lead goes on as: the one that it was merged into, through all merges. Activities keep the lead
    under which they were logged, so whatever is about a lead is looked up here first. -#}
with recursive logged_merges as (

    select source_name, {{ each_match('merge_ids', '[0-9]+') }} as lead_id, lead_id as kept_lead_id, occurred_at, activity_id
    from ({{ latest_version(ref('stg_marketo__activity_merge_leads')) }}) as logged
    where not is_record_deleted

),

-- A lead is merged once; where the log says otherwise, the last word counts.
steps as (

    select source_name, lead_id, kept_lead_id
    from logged_merges
    where lead_id <> kept_lead_id
    qualify
        row_number() over (
            partition by source_name, lead_id order by occurred_at desc nulls last, activity_id desc nulls last
        ) = 1

),

chains as (

    select source_name, lead_id, kept_lead_id as reached_id, 1 as n_steps from steps
    union all
    select chains.source_name, chains.lead_id, steps.kept_lead_id as reached_id, chains.n_steps + 1 as n_steps
    from chains
    inner join steps
        on chains.source_name = steps.source_name
        and chains.reached_id = steps.lead_id
    -- Leads merged into each other in a circle end here instead of never.
    where chains.n_steps < 10

),

ends as (

    select source_name, lead_id, reached_id
    from chains
    qualify row_number() over (partition by source_name, lead_id order by n_steps desc nulls last) = 1

),

leads as (

    select source_name, lead_id from {{ ref('stg_marketo__lead') }}
    union
    select source_name, lead_id from steps
    union
    select source_name, kept_lead_id as lead_id from steps

)

select
    leads.source_name || ':lead:' || leads.lead_id as marketo_lead_id,
    leads.source_name || ':lead:' || coalesce(ends.reached_id, leads.lead_id) as kept_marketo_lead_id,
    leads.source_name,
    leads.lead_id
from leads
left join ends
    on leads.source_name = ends.source_name
    and leads.lead_id = ends.lead_id
