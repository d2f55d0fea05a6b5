"""The gate: every declared expectation as a Dagster asset check."""
