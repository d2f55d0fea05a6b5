{#- What the publish of this run will keep: each part that is not as the newest publish had it, with what it is now, 0 where it ended. -#}
with now_parts as (

    select
        parts.figure,
        parts.opportunity_id,
        parts.owner_id,
        sum(parts.amount) as amount
    from {{ ref('int_figure_parts') }} as parts
    inner join {{ ref('int_run_settings') }} as settings
        on parts.from_on <= settings.as_of_date
        and parts.to_on > settings.as_of_date
    group by parts.figure, parts.opportunity_id, parts.owner_id

),

published as (

    select
        figure,
        opportunity_id,
        owner_id,
        sum(amount_step) as amount
    from {{ ref('int_published_parts') }}
    group by figure, opportunity_id, owner_id

),

united as (

    select figure, opportunity_id, owner_id, amount as amount_now, 0 as amount_published
    from now_parts
    union all
    select figure, opportunity_id, owner_id, 0 as amount_now, amount as amount_published
    from published

)

select
    figure,
    opportunity_id,
    owner_id,
    cast(sum(amount_now) as decimal(18, 2)) as amount
from united
group by figure, opportunity_id, owner_id
having sum(amount_now) <> sum(amount_published)
