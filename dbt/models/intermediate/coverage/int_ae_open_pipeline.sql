{#- Open pipeline per owner and fiscal period at the instant in which the period is measured. An opportunity whose close date is
    past by then counts in no period: it is overdue, on the row of the period that holds the measured day; so is one without any. -#}
with periods as (

    select * from {{ ref('int_coverage_periods') }}

),

-- Periods yet to start share the current one's instant.
instants as (

    select
        fiscal_period_id as instant_period_id,
        measured_at,
        as_of_date,
        as_of_at
    from periods
    where horizon <= 0

),

open_visits as (

    select
        instants.instant_period_id,
        instants.measured_at,
        instants.as_of_date,
        visits.opportunity_id,
        visits.is_qualified
    from {{ ref('int_stage_visits') }} as visits
    inner join instants
        on visits.entered_at < instants.measured_at
        and coalesce(visits.exited_at, {{ end_of_time() }}) >= instants.measured_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on visits.opportunity_id = opportunities.opportunity_id
        and (opportunities.deleted_at is null or opportunities.deleted_at >= instants.as_of_at)
    where visits.is_open and visits.is_pipeline

),

open_states as (

    select
        open_visits.instant_period_id,
        open_visits.is_qualified,
        coalesce(states.owner_id, '(unassigned)') as ae_id,
        states.amount,
        states.close_date,
        case
            when states.close_date is null then 'undated'
            when states.close_date < open_visits.as_of_date then 'overdue'
            else 'dated'
        end as dating
    from open_visits
    inner join {{ ref('int_opportunity_states') }} as states
        on open_visits.opportunity_id = states.opportunity_id
        and states.valid_from < open_visits.measured_at
        and states.valid_to >= open_visits.measured_at

),

placed as (

    select
        open_states.*,
        periods.fiscal_period_id
    from open_states
    inner join periods
        on open_states.close_date between periods.starts_on and periods.ends_on
        and (
            open_states.instant_period_id = periods.fiscal_period_id
            or (periods.horizon > 0 and open_states.instant_period_id = periods.measured_period_id)
        )
    where open_states.dating = 'dated'
    union all
    select
        open_states.*,
        open_states.instant_period_id as fiscal_period_id
    from open_states
    where open_states.dating <> 'dated'

)

select
    {{ surrogate_key(['ae_id', 'fiscal_period_id']) }} as ae_period_id,
    ae_id,
    fiscal_period_id,
    {{ money("coalesce(sum(case when dating = 'dated' then amount end), 0)") }} as open_amount_total,
    {{ money("coalesce(sum(case when dating = 'dated' and is_qualified then amount end), 0)") }} as open_amount_qualified,
    cast(sum(case when dating = 'dated' then 1 else 0 end) as bigint) as n_open_total,
    cast(sum(case when dating = 'dated' and is_qualified then 1 else 0 end) as bigint) as n_open_qualified,
    cast(sum(case when dating = 'dated' and amount is null then 1 else 0 end) as bigint) as n_open_without_amount,
    {{ money("coalesce(sum(case when dating = 'overdue' then amount end), 0)") }} as overdue_amount_total,
    {{ money("coalesce(sum(case when dating = 'overdue' and is_qualified then amount end), 0)") }} as overdue_amount_qualified,
    cast(sum(case when dating = 'overdue' then 1 else 0 end) as bigint) as n_overdue,
    {{ money("coalesce(sum(case when dating = 'undated' then amount end), 0)") }} as undated_amount_total,
    cast(sum(case when dating = 'undated' then 1 else 0 end) as bigint) as n_undated
from placed
group by ae_id, fiscal_period_id
