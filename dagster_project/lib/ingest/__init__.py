"""Landing files -> raw tables: every version of every record, append-only, each file exactly once.

Here belong discovery, reading, casting, quarantine and the ledger. What a source looks like is `lib.contracts`;
what its columns mean is dbt's.
"""

from dagster_project.lib.ingest.discovery import unmatched_files
from dagster_project.lib.ingest.load import load_object
from dagster_project.lib.ingest.report import FileReport, ObjectReport, QuarantinedRow
from dagster_project.lib.ingest.schema import (
    LaterExtractsError,
    keep_salt,
    next_load_sequence,
    prepare_raw,
    require_nothing_later,
)

__all__ = [
    "FileReport",
    "LaterExtractsError",
    "ObjectReport",
    "QuarantinedRow",
    "keep_salt",
    "load_object",
    "next_load_sequence",
    "prepare_raw",
    "require_nothing_later",
    "unmatched_files",
]
