select
    cast(
        {{ surrogate_key(['movements.opportunity_id', 'movements.basis', 'movements.step_number', 'movements.movement']) }} as varchar
    ) as movement_id,
    case when opportunities.deleted_at is null or opportunities.deleted_at >= settings.as_of_at then movements.opportunity_id end
        as opportunity_id,
    movements.basis,
    movements.movement,
    movements.moved_at,
    movements.moved_on,
    periods.fiscal_period_id,
    movements.known_at,
    movements.stage,
    movements.close_window,
    {%- for column in pipeline_dimensions().values() if column != "'all'" %}
    movements.{{ column }},
    {%- endfor %}
    movements.amount,
    movements.n_opportunities
from {{ ref('int_sourced_movements') }} as movements
cross join {{ ref('int_run_settings') }} as settings
inner join {{ ref('int_opportunities') }} as opportunities on movements.opportunity_id = opportunities.opportunity_id
left join {{ ref('int_fiscal_periods') }} as periods
    on movements.moved_on between periods.starts_on and periods.ends_on
where
    movements.moved_at < settings.as_of_at
    and movements.movement not in ('stage_in', 'stage_out')
