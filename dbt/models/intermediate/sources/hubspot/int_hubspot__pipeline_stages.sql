{#- HubSpot's stages under the names that people know them by, since ids say nothing and seeds are written by people. Removed
    stages stay: deals were in them. `is_first_of_id` marks the one to take for an id whose pipeline isn't known.

    A tool that lands stages as a table of their own may name the row of their pipeline instead of the pipeline. HubSpot says
    which stages are closed, by itself or as metadata; where a tool drops that, a stage that is marked as won or whose
    probability is 0 or 1 is closed. -#}
with pipeline_rows as (

    select source_name, pipeline_row_id, min(pipeline_id) as pipeline_id
    from {{ ref('stg_hubspot__deal_pipeline') }}
    where pipeline_row_id is not null
    group by source_name, pipeline_row_id

),

placed as (

    select
        told.source_name, coalesce(told.pipeline_id, pipeline_rows.pipeline_id) as pipeline_id, told.stage_id,
        told.stage_label, told.display_order, told.stage_probability,
        coalesce(told.is_closed, told.is_closed_won or told.stage_probability in (0, 1)) as is_closed,
        told.is_closed_won, told.version_at, told.version_sequence, told.extracted_at, told.record_number, told.row_hash,
        told.is_record_deleted
    from ({{ latest_version(ref('stg_hubspot__deal_pipeline_stage')) }}) as told
    left join pipeline_rows
        on told.source_name = pipeline_rows.source_name
        and told.pipeline_row_id = pipeline_rows.pipeline_row_id

),

stages as (

    select * from placed
    -- A tool may name the row of a pipeline anew with every load.
    qualify row_number() over (
        partition by source_name, pipeline_id, stage_id order by {{ version_order('', 'desc') }}
    ) = 1

)

select
    {{ surrogate_key(['source_name', 'pipeline_id', 'stage_id']) }} as hubspot_stage_id,
    source_name,
    pipeline_id as source_pipeline,
    stage_id,
    {{ hubspot_name_part('stage_id') }} as stage_name_part,
    coalesce(nullif(trim(stage_label), ''), stage_id) as stage,
    display_order as stage_order,
    coalesce(is_closed, stage_probability in (0, 1)) as is_closed,
    -- NULL where nothing tells it; an open stage isn't won.
    coalesce(
        is_closed_won,
        case
            when not coalesce(is_closed, stage_probability in (0, 1)) or stage_probability = 0 then false
            when stage_probability = 1 then true
        end
    ) as is_won,
    cast(stage_probability * 100 as decimal(9, 4)) as default_probability,
    is_record_deleted as is_deleted,
    row_number() over (
        partition by source_name, stage_id
        order by is_record_deleted asc nulls last, pipeline_id asc nulls last
    ) = 1 as is_first_of_id
from stages
