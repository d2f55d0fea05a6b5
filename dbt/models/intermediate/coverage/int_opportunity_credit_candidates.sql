{#- Who and how much an opportunity's creation counts for, on each basis, as_of-free: every fact with the instant at which it
    became true, so that a reader can leave out what lies after its own as-of date. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunity_id, pipeline_at, qualified_at
    from {{ ref('int_opportunities') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

instants as (

    select opportunity_id, 'total' as basis, pipeline_at as instant_at
    from opportunities
    where pipeline_at is not null
    union all
    select opportunity_id, 'qualified' as basis, qualified_at as instant_at
    from opportunities
    where qualified_at is not null

),

states as (

    select
        instants.opportunity_id,
        instants.basis,
        instants.instant_at,
        states.valid_from,
        states.valid_to,
        states.amount,
        states.owner_id,
        greatest(states.valid_from, instants.instant_at) as seen_from
    from instants
    inner join {{ ref('int_opportunity_states') }} as states on instants.opportunity_id = states.opportunity_id

),

first_amounts as (

    select opportunity_id, basis, amount, seen_from as amount_at
    from states
    where
        amount > 0
        and valid_to > instant_at
        and valid_from <= {{ add_time('instant_at', var('created_amount_days'), 'day') }}
    qualify row_number() over (partition by opportunity_id, basis order by valid_from asc nulls last) = 1

),

ae_owners as (

    select
        states.opportunity_id,
        states.basis,
        states.owner_id,
        greatest(states.seen_from, users.valid_from) as credited_at
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
    qualify
        row_number() over (
            partition by states.opportunity_id, states.basis
            order by greatest(states.seen_from, users.valid_from) asc nulls last, states.owner_id asc nulls last
        ) = 1

),

first_owners as (

    select opportunity_id, basis, owner_id, seen_from as owned_at
    from states
    where owner_id is not null
    qualify
        row_number() over (
            partition by opportunity_id, basis
            order by case when valid_to > instant_at then 0 else 1 end asc nulls last, valid_from asc nulls last
        ) = 1

)

select
    instants.opportunity_id,
    instants.basis,
    instants.instant_at,
    first_amounts.amount,
    first_amounts.amount_at,
    ae_owners.owner_id as ae_owner_id,
    ae_owners.credited_at as ae_owner_at,
    first_owners.owner_id as first_owner_id,
    first_owners.owned_at as first_owner_at
from instants
left join first_amounts
    on instants.opportunity_id = first_amounts.opportunity_id and instants.basis = first_amounts.basis
left join ae_owners
    on instants.opportunity_id = ae_owners.opportunity_id and instants.basis = ae_owners.basis
left join first_owners
    on instants.opportunity_id = first_owners.opportunity_id and instants.basis = first_owners.basis
