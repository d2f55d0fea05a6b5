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

-- Changes of one instant that end where they began are no move.
claims as (

    select
        claims.*,
        {{ add_time('claims.record_created_at', var('relabel_grace_hours'), 'hour') }} as grace_ends_at
    from {{ ref('int_source_claims') }} as claims
    cross join settings
    where
        claims.valid_from < settings.as_of_at
        and claims.parent = {{ marketing }}
        and coalesce(claims.left_marketing_at > claims.valid_from, true)

),

into_marketing as (

    select * from claims
    where
        old_parent is distinct from {{ marketing }}
        and (old_value is null or old_parent is not null)

),

-- A record counts once in an hour, whatever opportunities it stands for and however often it is moved to and fro.
batch_records as (

    select
        changed_field,
        record_id,
        source_name,
        changed_by_id,
        old_value,
        value_text,
        valid_from,
        {{ microseconds_between("timestamp '1970-01-01 00:00:00'", 'valid_from') }} as moved_us
    from into_marketing
    where changed_by_id is not null and old_value is not null
    group by changed_field, record_id, source_name, changed_by_id, old_value, value_text, valid_from

),

first_in_hour as (

    select
        *,
        case
            when
                moved_us - lag(moved_us) over (
                    partition by source_name, changed_field, changed_by_id, old_value, value_text, record_id
                    order by moved_us asc nulls first
                ) <= 3600000000
                then 0
            else 1
        end as is_new_record
    from batch_records

),

hours as (

    select
        *,
        sum(is_new_record) over (
            partition by source_name, changed_field, changed_by_id, old_value, value_text
            order by moved_us asc nulls first range between 3600000000 preceding and current row
        ) as n_records_in_hour
    from first_in_hour

),

batches as (

    select
        changed_field,
        record_id,
        valid_from,
        max(n_records_in_hour) over (
            partition by source_name, changed_field, changed_by_id, old_value, value_text
            order by moved_us asc nulls first range between current row and 3600000000 following
        ) as batch_size
    from hours

),

moves as (

    select
        into_marketing.claim_id,
        into_marketing.opportunity_id,
        into_marketing.lead_id,
        into_marketing.changed_field,
        case
            when into_marketing.old_value is null then 'first_fill'
            when batches.batch_size >= {{ var('migration_batch_size') }} then 'migration'
            when opportunities.evidence_parent = {{ marketing }} then 'corrected'
            else 'relabeled'
        end as kind,
        into_marketing.valid_from as changed_at,
        into_marketing.changed_by_id,
        into_marketing.record_created_at,
        into_marketing.old_value,
        into_marketing.value_text as new_value,
        into_marketing.old_function,
        into_marketing.sourcing_function as new_function,
        batches.batch_size,
        -- The move stood when the period was measured.
        into_marketing.valid_from < opportunities.measured_at
        and coalesce(into_marketing.left_marketing_at >= opportunities.measured_at, true) as is_standing,
        into_marketing.known_at,
        into_marketing.origin
    from into_marketing
    inner join opportunities on into_marketing.opportunity_id = opportunities.opportunity_id
    left join batches
        on into_marketing.changed_field = batches.changed_field
        and into_marketing.record_id = batches.record_id
        and into_marketing.valid_from = batches.valid_from
    where into_marketing.valid_from > into_marketing.grace_ends_at

),

-- Claimed as marketing from creation (data entry corrected within the grace hours) until the period was measured.
claimed_since_creation as (

    select
        claims.opportunity_id,
        claims.value_text,
        claims.sourcing_function,
        claims.known_at,
        claims.origin
    from claims
    inner join opportunities on claims.opportunity_id = opportunities.opportunity_id
    where
        claims.changed_field = 'source'
        and claims.valid_from < opportunities.measured_at
        and claims.valid_from <= claims.grace_ends_at
        and (claims.valid_to > claims.grace_ends_at or claims.valid_to >= opportunities.measured_at)
        and coalesce(claims.left_marketing_at >= opportunities.measured_at, true)

),

standing_relabels as (

    select distinct opportunity_id from moves
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
        claimed.sourcing_function as new_function,
        cast(null as bigint) as batch_size,
        true as is_standing,
        claimed.known_at,
        claimed.origin
    from claimed_since_creation as claimed
    inner join opportunities on claimed.opportunity_id = opportunities.opportunity_id
    left join standing_relabels on claimed.opportunity_id = standing_relabels.opportunity_id
    where
        opportunities.evidence_parent <> {{ marketing }}
        and standing_relabels.opportunity_id is null

),

united as (

    select * from moves
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
        opportunities.evidence_function,
        opportunities.evidence_confidence,
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
