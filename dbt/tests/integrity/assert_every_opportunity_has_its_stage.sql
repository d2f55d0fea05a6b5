-- A row means that an opportunity's stage as of as_of is not the stage of its current visit: the stage marts and the
-- opportunity dimension would tell two stories.
select
    opportunities.opportunity_id,
    opportunities.stage,
    visits.stage as visited_stage
from {{ ref('dim_opportunities') }} as opportunities
left join {{ ref('fct_stage_visits') }} as visits
    on opportunities.opportunity_id = visits.opportunity_id
    and visits.is_current
where opportunities.stage is distinct from visits.stage
