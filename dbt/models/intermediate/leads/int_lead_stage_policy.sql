{#- What the raw statuses of leads mean, by date (seeds/lead_stage_policy.csv), with the rungs of the ladder of each span in which the
    whole policy stood still. Stages without an order are no rungs: what is rejected, converted or outside. -#}
with written as (

    select
        lower(trim(field)) as field,
        lower(trim(raw_value)) as value_key,
        lead_stage,
        stage_order,
        coalesce(is_handoff, false) as is_handoff,
        coalesce(is_accepted, false) as is_accepted,
        coalesce(is_rejected, false) as is_rejected,
        coalesce(is_converted, false) as is_converted,
        reason_class,
        coalesce({{ start_of_day('valid_from') }}, {{ beginning_of_time() }}) as valid_from,
        coalesce({{ start_of_day('valid_to') }}, {{ end_of_time() }}) as valid_to
    from {{ ref('lead_stage_policy') }}

),

cuts as (

    select valid_from as cut_at from written
    union
    select valid_to as cut_at from written

),

spans as (

    select cut_at as valid_from, lead(cut_at) over (order by cut_at asc nulls first) as valid_to
    from cuts

)

select
    written.field,
    written.value_key,
    written.lead_stage,
    case
        when written.stage_order is not null then
            cast(
                dense_rank() over (
                    partition by spans.valid_from, written.stage_order is null
                    order by written.stage_order asc nulls last, written.lead_stage asc nulls last
                ) as bigint
            )
    end as stage_rank,
    written.is_handoff,
    written.is_accepted,
    written.is_rejected,
    written.is_converted,
    written.reason_class,
    spans.valid_from,
    spans.valid_to
from written
inner join spans
    on written.valid_from <= spans.valid_from
    and written.valid_to >= spans.valid_to
