{%- set marketing = "'marketing_inbound'" -%}

with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

-- A period is measured at its end, the running one at as_of.
opportunities as (

    select
        opportunities.opportunity_id,
        coalesce(opportunities.created_at, opportunities.life_start_at) as created_at,
        opportunities.life_start_at,
        periods.fiscal_period_id,
        periods.ends_at as period_ends_at,
        least(coalesce(periods.ends_at, settings.as_of_at), settings.as_of_at) as measured_at,
        coalesce(sources.evidence_function, 'unknown') as evidence_function,
        coalesce(sources.evidence_parent, 'unknown') as evidence_parent,
        sources.evidence_confidence
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    left join {{ ref('int_opportunity_sources') }} as sources on opportunities.opportunity_id = sources.opportunity_id
    left join {{ ref('int_fiscal_periods') }} as periods
        on {{ fiscal_quarter_start(local_date('coalesce(opportunities.created_at, opportunities.life_start_at)')) }} = periods.starts_on
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

-- The claims that stood when the period was measured.
standing_claims as (

    select claims.opportunity_id, claims.changed_field, claims.record_id
    from {{ ref('int_source_claims') }} as claims
    inner join opportunities
        on claims.opportunity_id = opportunities.opportunity_id
        and opportunities.measured_at > claims.valid_from
        and opportunities.measured_at <= claims.valid_to
    where claims.parent = {{ marketing }}

),

moves as (

    select
        moves.claim_id,
        moves.opportunity_id,
        moves.lead_id,
        moves.changed_field,
        case
            when moves.is_first_fill then 'first_fill'
            when batches.is_migration and not moves.is_contradicted then 'migration'
            when moves.is_supported then 'corrected'
            else 'relabeled'
        end as kind,
        moves.moved_at as changed_at,
        moves.changed_by_id,
        moves.record_created_at,
        moves.old_value,
        moves.new_value,
        moves.old_function,
        moves.old_parent,
        moves.new_function,
        moves.is_indirect,
        moves.evidence_function,
        moves.evidence_confidence,
        batches.batch_size,
        -- The move stood when the period was measured.
        moves.moved_at < opportunities.measured_at
        and coalesce(moves.moved_back_at >= opportunities.measured_at, true)
        and standing_claims.opportunity_id is not null as is_standing,
        case when moves.moved_back_at < settings.as_of_at then moves.moved_back_at end as moved_back_at,
        moves.known_at,
        moves.origin
    from {{ ref('int_source_moves') }} as moves
    cross join settings
    inner join opportunities on moves.opportunity_id = opportunities.opportunity_id
    left join {{ ref('int_source_move_batches') }} as batches
        on case when moves.changed_field = 'lead_source' then 'lead' else 'opportunity' end = batches.record_kind
        and moves.record_id = batches.record_id
        and moves.moved_at = batches.moved_at
        and not moves.is_first_fill
    left join standing_claims
        on moves.opportunity_id = standing_claims.opportunity_id
        and moves.changed_field = standing_claims.changed_field
        and moves.record_id = standing_claims.record_id
    where
        moves.moved_at < settings.as_of_at
        and not moves.is_in_grace
        -- What was soon taken back, by as_of, is no finding of its own.
        and coalesce(
            moves.moved_back_at >= settings.as_of_at
            or moves.moved_back_at > {{ add_time('moves.moved_at', var('relabel_undone_hours'), 'hour') }},
            true
        )

),

-- One finding per opportunity, function moved from and day: the CRM copies a lead's source to its opportunity, and back.
single_moves as (

    select * from moves
    qualify
        row_number() over (
            partition by opportunity_id, kind, old_parent, {{ local_date('changed_at') }}
            order by
                case when is_standing then 0 else 1 end asc nulls last,
                case changed_field when 'source' then 1 when 'lead_source' then 2 else 3 end asc nulls last,
                changed_at asc nulls last,
                claim_id asc nulls last
        ) = 1

),

-- Claimed as marketing from creation (data entry corrected within the grace hours) until the period was measured.
claimed_since_creation as (

    select
        claims.opportunity_id,
        claims.value_text,
        claims.sourcing_function,
        claims.known_at,
        claims.origin
    from (
        select *, {{ add_time('record_created_at', var('relabel_grace_hours'), 'hour') }} as grace_ends_at
        from {{ ref('int_source_claims') }}
        where changed_field = 'source' and parent = {{ marketing }}
    ) as claims
    inner join opportunities on claims.opportunity_id = opportunities.opportunity_id
    inner join standing_claims
        on claims.opportunity_id = standing_claims.opportunity_id
        and standing_claims.changed_field = 'source'
    where
        claims.valid_from < opportunities.measured_at
        and claims.valid_from <= claims.grace_ends_at
        and coalesce(claims.moved_back_at >= opportunities.measured_at, true)
    -- The claim that held when the grace ended; later ones go on from it.
    qualify row_number() over (partition by claims.opportunity_id order by claims.valid_from desc nulls last) = 1

),

standing_relabels as (

    select distinct opportunity_id from single_moves
    where kind = 'relabeled' and is_standing

),

unsupported_claims as (

    select
        claimed.opportunity_id as claim_id,
        claimed.opportunity_id,
        cast(null as varchar) as lead_id,
        'none' as changed_field,
        case
            when opportunities.evidence_parent = 'unknown' or opportunities.evidence_confidence = 'creator_only' then 'unsupported'
            else 'contradicted'
        end as kind,
        cast(null as timestamp) as changed_at,
        cast(null as varchar) as changed_by_id,
        cast(null as timestamp) as record_created_at,
        claimed.value_text as old_value,
        claimed.value_text as new_value,
        claimed.sourcing_function as old_function,
        cast(null as varchar) as old_parent,
        claimed.sourcing_function as new_function,
        false as is_indirect,
        opportunities.evidence_function,
        opportunities.evidence_confidence,
        cast(null as bigint) as batch_size,
        true as is_standing,
        cast(null as timestamp) as moved_back_at,
        claimed.known_at,
        claimed.origin
    from claimed_since_creation as claimed
    inner join opportunities on claimed.opportunity_id = opportunities.opportunity_id
    left join standing_relabels on claimed.opportunity_id = standing_relabels.opportunity_id
    where
        (opportunities.evidence_parent <> {{ marketing }} or coalesce(opportunities.evidence_confidence, 'none') <> 'high')
        and standing_relabels.opportunity_id is null

),

united as (

    select * from single_moves
    union all
    select * from unsupported_claims

),

listed as (

    select
        united.*,
        opportunities.created_at,
        opportunities.fiscal_period_id,
        opportunities.period_ends_at,
        opportunities.measured_at,
        greatest(coalesce(united.changed_at, opportunities.life_start_at), opportunities.life_start_at) as amount_at,
        united.kind in ('relabeled', 'contradicted') as is_counted,
        united.kind in ('relabeled', 'contradicted') and united.is_standing
        and opportunities.fiscal_period_id is not null
        and row_number() over (
            partition by united.opportunity_id
            order by
                case when united.kind in ('relabeled', 'contradicted') and united.is_standing then 0 else 1 end asc nulls last,
                case united.changed_field when 'source' then 1 when 'lead_source' then 2 when 'primary_campaign' then 3 else 4 end
                asc nulls last,
                united.changed_at asc nulls last,
                united.claim_id asc nulls last
        ) = 1 as is_in_share
    from united
    inner join opportunities on united.opportunity_id = opportunities.opportunity_id

)

select
    {{ surrogate_key(['listed.claim_id', 'listed.changed_field']) }} as relabel_id,
    listed.opportunity_id,
    listed.lead_id,
    listed.changed_field,
    listed.kind,
    listed.is_counted,
    listed.is_in_share,
    listed.changed_at,
    listed.changed_by_id,
    listed.old_value,
    listed.new_value,
    listed.old_function,
    listed.new_function,
    listed.is_indirect,
    listed.evidence_function,
    listed.evidence_confidence,
    states.amount,
    states.owner_id,
    measured_states.amount as amount_at_period_end,
    {{ fractional_days('listed.record_created_at', 'listed.changed_at') }} as days_after_creation,
    listed.created_at,
    listed.fiscal_period_id,
    coalesce(listed.changed_at >= listed.period_ends_at, false) as is_after_period_end,
    cast(listed.batch_size as bigint) as batch_size,
    listed.moved_back_at as ended_at,
    case when listed.moved_back_at is not null then 'moved_back' end as ended_how,
    listed.known_at,
    listed.origin
from listed
left join {{ ref('int_opportunity_states') }} as states
    on listed.opportunity_id = states.opportunity_id
    and listed.amount_at >= states.valid_from
    and listed.amount_at < states.valid_to
left join {{ ref('int_opportunity_states') }} as measured_states
    on listed.opportunity_id = measured_states.opportunity_id
    and listed.measured_at > measured_states.valid_from
    and listed.measured_at <= measured_states.valid_to
