"""Two homes hold the same: raw tables and ledger row by row, marts by content hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib.publish import is_promised, read_manifest
from dagster_project.lib.settings import Settings

WHEN = {
    "_load_sequence",
    "load_sequence",
    "loaded_at",
    "readmitted_at",
    "readmitted_load_sequence",
    "record_hash",
    "last_file_at",
    "run_at",
    "days_without_file",
}


def check_same(found: Settings, expected: Settings) -> None:
    """Raw tables, ledger, quarantine and every published mart of one home are those of another."""
    assert tables(found.warehouse_path, ("raw",)) == tables(expected.warehouse_path, ("raw",))
    assert hashes(found) == hashes(expected)
    marts = [(home.published_path / "current").resolve() / "marts.duckdb" for home in (found, expected)]
    assert tables(marts[0], ("ops",)) == tables(marts[1], ("ops",))


def tables(path: Path, schemas: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without what says when and by which run it came."""
    left_out = {"plumbline_builds", "plumbline_salt", "plumbline_figures", "plumbline_figure_parts"}
    found: dict[str, list[tuple[Any, ...]]] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            if schema in schemas and table not in left_out:
                name = f'"{schema}"."{table}"'
                columns = [row[0] for row in connection.execute(f"describe {name}").fetchall() if row[0] not in WHEN]
                listed = ", ".join(f'"{column}"' for column in columns)
                found[f"{schema}.{table}"] = connection.execute(f"select {listed} from {name} order by all").fetchall()
    assert found
    return found


def hashes(settings: Settings) -> dict[str, str]:
    listed = read_manifest(settings.published_path)["tables"]
    return {
        f"{table['schema']}.{table['name']}": table["content_hash"]
        for table in listed
        if is_promised(table["schema"], table["name"])
    }
