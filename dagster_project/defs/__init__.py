"""Dagster definitions, thin: one folder per step of the daily job. What a step does is in `lib/`."""
