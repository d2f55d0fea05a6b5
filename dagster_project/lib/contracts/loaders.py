"""What loading tools add to a source's own columns, whatever the source: Fivetran, Airbyte, Stitch, dlt.

Shipped contracts declare a source; this is what any of them may be wrapped in. A mapping names its file's columns
itself, so nothing here applies to it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from dagster_project.lib.contracts.model import ExtractRule

_BOOKKEEPING = ("_fivetran_*", "_airbyte_*", "_ab_*", "_sdc_*", "_dlt_*")

LOAD_TIMES = tuple(
    ExtractRule("column", name)
    for name in (
        "_fivetran_synced",
        "_airbyte_extracted_at",
        "_airbyte_emitted_at",
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_batched_at",
        "_dlt_load_id",
    )
)
"""Columns that say when a row was taken, the first that gives a value first; ISO instants, or seconds since 1970."""

LOAD_ID_NAME = r"(?:^|/)(?:[^/]*\.)?(\d{10}\.\d{1,9})\.[0-9a-z]+\.[^/]*$"
"""A file as dlt names it, by the load that wrote it: its second since 1970. Tables of lists have no column for it."""

DELETION_FLAGS = ("_fivetran_deleted",)
DELETION_TIMES = ("_sdc_deleted_at", "_ab_cdc_deleted_at")
"""Columns that tell a deletion beside the source's own flag: true, or any instant."""

CONTAINERS = (("_airbyte_data", ""), ("properties", "properties_"))
"""Columns that may hold a record's columns as one JSON object, and what is put before the names in it."""

RECORD_PARTS = ("metadata", "engagement")
"""Columns that in some objects hold a part of the record as one JSON object; its keys are columns `<name>_<key>`."""

WRAPPED_PREFIX = "property_"
"""Columns that Stitch may land as objects: the property's `value` beside when and by what it was set."""

HISTORY = ("_fivetran_start", "_fivetran_end", "_fivetran_active")
"""Fivetran's history mode: since when and until when a row was a record's version, and whether it is the newest."""

TYPED_PART_MARK = "_sdc_"
TYPED_PARTS = frozenset(
    (
        *("st", "string", "bo", "bl", "bool", "boolean", "ts", "dt", "da", "date", "timestamp"),
        *("de", "decimal", "fl", "float", "double", "nu", "number", "it", "in", "int", "integer", "bi", "bigint"),
    )
)
"""Where a column begins with the mark, Stitch landed the file; `oldvalue__st` and `oldvalue__de` are one column."""

VARIANT_MARK = "_dlt_"
VARIANTS = frozenset(
    f"v_{kind}"
    for kind in (
        *("text", "double", "bool", "timestamp", "bigint", "binary", "json", "complex", "decimal", "wei", "date"),
        "time",
    )
)
"""Where a column begins with the mark, dlt landed the file; `value` and `value__v_double` are one column."""


def is_bookkeeping(name: str) -> bool:
    """Whether a loading tool keeps its own books in a column of that name."""
    return any(fnmatchcase(name.strip().lower(), pattern) for pattern in _BOOKKEEPING)
