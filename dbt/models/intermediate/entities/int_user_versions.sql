{#- What is known of each user and since when: versions of the user record, and the dated history where the source has one.
    Only versions in which something that the marts use changed are kept. -#}
{{ config(materialized='view') }}

with compared as (

    select
        *,
        {{ surrogate_key(['raw_role', 'team', 'segment', 'territory', 'manager_id', 'started_on', 'ended_on', 'user_name']) }}
            as attributes_hash
    from {{ united('user_versions') }} as united

)

select
    *,
    row_number() over (partition by user_id order by {{ version_order('') }}) as version_number
from compared
qualify
    attributes_hash is distinct from lag(attributes_hash) over (partition by user_id order by {{ version_order('') }})
