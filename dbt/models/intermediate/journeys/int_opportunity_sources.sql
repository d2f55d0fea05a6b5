{#- Where each opportunity came from, as judged as of as_of: of int_opportunity_evidence the judgement that held then. -#}
{{ config(materialized='view') }}

select
    evidence.opportunity_id,
    evidence.original_claimed_source,
    evidence.original_claimed_function,
    evidence.evidence_function,
    evidence.evidence_parent,
    evidence.evidence_confidence,
    evidence.evidence_kind,
    evidence.evidence_id,
    evidence.evidence_at,
    evidence.creator_id,
    evidence.creator_role,
    evidence.lead_created_at
from {{ ref('int_opportunity_evidence') }} as evidence
inner join {{ ref('int_run_settings') }} as settings
    on evidence.judged_from < settings.as_of_at
    and evidence.judged_to >= settings.as_of_at
