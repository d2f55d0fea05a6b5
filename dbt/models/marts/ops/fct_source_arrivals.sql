with arrivals as (

    select * from {{ source('bookkeeping', 'plumbline_last_files') }}

),

newest_extracts as (

    select
        source_name,
        max(case when is_extract_time_declared then extracted_at end) as newest_extracted_at
    from {{ ref('stg_plumbline__files') }}
    where status = 'loaded'
    group by source_name

)

select
    arrivals.source_name,
    arrivals.last_file_at,
    newest_extracts.newest_extracted_at,
    arrivals.run_at,
    {{ fractional_days('arrivals.last_file_at', 'arrivals.run_at') }} as days_without_file,
    arrivals.freshness_days,
    {{ fractional_days('arrivals.last_file_at', 'arrivals.run_at') }} > arrivals.freshness_days as is_late
from arrivals
left join newest_extracts on arrivals.source_name = newest_extracts.source_name
