{#- Every e-mail address that a contact or lead record of a CRM ever had, for finding the same person in another system.
    Addresses are personal: this is a view, and no table or mart may keep what it shows. -#}
{{ config(materialized='view') }}

select
    record_kind,
    record_id,
    nullif(lower(trim(email)), '') as address,
    created_at,
    is_record_deleted as is_deleted,
    row_number() over (
        partition by record_kind, record_id
        order by
            version_at desc nulls last, version_sequence desc nulls last, extracted_at desc nulls last,
            record_number desc nulls last, row_hash desc nulls last
    ) = 1 as is_newest
from {{ united('person_addresses') }} as united
