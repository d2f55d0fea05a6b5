select
    periods.fiscal_period_id,
    periods.fiscal_year,
    periods.fiscal_quarter,
    periods.starts_on,
    periods.ends_on,
    periods.starts_at,
    periods.ends_at,
    settings.as_of_date >= periods.starts_on and settings.as_of_date <= periods.ends_on as is_current,
    settings.as_of_date > periods.ends_on as is_past
from {{ ref('int_fiscal_periods') }} as periods
cross join {{ ref('int_run_settings') }} as settings
