{#- What campaigns cost, by date. Finance's own rows come first; costs that another system keeps of its programs count for a
    campaign only where there are none and the CRM's campaign states no cost either, so that nothing is paid twice. -#}
with recorded as (

    select * from {{ united('campaign_costs') }} as united

),

counted as (

    select
        recorded.campaign_id, recorded.source_name, recorded.record_key, recorded.spent_on, recorded.amount,
        coalesce(
            nullif(trim(recorded.currency), ''), case when recorded.is_fallback then campaigns.currency end,
            '{{ var("reporting_currency") }}'
        ) as currency
    from recorded
    left join {{ ref('int_campaigns') }} as campaigns on recorded.campaign_id = campaigns.campaign_id
    where
        not recorded.is_fallback
        or (
            coalesce(campaigns.actual_cost, 0) = 0
            and recorded.campaign_id not in (select stated.campaign_id from recorded as stated where not stated.is_fallback)
        )

)

select
    {{ surrogate_key(['source_name', 'record_key', 'campaign_id']) }} as campaign_cost_id,
    campaign_id,
    source_name,
    spent_on,
    cast(amount as decimal(18, 2)) as amount,
    currency
from counted
