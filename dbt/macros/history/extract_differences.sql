{#- What records say of a field beside recorded history: CTEs over `versions`, `lives`, `recorded` and `observed`, ending in
    `extract_differences`, one row per field and version that shows another value than what was told before it.

    Recorded history covers a field from its first recorded change to its newest; no record puts anything inside. A version is
    compared with what holds at its extract's own instant, within var history_skew_minutes. Where it differs, the change is dated

    - a closing: by the CRM's own instant, else the close date (its last second), else the modified time, where the deal was seen
      open before; else the first extract that shows it closed;
    - any other stage: by the CRM's own instant; a deletion by archivedAt, or by the modified time where the source's own flag tells;
    - else by the modified time;
    - what lies outside of the bracket from the newest evidence before (`unseen_since`) to the extract (`seen_at`) does not count: the
      extract does. -#}
{% macro extract_differences() %}
{%- set in_order = 'seen_at asc nulls first, ' ~ version_order('') -%}
{%- set skew = var('history_skew_minutes') * 60000000 -%}

recorded_in_order as (

    select
        recorded.opportunity_id,
        recorded.field,
        recorded.old_value,
        recorded.new_value,
        recorded.is_old_value_told,
        greatest(recorded.changed_at, lives.life_start_at) as placed_at,
        row_number() over field_order as field_number,
        count(*) over (partition by recorded.opportunity_id, recorded.field) as n_changes
    from recorded
    inner join lives on recorded.opportunity_id = lives.opportunity_id
    where recorded.is_preferred and not recorded.is_empty_place
    window
        field_order as (
            partition by recorded.opportunity_id, recorded.field
            order by
                greatest(recorded.changed_at, lives.life_start_at) asc nulls first, recorded.changed_at asc nulls first,
                recorded.version_sequence asc nulls first, recorded.known_at asc nulls first,
                recorded.record_number asc nulls first, recorded.row_hash asc nulls first
        )

),

coverage as (

    select
        opportunity_id,
        field,
        min(placed_at) as first_at,
        max(placed_at) as last_at,
        max(case when field_number = 1 then new_value end) as first_value,
        max(case when field_number = 1 then old_value end) as first_old_value,
        max(case when field_number = n_changes then new_value end) as last_value,
        max(case when n_changes = 1 then old_value when field_number = n_changes - 1 then new_value end) as value_before_last
    from recorded_in_order
    group by opportunity_id, field

),

beside as (

    select
        observed.*,
        lives.life_start_at,
        coverage.first_at,
        coverage.last_at,
        coverage.first_old_value,
        coverage.last_value,
        coverage.first_at is not null as has_history,
        case
            when coverage.first_at is null or observed.seen_at > coverage.last_at then 'after'
            when observed.seen_at < coverage.first_at then 'before'
            else 'within'
        end as part,
        coalesce(
            observed.seen_at < coverage.first_at
            and observed.new_value is not distinct from coverage.first_value
            and {{ microseconds_between('observed.seen_at', 'coverage.first_at') }} <= {{ skew }},
            false
        ) as is_early,
        coalesce(
            observed.seen_at > coverage.last_at
            and observed.new_value is not distinct from coverage.value_before_last
            and {{ microseconds_between('coverage.last_at', 'observed.seen_at') }} <= {{ skew }},
            false
        ) as is_lagging
    from observed
    inner join lives on observed.opportunity_id = lives.opportunity_id
    left join coverage
        on observed.opportunity_id = coverage.opportunity_id
        and observed.field = coverage.field

),

compared_versions as (

    select
        *,
        row_number() over in_part = 1 and not (has_history and part = 'after') as is_first_evidence,
        case
            when row_number() over in_part > 1 then lag(new_value) over in_part
            when has_history and part = 'after' then last_value
        end as value_before,
        case
            when row_number() over in_part > 1 then lag(seen_at) over in_part
            when has_history and part = 'after' then last_at
        end as evidence_before_at,
        lead(seen_at) over in_part is null as is_last_of_part
    from beside
    where part <> 'within' and not is_early and not is_lagging
    window in_part as (partition by opportunity_id, field, part order by {{ in_order }})

),

-- The longest time in which nothing told of the field, so far: a way is told where that is short (var path_gap_days).
spaced_versions as (

    select
        *,
        max({{ microseconds_between('greatest(coalesce(evidence_before_at, life_start_at), life_start_at)', 'seen_at') }}) over (
            partition by opportunity_id, field, part order by {{ in_order }} rows between unbounded preceding and current row
        ) as evidence_gap
    from compared_versions

),

differing_versions as (

    select
        spaced_versions.*,
        greatest(coalesce(evidence_before_at, life_start_at), life_start_at) as unseen_since,
        {{ closed_stage('spaced_versions.field', 'policy') }} as is_closing
    from spaced_versions
    left join {{ ref('int_stage_policy') }} as policy
        on spaced_versions.field = 'stage'
        and spaced_versions.version_pipeline_id = policy.pipeline_id
        and spaced_versions.new_value = policy.stage
        and spaced_versions.seen_at >= policy.valid_from
        and spaced_versions.seen_at < policy.valid_to
    where is_first_evidence or new_value is distinct from value_before

),

witnesses as (

    select
        *,
        case
            when field = 'stage' and stage_entered_at between unseen_since and seen_at then stage_entered_at
            when is_closing and closed_told_at between unseen_since and seen_at then closed_told_at
            -- A day is its last second, cut to the bracket.
            when is_closing and closed_told_at > seen_at and {{ local_date('closed_told_at') }} = {{ local_date('seen_at') }} then seen_at
            when field = 'is_deleted' and new_value = 'true' and deleted_told_at between unseen_since and seen_at then deleted_told_at
        end as own_at,
        case
            when
                is_closing
                and {{ at_local_day_end('told_close_date') }} >= unseen_since
                and {{ start_of_day('told_close_date') }} <= seen_at
                then least({{ at_local_day_end('told_close_date') }}, seen_at)
        end as close_date_at,
        case
            when
                version_at > unseen_since
                and version_at <= seen_at
                and (not is_closing or not is_first_evidence)
                and (field <> 'is_deleted' or new_value = 'false' or is_deletion_own)
                then version_at
        end as modified_at
    from differing_versions

),

extract_differences as (

    select
        opportunity_id, field, new_value, version_at, version_sequence, extracted_at, load_sequence, record_number, row_hash,
        modified_by_id, seen_at, is_closing, is_first_evidence, evidence_gap,
        coalesce(own_at, close_date_at, modified_at, seen_at) as placed_at,
        case
            when own_at is not null then 'crm_instant'
            when close_date_at is not null then 'close_date'
            when modified_at is not null then 'modified'
            else 'extract'
        end as dated_by,
        -- The stage that is told first and did not hold since the start: closed, or entered later by the CRM's own word.
        is_first_evidence
        and field = 'stage'
        and (is_closing or coalesce(own_at > life_start_at, false)) as follows_unknown,
        is_closing
        and (
            coalesce(stage_entered_at not between unseen_since and seen_at, false)
            or coalesce(closed_told_at not between unseen_since and seen_at, false) and coalesce(own_at <> seen_at, true)
            or coalesce(told_close_date is not null and close_date_at is null, false)
        ) as has_witness_outside
    from witnesses

),

-- A recorded old value reaches back to the last extract before it.
reached_back as (

    select
        compared_versions.opportunity_id,
        compared_versions.field,
        compared_versions.first_old_value as new_value,
        compared_versions.seen_at as placed_at,
        compared_versions.extracted_at,
        compared_versions.load_sequence
    from compared_versions
    inner join recorded_in_order as firsts
        on compared_versions.opportunity_id = firsts.opportunity_id
        and compared_versions.field = firsts.field
        and firsts.field_number = 1
        and firsts.is_old_value_told
    where
        compared_versions.part = 'before'
        and compared_versions.is_last_of_part
        and compared_versions.new_value is distinct from compared_versions.first_old_value
        and (compared_versions.field <> 'stage' or compared_versions.first_old_value is not null)

),

-- What versions show inside of recorded history and it says otherwise: listed, not taken.
shown_within as (

    select * from beside
    where part = 'within'
    qualify new_value is distinct from lag(new_value) over (partition by opportunity_id, field order by {{ in_order }})
        or row_number() over (partition by opportunity_id, field order by {{ in_order }}) = 1

),

within_history as (

    select
        opportunity_id, field, new_value, seen_at as at_instant, 1 as rank, version_at, extracted_at, load_sequence,
        modified_by_id, record_number, row_hash
    from shown_within
    union all
    select
        recorded_in_order.opportunity_id, recorded_in_order.field, recorded_in_order.new_value,
        recorded_in_order.placed_at as at_instant, 0 as rank, cast(null as timestamp) as version_at,
        cast(null as timestamp) as extracted_at, cast(null as bigint) as load_sequence, cast(null as varchar) as modified_by_id,
        recorded_in_order.field_number as record_number, cast(null as varchar) as row_hash
    from recorded_in_order
    inner join (select distinct opportunity_id, field from shown_within) as shown
        on recorded_in_order.opportunity_id = shown.opportunity_id
        and recorded_in_order.field = shown.field

),

held_within as (

    select
        *,
        last_value(case when rank = 0 then coalesce(new_value, chr(30)) end ignore nulls) over so_far as held_value,
        last_value(case when rank = 0 then at_instant end ignore nulls) over so_far as held_since,
        first_value(case when rank = 0 then coalesce(new_value, chr(30)) end ignore nulls) over from_now as next_value,
        first_value(case when rank = 0 then at_instant end ignore nulls) over from_now as next_at
    from within_history
    window
        so_far as (
            partition by opportunity_id, field
            order by at_instant asc nulls first, rank asc nulls first, record_number asc nulls first, row_hash asc nulls first
            rows between unbounded preceding and current row
        ),
        from_now as (
            partition by opportunity_id, field
            order by at_instant asc nulls first, rank asc nulls first, record_number asc nulls first, row_hash asc nulls first
            rows between current row and unbounded following
        )

),

overruled_versions as (

    select
        *,
        case
            when
                coalesce(new_value, chr(30)) = next_value
                and {{ microseconds_between('at_instant', 'next_at') }} <= {{ skew }}
                then 'early'
            else 'overruled'
        end as finding
    from held_within
    where
        rank = 1
        and coalesce(new_value, chr(30)) <> held_value
        and {{ microseconds_between('held_since', 'at_instant') }} > {{ skew }}

)
{%- endmacro %}

{#- Whether a field's value is a closed stage, by the row of the ladder that was joined to it. -#}
{% macro closed_stage(field, policy) -%}
    coalesce({{ field }} = 'stage' and not {{ policy }}.is_open, false)
{%- endmacro %}

{#- The last second of a local day, UTC: when what is dated by a day alone closed. -#}
{% macro at_local_day_end(day) -%}
    {{ add_time(start_of_day(add_days(day, 1)), -1, 'second') }}
{%- endmacro %}
