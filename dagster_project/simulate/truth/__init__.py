"""What really happened, for tests to compare with. No asset may read it.

`opportunities` and `changes` are Parquet, one row per opportunity and per change. The totals are CSV: `quarters`,
`owner_quarters`, `transitions`, `touches`. What each holds is said in `opportunities.py` and `totals.py`.
"""
