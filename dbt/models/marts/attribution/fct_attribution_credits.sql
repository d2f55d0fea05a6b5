with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

opportunities as (

    select
        opportunities.opportunity_id,
        opportunities.account_id,
        settings.as_of_at
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

bases as (

    select
        bases.opportunity_id,
        bases.basis,
        bases.basis_at,
        opportunities.as_of_at
    from {{ ref('int_opportunity_bases') }} as bases
    inner join opportunities on bases.opportunity_id = opportunities.opportunity_id
    where bases.basis_at < opportunities.as_of_at and bases.valid_to >= opportunities.as_of_at

),

instants as (

    select
        opportunity_id
        {%- for basis in attribution_bases() %},
        max(case when basis = '{{ basis }}' then basis_at end) as {{ basis }}_at
        {%- endfor %}
    from bases
    group by opportunity_id

),

credits as (

    select
        weights.opportunity_id,
        weights.touch_id
        {%- for basis in attribution_bases() %},
        coalesce(max(case when weights.basis = '{{ basis }}' and weights.is_in_lookback then 1 end), 0) = 1 as is_in_{{ basis }}_journey
        {%- for model in attribution_models() %},
        max(case when weights.basis = '{{ basis }}' then cast(weights.{{ model }}_parts as double) / weights.{{ model }}_whole end)
            as {{ model }}_{{ basis }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('int_attribution_weights') }} as weights
    inner join bases
        on weights.opportunity_id = bases.opportunity_id
        and weights.basis = bases.basis
        and weights.basis_at = bases.basis_at
        and weights.judged_from < bases.as_of_at
        and weights.judged_to >= bases.as_of_at
    group by weights.opportunity_id, weights.touch_id

),

-- What belonged at some instant up to as_of, by the strongest match of then. A channel's name may change for all its touches at
-- once, so it is looked up here, not kept with each journey.
touches as (

    select
        touches.*,
        channels.channel,
        row_number() over (
            partition by touches.opportunity_id order by touches.touched_at asc nulls last, touches.touch_id asc nulls last
        ) as touch_number,
        coalesce(touches.deleted_at < opportunities.as_of_at, false) as is_deleted_later
    from (
        select matches.* from {{ ref('int_opportunity_touches') }} as matches
        cross join settings
        where matches.touched_at < settings.as_of_at and matches.belongs_from < settings.as_of_at
        qualify
            row_number() over (
                partition by matches.opportunity_id, matches.touch_id
                order by matches.match_rank asc nulls last, matches.belongs_from asc nulls last
            ) = 1
    ) as touches
    inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
    left join {{ ref('int_touches') }} as channels on touches.touch_id = channels.touch_id

),

credited as (

    select
        touches.opportunity_id,
        touches.touch_id,
        touches.touched_at,
        touches.touch_number,
        touches.person_id,
        touches.match_kind,
        coalesce(touches.channel, '(none)') as channel,
        touches.campaign_id,
        touches.sourcing_function,
        touches.is_hand_raise,
        touches.is_partner,
        touches.touch_number = 1 as is_first_touch_ever,
        touches.is_deleted_later
    from touches
    union all
    select
        opportunity_id,
        touch_id,
        cast(null as timestamp) as touched_at,
        cast(null as bigint) as touch_number,
        cast(null as varchar) as person_id,
        cast(null as varchar) as match_kind,
        {{ no_marketing_touch() }} as channel,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as sourcing_function,
        false as is_hand_raise,
        false as is_partner,
        false as is_first_touch_ever,
        false as is_deleted_later
    from credits
    where touch_id = {{ no_marketing_touch() }}

)

select
    {{ surrogate_key(['credited.opportunity_id', 'credited.touch_id']) }} as attribution_credit_id,
    credited.opportunity_id,
    opportunities.account_id,
    credited.touch_id,
    credited.touched_at,
    cast(credited.touch_number as bigint) as touch_number,
    credited.is_first_touch_ever,
    cast({{ published_id('credited.person_id') }} as varchar) as person_id,
    credited.match_kind,
    credited.channel,
    credited.campaign_id,
    credited.sourcing_function,
    credited.is_hand_raise,
    credited.is_partner,
    credited.is_deleted_later,
    states.stage as stage_at_touch
    {%- for basis in attribution_bases() %},
    instants.{{ basis }}_at,
    coalesce(credits.is_in_{{ basis }}_journey, false) as is_in_{{ basis }}_journey
    {%- for model in attribution_models() %},
    {{ round_significant('case when instants.' ~ basis ~ '_at is not null then coalesce(credits.' ~ model ~ '_' ~ basis ~ ', 0) end') }}
        as {{ model }}_{{ basis }}
    {%- endfor %}
    {%- endfor %}
from credited
inner join opportunities on credited.opportunity_id = opportunities.opportunity_id
inner join instants on credited.opportunity_id = instants.opportunity_id
left join credits
    on credited.opportunity_id = credits.opportunity_id
    and credited.touch_id = credits.touch_id
left join {{ ref('int_opportunity_states') }} as states
    on credited.opportunity_id = states.opportunity_id
    and credited.touched_at >= states.valid_from
    and credited.touched_at < states.valid_to
