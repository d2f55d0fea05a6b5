{#- Open pipeline at any instant, as a table expression of one row per open opportunity: its cell, close date and amount.

    `instant`: timestamp expression, UTC, exclusive: what holds just before it; the end of a day is the start of the next one.
    `known_at`: timestamp expression; facts whose extract was taken later are not seen. Without it everything known today is.

    What is filtered is the kept change stream. A change that an extract showed and the CRM's own history told again later is known
    from the latter; stage policy, roles, teams, rates and evidence are those known today. What a run would have published then, to
    the row, only a replay says (docs/architecture.md). -#}
{% macro pipeline_as_of(instant, known_at=none) -%}
    {%- set fields = ['pipeline', 'source', 'forecast_category', 'owner', 'amount', 'close_date', 'stage', 'deletion'] -%}
    (
        select
            newest.opportunity_id,
            newest.pipeline as pipeline_id,
            newest.stage,
            newest.stage_status = 'open_qualified' as is_qualified,
            coalesce(newest.owner, '(unassigned)') as owner_id,
            cells.team,
            cells.segment,
            coalesce(newest.source, 'unknown') as claimed_function,
            coalesce(sources.evidence_function, 'unknown') as evidence_function,
            newest.forecast_category,
            cast(newest.close_date as date) as close_date,
            coalesce(cast(newest.amount as decimal(18, 2)), 0) as amount
        from (
            select
                opportunity_id,
                {%- for field in fields %}
                max(case when step_kind = '{{ field }}' then step_value end) as {{ field }},
                {%- endfor %}
                max(step_status) as stage_status
            from (
                select opportunity_id, step_kind, step_value, step_status
                from {{ ref('int_pipeline_steps') }}
                where
                    step_kind <> 'team'
                    and stepped_at < {{ instant }}
                    {%- if known_at is not none %}
                    and known_at <= {{ known_at }}
                    {%- endif %}
                qualify
                    row_number() over (partition by opportunity_id, step_kind order by step_number desc nulls last) = 1
            ) as newest_steps
            group by opportunity_id
        ) as newest
        left join {{ ref('int_owner_cells') }} as cells
            on newest.owner = cells.user_id
            and cells.valid_from < {{ instant }}
            and cells.valid_to >= {{ instant }}
        left join {{ ref('int_opportunity_sources') }} as sources on newest.opportunity_id = sources.opportunity_id
        where
            newest.stage_status in ('open_unqualified', 'open_qualified')
            and coalesce(newest.deletion, 'false') <> 'true'
    )
{%- endmacro %}
