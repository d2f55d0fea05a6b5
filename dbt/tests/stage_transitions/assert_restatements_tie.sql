-- A row means that the difference of a published figure is not what its opportunities add up to, or not what its causes add up to. It does
-- not say that the figure is wrong, only that it could not be audited.
with restatements as (

    select
        figures.publish_number,
        figures.figure,
        figures.dimension,
        figures.owner_id,
        sum(restatements.difference) as difference
    from {{ ref('fct_published_figures') }} as figures
    inner join {{ ref('fct_figure_restatements') }} as restatements
        on figures.figure = restatements.figure
        and figures.publish_number >= restatements.first_publish_number
        and figures.publish_number <= restatements.last_publish_number
        and (figures.dimension = 'company' or figures.owner_id = restatements.owner_id)
    where figures.is_attributable
    group by figures.publish_number, figures.figure, figures.dimension, figures.owner_id

)

select
    figures.published_figure_id,
    figures.difference,
    restatements.difference as restatements_difference
from {{ ref('fct_published_figures') }} as figures
left join restatements
    on figures.publish_number = restatements.publish_number
    and figures.figure = restatements.figure
    and figures.dimension = restatements.dimension
    and figures.owner_id is not distinct from restatements.owner_id
where
    figures.now_basis = 'recomputed'
    and (
        (figures.is_attributable and cast(figures.difference as decimal(18, 2)) <> coalesce(restatements.difference, 0))
        or cast(figures.difference as decimal(18, 2)) <> {% for cause in restatement_causes() %}figures.from_{{ cause }}
        {%- if not loop.last %} + {% endif %}{% endfor %}

    )
