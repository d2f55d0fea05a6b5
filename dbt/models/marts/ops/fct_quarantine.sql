with quarantine as (

    select * from {{ ref('stg_plumbline__quarantine') }}

),

-- An undeclared column is personal, and so is what looks like an address or a name wherever it stands.
judged as (

    select
        quarantine.*,
        coalesce(columns.is_personal, true) or {{ looks_personal('quarantine.value') }} as is_personal
    from quarantine
    left join {{ ref('stg_plumbline__columns') }} as columns
        on quarantine.source_name = columns.source_name
        and quarantine.object_name = columns.object_name
        and quarantine.column_name = columns.column_name

)

select
    cast({{ surrogate_key(['judged.file_id', 'judged.record_number']) }} as varchar) as quarantined_record_id,
    judged.file_id,
    judged.source_name,
    judged.object_name,
    judged.file_path,
    judged.record_number,
    judged.line_number,
    judged.column_name,
    judged.reason,
    case when not judged.is_personal then judged.value end as value,
    cast(length(judged.value) as bigint) as value_length,
    cast(length(judged.record_text) as bigint) as record_length,
    cast({{ salted_hash('judged.record_text') }} as varchar) as record_hash,
    case when readmissions.file_id is not null then 're-admitted' else 'open' end as status,
    readmissions.readmitted_at,
    readmissions.load_sequence as readmitted_load_sequence,
    judged.load_sequence
from judged
left join {{ ref('stg_plumbline__readmissions') }} as readmissions
    on judged.file_id = readmissions.file_id
    and judged.record_number = readmissions.record_number
