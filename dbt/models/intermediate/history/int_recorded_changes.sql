{#- Changes as the CRM itself recorded them, of all sources, one row per opportunity, field and recorded value. Where two
    objects of a CRM tell of the same field, `is_preferred` marks the one that its source puts first.
    `is_by_name`: what a reference changed to is told by a name alone. -#}
{{ config(materialized='view') }}

with judged as (

    select
        *,
        {{ normalized_value('field', 'old_value') }} as read_old_value,
        {{ normalized_value('field', 'new_value') }} as read_new_value,
        precedence = 9 as is_by_name,
        precedence < 9 and precedence = min(precedence) over (partition by opportunity_id, field) as is_preferred
    from {{ united('opportunity_changes') }} as united

),

-- Pipelines and stages under the names of their ladders, as int_opportunity_versions has them.
placed as (

    select
        judged.*,
        coalesce(old_pipelines.pipeline_id, old_stages.stage, judged.read_old_value) as placed_old_value,
        coalesce(new_pipelines.pipeline_id, new_stages.stage, judged.read_new_value) as placed_new_value
    from judged
    {%- for side in ['old', 'new'] %}
    left join {{ ref('int_pipelines') }} as {{ side }}_pipelines
        on judged.field = 'pipeline_id'
        and judged.source_name = {{ side }}_pipelines.source_name
        and judged.read_{{ side }}_value = {{ side }}_pipelines.source_pipeline
    left join {{ ref('int_stage_names') }} as {{ side }}_stages
        on judged.field = 'stage'
        and {{ stage_key('judged.read_' ~ side ~ '_value') }} = {{ side }}_stages.stage_key
    {%- endfor %}

)

select
    opportunity_id,
    source_name,
    field,
    placed_old_value as old_value,
    placed_new_value as new_value,
    -- A stage or pipeline is never empty, so an empty old one tells nothing.
    is_old_value_told and (placed_old_value is not null or field not in ('stage', 'pipeline_id')) as is_old_value_told,
    changed_at,
    changed_by_id,
    known_at,
    is_snapshot,
    is_preferred,
    is_by_name,
    precedence,
    read_new_value is null and {{ without_null_words('unread_value') }} is not null as is_unreadable,
    read_new_value is null and field in ('stage', 'pipeline_id') as is_empty_place,
    version_sequence,
    record_number,
    row_hash,
    known_load_sequence,
    is_entry_date
from placed
