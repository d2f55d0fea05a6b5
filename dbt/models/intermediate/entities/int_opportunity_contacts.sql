{#- Contact roles: who of a buying group was named on an opportunity. One row per opportunity and contact. -#}
select
    {{ surrogate_key(['opportunity_id', 'contact_id']) }} as opportunity_contact_id,
    opportunity_id,
    contact_id,
    source_name,
    role,
    coalesce(is_primary, false) as is_primary,
    created_at,
    is_record_deleted as is_deleted
from {{ united('opportunity_contacts') }} as united
qualify
    row_number() over (
        partition by opportunity_id, contact_id
        order by
            is_record_deleted asc nulls last, coalesce(is_primary, false) desc nulls last, version_at desc nulls last,
            source_name asc nulls last, record_key asc nulls last
    ) = 1
