{#- Who of a buying group was named on an opportunity, and for how long: one row per opportunity, contact and span [valid_from, valid_to)
    in which at least one role named the contact. Roles that overlap or follow each other at once are one span.

    A role lasts from its creation to its deletion (METRICS.md §1). Without a creation date the first extract that shows it dates it,
    unless it was there from the first extract on: then it is undated and counts since ever. HubSpot's connector needs its first
    days for that (var hubspot_first_sync_days). -#}
with spans as (

    select * from {{ united('opportunity_contacts') }} as united

),

islands as (

    select
        *,
        sum(case when valid_from <= ended_by then 0 else 1 end) over (
            partition by opportunity_id, contact_id order by valid_from asc nulls first, valid_to asc nulls first,
                source_name asc nulls first, record_key asc nulls first
        ) as island
    from (
        select
            *,
            max(valid_to) over (
                partition by opportunity_id, contact_id order by valid_from asc nulls first, valid_to asc nulls first,
                    source_name asc nulls first, record_key asc nulls first
                rows between unbounded preceding and 1 preceding
            ) as ended_by
        from spans
    ) as followed

)

select
    {{ surrogate_key(['opportunity_id', 'contact_id', 'min(valid_from)']) }} as opportunity_contact_id,
    opportunity_id,
    contact_id,
    min(source_name) as source_name,
    max_by(role, cast(version_at as varchar) || record_key) as role,
    max(case when is_primary then 1 else 0 end) = 1 as is_primary,
    min(valid_from) as valid_from,
    max(valid_to) as valid_to,
    max(case when is_undated then 1 else 0 end) = 1 as is_undated
from islands
group by opportunity_id, contact_id, island
