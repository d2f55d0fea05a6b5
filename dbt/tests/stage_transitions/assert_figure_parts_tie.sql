-- A row means that a headline figure which is a sum is not what its parts by opportunity add up to on the as-of date: what would be told
-- of it later, as restated, would be wrong. It does not say which of the two is right.
select
    figures.figure,
    figures.value_amount,
    figures.value,
    coalesce(parts.amount, 0) as parts_amount
from {{ ref('agg_headline_figures') }} as figures
left join (
    select figure, sum(parts.amount) as amount
    from {{ ref('int_figure_parts') }} as parts
    inner join {{ ref('int_run_settings') }} as settings
        on parts.from_on <= settings.as_of_date
        and parts.to_on > settings.as_of_date
    group by figure
) as parts on figures.figure = parts.figure
where
    figures.dimension = 'company'
    and figures.figure in ('{{ summed_figures() | join("', '") }}')
    and coalesce(figures.value_amount, cast(figures.value as decimal(18, 2)), 0) <> coalesce(parts.amount, 0)
