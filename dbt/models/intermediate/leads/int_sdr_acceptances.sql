{#- Opportunities that an SDR set and that cleared the bar, as of as_of, with whether they went past the bar's stage within
    var advance_days. An SDR set what an SDR created, or whose first meeting one made, or whose lead one owned at the conversion. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

bars as (

    select pipeline_id, stage, valid_from, valid_to
    from {{ ref('int_stage_policy') }}
    where is_open and is_qualified
    qualify row_number() over (partition by pipeline_id, valid_from order by open_stage_rank asc nulls last) = 1

),

accepted as (

    select
        conversions.opportunity_id,
        conversions.pipeline_id,
        conversions.entered_at as accepted_at,
        conversions.claimed_function,
        conversions.outcome,
        conversions.resolved_at,
        {{ add_time('conversions.entered_at', var('advance_days'), 'day') }} as due_at
    from {{ ref('int_stage_conversions') }} as conversions
    inner join bars
        on conversions.pipeline_id = bars.pipeline_id
        and conversions.from_stage = bars.stage
        and conversions.entered_at >= bars.valid_from
        and conversions.entered_at < bars.valid_to
    where conversions.is_next_step and conversions.outcome not in ('created_later', 'unknown_path')
    -- In several pipelines the first bar counts.
    qualify
        row_number() over (
            partition by conversions.opportunity_id
            order by conversions.entered_at asc nulls last, conversions.pipeline_id asc nulls last
        ) = 1

),

first_meetings as (

    select accepted.opportunity_id, meetings.created_by_id, meetings.occurred_at
    from accepted
    inner join {{ ref('int_activities') }} as meetings
        on accepted.opportunity_id = meetings.opportunity_id
        and accepted.accepted_at >= meetings.occurred_at
    inner join settings on settings.as_of_at > coalesce(meetings.recorded_at, meetings.occurred_at)
    where meetings.activity_type = 'meeting'
    qualify
        row_number() over (
            partition by accepted.opportunity_id
            order by meetings.occurred_at asc nulls last, meetings.activity_id asc nulls last
        ) = 1

),

lead_owners as (

    select links.opportunity_id, owners.new_value as owner_id, owners.changed_at
    from {{ ref('int_lead_opportunities') }} as links
    inner join {{ ref('int_opportunities') }} as opportunities on links.opportunity_id = opportunities.opportunity_id
    inner join {{ ref('int_lead_changes') }} as owners
        on links.lead_id = owners.lead_id
        and owners.field = 'owner_id'
        and opportunities.life_start_at >= owners.changed_at
    qualify
        row_number() over (
            partition by links.opportunity_id
            order by owners.changed_at desc nulls last, links.lead_id asc nulls last, owners.change_number desc nulls last
        ) = 1

),

candidates as (

    select accepted.opportunity_id, opportunities.created_by_id as user_id, opportunities.life_start_at as set_at, 1 as set_rank
    from accepted
    inner join {{ ref('int_opportunities') }} as opportunities on accepted.opportunity_id = opportunities.opportunity_id
    union all
    select opportunity_id, created_by_id as user_id, occurred_at as set_at, 2 as set_rank
    from first_meetings
    union all
    select lead_owners.opportunity_id, lead_owners.owner_id as user_id, opportunities.life_start_at as set_at, 3 as set_rank
    from lead_owners
    inner join {{ ref('int_opportunities') }} as opportunities on lead_owners.opportunity_id = opportunities.opportunity_id

),

setters as (

    select candidates.opportunity_id, candidates.user_id, intervals.team
    from candidates
    inner join {{ ref('int_user_intervals') }} as intervals
        on candidates.user_id = intervals.user_id
        and candidates.set_at >= intervals.valid_from
        and candidates.set_at < intervals.valid_to
    where intervals.is_sdr
    qualify row_number() over (partition by candidates.opportunity_id order by candidates.set_rank asc nulls last) = 1

)

select
    accepted.opportunity_id,
    accepted.pipeline_id,
    setters.user_id as sdr_id,
    setters.team as sdr_team,
    accepted.claimed_function,
    accepted.accepted_at,
    {{ local_date('accepted.accepted_at') }} as accepted_on,
    case
        when accepted.outcome = 'reached' and accepted.resolved_at <= accepted.due_at then 'advanced'
        when accepted.outcome = 'lost' or accepted.due_at < settings.as_of_at then 'not_advanced'
        else 'pending'
    end as advance_outcome
from accepted
cross join settings
inner join setters on accepted.opportunity_id = setters.opportunity_id
