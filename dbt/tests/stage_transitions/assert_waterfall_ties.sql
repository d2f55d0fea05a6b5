-- A row means that a cell of the waterfall doesn't add up: opening and movements are not closing, or a closing is not the next
-- opening, so that pipeline came from nowhere or went nowhere. It does not say whether a movement is of the right kind.
{% set movements = pipeline_movements() %}
{% set cell = ['period_grain', 'dimension', 'member', 'basis', 'close_window'] %}

with followed as (

    select
        *,
        lag({{ add_days('period_ends_on', 1) }}) over in_order as expected_starts_on,
        coalesce(lag(closing_amount) over in_order, 0) as previous_closing_amount,
        coalesce(lag(n_closing) over in_order, 0) as previous_n_closing,
        lead(period_id) over in_order as next_period_id,
        max(period_starts_on) over (partition by period_grain) as last_starts_on
    from {{ ref('fct_pipeline_waterfall') }}
    window in_order as (partition by {{ cell | join(', ') }} order by period_starts_on asc nulls first)

)

select * from followed
where
    opening_amount
    {%- for movement, direction in movements %} + {{ movement }}_amount{% endfor %} + fx_amount <> closing_amount
    or n_opening
    {%- for movement, direction in movements if direction != 0 %} {{ '+' if direction > 0 else '-' }} n_{{ movement }}{% endfor %}
    <> n_closing
    or opening_amount <> previous_closing_amount
    or n_opening <> previous_n_closing
    or (expected_starts_on <> period_starts_on and (opening_amount <> 0 or n_opening <> 0))
    or (next_period_id is null and period_starts_on < last_starts_on and (closing_amount <> 0 or n_closing <> 0))
