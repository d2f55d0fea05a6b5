with source as (

    select * from {{ source('salesforce', 'salesforce__forecasting_quota') }}

),

renamed as (

    select
        id as forecasting_quota_id,
        quota_owner_id,
        quota_amount,
        quota_quantity,
        is_amount,
        is_quantity,
        forecasting_type_id,
        product_family,
        territory2_id,
        forecasting_group_item_id,
        period_id,
        currency_iso_code,
        {{ local_day('start_date') }} as starts_on,
        period_type,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
