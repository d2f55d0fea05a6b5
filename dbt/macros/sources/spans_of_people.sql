{#- Spans and changes that every source tells in the same way, whatever its columns are called. -#}

{#- How long each contact role of `roles` (a relation with what record_meta() gives, opportunity_id, contact_id, role, is_primary,
    created_at) lasted: one row per role and span [valid_from, valid_to), a role that came back in two. It begins at its creation;
    without one the first extract that shows it dates it, unless that was within `first_sync_days` of the source's first extract (the
    first extract itself, where 0): then it is undated and counts since ever. `objects`: the object's names, lower case. -#}
{% macro role_spans(roles, objects, first_sync_days=0) %}
    select
        newest.opportunity_id, newest.contact_id, newest.source_name, newest.role, newest.is_primary, newest.version_at,
        newest.record_key, spans.begins_at as valid_from, coalesce(spans.ends_at, {{ end_of_time() }}) as valid_to, spans.is_undated
    from ({{ newest_sight(roles) }}) as newest
    inner join (
        select
            beginnings.source_name, beginnings.record_key, beginnings.begins_at, beginnings.is_undated,
            min(turns.turned_at) as ends_at
        from (
            select
                source_name, record_key, true as is_first,
                coalesce(
                    created_at,
                    case
                        when first_seen_at >= {{ add_time('begun_at', first_sync_days, 'day') }} then first_seen_at
                    end,
                    {{ beginning_of_time() }}
                ) as begins_at,
                created_at is null
                and coalesce(first_seen_at < {{ add_time('begun_at', first_sync_days, 'day') }}, true) as is_undated
            from ({{ newest_sight(roles) }}) as sights
            union all
            select source_name, record_key, false as is_first, turned_at as begins_at, false as is_undated
            from ({{ record_turns(roles, objects) }}) as returns
            where not is_record_deleted
        ) as beginnings
        left join ({{ record_turns(roles, objects) }}) as turns
            on beginnings.source_name = turns.source_name
            and beginnings.record_key = turns.record_key
            and turns.is_record_deleted
            and (beginnings.is_first or beginnings.begins_at <= turns.turned_at)
        group by beginnings.source_name, beginnings.record_key, beginnings.begins_at, beginnings.is_undated
    ) as spans
        on newest.source_name = spans.source_name
        and newest.record_key = spans.record_key
    where spans.begins_at < coalesce(spans.ends_at, {{ end_of_time() }})
{%- endmacro %}

{#- When extracts showed that a contact's account changed: one row per contact and change, the first one without an instant.
    `account`: the column of the staging relation; `raw_column`: what the contract calls it, since a file without it says nothing. -#}
{% macro contact_account_changes(relation, account, raw_column) %}
    select
        contact_id, source_name, account_id, told_number, row_hash,
        case
            when told_number > 1 then {{ told_change_at('version_at', 'extracted_at', 'other_seen_at') }}
        end as changed_at
    from (
        select
            contacts.contact_id, contacts.source_name, contacts.{{ account }} as account_id, contacts.version_at,
            contacts.extracted_at, contacts.row_hash,
            row_number() over told_order as told_number,
            lag(contacts.{{ account }}) over told_order as previous_account_id,
            max(contacts.seen_at) over (
                partition by contacts.source_name, contacts.contact_id order by {{ version_order('contacts') }}
                rows between unbounded preceding and 1 preceding
            ) as other_seen_at
        from ({{ witnessed_versions(relation) }}) as contacts
        left join {{ source('bookkeeping', 'plumbline_files') }} as files on contacts.file_id = files.file_id
        where not contacts.is_record_deleted and coalesce(files.missing_columns, '[]') not like '%"{{ raw_column }}"%'
        window
            told_order as (partition by contacts.source_name, contacts.contact_id order by {{ version_order('contacts') }})
    ) as told
    where told_number = 1 or account_id is distinct from previous_account_id
{%- endmacro %}
