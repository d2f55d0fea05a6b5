"""Published marts: versions written aside, switched in by one atomic rename, and kept.

`<home>/published/versions/<version>/` holds `marts.duckdb`, `parquet/<schema>/<table>.parquet` and `manifest.json`;
`<home>/published/current` is a link to one of them. Whether a build may be published is decided in `build_record`;
the caller holds the run lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib.content_hash import combined_hash, quoted, table_content_hash
from dagster_project.lib.files import sync, sync_tree, write_json

STORAGE_VERSION = "v1.2.0"
UNHASHED_SCHEMAS = frozenset({"ops"})
UNHASHED_TABLES = frozenset({"fct_published_figures", "fct_figure_restatements"})  # they tell of publishes before
VERSION_NAME = re.compile(r"v(\d{6,})")
PUBLISHED_TYPE = re.compile(r"BIGINT|DECIMAL\(\d+,\d+\)|DOUBLE|VARCHAR|BOOLEAN|DATE|TIMESTAMP")


class PublishError(RuntimeError):
    """A version can't be written or gone to; the message says why and what was left in place."""


@dataclass(frozen=True)
class MartTable:
    """A mart to publish; `descriptions` by column become comments in the published file."""

    schema: str
    name: str
    description: str = ""
    descriptions: Mapping[str, str] | None = None

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class PublishedTable:
    """A mart of a published version. `columns` are (name, type); `content_hash` is independent of row order and run."""

    schema: str
    name: str
    rows: int
    content_hash: str
    columns: list[tuple[str, str]]
    parquet: str

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class PublishedVersion:
    """A version folder: its name, path, marts, and the hash over all marts inside the content-hash promise."""

    version: str
    path: Path
    content_hash: str
    tables: list[PublishedTable]

    @property
    def marts_path(self) -> Path:
        return self.path / "marts.duckdb"


def publish(
    published: Path, warehouse: Path, tables: Sequence[MartTable], about: Mapping[str, Any], keep_versions: int
) -> PublishedVersion:
    """Copy `tables` from the build warehouse into a new version, switch `current` to it, keep the last versions.

    `about` (run, build, as_of, settings, checks) goes into the manifest. Raises PublishError where a mart is missing or
    has a column type that BI tools can't be promised, or where the version can't be written (disk full, permissions);
    `current` then stays as it was and what was half written is removed.
    """
    versions = published / "versions"
    building: Path | None = None
    try:
        versions.mkdir(parents=True, exist_ok=True)
        for leftover in versions.glob(".writing-*"):
            shutil.rmtree(leftover)
        version = f"v{_newest_number(versions) + 1:06d}"
        building = versions / f".writing-{version}"
        done = _write_version(building, versions / version, warehouse, tables, about)
        switch_current(published, version)
    except (OSError, duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
        raise PublishError(_not_written(published, error)) from error
    try:
        _prune(versions, version, keep_versions)
    except OSError as error:
        raise PublishError(
            f"{version} is published, but older versions under {versions} can't be removed: {_said(error)}. "
            "Give this user the right to write there, or remove them by hand."
        ) from error
    return done


def is_promised(schema: str, name: str) -> bool:
    """Whether a mart is inside the content-hash promise: equal extracts, settings and as-of date make equal rows."""
    return schema not in UNHASHED_SCHEMAS and name not in UNHASHED_TABLES


def _write_version(
    building: Path, final: Path, warehouse: Path, tables: Sequence[MartTable], about: Mapping[str, Any]
) -> PublishedVersion:
    """Write a whole version aside, flush it to disk and give it its name."""
    written = _write_tables(building, warehouse, tables)
    content_hash = combined_hash(
        (table.label, table.content_hash) for table in written if is_promised(table.schema, table.name)
    )
    manifest = {
        "version": final.name,
        "published_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content_hash": content_hash,
        "duckdb_storage_version": STORAGE_VERSION,
        **about,
        "tables": [asdict(table) | {"columns": _column_list(table)} for table in written],
    }
    write_json(building / "manifest.json", manifest)
    _make_read_only(building)
    sync_tree(building)
    building.rename(final)
    sync(final.parent)
    return PublishedVersion(final.name, final, content_hash, written)


def _not_written(published: Path, error: Exception) -> str:
    current = current_version(published)
    kept = f"`current` still is {current}" if current else "Nothing has been published yet"
    return (
        f"No new version could be written under {published}: {_said(error)}. {kept}. Free space or correct the rights."
    )


def _said(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
    return text.rstrip(".")


def switch_current(published: Path, version: str) -> None:
    """Point `current` at `version` by one rename; a reader sees the old target or the new."""
    link = published / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / version)
    os.replace(link, published / "current")
    sync(published)


def current_version(published: Path) -> str | None:
    """Name of the version that `current` points at; None before the first publish."""
    link = published / "current"
    return Path(os.readlink(link)).name if link.is_symlink() else None


def read_manifest(published: Path) -> dict[str, Any]:
    """The manifest of the current version."""
    return json.loads((published / "current" / "manifest.json").read_text(encoding="utf-8"))


def list_versions(published: Path) -> list[str]:
    """Names of the whole versions that are kept, oldest first."""
    return sorted(path.name for path in (published / "versions").glob("v*") if VERSION_NAME.fullmatch(path.name))


def _write_tables(building: Path, warehouse: Path, tables: Sequence[MartTable]) -> list[PublishedTable]:
    building.mkdir()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {_text(warehouse)} as build (read_only)")
        columns = {table.label: _checked_columns(connection, table) for table in tables}
        connection.execute(
            f"attach {_text(building / 'marts.duckdb')} as published (storage_version '{STORAGE_VERSION}')"
        )
        written = [_write_table(connection, building, table, columns[table.label]) for table in tables]
        connection.execute("detach published")
    return written


def _checked_columns(connection: duckdb.DuckDBPyConnection, table: MartTable) -> list[tuple[str, str]]:
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = 'build' and schema_name = ? and table_name = ? order by column_index",
        [table.schema, table.name],
    ).fetchall()
    if not columns:
        raise PublishError(f"The mart {table.label} is not in the warehouse. Nothing was published.")
    for name, type_name in columns:
        if not PUBLISHED_TYPE.fullmatch(type_name):
            raise PublishError(
                f"{table.label}.{name} has type {type_name}. Published columns are bigint, decimal, double, varchar, "
                "boolean, date or timestamp: cast it in the model. Nothing was published."
            )
    return columns


