{#- People not yet matched to an account and what they became, as newest known. Of the e-mail address only the domain goes on. -#}
select
    united.lead_id,
    united.source_name,
    nullif(trim(united.source), '') as source,
    united.status,
    united.owner_id,
    {{ email_domain('united.email') }} as email_domain,
    united.created_at,
    united.created_by_id,
    -- Of a conversion the CRM may tell the day alone.
    case
        when united.converted_at is not null then greatest(united.converted_at, coalesce(united.created_at, united.converted_at))
    end as converted_at,
    united.converted_account_id,
    united.converted_contact_id,
    united.converted_opportunity_id,
    mergers.survivor_id as merged_into_lead_id,
    {{ is_staff_address('united.email') }} as is_internal,
    united.is_record_deleted as is_deleted,
    united.deleted_at
    {{- lifted_columns('leads', prefix='united.') }}
from {{ united('leads') }} as united
left join {{ ref('int_record_merges') }} as mergers
    on united.lead_id = mergers.record_id
    and mergers.record_kind = 'lead'
qualify
    row_number() over (
        partition by united.lead_id order by united.is_record_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
