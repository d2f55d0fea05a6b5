{#- The publishes whose figures are kept, in the order in which they were published. An as-of date past this run's is left for later. -#}
{{ config(materialized='view') }}

with files as (

    select
        file_name,
        max(as_of_date) as as_of_date,
        max(published_at) as published_at,
        max(version) as version,
        max(run_id) as run_id,
        max(load_sequence) as load_sequence,
        max(newest_extracted_at) as newest_extracted_at,
        max(config_hash) as config_hash,
        max(n_parts) as n_parts
    from {{ ref('stg_plumbline__figures') }}
    where as_of_date is not null and published_at is not null
    group by file_name

),

loaded_parts as (

    select
        file_name,
        count(*) as n
    from {{ ref('stg_plumbline__figure_parts') }}
    group by file_name

)

select
    files.file_name,
    cast(row_number() over (order by files.published_at asc nulls first, files.file_name asc nulls first) as bigint) as publish_number,
    files.as_of_date,
    files.published_at,
    files.version,
    files.run_id,
    files.load_sequence,
    files.newest_extracted_at,
    files.config_hash,
    files.as_of_date <= settings.as_of_date as is_past,
    -- Of figures that were published before parts were kept, or whose parts can't be read, there are none.
    coalesce(files.n_parts = coalesce(loaded_parts.n, 0), false) as has_parts
from files
cross join {{ ref('int_run_settings') }} as settings
left join loaded_parts on files.file_name = loaded_parts.file_name
