{#- Who and how much an opportunity's creation counts for, on each basis, as_of-free: every fact with the instant at which it
    became true, so that a reader can leave out what lies after its own as-of date. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select
        opportunity_id, pipeline_at, qualified_at, first_closed_at, bar_basis,
        coalesce(bar_basis in ('assumed', 'no_bar'), false) as is_assumed
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

instants as (

    select opportunity_id, 'total' as basis, pipeline_at as instant_at, is_assumed, bar_basis, first_closed_at
    from opportunities
    where pipeline_at is not null
    union all
    select opportunity_id, 'qualified' as basis, qualified_at as instant_at, is_assumed, bar_basis, first_closed_at
    from opportunities
    where qualified_at is not null

),

states as (

    select
        instants.opportunity_id,
        instants.basis,
        instants.instant_at,
        instants.is_assumed,
        instants.bar_basis,
        instants.first_closed_at,
        states.valid_from,
        states.valid_to,
        states.amount,
        states.owner_id,
        greatest(states.valid_from, instants.instant_at) as seen_from
    from instants
    inner join {{ ref('int_opportunity_states') }} as states on instants.opportunity_id = states.opportunity_id

),

firsts as (

    select
        opportunity_id,
        basis,
        instant_at,
        is_assumed,
        min_by(amount, valid_from) filter (where is_amount_in_time) as amount,
        min(seen_from) filter (where is_amount_in_time) as amount_at,
        coalesce(
            min_by(owner_id, valid_from) filter (where owner_id is not null and valid_to > instant_at),
            min_by(owner_id, valid_from) filter (where owner_id is not null)
        ) as first_owner_id,
        coalesce(
            min(seen_from) filter (where owner_id is not null and valid_to > instant_at),
            min(seen_from) filter (where owner_id is not null)
        ) as first_owner_at
    from (
        select
            *,
            amount > 0
            and valid_to > instant_at
            and (
                valid_from <= {{ add_time('instant_at', var('created_amount_days'), 'day') }}
                -- Where nothing tells of the way, the first amount that is told before the closing stands for it.
                or (bar_basis = 'assumed' and valid_from <= first_closed_at)
            ) as is_amount_in_time
        from states
    ) as judged
    group by opportunity_id, basis, instant_at, is_assumed

),

ae_owners as (

    select
        states.opportunity_id,
        states.basis,
        min_by(states.owner_id, greatest(states.seen_from, users.valid_from)) as owner_id,
        min(greatest(states.seen_from, users.valid_from)) as credited_at
    from states
    inner join {{ ref('int_user_intervals') }} as users
        on states.owner_id = users.user_id
        and users.is_ae
        and users.valid_from < states.valid_to
        and users.valid_to > states.seen_from
    where
        states.valid_to > states.instant_at
        and greatest(states.seen_from, users.valid_from)
            <= {{ add_time('states.instant_at', var('created_credit_days'), 'day') }}
    group by states.opportunity_id, states.basis

)

select
    firsts.opportunity_id,
    firsts.basis,
    firsts.instant_at,
    firsts.is_assumed,
    firsts.amount,
    firsts.amount_at,
    ae_owners.owner_id as ae_owner_id,
    ae_owners.credited_at as ae_owner_at,
    firsts.first_owner_id,
    firsts.first_owner_at
from firsts
left join ae_owners
    on firsts.opportunity_id = ae_owners.opportunity_id and firsts.basis = ae_owners.basis
