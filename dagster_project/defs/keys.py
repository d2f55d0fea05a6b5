"""Asset keys and groups of every layer, so that layers name each other's assets in one way."""

from __future__ import annotations

import dagster as dg

EXTRACTS = "extracts"
RAW = "raw"
PUBLISHED = "published"


def extract_key(source: str, object_name: str) -> dg.AssetKey:
    """The files of one source object, as the source exports them."""
    return dg.AssetKey([EXTRACTS, source, object_name])


def raw_key(table: str) -> dg.AssetKey:
    """A table of the raw schema."""
    return dg.AssetKey([RAW, table])


def table_key(schema: str, name: str) -> dg.AssetKey:
    """A table of the build warehouse that dbt makes."""
    return dg.AssetKey([schema, name])


def qualified_table_key(qualified: str) -> dg.AssetKey:
    """The same from a dotted name, schema.table."""
    schema, name = qualified.split(".", 1)
    return table_key(schema, name)


def published_key(schema: str, name: str) -> dg.AssetKey:
    """A published mart."""
    return dg.AssetKey([PUBLISHED, schema, name])
