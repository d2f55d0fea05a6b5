"""The daily job over everything, and its schedule."""

import dagster as dg

RETRIES = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For what passes by itself, such as a file that is still being written; a finding about data is never retried."""

DAILY = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    description="Loads new extracts, builds the marts, checks them, and publishes what passed.",
    op_retry_policy=RETRIES,
)
"""Extracts in, published marts out, with every check."""

DAILY_SCHEDULE = dg.ScheduleDefinition(
    name="daily_schedule",
    job=DAILY,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 06:00 UTC, while the Dagster daemon runs (`make ui`).",
)
