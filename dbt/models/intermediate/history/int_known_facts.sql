{#- What any opportunity's history tells by as_of: a figure of which nothing is known is NULL, not 0. A company without opportunities
    lacks nothing. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

states as (

    select
        count(*) as n,
        count(states.owner_id) as n_with_owner,
        count(states.amount) as n_with_amount,
        count(states.claimed_source) as n_with_claim
    from {{ ref('int_opportunity_states') }} as states
    inner join settings on states.valid_from < settings.as_of_at

),

visits as (

    select count(*) as n_told
    from {{ ref('int_stage_visits') }} as visits
    inner join settings on visits.entered_at < settings.as_of_at
    where visits.stage <> '{{ unknown_stage() }}'

)

select
    states.n_with_owner > 0 or states.n = 0 as has_owners,
    states.n_with_amount > 0 or states.n = 0 as has_amounts,
    states.n_with_claim > 0 or states.n = 0 as has_claims,
    visits.n_told > 0 or states.n = 0 as has_stages
from states
cross join visits
