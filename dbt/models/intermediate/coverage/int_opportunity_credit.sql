{#- Created pipeline as of the run's date: which opportunity counts as created in which fiscal period, for whom, with what amount
    and from which source. A deleted opportunity counts in none. -#}
{{ config(materialized='view') }}

with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

known as (

    select
        candidates.opportunity_id,
        candidates.basis,
        candidates.instant_at,
        candidates.is_assumed,
        case when candidates.amount_at < settings.as_of_at then candidates.amount end as credited_amount,
        case when candidates.ae_owner_at < settings.as_of_at then candidates.ae_owner_id end as ae_owner_id,
        case when candidates.first_owner_at < settings.as_of_at then candidates.first_owner_id end as first_owner_id
    from {{ ref('int_opportunity_credit_candidates') }} as candidates
    cross join settings
    inner join {{ ref('int_opportunities') }} as opportunities
        on candidates.opportunity_id = opportunities.opportunity_id
    where
        candidates.instant_at < settings.as_of_at
        and (opportunities.deleted_at is null or opportunities.deleted_at >= settings.as_of_at)

)

select
    known.opportunity_id,
    known.basis,
    known.instant_at,
    periods.fiscal_period_id,
    coalesce(known.ae_owner_id, known.first_owner_id) as credited_user_id,
    known.ae_owner_id is null as is_credit_fallback,
    known.credited_amount,
    known.is_assumed,
    coalesce(sources.evidence_function, 'unknown') as evidence_function,
    coalesce(sources.creator_role, 'unknown') as creator_role,
    coalesce(
        sources.evidence_function = 'outbound_ae'
        and sources.creator_id = coalesce(known.ae_owner_id, known.first_owner_id),
        false
    ) as is_self_sourced
from known
inner join {{ ref('int_fiscal_periods') }} as periods
    on known.instant_at >= periods.starts_at and known.instant_at < periods.ends_at
left join {{ ref('int_opportunity_sources') }} as sources on known.opportunity_id = sources.opportunity_id
