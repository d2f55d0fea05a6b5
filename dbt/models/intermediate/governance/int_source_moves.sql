{#- Moves of a claimed source into marketing: at once or by way of values that name no function, from the last function that was named,
    or from an empty field. Each with the evidence that stood before it, and whether that speaks against the move. One within the
    grace hours after the record's creation is data entry, but part of its batch. As_of-free. Leads that became no opportunity have
    no evidence and are neutral. -#}
{%- set marketing = "'marketing_inbound'" -%}

with into_marketing as (

    select
        *,
        {{ add_time('record_created_at', var('relabel_grace_hours'), 'hour') }} as grace_ends_at
    from {{ ref('int_source_claims') }}
    where
        parent = {{ marketing }}
        and old_parent is distinct from {{ marketing }}
        and (known_parent <> {{ marketing }} or (known_parent is null and old_value is null))

)

select
    moves.claim_id,
    moves.opportunity_id,
    moves.lead_id,
    moves.source_name,
    moves.changed_field,
    moves.record_id,
    moves.record_created_at,
    moves.valid_from as moved_at,
    moves.left_marketing_at,
    moves.moved_back_at,
    moves.valid_from <= moves.grace_ends_at as is_in_grace,
    moves.known_parent is null as is_first_fill,
    coalesce(moves.old_parent is null and moves.known_parent is not null, false) as is_indirect,
    coalesce(moves.known_value_text, moves.old_value) as old_value,
    coalesce(moves.known_sourcing_function, moves.old_function, 'unknown') as old_function,
    moves.known_parent as old_parent,
    moves.value_text as new_value,
    moves.sourcing_function as new_function,
    moves.changed_by_id,
    moves.known_at,
    moves.origin,
    coalesce(evidence.evidence_function, 'unknown') as evidence_function,
    coalesce(evidence.evidence_parent, 'unknown') as evidence_parent,
    evidence.evidence_confidence,
    coalesce(evidence.evidence_parent = {{ marketing }} and evidence.evidence_confidence = 'high', false) as is_supported,
    coalesce(
        evidence.evidence_parent not in ({{ marketing }}, 'unknown') and evidence.evidence_confidence = 'high', false
    ) as is_contradicted
from into_marketing as moves
left join {{ ref('int_opportunities') }} as opportunities on moves.opportunity_id = opportunities.opportunity_id
-- A lead may have been moved before its opportunity began; then what was known at the beginning is the evidence.
left join {{ ref('int_opportunity_evidence') }} as evidence
    on moves.opportunity_id = evidence.opportunity_id
    and (evidence.judged_from < moves.valid_from or evidence.judged_from = opportunities.life_start_at)
    and moves.valid_from <= evidence.judged_to
