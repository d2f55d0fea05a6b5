-- A row means that more than the tolerated share (var assumed_tolerance) of the deals behind a headline figure is assumed: nothing tells
-- of their way, so won and lost alike count as past the bar, or their pipeline has no bar. The figure is no less right than the data
-- allow; what would make it more certain are the histories of the CRM, extracts at short intervals, or a policy with a bar.
{{ config(severity='warn') }}

select
    figure,
    dimension,
    value,
    n,
    n_assumed,
    {{ ratio('n_assumed', 'n') }} as assumed_share
from {{ ref('agg_headline_figures') }}
where n_assumed > {{ var('assumed_tolerance') }} * n
