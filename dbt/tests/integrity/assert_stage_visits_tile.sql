-- A row means that an opportunity's visits leave a gap, overlap or run backwards, so that time in stage and every as-of count
-- would be wrong. It does not mean that the CRM's dates are odd: zero-length visits and loops are fine.
with visits as (

    select
        visit_id,
        opportunity_id,
        entered_at,
        exited_at,
        lead(entered_at) over (partition by opportunity_id order by visit_number asc nulls first) as next_entered_at
    from {{ ref('int_stage_visits') }}

)

select * from visits
where
    exited_at is distinct from next_entered_at
    or exited_at < entered_at
