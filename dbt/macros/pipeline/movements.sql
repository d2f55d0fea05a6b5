{#- The movements of open pipeline in the order of a waterfall, and whether each makes it larger or smaller (METRICS.md §1). A rate is
    fixed for an opportunity's life, so that none moves by fx. -#}
{% macro pipeline_movements() -%}
    {{ return([
        ('created', 1), ('reopened', 1), ('undeleted', 1), ('entered', 1), ('reclassified_in', 1), ('reclassified_out', -1),
        ('transferred_in', 1), ('transferred_out', -1), ('increased', 0), ('decreased', 0), ('pulled_in', 1), ('pushed_out', -1),
        ('won', -1), ('lost', -1), ('merged', -1), ('deleted', -1), ('left', -1)
    ]) }}
{%- endmacro %}

{#- The dimensions that the waterfall is cut by, with the column of each; the company is the cut that leaves everything together. -#}
{% macro pipeline_dimensions() -%}
    {{ return({
        'company': "'all'",
        'pipeline': 'pipeline_id',
        'owner': 'owner_id',
        'team': 'team',
        'segment': 'segment',
        'claimed_source': 'claimed_function',
        'evidence_source': 'evidence_function',
        'forecast_category': 'forecast_category'
    }) }}
{%- endmacro %}
