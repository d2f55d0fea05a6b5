{#- Each opportunity's attributes by date: one row per span in which none of them changed; the spans tile its life. The
    pipeline of any day is a range filter: valid_from <= instant and instant < valid_to. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

{#- An attribute's carried text must tell "was set to nothing" from "did not change here". -#}
{%- set nothing = "chr(30)" -%}
{%- set fields = [
    'pipeline_id', 'stage', 'currency', 'amount', 'close_date', 'owner_id', 'source', 'forecast_category', 'primary_campaign_id',
    'loss_reason', 'is_deleted'
] + (lifted_columns_of('opportunities') | map(attribute='column') | list) -%}

with changes as (

    select opportunity_id, field, changed_at, change_number, new_value
    from {{ ref('int_opportunity_changes') }}
    where
        field in ('{{ fields | join("', '") }}')
        and {{ changed_opportunities_filter('opportunity_id') }}

),

last_of_instant as (

    select * from changes
    qualify row_number() over (
        partition by opportunity_id, field, changed_at order by change_number desc nulls last
    ) = 1

),

instants as (

    select
        opportunity_id,
        changed_at as valid_from
        {%- for field in fields %},
        max(case when field = '{{ field }}' then coalesce(new_value, {{ nothing }}) end) as {{ field }}
        {%- endfor %}
    from last_of_instant
    group by opportunity_id, changed_at

),

carried as (

    select
        opportunity_id,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by opportunity_id order by valid_from asc nulls first), {{ end_of_time() }}
        ) as valid_to
        {%- for field in fields %},
        nullif(last_value({{ field }} ignore nulls) over (
            partition by opportunity_id order by valid_from asc nulls first
            rows between unbounded preceding and current row
        ), {{ nothing }}) as {{ field }}
        {%- endfor %}
    from instants

)

select
    carried.opportunity_id,
    carried.valid_from,
    carried.valid_to,
    carried.pipeline_id,
    carried.stage,
    {{ money('cast(carried.amount as decimal(18, 2)) * rates.fx_rate') }} as amount,
    cast(carried.amount as decimal(18, 2)) as amount_original,
    rates.currency,
    cast(carried.close_date as date) as close_date,
    carried.owner_id,
    carried.source as claimed_source,
    carried.forecast_category,
    carried.primary_campaign_id,
    carried.loss_reason,
    coalesce(carried.is_deleted = 'true', false) as is_deleted
    {%- for field in lifted_columns_of('opportunities') %},
    cast(carried.{{ field.column }} as {{ field.sql_type }}) as {{ field.column }}
    {%- endfor %}
from carried
inner join {{ ref('int_opportunity_rates') }} as rates
    on carried.opportunity_id = rates.opportunity_id
    and coalesce(carried.currency, '{{ var("reporting_currency") }}') = rates.currency
