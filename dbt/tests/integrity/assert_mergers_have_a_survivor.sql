-- Means: a record is said to be merged into one that no extract holds. It stays itself, deleted if it says so; load the survivor, or
-- correct the id.
{{ config(severity='warn') }}

with known as (

    {%- for kind, relation, id in mergeable_records() %}
    select '{{ kind }}' as record_kind, {{ id }} as record_id from {{ ref(relation) }}
    {% if not loop.last %}union{% endif %}
    {%- endfor %}

)

select distinct
    told.record_kind,
    told.source_name,
    told.record_id,
    told.survivor_id
from {{ united('merges') }} as told
left join known
    on told.record_kind = known.record_kind
    and told.survivor_id = known.record_id
where known.record_id is null
