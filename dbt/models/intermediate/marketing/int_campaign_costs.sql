{#- What campaigns cost, by date. Finance's own rows come first; Marketo's program costs count for a campaign only where
    there are none and the CRM's campaign states no cost either, so that nothing is paid twice. Marketo's are in the currency of
    the campaign. -#}
with stated as (

    select
        campaign_id, source_name, record_key, spent_on, amount,
        coalesce(nullif(trim(currency), ''), '{{ var("reporting_currency") }}') as currency
    from ({{ latest_version(ref('stg_generic__costs')) }}) as costs
    where campaign_id is not null and not is_record_deleted

),

program_costs as (

    select
        programs.campaign_id, costs.source_name, costs.record_key, costs.spent_on, costs.amount,
        coalesce(campaigns.currency, '{{ var("reporting_currency") }}') as currency
    from ({{ latest_version(ref('stg_marketo__program_cost')) }}) as costs
    inner join {{ ref('int_marketo_programs') }} as programs
        on costs.source_name = programs.source_name
        and costs.program_id = programs.program_id
    left join {{ ref('int_campaigns') }} as campaigns on programs.campaign_id = campaigns.campaign_id
    where
        not costs.is_record_deleted
        and coalesce(campaigns.actual_cost, 0) = 0
        and programs.campaign_id not in (select stated.campaign_id from stated)

),

united as (

    select * from stated
    union all
    select * from program_costs

)

select
    {{ surrogate_key(['source_name', 'record_key', 'campaign_id']) }} as campaign_cost_id,
    campaign_id,
    source_name,
    spent_on,
    cast(amount as decimal(18, 2)) as amount,
    currency
from united
