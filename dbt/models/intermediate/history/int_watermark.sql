{#- Up to which load the last successful build had everything; -1 before the first. -#}
{{ config(materialized='view') }}

select coalesce(max(load_sequence), -1) as built_load_sequence
from {{ source('bookkeeping', 'plumbline_builds') }}
