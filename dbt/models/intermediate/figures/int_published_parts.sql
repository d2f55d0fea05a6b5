{#- What of a published figure came from which opportunity and owner, as the step from one publish to the next: each publish keeps
    only what differs from the one before it. The sum of the steps up to a publish is what it published. -#}
select
    parts.figure,
    parts.opportunity_id,
    parts.owner_id,
    publishes.publish_number,
    cast(
        parts.amount - coalesce(
            lag(parts.amount) over (
                partition by parts.figure, parts.opportunity_id, parts.owner_id order by publishes.publish_number asc nulls first
            ), 0
        ) as decimal(18, 2)
    ) as amount_step
from {{ ref('stg_plumbline__figure_parts') }} as parts
inner join {{ ref('int_publishes') }} as publishes
    on parts.file_name = publishes.file_name
    and publishes.has_parts
