with files as (

    select * from {{ ref('stg_plumbline__files') }}

),

readmissions as (

    select
        file_id,
        count(*) as rows_readmitted
    from {{ ref('stg_plumbline__readmissions') }}
    group by file_id

),

-- The first file that a later load took in the place of a refused one: same path, whatever the format.
replacements as (

    select
        refused.file_id,
        min_by(loaded.file_id, loaded.load_sequence) as replaced_by_file_id
    from files as refused
    inner join files as loaded
        on refused.source_name = loaded.source_name
        and refused.object_name = loaded.object_name
        and refused.file_stem = loaded.file_stem
        and refused.load_sequence < loaded.load_sequence
    where refused.status = 'refused' and loaded.status = 'loaded'
    group by refused.file_id

)

select
    files.file_id,
    files.source_name,
    files.object_name,
    files.file_path,
    case when replacements.file_id is not null then 'replaced' else files.status end as status,
    files.reason,
    replacements.replaced_by_file_id,
    files.extracted_at,
    files.is_extract_time_declared,
    files.is_full_extract,
    files.byte_count,
    files.rows_in,
    files.rows_loaded,
    files.rows_quarantined,
    cast(coalesce(readmissions.rows_readmitted, 0) as bigint) as rows_readmitted,
    files.rows_stored,
    files.rows_filtered,
    cast(coalesce(files.rows_footer, 0) as bigint) as rows_footer,
    files.missing_columns,
    files.new_columns,
    files.load_sequence,
    files.loaded_at
from files
left join readmissions on files.file_id = readmissions.file_id
left join replacements on files.file_id = replacements.file_id
