{#- The dimensions that flow through stages is cut by, with the column of each; the company is the cut that leaves everything together. -#}
{% macro flow_dimensions() -%}
    {{ return({
        'company': "'all'",
        'segment': 'segment',
        'team': 'team',
        'claimed_source': 'claimed_function',
        'evidence_source': 'evidence_function',
        'creator_role': 'creator_role'
    }) }}
{%- endmacro %}

{#- Those of an opportunity at an instant: owner, team, segment and claimed source of then, evidence and creator of its creation. To be
    selected with flow_cell_joins(), which give them. -#}
{% macro flow_cell_columns() -%}
    owners.segment,
    owners.team,
    coalesce(claimed.sourcing_function, 'unknown') as claimed_function,
    coalesce(sources.evidence_function, 'unknown') as evidence_function,
    coalesce(sources.creator_role, 'unknown') as creator_role
{%- endmacro %}

{% macro flow_cell_joins(opportunity_id, instant) -%}
    left join {{ ref('int_opportunity_states') }} as states
        on {{ opportunity_id }} = states.opportunity_id
        and {{ instant }} >= states.valid_from
        and {{ instant }} < states.valid_to
    left join {{ ref('int_user_intervals') }} as owners
        on states.owner_id = owners.user_id
        and {{ instant }} >= owners.valid_from
        and {{ instant }} < owners.valid_to
    left join {{ ref('source_taxonomy') }} as claimed
        on lower(trim(states.claimed_source)) = lower(trim(claimed.claimed_source))
    left join {{ ref('int_opportunity_sources') }} as sources on {{ opportunity_id }} = sources.opportunity_id
{%- endmacro %}
