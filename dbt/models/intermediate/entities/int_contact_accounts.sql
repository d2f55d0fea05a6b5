{#- Which account each contact belonged to, and when: one row per contact and span [valid_from, valid_to) with an account. As far as
    the source's history or its extracts tell; before the first telling, the first told (METRICS.md §3, dated evidence). Whoever was
    at a merged account is at the survivor. -#}
with spans as (

    select
        source_name,
        contact_id,
        account_id,
        row_number() over change_order as change_number,
        changed_at,
        lead(changed_at) over change_order as next_changed_at
    from {{ united('contact_accounts') }} as told
    window
        change_order as (
            partition by source_name, contact_id
            order by changed_at asc nulls first, told_number asc nulls first, row_hash asc nulls first
        )

),

dated as (

    select
        *,
        case when change_number = 1 then {{ beginning_of_time() }} else changed_at end as valid_from,
        coalesce(next_changed_at, {{ end_of_time() }}) as valid_to
    from spans

)

select
    {{ surrogate_key(['dated.contact_id', 'dated.valid_from']) }} as contact_account_id,
    dated.contact_id,
    dated.account_id,
    dated.valid_from,
    dated.valid_to
from dated
inner join {{ ref('int_contacts') }} as contacts
    on dated.contact_id = contacts.contact_id
    and dated.source_name = contacts.source_name
where dated.account_id is not null and dated.valid_from < dated.valid_to
