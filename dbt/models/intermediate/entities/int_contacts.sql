{#- People at accounts, as newest known; whoever was at a merged account is at the survivor. Some are leads
    too. Of the e-mail address only the domain goes on. -#}
select
    united.contact_id,
    united.source_name,
    united.account_id,
    {{ email_domain('united.email') }} as email_domain,
    united.source,
    united.created_at,
    mergers.survivor_id as merged_into_contact_id,
    {{ is_staff_address('united.email') }} as is_internal,
    united.is_record_deleted as is_deleted,
    united.deleted_at,
    united.is_lead
    {{- lifted_columns('contacts', prefix='united.') }}
from {{ united('contacts') }} as united
left join {{ ref('int_record_merges') }} as mergers
    on united.contact_id = mergers.record_id
    and mergers.record_kind = 'contact'
qualify
    row_number() over (
        partition by united.contact_id order by united.is_record_deleted asc nulls last, united.source_name asc nulls last
    ) = 1
