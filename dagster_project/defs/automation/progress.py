"""The console log of a run: what steps say, as plain lines. Dagster's own events stay in its event log."""

import logging
import sys
from typing import Any

import dagster as dg

SHOWN_EVENTS = frozenset({"STEP_FAILURE", "STEP_UP_FOR_RETRY", "PIPELINE_FAILURE"})


def is_progress(record: logging.LogRecord) -> bool:
    """Whether a record is for the console: what steps say, and of Dagster's events those that end or repeat a step."""
    event = getattr(record, "dagster_meta", {}).get("dagster_event")
    return event is None or event.event_type_value in SHOWN_EVENTS


class ProgressFormatter(logging.Formatter):
    """Time and message; the run id and step that Dagster puts before them are left out."""

    def format(self, record: logging.LogRecord) -> str:
        about: dict[str, Any] = getattr(record, "dagster_meta", {})
        return f"{self.formatTime(record, '%H:%M:%S')}  {about.get('orig_message') or record.getMessage()}"


@dg.logger(
    {"log_level": dg.Field(str, default_value="INFO", is_required=False)},
    description="Progress lines on standard output.",
)
def progress_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Lines from `log_level` on, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ProgressFormatter())
    handler.addFilter(is_progress)
    logger = logging.Logger("progress")
    logger.setLevel(context.logger_config["log_level"])
    logger.addHandler(handler)
    return logger
