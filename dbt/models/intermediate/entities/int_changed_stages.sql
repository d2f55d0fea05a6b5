{#- The stages of which records tell something else than they did at the last successful build. What most records say that a stage is
    holds for every opportunity in it, and the stages that there are decide whose ladder a pipeline has, so each reaches everything. -#}
{{ config(materialized='view') }}
{%- set told = 'source_name, source_pipeline, stage_key, stage, is_in_records, first_extracted_at, kind' %}

with told_now as (

    select {{ told }} from {{ ref('int_stage_sightings') }}
    where known = 'now'

),

told_then as (

    select {{ told }} from {{ ref('int_stage_sightings') }}
    where known = 'built'

)

select source_name, source_pipeline, stage_key from (
    select * from told_now
    except
    select * from told_then
) as newer
union
select source_name, source_pipeline, stage_key from (
    select * from told_then
    except
    select * from told_now
) as older
