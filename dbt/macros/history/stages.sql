{#- How names of stages are compared: without case, outer blanks, and the "(pipeline)" that HubSpot's exports write behind them. -#}

{#- A stage's name without what is around it. What stands in brackets at the end goes where it is the pipeline's own name, or ends
    in the word pipeline; other brackets are part of the name. -#}
{% macro bare_stage(stage, pipeline=none) -%}
    {%- set text = 'trim(' ~ stage ~ ')' -%}
    {%- set before = replace_pattern(text, ' *[(][^()]*[)]$', '') -%}
    {%- set inside = 'lower(trim(' ~ replace_pattern('substr(' ~ text ~ ', length(' ~ before ~ ') + 1)', '[()]', '') ~ '))' -%}
    nullif(
        case
            when {{ before }} = '' then {{ text }}
            when {{ inside }} like '%pipeline'
                {%- if pipeline is not none %} or {{ inside }} = lower(trim({{ pipeline }})){% endif %} then {{ before }}
            else {{ text }}
        end,
        ''
    )
{%- endmacro %}

{#- What two spellings of one stage have in common. -#}
{% macro stage_key(stage, pipeline=none) -%}
    lower({{ bare_stage(stage, pipeline) }})
{%- endmacro %}

{#- What a stage is where no list and no record tells: Salesforce's and HubSpot's own words for it; NULL for other words. -#}
{% macro stage_kind_by_words(key) -%}
    case
        when {{ key }} in ('closed won', 'closedwon') then 'won'
        when {{ key }} in ('closed lost', 'closedlost') then 'lost'
    end
{%- endmacro %}

{#- What a source says a stage is, of nullable flags and a probability in percent: open, won, lost; closed where it doesn't say how;
    NULL where it says nothing. -#}
{% macro told_stage_kind(is_closed, is_won, probability='null') -%}
    case
        when {{ is_won }} then 'won'
        when {{ is_closed }} and {{ probability }} = 100 and {{ is_won }} is null then 'won'
        when {{ is_closed }} and ({{ is_won }} is not null or {{ probability }} = 0) then 'lost'
        when {{ is_closed }} then 'closed'
        when not {{ is_closed }} then 'open'
        when {{ probability }} = 100 then 'won'
    end
{%- endmacro %}

{#- The pipeline of a record as its source calls it: by the key that seeds/pipelines.csv names, else by its own name, else default. -#}
{% macro told_pipeline(records, pipelines) -%}
    coalesce(
        case when {{ pipelines }}.pipeline_id is not null then {{ records }}.pipeline_key end,
        nullif(trim({{ records }}.source_pipeline), ''),
        'default'
    )
{%- endmacro %}
