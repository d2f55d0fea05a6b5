-- A row means that an opportunity has no state, or two states, at some instant of its life, so that a pipeline total would lose
-- it or count it twice.
with states as (

    select
        opportunity_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by opportunity_id order by valid_from asc nulls first) as next_valid_from
    from {{ ref('int_opportunity_states') }}

)

select * from states
where
    valid_to <> coalesce(next_valid_from, {{ end_of_time() }})
    or valid_to <= valid_from
