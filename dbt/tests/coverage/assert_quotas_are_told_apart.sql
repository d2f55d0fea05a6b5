-- Lists users with more than one quota for a quarter that nothing puts in order: of several forecasting types, of several sources, or
-- records of one that are alike. The largest counts, they are never added. Name the types in the order in which they count in var
-- quota_forecasting_types, or delete what isn't meant.
{{ config(severity='warn') }}

select
    user_id,
    quarter_starts_on,
    min(ambiguity) as ambiguous_by,
    max(case when is_counted then coalesce(forecasting_type_id, source_name) end) as counted,
    cast(sum(case when is_counted then cents else 0 end) as decimal(18, 2)) / 100 as counted_amount,
    min(case when not is_counted then coalesce(forecasting_type_id, source_name) end) as left_out,
    count(distinct case when not is_counted then coalesce(forecasting_type_id, source_name) end) as n_left_out
from {{ ref('int_quota_candidates') }}
group by user_id, quarter_starts_on
having count(ambiguity) > 0
