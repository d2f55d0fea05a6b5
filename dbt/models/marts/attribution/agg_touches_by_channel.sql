with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

touches as (

    select
        coalesce(touches.channel, '(none)') as channel,
        touches.is_unmatched,
        coalesce(touches.deleted_at < settings.as_of_at, false) as is_deleted_later,
        {{ fiscal_quarter_start(local_date('touches.touched_at')) }} as period_starts_on
    from {{ ref('int_touches') }} as touches
    cross join settings
    where
        touches.is_material and not touches.is_bot and not touches.is_internal
        and touches.touched_at < settings.as_of_at
        and coalesce(touches.replaced_at >= settings.as_of_at, true)

)

select
    {{ surrogate_key(['periods.fiscal_period_id', 'touches.channel']) }} as channel_period_id,
    periods.fiscal_period_id,
    touches.channel,
    cast(count(*) as bigint) as n_touches,
    cast(sum(case when touches.is_unmatched then 0 else 1 end) as bigint) as n_matched,
    cast(sum(case when touches.is_unmatched then 1 else 0 end) as bigint) as n_unmatched,
    cast(sum(case when touches.is_deleted_later then 1 else 0 end) as bigint) as n_deleted_later,
    {{ ratio('sum(case when touches.is_unmatched then 1 else 0 end)', 'count(*)') }} as unmatched_share
from touches
inner join {{ ref('int_fiscal_periods') }} as periods on touches.period_starts_on = periods.starts_on
group by periods.fiscal_period_id, touches.channel
