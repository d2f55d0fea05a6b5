{#- HubSpot's own ids and words in those of the entity model. What a portal defines itself passes as it is. -#}

{#- The outcome of a call; HubSpot names its own six by id. -#}
{% macro hubspot_call_outcome(disposition) -%}
    case lower(trim({{ disposition }}))
        when '9d9162e7-6cf3-4944-bf63-4dff82258764' then 'Busy'
        when 'f240bbac-87c9-4f6e-bf70-924b57d47db7' then 'Connected'
        when 'a4c4c377-d246-4b32-a13b-75a56a4cd0ff' then 'Left Live Message'
        when 'b2cf5968-551e-4856-9783-52b3da59a7d0' then 'Left Voicemail'
        when '73a0d17f-1163-4015-bdd5-ec830791da20' then 'No Answer'
        when '17b47fee-58de-441e-a44c-c6300d46f273' then 'Wrong Number'
        else nullif(trim({{ disposition }}), '')
    end
{%- endmacro %}

{#- The user who set a property: HubSpot's APIs say so in one of two columns. -#}
{% macro hubspot_changer(source_id, updated_by) -%}
    case
        when {{ source_id }} like '%userId:%' then {{ replace_pattern(source_id, '^.*userId:', '') }}
        else nullif(trim({{ updated_by }}), '')
    end
{%- endmacro %}

{#- What kind of activity a task is, by what was to be done. -#}
{% macro hubspot_task_activity(task_type) -%}
    case upper(trim({{ task_type }}))
        when 'EMAIL' then 'email'
        when 'CALL' then 'call'
        when 'MEETING' then 'meeting'
        when 'LINKED_IN' then 'other'
        when 'LINKED_IN_CONNECT' then 'other'
        when 'LINKED_IN_MESSAGE' then 'other'
        else 'task'
    end
{%- endmacro %}

{#- An instant as histories write it: ISO, or milliseconds since 1970. -#}
{% macro hubspot_instant(value) -%}
    case
        when {{ matches_pattern('trim(' ~ value ~ ')', "'^[0-9]{11,14}$'") }}
            then {{ from_milliseconds('try_cast(trim(' ~ value ~ ') as bigint)') }}
        else try_cast({{ value }} as timestamp)
    end
{%- endmacro %}

{#- The local day of such an instant; a day that is told as one is that day. -#}
{% macro hubspot_day(value) -%}
    case
        when {{ matches_pattern('trim(' ~ value ~ ')', "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'") }} then try_cast(trim({{ value }}) as date)
        else {{ local_date(hubspot_instant(value)) }}
    end
{%- endmacro %}

{#- Who did something, as an owner's id, since everything else names staff so; one that no owner explains stays recognisable. -#}
{% macro hubspot_person(user_id, owner_id) -%}
    coalesce({{ owner_id }}, 'userId:' || {{ user_id }})
{%- endmacro %}

{#- Stage ids as they come in column names: lower case, everything but letters and digits an underscore. -#}
{% macro hubspot_name_part(stage_id) -%}
    {{ replace_pattern('lower(trim(' ~ stage_id ~ '))', '[^a-z0-9]+', '_') }}
{%- endmacro %}
