{#- Every extracted version of a HubSpot deal in the words of the entity model: stages by name, staff by owner id, the account by
    association. An association has no history that could be told from the connector's, so the account is the newest known. -#}
with companies as (

    select source_name, deal_id, company_id
    from ({{ latest_version(ref('stg_hubspot__deal_company')) }}) as associations
    where not is_record_deleted
    -- 5 is HubSpot's own kind of association with the primary company.
    qualify
        row_number() over (
            partition by source_name, deal_id
            order by case when type_id = '5' then 0 else 1 end asc nulls last, company_id asc nulls last
        ) = 1

)

select
    deals.deal_id as opportunity_id,
    deals.source_name,
    deals.pipeline_id as pipeline_key,
    deals.pipeline_id as source_pipeline,
    coalesce(own_stages.stage, any_stages.stage, deals.stage_id) as stage,
    deals.amount,
    deals.currency,
    deals.close_date,
    deals.owner_id,
    companies.company_id as account_id,
    cast(null as varchar) as lead_id,
    deals.deal_source as source,
    deals.campaign_id as primary_campaign_id,
    {{ forecast_category_name('deals.forecast_category') }} as forecast_category,
    cast(deals.stage_probability * 100 as decimal(28, 6)) as probability,
    deals.deal_type as opportunity_type,
    deals.loss_reason,
    deals.next_step,
    deals.is_closed,
    deals.is_won,
    cast(null as timestamp) as stage_entered_at,
    deals.closedate_at as closed_told_at,
    -- Where HubSpot doesn't say when a deal was archived, Airbyte writes when it was created.
    case when deals.is_record_deleted and deals.archived_at > deals.created_at then deals.archived_at end as deleted_told_at,
    false as is_deletion_own,
    deals.created_at,
    {{ hubspot_person('deals.created_by_user_id', 'creators.owner_id') }} as created_by_id,
    cast(null as varchar) as modified_by_id,
    deals.custom_fields,
    deals.version_at,
    deals.version_sequence,
    deals.extracted_at,
    deals.record_number,
    deals.row_hash,
    deals.is_record_deleted,
    deals.record_key,
    deals.file_id,
    deals.load_sequence
    {{- lifted_columns('opportunities', 'stg_hubspot__deal', 'deals.') }}
from {{ ref('stg_hubspot__deal') }} as deals
left join companies
    on deals.source_name = companies.source_name
    and deals.deal_id = companies.deal_id
left join {{ ref('int_hubspot__pipeline_stages') }} as own_stages
    on deals.source_name = own_stages.source_name
    and deals.pipeline_id = own_stages.source_pipeline
    and deals.stage_id = own_stages.stage_id
left join {{ ref('int_hubspot__pipeline_stages') }} as any_stages
    on deals.source_name = any_stages.source_name
    and deals.stage_id = any_stages.stage_id
    and any_stages.is_first_of_id
left join {{ ref('int_hubspot__owners') }} as creators
    on deals.source_name = creators.source_name
    and deals.created_by_user_id = creators.user_id
