{#- How many records one user moved within an hour (3,600 s, bound included) of each move, in one source and from one text
    to one other (case
    and blanks aside), by as_of: opportunities and leads, converted or not, each once in an hour however often it is moved to and
    fro. Of the hours that hold the move the fullest counts.

    A batch of var migration_batch_size is a migration where at least var migration_agreement_share of it agrees with the evidence or
    is neutral to it. -#}
{%- set hour = 3600000000 -%}
{%- set mapping = 'source_name, changed_by_id, old_key, new_key' -%}

with records as (

    select
        source_name,
        changed_by_id,
        {{ replace_pattern('lower(old_value)', '[[:space:]]+', '') }} as old_key,
        {{ replace_pattern('lower(new_value)', '[[:space:]]+', '') }} as new_key,
        case when changed_field = 'lead_source' then 'lead' else 'opportunity' end as record_kind,
        record_id,
        moved_at,
        {{ microseconds_between("timestamp '1970-01-01 00:00:00'", 'moved_at') }} as moved_us,
        max(case when is_contradicted then 1 else 0 end) as is_contradicted
    from {{ ref('int_source_moves') }}
    cross join (select as_of_at from {{ ref('int_run_settings') }}) as settings
    where moved_at < settings.as_of_at and changed_by_id is not null and not is_first_fill
    group by source_name, changed_by_id, old_key, new_key, record_kind, record_id, moved_at

),

first_in_hour as (

    select
        *,
        case
            when
                moved_us - lag(moved_us) over (
                    partition by {{ mapping }}, record_kind, record_id order by moved_us asc nulls first
                ) <= {{ hour }}
                then 0
            else 1
        end as is_new_record
    from records

),

hours as (

    select
        *,
        sum(is_new_record) over past_hour as n_records,
        sum(is_new_record * is_contradicted) over past_hour as n_contradicted
    from first_in_hour
    window
        past_hour as (
            partition by {{ mapping }} order by moved_us asc nulls first range between {{ hour }} preceding and current row
        )

),

-- Of two hours with as many records the one that agrees less counts.
fullest as (

    select
        *,
        max(n_records * 1000000000 + n_contradicted) over (
            partition by {{ mapping }} order by moved_us asc nulls first range between current row and {{ hour }} following
        ) as measure
    from hours

)

select
    record_kind,
    record_id,
    moved_at,
    cast((measure - measure % 1000000000) / 1000000000 as bigint) as batch_size,
    cast(measure % 1000000000 as bigint) as n_contradicted,
    (measure - measure % 1000000000) / 1000000000 >= {{ var('migration_batch_size') }}
    and (measure - measure % 1000000000) / 1000000000 - measure % 1000000000
    >= cast({{ var('migration_agreement_share') }} as decimal(9, 6)) * ((measure - measure % 1000000000) / 1000000000) as is_migration
from fullest
qualify row_number() over (partition by record_kind, record_id, moved_at order by measure desc nulls last) = 1
