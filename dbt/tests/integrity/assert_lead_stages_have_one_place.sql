-- A row means that rows of one lead stage in seeds/lead_stage_policy.csv that hold at the same time give it several places on the
-- ladder (or one and none), so that it would stand on two rungs. Give all rows of the stage one stage_order.
select
    lead_stage,
    valid_from,
    min(stage_rank) as lowest_rank,
    max(stage_rank) as highest_rank
from {{ ref('int_lead_stage_policy') }}
group by lead_stage, valid_from
having min(stage_rank) <> max(stage_rank) or count(stage_rank) not in (0, count(*))
