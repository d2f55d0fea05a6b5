-- A row means that a cut of the leakage doesn't hold every lost opportunity once, or that the velocity's closings past the bar or its open
-- deals are not those of the opportunities. It does not say whether a loss was given to the right stage.
with lost as (

    select count(*) as n from {{ ref('dim_opportunities') }} where is_lost

),

leaked as (

    select dimension, sum(n_lost) as n
    from {{ ref('agg_stage_leakage') }}
    group by dimension

),

standing as (

    select
        count(case when is_won then 1 end) as n_won,
        count(case when is_open and is_pipeline and is_qualified then 1 end) as n_open_qualified,
        count(case when is_open and visit_count > 0 then 1 end) as n_open
    from {{ ref('dim_opportunities') }}

),

speeds as (

    select
        dimension,
        sum(case when pipeline_id = '(all)' then n_won else 0 end) as n_won,
        sum(case when pipeline_id = '(all)' then n_open else 0 end) as n_open_qualified,
        sum(case when stage <> '(all)' then n_open else 0 end) as n_open
    from {{ ref('agg_stage_velocity') }}
    where closed_within = 'all_time'
    group by dimension

)

select 'leakage' as mart, leaked.dimension, leaked.n as found, lost.n as expected
from leaked
cross join lost
where leaked.n <> lost.n
union all
select 'leakage' as mart, '(none)' as dimension, 0 as found, lost.n as expected
from lost
where lost.n > 0 and not exists (select 1 from leaked)
{%- for measure in ['n_won', 'n_open_qualified', 'n_open'] %}
union all
select 'velocity {{ measure }}' as mart, speeds.dimension, speeds.{{ measure }} as found, standing.{{ measure }} as expected
from speeds
cross join standing
where speeds.{{ measure }} <> standing.{{ measure }}
{%- endfor %}
