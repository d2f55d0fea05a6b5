{#- The shapes of campaigns, touches, contact roles and activities: see entity_shape(), which has those of opportunities. -#}
{% macro marketing_shape(entity) -%}
    {%- set shapes = {} -%}

    {#- Marketing and partner programmes, as newest known. Of two rows of one campaign the lower `source_rank` counts: 1 for the
        system that owns campaigns, 2 for one that is synced with it. -#}
    {%- do shapes.update({'campaigns': {
        'columns': {
            'campaign_id': 'varchar', 'source_name': 'varchar', 'campaign_name': 'varchar', 'campaign_type': 'varchar',
            'channel': 'varchar', 'starts_on': 'date', 'ends_on': 'date', 'budget_amount': 'decimal(28, 6)',
            'actual_cost': 'decimal(28, 6)', 'currency': 'varchar', 'created_at': 'timestamp', 'is_record_deleted': 'boolean',
            'source_rank': 'integer'
        }
    }}) -%}

    {#- Dated interactions of people. `touch_type` and `channel` are the source's own; without a type a touch has its campaign's.
        `told_as`: campaign_member, touch, program_membership or activity, which decides what tells the same touch twice. Of a
        member that had several statuses each is a touch, numbered, until the next one; deleted records are handed over with the
        instant. -#}
    {%- do shapes.update({'touches': {
        'columns': {
            'touch_id': 'varchar', 'source_name': 'varchar', 'contact_id': 'varchar', 'lead_id': 'varchar',
            'account_id': 'varchar', 'opportunity_id': 'varchar', 'campaign_id': 'varchar', 'touch_type': 'varchar',
            'touch_status': 'varchar', 'channel': 'varchar', 'is_material_unless_mapped': 'boolean', 'is_bot': 'boolean',
            'touched_at': 'timestamp', 'touched_at_source': 'varchar', 'uploaded_at': 'timestamp',
            'uploaded_by_id': 'varchar', 'told_as': 'varchar', 'member_id': 'varchar', 'status_number': 'integer',
            'next_status_at': 'timestamp', 'deleted_at': 'timestamp', 'has_asset': 'boolean'
        },
        'merged': {'account_id': 'account'}
    }}) -%}

    {#- Who of a buying group was named on an opportunity: each role and span in which it lasted (role_spans()). -#}
    {%- do shapes.update({'opportunity_contacts': {
        'columns': {
            'opportunity_id': 'varchar', 'contact_id': 'varchar', 'source_name': 'varchar', 'role': 'varchar',
            'is_primary': 'boolean', 'version_at': 'timestamp', 'record_key': 'varchar', 'valid_from': 'timestamp',
            'valid_to': 'timestamp', 'is_undated': 'boolean'
        }
    }}) -%}

    {#- What campaigns cost, as newest known. `is_fallback`: the rows of a campaign count only where nothing else says what it cost,
        and without a currency are in the campaign's. -#}
    {%- do shapes.update({'campaign_costs': {
        'columns': {
            'campaign_id': 'varchar', 'source_name': 'varchar', 'record_key': 'varchar', 'spent_on': 'date',
            'amount': 'decimal(28, 6)', 'currency': 'varchar', 'is_fallback': 'boolean'
        }
    }}) -%}

    {#- E-mails, calls, meetings and tasks of the company's staff, as newest known; what didn't take place is left out.
        `created_at`: since when it is recorded; `deleted_at`: since when it is gone. -#}
    {%- do shapes.update({'activities': {
        'columns': {
            'activity_id': 'varchar', 'source_name': 'varchar', 'activity_type': 'varchar', 'direction': 'varchar',
            'outcome': 'varchar', 'occurred_at': 'timestamp', 'ended_at': 'timestamp', 'duration_seconds': 'bigint',
            'owner_id': 'varchar', 'created_by_id': 'varchar', 'account_id': 'varchar', 'contact_id': 'varchar',
            'lead_id': 'varchar', 'opportunity_id': 'varchar', 'external_attendee_count': 'bigint', 'created_at': 'timestamp',
            'deleted_at': 'timestamp'
        },
        'merged': {'account_id': 'account'}
    }}) -%}

    {#- The campaign that each programme of another system is, by the id that changed records name it by. -#}
    {%- do shapes.update({'campaign_links': {
        'columns': {'program_id': 'varchar', 'campaign_id': 'varchar'}
    }}) -%}

    {{ return(shapes.get(entity)) }}
{%- endmacro %}
