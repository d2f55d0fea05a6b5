-- A row here means: a file of the ledger lost a row or counts one twice. Rows in are loaded or quarantined, and those quarantined are the
-- open rows of the quarantine. It says nothing about whether a loaded row says what its source meant.
with open_rows as (

    select
        file_id,
        count(*) as n
    from {{ ref('fct_quarantine') }}
    where status = 'open'
    group by file_id

)

select
    files.file_path,
    files.rows_in,
    files.rows_loaded,
    files.rows_quarantined,
    open_rows.n as open_rows
from {{ ref('fct_files') }} as files
left join open_rows on files.file_id = open_rows.file_id
where
    files.rows_in <> files.rows_loaded + files.rows_quarantined
    or files.rows_quarantined <> coalesce(open_rows.n, 0)
