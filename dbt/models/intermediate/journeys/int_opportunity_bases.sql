{#- The instants that attribution is measured at: creation, the bar, each win, with the amount that the opportunity had then.
    A win holds until the opportunity leaves the won stages again; which row counts as of a date is for the mart:
    basis_at < as_of_at <= valid_to. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select * from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

visits as (

    select
        opportunity_id,
        visit_number,
        entered_at,
        exited_at,
        is_won,
        lag(is_won) over (partition by opportunity_id order by visit_number asc nulls first) as was_won
    from {{ ref('int_stage_visits') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

won_visits as (

    select
        *,
        -- A won deal reclassified to another won stage was won once.
        sum(case when coalesce(was_won, false) then 0 else 1 end) over (
            partition by opportunity_id order by visit_number asc nulls first rows between unbounded preceding and current row
        ) as win_number
    from visits
    where is_won

),

wins as (

    select
        opportunity_id,
        min(entered_at) as won_at,
        max(coalesce(exited_at, {{ end_of_time() }})) as won_until
    from won_visits
    group by opportunity_id, win_number

),

united as (

    select
        opportunity_id, 'created' as basis, life_start_at as basis_at, {{ end_of_time() }} as valid_to
    from opportunities
    union all
    select opportunity_id, 'qualified' as basis, qualified_at as basis_at, {{ end_of_time() }} as valid_to
    from opportunities
    where qualified_at is not null
    union all
    select opportunity_id, 'won' as basis, won_at as basis_at, won_until as valid_to
    from wins
    where won_at < won_until

)

select
    {{ surrogate_key(['united.opportunity_id', 'united.basis', 'united.basis_at']) }} as opportunity_basis_id,
    united.opportunity_id,
    united.basis,
    united.basis_at,
    united.valid_to,
    states.amount
from united
left join {{ ref('int_opportunity_states') }} as states
    on united.opportunity_id = states.opportunity_id
    and united.basis_at >= states.valid_from
    and united.basis_at < states.valid_to
