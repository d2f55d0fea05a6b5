{#- The headline figures that are sums over opportunities, and so can be told for any past day by what is known now. -#}
{% macro summed_figures() -%}
    {{ return([
        'opportunities', 'open_pipeline_total', 'open_pipeline_qualified', 'open_pipeline_overdue',
        'net_pipeline_growth_total', 'net_pipeline_growth_qualified', 'created_pipeline_total', 'created_pipeline_qualified',
        'won_amount', 'won_opportunities'
    ]) }}
{%- endmacro %}

{#- Why a published figure is another number now, in the order in which a cause is looked for (docs/marts.md). -#}
{% macro restatement_causes() -%}
    {{ return([
        're_owned', 'merged', 'deleted', 'late_change', 'backdated_change', 'after_extract', 'settings', 'unexplained'
    ]) }}
{%- endmacro %}
