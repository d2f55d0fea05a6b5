{#- What each touch of a journey earns under each model, as parts of a whole, per basis of the opportunity. As_of-free.

    A journey holds the material touches in the lookback up to its basis's instant; the buying group's first touch ever stays in
    it as an anchor, however old (u_shaped, w_shaped, first_touch). A later anchor is held by the last touch at or before its
    instant, and doesn't exist where there is none or where it lies after the basis's instant. What no touch earns goes to
    `no_marketing_touch`, so parts add up to the whole per opportunity, basis and model.

    Whose touches belong is asked at the basis's instant. For `created` whoever is named in the days after counts too, so that journey
    has a version per judgement of the opportunity (int_opportunity_judgements), each in [judged_from, judged_to): a mart takes the
    one with judged_from < as_of_at <= judged_to. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with bases as (

    select bases.opportunity_id, bases.basis, bases.basis_at, opportunities.life_start_at
    from {{ ref('int_opportunity_bases') }} as bases
    inner join {{ ref('int_opportunities') }} as opportunities on bases.opportunity_id = opportunities.opportunity_id
    where {{ changed_opportunities_filter('bases.opportunity_id') }}

),

evidence as (

    select opportunity_id, judged_from, judged_to, lead_created_at
    from {{ ref('int_opportunity_evidence') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

judged as (

    select
        bases.opportunity_id, bases.basis, bases.basis_at, bases.life_start_at, evidence.judged_from, evidence.judged_to,
        evidence.lead_created_at
    from bases
    inner join evidence on bases.opportunity_id = evidence.opportunity_id
    where bases.basis = 'created'
    union all
    select
        bases.opportunity_id, bases.basis, bases.basis_at, bases.life_start_at, bases.basis_at as judged_from,
        {{ end_of_time() }} as judged_to, evidence.lead_created_at
    from bases
    left join evidence
        on bases.opportunity_id = evidence.opportunity_id
        and bases.basis_at >= evidence.judged_from
        and bases.basis_at < evidence.judged_to
    where bases.basis <> 'created'

),

instants as (

    select
        opportunity_id,
        basis,
        basis_at,
        judged_from,
        judged_to,
        {{ add_time('basis_at', '-' ~ var('touch_lookback_days'), 'day') }} as window_starts_at,
        case when lead_created_at <= basis_at then lead_created_at end as lead_created_at,
        case when life_start_at <= basis_at then life_start_at end as opportunity_created_at
    from judged

),

-- However many ways a touch belongs in, it is one touch.
belonging as (

    select distinct
        instants.opportunity_id,
        instants.basis,
        instants.basis_at,
        instants.judged_from,
        instants.judged_to,
        instants.window_starts_at,
        instants.lead_created_at,
        instants.opportunity_created_at,
        touches.touch_id,
        touches.touched_at
    from instants
    inner join {{ ref('int_opportunity_touches') }} as touches
        on instants.opportunity_id = touches.opportunity_id
        and instants.basis_at >= touches.touched_at
        and instants.judged_from >= touches.belongs_from
        and instants.basis_at < touches.belongs_to

),

numbered as (

    select
        *,
        row_number() over (
            partition by opportunity_id, basis, basis_at, judged_from order by touched_at asc nulls last, touch_id asc nulls last
        ) as touch_number
    from belonging

),

journeys as (

    select
        opportunity_id,
        basis,
        basis_at,
        judged_from,
        judged_to,
        touch_id,
        touch_number,
        touched_at >= window_starts_at as is_in_lookback,
        touched_at <= lead_created_at as is_before_lead,
        touched_at <= opportunity_created_at as is_before_opportunity
    from numbered
    where touched_at >= window_starts_at or touch_number = 1

),

measured as (

    select
        *,
        count(*) over journey as n_touches,
        sum(case when is_in_lookback then 1 else 0 end) over journey as n_in_lookback,
        min(case when is_in_lookback then touch_number end) over journey as first_in_lookback,
        max(case when is_in_lookback then touch_number end) over journey as last_in_lookback,
        max(case when is_before_lead then touch_number end) over journey as lead_anchor,
        max(case when is_before_opportunity then touch_number end) over journey as opportunity_anchor
    from journeys
    window journey as (partition by opportunity_id, basis, basis_at, judged_from)

),

anchored as (

    select
        *,
        is_in_lookback and touch_number in (first_in_lookback, last_in_lookback) as is_end,
        touch_number = 1 or touch_number = coalesce(lead_anchor, 1) as is_u_anchor,
        touch_number in (1, coalesce(lead_anchor, 1), coalesce(opportunity_anchor, 1)) as is_w_anchor
    from measured

),

counted as (

    select
        *,
        sum(case when is_end then 1 else 0 end) over journey as n_ends,
        sum(case when is_u_anchor then 1 else 0 end) over journey as n_u_anchors,
        sum(case when is_w_anchor then 1 else 0 end) over journey as n_w_anchors
    from anchored
    window journey as (partition by opportunity_id, basis, basis_at, judged_from)

),

earned as (

    select
        opportunity_id,
        basis,
        basis_at,
        judged_from,
        judged_to,
        touch_id,
        touch_number,
        is_in_lookback,
        case when touch_number = 1 then 1 else 0 end as first_touch_parts,
        1 as first_touch_whole,
        case when is_in_lookback and touch_number = last_in_lookback then 1 else 0 end as last_touch_parts,
        1 as last_touch_whole,
        case when is_in_lookback then 1 else 0 end as linear_parts,
        greatest(n_in_lookback, 1) as linear_whole,
        case when is_in_lookback then {{ anchored_parts('is_end', 'n_in_lookback', 'n_ends', 2) }} else 0 end
            as position_based_parts,
        {{ anchored_whole('n_in_lookback', 'n_ends', 2) }} as position_based_whole,
        {{ anchored_parts('is_u_anchor', 'n_touches', 'n_u_anchors', 2) }} as u_shaped_parts,
        {{ anchored_whole('n_touches', 'n_u_anchors', 2) }} as u_shaped_whole,
        {{ anchored_parts('is_w_anchor', 'n_touches', 'n_w_anchors', 3) }} as w_shaped_parts,
        {{ anchored_whole('n_touches', 'n_w_anchors', 3) }} as w_shaped_whole
    from counted

),

found as (

    select opportunity_id, basis, basis_at, judged_from, sum(case when is_in_lookback then 1 else 0 end) as n_in_lookback
    from journeys
    group by opportunity_id, basis, basis_at, judged_from

),

unearned as (

    select
        instants.opportunity_id,
        instants.basis,
        instants.basis_at,
        instants.judged_from,
        instants.judged_to,
        {{ no_marketing_touch() }} as touch_id,
        cast(null as bigint) as touch_number,
        false as is_in_lookback,
        {%- for model in ['first_touch', 'last_touch', 'linear', 'position_based', 'u_shaped', 'w_shaped'] %}
        {% if model in ['last_touch', 'linear', 'position_based'] -%}
        1 as {{ model }}_parts,
        {%- else -%}
        case when found.opportunity_id is null then 1 else 0 end as {{ model }}_parts,
        {%- endif %}
        1 as {{ model }}_whole {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from instants
    left join found
        on instants.opportunity_id = found.opportunity_id
        and instants.basis = found.basis
        and instants.basis_at = found.basis_at
        and instants.judged_from = found.judged_from
    where coalesce(found.n_in_lookback, 0) = 0

),

united as (

    select * from earned
    union all
    select * from unearned

)

select
    {{ surrogate_key(['opportunity_id', 'basis', 'basis_at', 'judged_from', 'touch_id']) }} as attribution_weight_id,
    opportunity_id,
    basis,
    basis_at,
    judged_from,
    judged_to,
    touch_id,
    touch_number,
    is_in_lookback
    {%- for model in attribution_models() %},
    cast({{ model }}_parts as bigint) as {{ model }}_parts,
    cast({{ model }}_whole as bigint) as {{ model }}_whole
    {%- endfor %}
from united
