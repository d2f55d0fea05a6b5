-- A row means that a rule repaired the histories of more opportunities than is tolerated, so that what the CRM records is in doubt as a
-- whole. The marts are made by the rule all the same; stage_transitions.fct_history_repairs lists each case.
{{ config(severity='warn') }}

with opportunities as (

    select count(*) as n_opportunities
    from {{ ref('int_opportunities') }} as opportunities
    cross join {{ ref('int_run_settings') }} as settings
    where opportunities.life_start_at < settings.as_of_at

),

repaired as (

    select
        rule_id,
        rule_text,
        count(distinct opportunity_id) as n_repaired
    from {{ ref('fct_history_repairs') }}
    group by rule_id, rule_text

)

-- Rows are shown in the order of their first column: the rules that repaired most come first.
select
    row_number() over (order by repaired.n_repaired desc nulls last, repaired.rule_id asc nulls last) as place,
    repaired.rule_id,
    repaired.rule_text,
    repaired.n_repaired,
    opportunities.n_opportunities
from repaired
cross join opportunities
where repaired.n_repaired > opportunities.n_opportunities * {{ var('history_repairs_tolerance') }}
