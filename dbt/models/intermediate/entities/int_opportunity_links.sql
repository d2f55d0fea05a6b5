{#- Which account and lead each opportunity belongs to, as newest known. Made from extracts alone, ahead of all history, so that
    entities can be linked to opportunities before it is known which opportunities changed. -#}
select
    opportunity_id,
    account_id,
    lead_id
from {{ ref('int_opportunity_versions') }}
where not is_absence
qualify
    row_number() over (
        partition by opportunity_id
        order by
            version_at desc nulls last, version_sequence desc nulls last, extracted_at desc nulls last,
            record_number desc nulls last, row_hash desc nulls last
    ) = 1
