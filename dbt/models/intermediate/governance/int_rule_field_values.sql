{#- The value of every field that a stage rule names, as intervals that cover all time: one row per opportunity, field and
    interval [valid_from, valid_to). Recorded fields come from the change stream (NULL before their first row), counts from the
    dates of what they count. Amounts are in the reporting currency.

    Where the next value was seen in an extract only, it may have come at any time after the last sight of this one:
    `unsure_from` is that sight, NULL where the CRM recorded the moment. `assumed_until`: when a change was recorded that doesn't tell
    what was before it, this value being the one after. As_of-free. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with rule_fields as (

    select distinct field from {{ ref('int_stage_rules') }}

),

changes as (

    select
        changes.opportunity_id,
        changes.field,
        changes.change_number,
        changes.changed_at,
        changes.origin,
        case when changes.is_assumed then changes.observed_at end as assumed_until,
        nullif(trim(changes.new_value), '') as value_text
    from {{ ref('int_opportunity_changes') }} as changes
    inner join rule_fields on changes.field = rule_fields.field
    inner join {{ ref('int_opportunities') }} as opportunities on changes.opportunity_id = opportunities.opportunity_id
    where
        changes.field <> 'amount'
        and {{ changed_opportunities_filter('changes.opportunity_id') }}
    union all
    select
        amounts.opportunity_id,
        'amount' as field,
        amounts.change_number,
        amounts.changed_at,
        amounts.origin,
        amounts.assumed_until,
        cast(amounts.amount as varchar) as value_text
    from {{ ref('int_opportunity_amounts') }} as amounts
    inner join rule_fields on rule_fields.field = 'amount'
    inner join {{ ref('int_opportunities') }} as opportunities on amounts.opportunity_id = opportunities.opportunity_id
    where {{ changed_opportunities_filter('amounts.opportunity_id') }}

),

-- One row per instant: the last of the changes that share it.
recorded as (

    select * from changes
    qualify row_number() over (partition by opportunity_id, field, changed_at order by change_number desc nulls last) = 1

),

extracted as (

    select distinct opportunity_id, changed_at from recorded
    where origin = 'extract_difference'

),

last_sights as (

    select
        extracted.opportunity_id,
        extracted.changed_at,
        max(versions.extracted_at) as seen_at
    from extracted
    inner join {{ ref('int_opportunity_versions') }} as versions
        on extracted.opportunity_id = versions.opportunity_id
        and extracted.changed_at > versions.version_at
    group by extracted.opportunity_id, extracted.changed_at

),

-- A contact counts from the first naming until no role is left.
contact_roles as (

    select
        opportunity_id,
        'contact_role_count' as field,
        changed_at,
        sum(added) as added
    from (
        select opportunity_id, valid_from as changed_at, 1 as added
        from {{ ref('int_opportunity_contacts') }}
        where not is_undated
        union all
        select opportunity_id, valid_to as changed_at, -1 as added
        from {{ ref('int_opportunity_contacts') }}
        where not is_undated and valid_to < {{ end_of_time() }}
    ) as turns
    where
        'contact_role_count' in (select rule_fields.field from rule_fields)
        and {{ changed_opportunities_filter('opportunity_id') }}
    group by opportunity_id, changed_at

),

two_way_activities as (

    select
        opportunity_id,
        'two_way_activity_count' as field,
        happened_at as changed_at,
        count(*) as added
    from {{ ref('int_opportunity_two_way_activities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    group by opportunity_id, happened_at

),

counted as (

    select
        opportunity_id,
        field,
        changed_at,
        cast(sum(added) over (partition by opportunity_id, field order by changed_at asc nulls first) as varchar) as value_text
    from (
        select * from contact_roles
        union all
        select * from two_way_activities
    ) as additions

),

events as (

    select
        recorded.opportunity_id,
        recorded.field,
        recorded.changed_at,
        recorded.value_text,
        recorded.origin = 'extract_difference' as is_extracted,
        last_sights.seen_at,
        recorded.assumed_until
    from recorded
    left join last_sights
        on recorded.opportunity_id = last_sights.opportunity_id
        and recorded.changed_at = last_sights.changed_at
        and recorded.origin = 'extract_difference'
    union all
    select
        opportunity_id,
        field,
        changed_at,
        value_text,
        false as is_extracted,
        cast(null as timestamp) as seen_at,
        cast(null as timestamp) as assumed_until
    from counted

),

with_beginnings as (

    select opportunity_id, field, changed_at, value_text, is_extracted, seen_at, assumed_until from events
    union all
    select
        opportunity_id,
        field,
        {{ beginning_of_time() }} as changed_at,
        case when field in ('contact_role_count', 'two_way_activity_count') then '0' end as value_text,
        false as is_extracted,
        cast(null as timestamp) as seen_at,
        cast(null as timestamp) as assumed_until
    from events
    group by opportunity_id, field

),

followed as (

    select
        *,
        lead(changed_at) over event_order as next_changed_at,
        lead(value_text) over event_order as next_value_text,
        lead(is_extracted) over event_order as next_is_extracted,
        lead(seen_at) over event_order as next_seen_at
    from with_beginnings
    window event_order as (partition by opportunity_id, field order by changed_at asc nulls first)

)

select
    opportunity_id,
    field,
    changed_at as valid_from,
    coalesce(next_changed_at, {{ end_of_time() }}) as valid_to,
    value_text,
    next_value_text,
    case when next_is_extracted then greatest(changed_at, coalesce(next_seen_at, changed_at)) end as unsure_from,
    assumed_until
from followed
