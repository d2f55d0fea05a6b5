{#- The stage rules as RevOps wrote them in seeds/stage_rules.csv, typed, with the instants between which each is in force. A forecast
    category may be written by its label or by a CRM's own word for it. -#}
{{ config(materialized='view') }}

with written as (

    select
        *,
        trim(cast(value as varchar)) as written_value,
        '|' || {{ replace_pattern('trim(cast(value as varchar))', ' *[|] *', '|') }} || '|' as written_values
    from {{ ref('stage_rules') }}

),

named as (

    select
        *,
        case
            when field = 'forecast_category' and operator = 'equals' then {{ forecast_category_name('written_value') }}
            else written_value
        end as named_value,
        case
            when field = 'forecast_category'
                then replace(
                    replace(replace(written_values, '|BestCase|', '|Best Case|'), '|MostLikely|', '|Most Likely|'),
                    '|Forecast|', '|Commit|'
                )
            else written_values
        end as named_values
    from written

)

select
    rule_id,
    pipeline_id,
    stage,
    on_event,
    field,
    operator,
    named_value as rule_value,
    substr(named_values, 2, length(named_values) - 2) as rule_values,
    severity,
    cast(tolerated_rate as double) as tolerated_rate,
    owner as rule_owner,
    coalesce({{ start_of_day('cast(valid_from as date)') }}, {{ beginning_of_time() }}) as valid_from,
    coalesce({{ start_of_day('cast(valid_to as date)') }}, {{ end_of_time() }}) as valid_to,
    reason
from named
