{#- The currencies that each opportunity's amounts were ever in, with the rate at which they count: that of the day its life began, for
    good. Where none is told it is the reporting currency; a test lists those that others of their source show up. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with borne as (

    select opportunity_id, new_value as currency
    from {{ ref('int_opportunity_changes') }}
    where
        field = 'currency' and new_value is not null
        and {{ changed_opportunities_filter('opportunity_id') }}
    union
    select opportunity_id, '{{ var("reporting_currency") }}' as currency
    from {{ ref('int_opportunity_lives') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

)

select
    borne.opportunity_id,
    borne.currency,
    rates.rate_to_reporting as fx_rate
from borne
inner join {{ ref('int_opportunity_lives') }} as lives on borne.opportunity_id = lives.opportunity_id
left join {{ ref('int_fx_rates') }} as rates
    on borne.currency = rates.currency
    and {{ local_date('lives.life_start_at') }} >= rates.valid_from
    and {{ local_date('lives.life_start_at') }} < rates.valid_to
