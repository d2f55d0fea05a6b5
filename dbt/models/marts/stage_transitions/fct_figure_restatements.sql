{#- What stands behind the difference of a published figure: differences by opportunity with their cause. A cause is looked for in the
    order of restatement_causes(); of several changes the last one decides. What was not in any extract by then was either made
    later that day (after_extract) or dated back; which of the two, and what a late file brought, depends on the publish. -#}
{%- set key = ['figure', 'opportunity_id', 'owner_id', 'first_position'] -%}

with publishes as (

    select * from {{ ref('int_attributable_publishes') }}

),

spans as (

    select
        differences.*,
        begun.as_of_date as first_as_of_date,
        begun.config_hash,
        ended.load_sequence,
        ended.known_until
    from {{ ref('int_figure_differences') }} as differences
    inner join publishes as begun on differences.first_position = begun.position
    inner join publishes as ended on differences.last_position = ended.position

),

changes as (

    select
        opportunity_id, change_number, field, new_value, changed_at, known_at, known_load_sequence,
        {{ local_date('changed_at') }} as changed_on
    from {{ ref('int_opportunity_changes') }}
    where
        field in ('pipeline_id', 'amount', 'close_date', 'stage', 'is_deleted')
        and opportunity_id in (select spans.opportunity_id from spans)

),

-- What the publish did not know of then: loaded after it, or from a later extract.
evidence as (

    select
        {% for column in key %}spans.{{ column }}, {% endfor %}
        changes.changed_at,
        changes.known_at,
        changes.field = 'is_deleted' and changes.new_value = 'true' as is_deletion
    from spans
    inner join changes
        on spans.opportunity_id = changes.opportunity_id
        and (changes.known_load_sequence > spans.load_sequence or changes.known_at > spans.known_until)
        and (changes.field <> 'close_date' or spans.figure = 'open_pipeline_overdue')
        -- Who is no longer deleted counts for the days of the deletion too.
        and (changes.changed_on <= spans.first_as_of_date or (changes.field = 'is_deleted' and changes.new_value = 'false'))
    where not spans.is_owner_only
    qualify
        row_number() over (
            partition by {% for column in key %}spans.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
            order by
                case when changes.field = 'is_deleted' and changes.new_value = 'true' then 0 else 1 end asc nulls last,
                case when changes.changed_on <= spans.first_as_of_date then 0 else 1 end asc nulls last,
                changes.change_number desc nulls last
        ) = 1

),

judged as (

    select
        spans.*,
        evidence.changed_at,
        evidence.known_at,
        case
            when spans.is_owner_only then 're_owned'
            when opportunities.opportunity_id is null then 'deleted'
            when evidence.is_deletion and opportunities.merged_into_id is not null then 'merged'
            when evidence.is_deletion then 'deleted'
            when evidence.changed_at is not null then 'dated'
            when (spans.config_hash is distinct from settings.config_hash) then 'settings'
            else 'unexplained'
        end as cause
    from spans
    left join evidence
        on {% for column in key %}spans.{{ column }} = evidence.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}

    left join {{ ref('int_opportunities') }} as opportunities on spans.opportunity_id = opportunities.opportunity_id
    left join {{ source('bookkeeping', 'plumbline_settings') }} as settings on true

),

-- From which publish on an extract had been taken by an instant.
reached as (

    select instants.instant_at, min(publishes.position) as position
    from (
        select judged.changed_at as instant_at from judged where judged.cause = 'dated'
        union
        select judged.known_at as instant_at from judged where judged.cause = 'dated'
    ) as instants
    inner join publishes on instants.instant_at <= publishes.known_until
    group by instants.instant_at

),

dated as (

    select
        judged.*,
        case
            when {{ local_date('judged.changed_at') }} > judged.first_as_of_date then judged.first_position
            else least(changed.position, known.position, judged.last_position + 1)
        end as changed_position,
        least(known.position, judged.last_position + 1) as known_position
    from judged
    left join reached as changed on judged.changed_at = changed.instant_at
    left join reached as known on judged.known_at = known.instant_at

),

{%- set dated_causes = {
    'after_extract': ('first_position', 'changed_position - 1'),
    'backdated_change': ('greatest(first_position, changed_position)', 'known_position - 1'),
    'late_change': ('greatest(first_position, known_position)', 'last_position')
} %}

united as (

    select
        figure, opportunity_id, owner_id, cause, first_position, last_position, amount_then, amount_now, changed_at, known_at
    from dated
    where cause <> 'dated'
    {%- for cause, (first_position, last_position) in dated_causes.items() %}
    union all
    select
        figure, opportunity_id, owner_id, '{{ cause }}' as cause,
        {{ first_position }} as first_position, {{ last_position }} as last_position,
        amount_then, amount_now, changed_at, known_at
    from dated
    where cause = 'dated'
    {%- endfor %}

)

select
    cast(
        {{ surrogate_key(['united.figure', 'united.opportunity_id', 'united.owner_id', 'begun.publish_number']) }} as varchar
    ) as restatement_id,
    united.figure,
    case when opportunities.deleted_at is null or opportunities.deleted_at >= run.as_of_at then opportunities.opportunity_id end
        as opportunity_id,
    united.owner_id,
    begun.publish_number as first_publish_number,
    ended.publish_number as last_publish_number,
    begun.as_of_date as first_as_of_date,
    ended.as_of_date as last_as_of_date,
    united.cause,
    united.amount_then,
    united.amount_now,
    cast(united.amount_now - united.amount_then as decimal(18, 2)) as difference,
    united.changed_at,
    united.known_at
from united
inner join publishes as begun on united.first_position = begun.position
inner join publishes as ended on united.last_position = ended.position
cross join {{ ref('int_run_settings') }} as run
left join {{ ref('int_opportunities') }} as opportunities on united.opportunity_id = opportunities.opportunity_id
where united.first_position <= united.last_position
