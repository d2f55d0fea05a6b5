{#- What the fields that claim a source said, and when: one row per opportunity, field and value. The fields are the opportunity's own
    source, its primary campaign, and the source of each lead that became it; leads that became none stand without an
    opportunity, since a batch of moves counts them too. Of several changes of one instant the last one counts. As_of-free.

    `parent` is the sourcing function's parent; NULL where the field was empty or its text names no function. `known_parent` is the
    last one that was named before, however long ago: what a move came from. -#}
with opportunity_leads as (

    select opportunity_id, lead_id
    from {{ ref('int_opportunities') }}
    where lead_id is not null
    union
    select converted_opportunity_id as opportunity_id, lead_id
    from {{ ref('int_leads') }}
    where converted_opportunity_id is not null

),

source_functions as (

    select
        lower(trim(taxonomy.claimed_source)) as claimed_source,
        functions.sourcing_function,
        functions.parent_function as parent
    from {{ ref('source_taxonomy') }} as taxonomy
    inner join {{ ref('sourcing_functions') }} as functions on taxonomy.sourcing_function = functions.sourcing_function

),

-- A campaign stands for a function by its type, else by its channel, where all statuses of that name agree on one.
campaign_names as (

    {%- for name, key in [('touch_type', 'lower(trim(touch_type))'), ('channel', channel_key('channel'))] %}
    select
        '{{ name }}' as name_kind,
        {{ key }} as campaign_name,
        min(sourcing_function) as sourcing_function
    from {{ ref('channel_taxonomy') }}
    where {{ name }} is not null
    group by {{ key }}
    having count(distinct sourcing_function) = 1
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

campaign_functions as (

    select
        campaigns.campaign_id,
        functions.sourcing_function,
        functions.parent_function as parent
    from {{ ref('int_campaigns') }} as campaigns
    left join campaign_names as by_type
        on lower(trim(campaigns.campaign_type)) = by_type.campaign_name
        and by_type.name_kind = 'touch_type'
    left join campaign_names as by_channel
        on {{ channel_key('campaigns.channel') }} = by_channel.campaign_name
        and by_channel.name_kind = 'channel'
    inner join {{ ref('sourcing_functions') }} as functions
        on coalesce(by_type.sourcing_function, by_channel.sourcing_function) = functions.sourcing_function

),

claims as (

    select
        changes.opportunity_id,
        cast(null as varchar) as lead_id,
        changes.source_name,
        case changes.field when 'source' then 'source' else 'primary_campaign' end as changed_field,
        changes.opportunity_id as record_id,
        changes.change_id,
        changes.change_number,
        changes.changed_at,
        changes.new_value as value_text,
        changes.changed_by_id,
        changes.known_at,
        changes.origin,
        coalesce(opportunities.created_at, opportunities.life_start_at) as record_created_at
    from {{ ref('int_opportunity_changes') }} as changes
    inner join {{ ref('int_opportunities') }} as opportunities on changes.opportunity_id = opportunities.opportunity_id
    where changes.field in ('source', 'primary_campaign_id')
    union all
    select
        opportunity_leads.opportunity_id,
        changes.lead_id,
        coalesce(opportunities.source_name, changes.source_name) as source_name,
        'lead_source' as changed_field,
        changes.lead_id as record_id,
        {{ surrogate_key(['opportunity_leads.opportunity_id', 'changes.lead_change_id']) }} as change_id,
        changes.change_number,
        changes.changed_at,
        changes.new_value as value_text,
        changes.changed_by_id,
        changes.known_at,
        changes.origin,
        coalesce(leads.created_at, min(changes.changed_at) over (partition by opportunity_leads.opportunity_id, changes.lead_id))
            as record_created_at
    from {{ ref('int_lead_changes') }} as changes
    left join opportunity_leads on changes.lead_id = opportunity_leads.lead_id
    left join {{ ref('int_opportunities') }} as opportunities
        on opportunity_leads.opportunity_id = opportunities.opportunity_id
    inner join {{ ref('int_leads') }} as leads on changes.lead_id = leads.lead_id
    where changes.field = 'source'

),

-- What another change of the same instant took back was never claimed.
lasting as (

    select * from claims
    qualify
        row_number() over (
            partition by opportunity_id, changed_field, record_id, changed_at order by change_number desc nulls last
        ) = 1

),

classified as (

    select
        claims.*,
        coalesce(source_functions.sourcing_function, campaign_functions.sourcing_function, 'unknown') as sourcing_function,
        nullif(coalesce(source_functions.parent, campaign_functions.parent), 'unknown') as parent
    from lasting as claims
    left join source_functions
        on lower(trim(claims.value_text)) = source_functions.claimed_source
        and claims.changed_field in ('source', 'lead_source')
    left join campaign_functions
        on claims.value_text = campaign_functions.campaign_id
        and claims.changed_field = 'primary_campaign'

)

select
    change_id as claim_id,
    opportunity_id,
    lead_id,
    source_name,
    changed_field,
    record_id,
    record_created_at,
    changed_at as valid_from,
    coalesce(lead(changed_at) over claim_order, {{ end_of_time() }}) as valid_to,
    -- When the field stopped to claim marketing, however often it changed within marketing before.
    min(case when parent is distinct from 'marketing_inbound' then changed_at end) over followers as left_marketing_at,
    -- When it claimed another function: to be emptied, or to say nothing, is no way back.
    min(case when parent <> 'marketing_inbound' then changed_at end) over followers as moved_back_at,
    value_text,
    sourcing_function,
    parent,
    lag(value_text) over claim_order as old_value,
    lag(sourcing_function) over claim_order as old_function,
    lag(parent) over claim_order as old_parent,
    {%- for column in ['value_text', 'sourcing_function'] %}
    last_value(case when parent is not null then {{ column }} end ignore nulls) over predecessors as known_{{ column }},
    {%- endfor %}
    last_value(parent ignore nulls) over predecessors as known_parent,
    changed_by_id,
    known_at,
    origin
from classified
window
    claim_order as (
        partition by opportunity_id, changed_field, record_id order by change_number asc nulls first
    ),
    followers as (
        partition by opportunity_id, changed_field, record_id order by change_number asc nulls first
        rows between 1 following and unbounded following
    ),
    predecessors as (
        partition by opportunity_id, changed_field, record_id order by change_number asc nulls first
        rows between unbounded preceding and 1 preceding
    )
