{#- When HubSpot deals entered their stages, where no history of properties tells: from the connector's own table of stages, and
    from the dates that deals carry per stage. Those are columns whose names end in a stage's id, so they are found by name among
    the undeclared ones. A date is that of the newest entry; earlier ones are known from earlier extracts alone. -#}
with deals as (

    select source_name, deal_id, pipeline_id
    from ({{ latest_version(ref('stg_hubspot__deal')) }}) as newest

),

column_names as (

    select
        deal_id, source_name, custom_fields, extracted_at, record_number, row_hash, load_sequence,
        {{ json_keys_as_rows('custom_fields') }} as column_name
    from {{ ref('stg_hubspot__deal') }}
    where custom_fields like '%date_entered_%'

),

dated_columns as (

    select
        deal_id, source_name, extracted_at, record_number, row_hash, load_sequence,
        {{ replace_pattern('lower(column_name)', '^.*hs_(v2_)?date_entered_|__value(__[a-z]+)?$', '') }} as stage_name_part,
        case when column_name like '%hs_v2_date_entered_%' then 1 else 2 end as source_rank,
        {{ hubspot_instant(json_field('custom_fields', 'column_name')) }} as entered_at
    from column_names
    where {{ matches_pattern('lower(column_name)', "'hs_(v2_)?date_entered_'") }}

),

united as (

    select
        deal_id, source_name, stage_name_part, source_rank, entered_at, extracted_at, record_number, row_hash, load_sequence,
        cast(null as varchar) as changed_by
    from dated_columns
    -- What holds of declared columns when they are loaded: an instant that can't be is none.
    where entered_at >= timestamp '{{ var("earliest_date") }} 00:00:00' and entered_at <= {{ add_time('extracted_at', 1, 'day') }}
    -- HubSpot computes the older kind of date differently; where there is the newer one it is the one to trust.
    qualify source_rank = min(source_rank) over (partition by source_name, deal_id, stage_name_part)
    union all
    select
        deal_id, source_name, {{ hubspot_name_part('stage_id') }} as stage_name_part, 0 as source_rank, entered_at,
        extracted_at, record_number, row_hash, load_sequence, change_source_id as changed_by
    from {{ ref('stg_hubspot__deal_stage') }}
    where stage_id is not null

),

-- Where the table of stages knows a deal, it knows all of its entries.
preferred as (

    select * from united
    qualify
        (source_rank = 0) = (min(source_rank) over (partition by source_name, deal_id) = 0)

),

named as (

    select
        preferred.*,
        coalesce(stages.stage, preferred.stage_name_part) as stage
    from preferred
    left join deals
        on preferred.source_name = deals.source_name
        and preferred.deal_id = deals.deal_id
    left join {{ ref('int_hubspot__pipeline_stages') }} as stages
        on preferred.source_name = stages.source_name
        and preferred.stage_name_part = stages.stage_name_part
    qualify
        row_number() over (
            partition by
                preferred.source_name, preferred.deal_id, preferred.stage_name_part, preferred.entered_at,
                preferred.extracted_at, preferred.record_number, preferred.row_hash
            order by
                case when stages.source_pipeline = deals.pipeline_id then 0 else 1 end asc nulls last,
                stages.is_first_of_id desc nulls last, stages.source_pipeline asc nulls last
        ) = 1

)

select
    {{ surrogate_key(['source_name', 'deal_id', 'stage', 'entered_at']) }} as stage_entry_id,
    deal_id,
    source_name,
    stage,
    entered_at,
    min(changed_by) as changed_by,
    min(extracted_at) as known_at,
    min(record_number) as record_number,
    min(row_hash) as row_hash,
    min(load_sequence) as load_sequence
from named
group by source_name, deal_id, stage, entered_at
