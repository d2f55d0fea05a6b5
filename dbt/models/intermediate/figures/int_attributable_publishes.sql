{#- The publishes of which it can be told where each figure came from: their parts are there and add up to every figure that was
    published. `position` counts them; `stretch` counts on wherever an as-of date is older than the one before. -#}
with publishes as (

    select
        *,
        max(newest_extracted_at) over (
            order by publish_number asc nulls first rows between unbounded preceding and current row
        ) as known_until
    from {{ ref('int_publishes') }}

),

stepped as (

    select figure, publish_number, sum(amount_step) as amount
    from {{ ref('int_published_parts') }}
    group by figure, publish_number

),

figures as (

    select
        publishes.publish_number,
        figures.figure,
        cast(round(figures.figure_value, 2) as decimal(18, 2)) as published
    from {{ ref('stg_plumbline__figures') }} as figures
    inner join publishes on figures.file_name = publishes.file_name
    where figures.dimension = 'company' and figures.figure in ('{{ summed_figures() | join("', '") }}')

),

compared as (

    select
        publish_number,
        figure,
        published,
        sum(amount) over (
            partition by figure order by publish_number asc nulls first, published asc nulls first
            rows between unbounded preceding and current row
        ) as parts_amount
    from (
        select publish_number, figure, published, 0 as amount from figures
        union all
        select publish_number, figure, cast(null as decimal(18, 2)) as published, amount from stepped
    ) as united

),

reconciled as (

    select publish_number
    from compared
    where published is not null
    group by publish_number
    having sum(case when published = parts_amount then 0 else 1 end) = 0

),

kept as (

    select
        publishes.publish_number,
        publishes.as_of_date,
        publishes.load_sequence,
        publishes.config_hash,
        publishes.known_until,
        row_number() over (order by publishes.publish_number asc nulls first) as position,
        lag(publishes.as_of_date) over (order by publishes.publish_number asc nulls first) as previous_as_of_date
    from publishes
    inner join reconciled on publishes.publish_number = reconciled.publish_number
    where publishes.has_parts and publishes.is_past

)

select
    cast(position as bigint) as position,
    publish_number,
    as_of_date,
    load_sequence,
    known_until,
    config_hash,
    cast(
        sum(case when previous_as_of_date > as_of_date then 1 else 0 end) over (
            order by position asc nulls first rows between unbounded preceding and current row
        ) as bigint
    ) as stretch
from kept
