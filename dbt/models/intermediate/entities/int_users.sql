{#- Every user that a record names, as newest known. An id that no user record explains is kept, without a name. -#}
with newest as (

    select * from {{ ref('int_user_versions') }}
    qualify row_number() over (partition by user_id order by version_number desc nulls last) = 1

),

newest_interval as (

    select * from {{ ref('int_user_intervals') }}
    qualify row_number() over (partition by user_id order by valid_to desc nulls last, valid_from desc nulls last) = 1

)

{%- if lifted_columns_of('users') %},

lifted as (

    select * from {{ united('users') }} as united

)
{%- endif %}

select
    intervals.user_id,
    newest.source_name,
    newest.user_name,
    newest.started_on,
    newest.ended_on,
    intervals.role,
    intervals.is_ae,
    intervals.is_sdr,
    intervals.team,
    intervals.segment,
    intervals.territory,
    intervals.manager_id
    {{- lifted_columns('users', prefix='lifted.') }}
from newest_interval as intervals
left join newest on intervals.user_id = newest.user_id
{%- if lifted_columns_of('users') %}
left join lifted on newest.user_id = lifted.user_id and newest.source_name = lifted.source_name
{%- endif %}
