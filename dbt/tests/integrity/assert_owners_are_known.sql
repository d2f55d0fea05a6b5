-- A row means that an opportunity belongs to someone whom no user record names. Its pipeline stands in coverage under that id,
-- without name, role or team. Where no users were delivered at all, the summary says so instead.
{{ config(severity='warn') }}

select
    opportunities.opportunity_id,
    opportunities.source_name,
    opportunities.owner_id
from {{ ref('dim_opportunities') }} as opportunities
left join {{ ref('dim_users') }} as users on opportunities.owner_id = users.user_id
where
    opportunities.owner_id is not null
    and users.user_id is null
    and exists (select 1 from {{ ref('dim_users') }})
