{#- The shapes in which sources hand over what they tell, one per entity: what a model int_<source>__<entity> has to yield, and what
    united() reads. `columns`: column -> type, in order. `merged`: columns that name a record which may have been merged -> its
    kind. `lifted`: the entity whose lifted custom fields follow the columns. -#}
{% macro entity_shape(entity) -%}
    {%- set shapes = {} -%}

    {#- Where a row comes from, and its place among the versions of its record: see record_meta() and version_order(). -#}
    {%- set version = {
        'version_at': 'timestamp', 'version_sequence': 'varchar', 'extracted_at': 'timestamp', 'record_number': 'bigint',
        'row_hash': 'varchar', 'is_record_deleted': 'boolean', 'record_key': 'varchar', 'file_id': 'varchar',
        'load_sequence': 'bigint'
    } -%}

    {#- Every extracted version of an opportunity. `pipeline_key` is what seeds/pipelines.csv names a pipeline by,
        `source_pipeline` what it is called where that names none. The source's own instants: `stage_entered_at` of the stage that
        the version shows, `closed_told_at` of the closing, `deleted_told_at` of the deletion. `is_deletion_own`: the source's own
        flag tells the deletion, not only the tool that loads it. -#}
    {%- do shapes.update({'opportunity_versions': {
        'columns': dict({
            'opportunity_id': 'varchar', 'source_name': 'varchar', 'pipeline_key': 'varchar', 'source_pipeline': 'varchar',
            'stage': 'varchar', 'amount': 'decimal(28, 6)', 'currency': 'varchar', 'close_date': 'date',
            'owner_id': 'varchar', 'account_id': 'varchar', 'lead_id': 'varchar', 'source': 'varchar',
            'primary_campaign_id': 'varchar', 'forecast_category': 'varchar', 'probability': 'decimal(28, 6)',
            'opportunity_type': 'varchar', 'loss_reason': 'varchar', 'next_step': 'varchar', 'is_closed': 'boolean',
            'is_won': 'boolean', 'stage_entered_at': 'timestamp', 'closed_told_at': 'timestamp', 'deleted_told_at': 'timestamp',
            'is_deletion_own': 'boolean', 'created_at': 'timestamp', 'created_by_id': 'varchar', 'modified_by_id': 'varchar',
            'custom_fields': 'varchar'
        }, **version),
        'merged': {'account_id': 'account'},
        'lifted': 'opportunities'
    }}) -%}

    {#- Changes of opportunities as the source recorded them. `precedence`: the lowest of a field is kept, 9 never is: only a
        name is told. `is_snapshot`: the row holds all fields, changed or not. `is_entry_date`: only the date of entry into
        the stage is known. `is_old_value_told`: an empty old value means that the field was empty. `unread_value`: the new value
        as it stands in the file. -#}
    {%- do shapes.update({'opportunity_changes': {
        'columns': {
            'opportunity_id': 'varchar', 'source_name': 'varchar', 'field': 'varchar', 'old_value': 'varchar',
            'new_value': 'varchar', 'is_old_value_told': 'boolean', 'unread_value': 'varchar', 'changed_at': 'timestamp',
            'changed_by_id': 'varchar',
            'known_at': 'timestamp', 'is_snapshot': 'boolean', 'precedence': 'integer', 'is_entry_date': 'boolean',
            'version_sequence': 'varchar', 'record_number': 'bigint', 'row_hash': 'varchar', 'known_load_sequence': 'bigint'
        }
    }}) -%}

    {#- The stages that the source lists. `source_pipeline` is NULL where all of its pipelines share the list; a flag is NULL where
        the list doesn't tell it. `is_current`: in use, neither removed nor switched off; `is_written`: the company wrote the row
        itself, in a mapping. -#}
    {%- do shapes.update({'stages': {
        'columns': {
            'source_name': 'varchar', 'source_pipeline': 'varchar', 'stage': 'varchar', 'stage_order': 'bigint',
            'phase': 'varchar', 'is_closed': 'boolean', 'is_won': 'boolean', 'is_pipeline': 'boolean',
            'is_qualified': 'boolean', 'default_probability': 'decimal(9, 4)', 'is_current': 'boolean',
            'is_written': 'boolean'
        }
    }}) -%}

    {#- Quotas of money, as newest known; `period_type` in the source's own words. `quota_slice`: what it is a part for. -#}
    {%- do shapes.update({'quotas': {
        'columns': {
            'user_id': 'varchar', 'source_name': 'varchar', 'record_key': 'varchar', 'period_type': 'varchar',
            'period_start': 'date', 'quota_amount': 'decimal(28, 6)', 'currency': 'varchar', 'forecasting_type_id': 'varchar',
            'quota_slice': 'varchar', 'version_at': 'timestamp'
        }
    }}) -%}

    {#- Dated rates, in units per unit of the source's corporate currency. -#}
    {%- do shapes.update({'exchange_rates': {
        'columns': {
            'currency': 'varchar', 'source_name': 'varchar', 'record_key': 'varchar', 'conversion_rate': 'decimal(28, 6)',
            'starts_on': 'date', 'next_starts_on': 'date'
        }
    }}) -%}

    {{ return(shapes.get(entity) or people_shape(entity) or marketing_shape(entity)) }}
{%- endmacro %}
