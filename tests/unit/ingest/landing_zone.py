"""A landing folder, mappings and a real warehouse of one test, with short ways to fill and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib import warehouse
from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.ingest import FileReport, ObjectReport, load_object, next_load_sequence, prepare_raw
from dagster_project.lib.settings import Settings

LOADED_AT = datetime(2030, 1, 1)  # noqa: DTZ001 (UTC and naive, as the warehouse keeps it)
CONTENT = (
    "_source, _key, _version_at, _sequence, _extracted_at, _is_extract_time_declared, _row_hash, _is_deleted, _custom"
)


class LandingZone:
    """`landing` holds files, `mappings` YAMLs; the warehouse is made when first loaded into."""

    def __init__(self, folder: Path, landing: Path | None = None, mappings: Path | None = None) -> None:
        self.landing = landing or folder / "landing"
        self.mappings = mappings or folder / "mappings"
        self.landing.mkdir(parents=True, exist_ok=True)
        self.mappings.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(
            home=folder / "var", landing=self.landing, mappings=self.mappings, seeds=folder / "seeds"
        )
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._is_prepared = False

    @property
    def sources(self) -> list[Source]:
        return load_sources(self.settings)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = warehouse.connect(self.settings)
        return self._connection

    def close(self) -> None:
        """Give the warehouse file back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def write(self, name: str, content: str | bytes) -> Path:
        """Put a file into the landing folder."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def write_mapping(self, text: str, name: str = "mapping.yml") -> None:
        """Put a mapping into the mappings folder."""
        (self.mappings / name).write_text(text, encoding="utf-8")

    def load(
        self, object_name: str = "opportunities", source_name: str = "generic", loaded_at: datetime = LOADED_AT
    ) -> ObjectReport:
        """One load of one object."""
        sources = self.sources
        if not self._is_prepared:
            prepare_raw(self.connection, sources)
            self._is_prepared = True
        sequence = next_load_sequence(self.connection)
        return load_object(
            self.connection, self.settings, sources, source_name, object_name, sequence, loaded_at=loaded_at
        )

    def load_one(self, object_name: str = "opportunities", source_name: str = "generic") -> FileReport:
        """One load of an object for which there is exactly one file."""
        (report,) = self.load(object_name, source_name).files
        return report

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query over the warehouse."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def content(self, table: str = "generic__opportunities", columns: str = CONTENT) -> list[tuple[Any, ...]]:
        """What a raw table holds, apart from where it came from, in a fixed order."""
        return self.rows(f"select {columns} from raw.{table} order by all")

    def quarantine(self) -> list[tuple[Any, ...]]:
        """(file, record, line, column, value, reason, record text) of every quarantined row."""
        return self.rows(
            """
            select file_path, record_number, line_number, column_name, value, reason, record
            from raw.plumbline_quarantine
            order by file_path, record_number
            """
        )
