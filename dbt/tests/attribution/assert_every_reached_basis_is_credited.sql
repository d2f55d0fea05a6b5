-- A row here means: an opportunity lives as of as_of and has no row among the credits, so it disappeared from attribution.
select opportunities.opportunity_id
from {{ ref('dim_opportunities') }} as opportunities
left join {{ ref('fct_attribution_credits') }} as credits on opportunities.opportunity_id = credits.opportunity_id
where credits.opportunity_id is null
