with metrics as (

    select * from {{ ref('metrics') }}

)

select
    metric,
    definition,
    formula,
    unit,
    published_in,
    source
from metrics