def _write_table(
    connection: duckdb.DuckDBPyConnection, building: Path, table: MartTable, columns: list[tuple[str, str]]
) -> PublishedTable:
    target = quoted("published", table.schema, table.name)
    parquet = Path("parquet") / table.schema / f"{table.name}.parquet"
    (building / parquet).parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"create schema if not exists {quoted('published', table.schema)}")
    connection.execute(f"create table {target} as from {quoted('build', table.schema, table.name)}")
    connection.execute(f"comment on table {target} is {_text(table.description)}")
    for name, description in (table.descriptions or {}).items():
        if name in dict(columns):
            connection.execute(f"comment on column {target}.{quoted(name)} is {_text(description)}")
    connection.execute(f"copy {target} to {_text(building / parquet)} (format parquet)")
    counted = connection.execute(f"select count(*) from {target}").fetchone()
    assert counted is not None
    return PublishedTable(
        schema=table.schema,
        name=table.name,
        rows=counted[0],
        content_hash=table_content_hash(connection, target, columns),
        columns=columns,
        parquet=parquet.as_posix(),
    )


def _column_list(table: PublishedTable) -> list[dict[str, str]]:
    return [{"name": name, "type": type_name.lower()} for name, type_name in table.columns]


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)


def _newest_number(versions: Path) -> int:
    matches = (VERSION_NAME.fullmatch(path.name) for path in versions.iterdir())
    return max((int(match[1]) for match in matches if match), default=0)


def _prune(versions: Path, current: str, keep_versions: int) -> None:
    """Remove the oldest versions, renamed out of sight first, so that a half-removed one is never listed."""
    kept = sorted(path for path in versions.glob("v*") if VERSION_NAME.fullmatch(path.name))
    for path in kept[: max(0, len(kept) - keep_versions)]:
        if path.name != current:
            doomed = versions / f".writing-removed-{path.name}"
            path.rename(doomed)
            shutil.rmtree(doomed)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
