-- A row means that the amount which history gives for an opportunity, at the instant of its newest extracted version, is not the
-- amount in that version: money would not tie to the extract. Recorded changes within the skew that extracts are granted count.
with newest as (

    select
        opportunity_id,
        cast(amount as decimal(18, 2)) as extracted_amount,
        version_at
    from {{ ref('int_opportunity_versions') }}
    where not is_absence and {{ was_delivered('amount') }}
    qualify row_number() over (
        partition by opportunity_id
        order by
            version_at desc nulls last, version_sequence desc nulls last, extracted_at desc nulls last,
            record_number desc nulls last, row_hash desc nulls last
    ) = 1

),

compared as (

    select
        newest.opportunity_id,
        newest.extracted_amount,
        newest.version_at,
        max(case when states.amount_original is not distinct from newest.extracted_amount then 1 else 0 end) as agrees
    from newest
    inner join {{ ref('int_opportunities') }} as opportunities on newest.opportunity_id = opportunities.opportunity_id
    left join {{ ref('int_opportunity_states') }} as states
        on newest.opportunity_id = states.opportunity_id
        and states.valid_to > greatest(newest.version_at, opportunities.life_start_at)
        and states.valid_from
        <= {{ add_time('greatest(newest.version_at, opportunities.life_start_at)', var('history_skew_minutes'), 'minute') }}
    group by newest.opportunity_id, newest.extracted_amount, newest.version_at

)

select * from compared where agrees = 0
