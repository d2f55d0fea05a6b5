{#- Members of Marketo programs: what each did last, and when. A success is dated by the membership, another status by the
    activity that logged it. A member whose membership no file brought is known from its newest status alone. Whether the CRM tells
    the same is decided in int_touch_repeats. -#}
with memberships as (

    select
        newest.*,
        coalesce(people.kept_marketo_lead_id, newest.source_name || ':lead:' || newest.lead_id) as kept_marketo_lead_id
    from ({{ newest_sight(ref('stg_marketo__program_membership')) }}) as newest
    left join {{ ref('int_marketo__people') }} as people
        on newest.source_name = people.source_name
        and newest.lead_id = people.lead_id

),

progressions as (

    select
        newest.*,
        coalesce(people.kept_marketo_lead_id, newest.source_name || ':lead:' || newest.lead_id) as kept_marketo_lead_id
    from ({{ latest_version(ref('stg_marketo__activity_change_status_in_progression')) }}) as newest
    left join {{ ref('int_marketo__people') }} as people
        on newest.source_name = people.source_name
        and newest.lead_id = people.lead_id
    where not newest.is_record_deleted

),

deletions as (

    {{ record_deletions(ref('stg_marketo__program_membership'), ['program_membership']) }}

),

status_times as (

    select
        memberships.source_name,
        memberships.program_membership_id,
        min(progressions.occurred_at) as status_since_at
    from memberships
    inner join progressions
        on memberships.source_name = progressions.source_name
        and memberships.program_id = progressions.program_id
        and memberships.kept_marketo_lead_id = progressions.kept_marketo_lead_id
        and memberships.program_membership_id = coalesce(progressions.program_member_id, memberships.program_membership_id)
        and lower(trim(memberships.member_status)) = lower(trim(progressions.new_status))
    group by memberships.source_name, memberships.program_membership_id

),

without_membership as (

    select progressions.*
    from progressions
    left join memberships
        on progressions.source_name = memberships.source_name
        and progressions.program_id = memberships.program_id
        and progressions.kept_marketo_lead_id = memberships.kept_marketo_lead_id
    where memberships.program_membership_id is null
    qualify
        row_number() over (
            partition by progressions.source_name, progressions.program_id, progressions.kept_marketo_lead_id
            order by progressions.occurred_at desc nulls last, progressions.activity_id desc nulls last
        ) = 1

),

united as (

    select
        memberships.source_name || ':member:' || memberships.program_membership_id as touch_id,
        memberships.source_name, memberships.program_id, memberships.lead_id, memberships.kept_marketo_lead_id,
        memberships.member_status,
        coalesce(memberships.reached_success, false) as is_success,
        case when memberships.reached_success then memberships.reached_success_at end as responded_at,
        status_times.status_since_at,
        coalesce(memberships.member_since_at, memberships.created_at) as added_at,
        deletions.deleted_at
    from memberships
    left join status_times
        on memberships.source_name = status_times.source_name
        and memberships.program_membership_id = status_times.program_membership_id
    left join deletions
        on memberships.source_name = deletions.source_name
        and memberships.record_key = deletions.record_key
    union all
    select
        source_name || ':status:' || activity_id as touch_id,
        source_name, program_id, lead_id, kept_marketo_lead_id,
        new_status as member_status,
        coalesce(is_success, false) as is_success,
        cast(null as timestamp) as responded_at,
        occurred_at as status_since_at,
        occurred_at as added_at,
        cast(null as timestamp) as deleted_at
    from without_membership

)

select
    united.touch_id,
    united.source_name,
    coalesce(programs.campaign_id, united.source_name || ':program:' || united.program_id) as campaign_id,
    people.contact_id,
    case when people.marketo_lead_id is null then united.kept_marketo_lead_id else people.crm_lead_id end as lead_id,
    united.member_status,
    united.is_success,
    united.added_at,
    united.deleted_at,
    coalesce(united.responded_at, united.status_since_at, united.added_at) as touched_at,
    case
        when united.responded_at is not null then 'response'
        when united.status_since_at is not null then 'status_change'
        else 'creation'
    end as touched_at_source
from united
left join {{ ref('int_marketo__programs') }} as programs
    on united.source_name = programs.source_name
    and united.program_id = programs.program_id
left join {{ ref('int_marketo__people') }} as people
    on united.source_name = people.source_name
    and united.lead_id = people.lead_id
