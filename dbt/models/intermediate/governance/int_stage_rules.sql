{#- The stage rules as RevOps wrote them in seeds/stage_rules.csv, typed, with the instants between which each is in force. -#}
{{ config(materialized='view') }}

select
    rule_id,
    pipeline_id,
    stage,
    on_event,
    field,
    operator,
    trim(cast(value as varchar)) as rule_value,
    {{ replace_pattern('trim(cast(value as varchar))', ' *[|] *', '|') }} as rule_values,
    severity,
    cast(tolerated_rate as double) as tolerated_rate,
    owner as rule_owner,
    coalesce({{ start_of_day('cast(valid_from as date)') }}, {{ beginning_of_time() }}) as valid_from,
    coalesce({{ start_of_day('cast(valid_to as date)') }}, {{ end_of_time() }}) as valid_to,
    reason
from {{ ref('stage_rules') }}
