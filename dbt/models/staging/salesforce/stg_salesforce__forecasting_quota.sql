with source as (

    select * from {{ source('salesforce', 'salesforce__forecasting_quota') }}

),

renamed as (

    select
        id as forecasting_quota_id,
        quota_owner_id,
        quota_amount,
        currency_iso_code,
        start_date as starts_on,
        period_type,
        system_modstamp as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
