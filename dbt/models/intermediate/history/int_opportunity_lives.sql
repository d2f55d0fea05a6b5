{#- Where each opportunity's life begins, and what of it never changes. Life starts at creation or at the first recorded change,
    whichever is earlier; without either, at the first extract that held it, and the start counts as unknown. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}
{%- set all_versions -%}
    partition by opportunity_id order by {{ version_order('') }} rows between unbounded preceding and unbounded following
{%- endset -%}

with versions as (

    select * from {{ ref('int_opportunity_versions') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- A file without a column says nothing about it: each attribute is the newest one that any version holds.
newest as (

    select
        opportunity_id,
        source_name,
        {%- for attribute in ['account_id', 'lead_id', 'opportunity_type', 'currency', 'created_at', 'created_by_id'] %}
        last_value({{ attribute }} ignore nulls) over ({{ all_versions }}) as {{ attribute }},
        {%- endfor %}
        min(extracted_at) over ({{ all_versions }}) as first_extracted_at
    from versions
    where not is_absence
    qualify row_number() over (partition by opportunity_id order by {{ version_order('') }}) = 1

),

first_changed as (

    select
        opportunity_id,
        min(changed_at) as first_changed_at
    from {{ ref('int_field_history') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    group by opportunity_id

),

dated as (

    select
        newest.opportunity_id,
        newest.source_name,
        newest.account_id,
        newest.lead_id,
        newest.opportunity_type,
        coalesce({{ normalized_value("'currency'", 'newest.currency') }}, '{{ var("reporting_currency") }}') as currency,
        newest.created_at,
        newest.created_by_id,
        first_changed.first_changed_at,
        newest.first_extracted_at
    from newest
    left join first_changed on newest.opportunity_id = first_changed.opportunity_id

),

started as (

    select
        *,
        coalesce(least(created_at, first_changed_at), created_at, first_changed_at, first_extracted_at) as life_start_at,
        created_at is not null or first_changed_at is not null as is_start_known
    from dated

)

select
    started.opportunity_id,
    started.source_name,
    started.account_id,
    started.lead_id,
    started.opportunity_type,
    started.currency,
    rates.rate_to_reporting as fx_rate,
    started.created_at,
    started.created_by_id,
    started.life_start_at,
    started.is_start_known
from started
left join {{ ref('int_fx_rates') }} as rates
    on started.currency = rates.currency
    and {{ local_date('started.life_start_at') }} >= rates.valid_from
    and {{ local_date('started.life_start_at') }} < rates.valid_to
