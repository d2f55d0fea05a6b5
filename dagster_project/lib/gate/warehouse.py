"""Plain read-only SQL on the build warehouse: which columns exist, and rows to show beside a failed check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from dagster_project.lib.gate.results import GateError, Row, plain


class Warehouse:
    """A read-only connection, to be used in a `with` statement."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise GateError(f"{path}: no build warehouse there. Run the dbt build before the gate.")
        self._connection = duckdb.connect(str(path), read_only=True)

    @classmethod
    def over(cls, connection: duckdb.DuckDBPyConnection) -> Self:
        """The same questions over a connection that is open already."""
        made = cls.__new__(cls)
        made._connection = connection
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def columns(self) -> dict[str, list[str]]:
        """Column names of every table and view, by <schema>.<table>, in table order."""
        found: dict[str, list[str]] = {}
        for table, column in self._connection.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "where database_name = current_database() order by schema_name, table_name, column_index"
        ).fetchall():
            found.setdefault(table, []).append(column)
        return found

    def rows(self, query: str, parameters: Sequence[object] = (), limit: int | None = None) -> list[Row]:
        """Rows of `query` as mappings of plain values, the first `limit` of them."""
        cursor = self._connection.execute(query, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        found = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in found]
