{#- The shapes of accounts, people, leads and staff: see entity_shape(), which has those of opportunities. -#}
{% macro people_shape(entity) -%}
    {%- set shapes = {} -%}

    {#- Companies, as newest known. `email_domain`: an address of theirs, whole. -#}
    {%- do shapes.update({'accounts': {
        'columns': {
            'account_id': 'varchar', 'source_name': 'varchar', 'account_name': 'varchar', 'parent_account_id': 'varchar',
            'segment': 'varchar', 'industry': 'varchar', 'territory': 'varchar', 'email_domain': 'varchar',
            'created_at': 'timestamp', 'is_record_deleted': 'boolean'
        },
        'merged': {'parent_account_id': 'account'},
        'lifted': 'accounts'
    }}) -%}

    {#- People at accounts, as newest known. `is_lead`: the source has no leads beside its contacts. -#}
    {%- do shapes.update({'contacts': {
        'columns': {
            'contact_id': 'varchar', 'source_name': 'varchar', 'account_id': 'varchar', 'email': 'varchar',
            'source': 'varchar', 'is_lead': 'boolean', 'created_at': 'timestamp', 'is_record_deleted': 'boolean',
            'deleted_at': 'timestamp'
        },
        'merged': {'account_id': 'account'},
        'lifted': 'contacts'
    }}) -%}

    {#- Changes of a contact's account, the first one without an instant (contact_account_changes()). -#}
    {%- do shapes.update({'contact_accounts': {
        'columns': {
            'contact_id': 'varchar', 'source_name': 'varchar', 'account_id': 'varchar', 'told_number': 'bigint',
            'row_hash': 'varchar', 'changed_at': 'timestamp'
        },
        'merged': {'account_id': 'account'}
    }}) -%}

    {#- People not yet matched to an account, as newest known. -#}
    {%- do shapes.update({'leads': {
        'columns': {
            'lead_id': 'varchar', 'source_name': 'varchar', 'source': 'varchar', 'status': 'varchar', 'owner_id': 'varchar',
            'email': 'varchar', 'created_at': 'timestamp', 'created_by_id': 'varchar', 'converted_at': 'timestamp',
            'converted_account_id': 'varchar', 'converted_contact_id': 'varchar', 'converted_opportunity_id': 'varchar',
            'is_record_deleted': 'boolean', 'deleted_at': 'timestamp'
        },
        'merged': {'converted_account_id': 'account'},
        'lifted': 'leads'
    }}) -%}

    {#- Every version of a lead, or of a contact that is one, but deletions. -#}
    {%- do shapes.update({'lead_versions': {
        'columns': {
            'lead_id': 'varchar', 'source_name': 'varchar', 'source': 'varchar', 'status': 'varchar',
            'lifecycle_stage': 'varchar', 'owner_id': 'varchar', 'created_at': 'timestamp', 'created_by_id': 'varchar',
            'modified_by_id': 'varchar', 'version_at': 'timestamp', 'version_sequence': 'varchar', 'extracted_at': 'timestamp',
            'record_number': 'bigint', 'row_hash': 'varchar', 'file_id': 'varchar'
        }
    }}) -%}

    {#- Changes of leads as the source recorded them, of the fields source, status, lifecycle_stage and owner_id. -#}
    {%- do shapes.update({'lead_changes': {
        'columns': {
            'lead_id': 'varchar', 'source_name': 'varchar', 'field': 'varchar', 'old_value': 'varchar', 'new_value': 'varchar',
            'changed_at': 'timestamp', 'changed_by_id': 'varchar', 'known_at': 'timestamp', 'version_sequence': 'varchar',
            'record_number': 'bigint', 'row_hash': 'varchar'
        }
    }}) -%}

    {#- Leads that marketing automation alone knows, as newest known. -#}
    {%- do shapes.update({'marketing_leads': {
        'columns': {
            'lead_id': 'varchar', 'source_name': 'varchar', 'account_id': 'varchar', 'email_domain': 'varchar',
            'is_internal': 'boolean', 'is_deleted': 'boolean', 'created_at': 'timestamp'
        },
        'merged': {'account_id': 'account'}
    }}) -%}

    {#- Records that were merged into another one, once per evidence. `record_kind`: opportunity, account, contact or lead. -#}
    {%- do shapes.update({'merges': {
        'columns': {
            'record_kind': 'varchar', 'source_name': 'varchar', 'record_id': 'varchar', 'survivor_id': 'varchar',
            'merged_at': 'timestamp', 'load_sequence': 'bigint'
        }
    }}) -%}

    {#- Every version of a user record, but deletions. -#}
    {%- do shapes.update({'user_versions': {
        'columns': {
            'user_id': 'varchar', 'source_name': 'varchar', 'user_name': 'varchar', 'started_on': 'date', 'ended_on': 'date',
            'raw_role': 'varchar', 'team': 'varchar', 'segment': 'varchar', 'territory': 'varchar', 'manager_id': 'varchar',
            'version_at': 'timestamp', 'version_sequence': 'varchar', 'extracted_at': 'timestamp', 'record_number': 'bigint',
            'row_hash': 'varchar', 'load_sequence': 'bigint'
        }
    }}) -%}

    {#- Users, as newest known, for what is lifted from them. -#}
    {%- do shapes.update({'users': {
        'columns': {'user_id': 'varchar', 'source_name': 'varchar'},
        'lifted': 'users'
    }}) -%}

    {#- Role, team and manager of users by date, where the source keeps dated rows. -#}
    {%- do shapes.update({'user_history': {
        'columns': {
            'user_id': 'varchar', 'source_name': 'varchar', 'valid_from': 'timestamp', 'valid_to': 'timestamp',
            'raw_role': 'varchar', 'team': 'varchar', 'segment': 'varchar', 'territory': 'varchar', 'manager_id': 'varchar'
        }
    }}) -%}

    {#- Every address that a member of the company's own staff ever had. -#}
    {%- do shapes.update({'staff_addresses': {'columns': {'email': 'varchar'}}}) -%}

    {#- Every address that a contact or lead record of a CRM ever had, by which another system's people are found among them.
        `record_kind`: contact or lead. -#}
    {%- do shapes.update({'person_addresses': {
        'columns': {
            'record_kind': 'varchar', 'record_id': 'varchar', 'email': 'varchar', 'created_at': 'timestamp',
            'is_record_deleted': 'boolean', 'version_at': 'timestamp', 'version_sequence': 'varchar',
            'extracted_at': 'timestamp', 'record_number': 'bigint', 'row_hash': 'varchar'
        }
    }}) -%}

    {#- Records that a lead of another system stands or stood for, itself among them; `kept_lead_id` is the one it goes on as. -#}
    {%- do shapes.update({'lead_links': {
        'columns': {'linked_lead_id': 'varchar', 'kept_lead_id': 'varchar', 'record_id': 'varchar'}
    }}) -%}

    {{ return(shapes.get(entity)) }}
{%- endmacro %}
