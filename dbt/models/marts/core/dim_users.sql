select
    users.user_id,
    {% if var('publish_staff_names') %}users.user_name{% else %}cast(null as varchar) as user_name{% endif %},
    intervals.role,
    intervals.is_ae,
    intervals.is_sdr,
    intervals.team,
    intervals.segment,
    intervals.territory,
    intervals.manager_id,
    intervals.staff_basis,
    users.started_on,
    users.ended_on
    {{- lifted_columns('users', prefix='users.', is_published=true) }}
from {{ ref('int_users') }} as users
cross join {{ ref('int_run_settings') }} as settings
left join {{ ref('int_user_intervals') }} as intervals
    on users.user_id = intervals.user_id
    and settings.as_of_at > intervals.valid_from
    and settings.as_of_at <= intervals.valid_to
