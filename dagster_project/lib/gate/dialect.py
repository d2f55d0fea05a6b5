"""A SQLAlchemy dialect through which Great Expectations reads the build warehouse, and only reads it.

Great Expectations hands results back after giving its connection to the pool. The pool then rolls back, which ends a
DuckDB result before its rows are fetched. On a read-only database there is nothing to begin, commit or roll back, so
here those three do nothing, and every statement has a cursor of its own. DuckDB's SQL is near enough to PostgreSQL's
for that compiler; its catalogue is not, so reflection asks `duckdb_columns()`.

duckdb_engine's dialect, the obvious base, does not reflect tables on SQLAlchemy 2.1 and makes DuckDB print pages of
leak warnings when a process ends that has imported Great Expectations too.

Importing this module loads SQLAlchemy: import it inside functions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect, PGIdentifierPreparer
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import BigInteger, Boolean, Date, DateTime, Double, Integer, Numeric, Text, TypeEngine

SCHEME = "plumbline_duckdb"

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "BIGINT": BigInteger,
    "BOOLEAN": Boolean,
    "DATE": Date,
    "DECIMAL": Numeric,
    "DOUBLE": Double,
    "INTEGER": Integer,
    "TIMESTAMP": DateTime,
    "VARCHAR": Text,
}


class _Connection:
    """A read-only DB-API connection that looks names up in one schema first."""

    def __init__(self, database: str, schema: str) -> None:
        self._connection = duckdb.connect(database, read_only=True)
        self._enter_schema = f"set schema = {_quoted(schema)}"

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        cursor.execute(self._enter_schema)
        return cursor

    def close(self) -> None:
        self._connection.close()


class _Preparer(PGIdentifierPreparer):
    """Quotes every word that DuckDB's parser treats specially anywhere, not only its `reserved` ones (`at` is not)."""

    def __init__(self, dialect: Any, **kwargs: Any) -> None:
        super().__init__(dialect, **kwargs)
        with duckdb.connect() as connection:
            words = connection.execute(
                "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
            ).fetchall()
        self.reserved_words = {str(word) for (word,) in words}


class ReadOnlyDuckDB(PGDialect):
    """DuckDB without transactions. Connections are always opened read-only."""

    name = "duckdb"
    driver = SCHEME
    default_paramstyle = "qmark"
    supports_statement_cache = False
    preparer = _Preparer

    @classmethod
    def import_dbapi(cls) -> Any:
        return duckdb

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        return [], {"database": url.database, "schema": url.query["schema"]}

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        return _Connection(*cargs, **cparams)

    def initialize(self, connection: Connection) -> None:
        DefaultDialect.initialize(self, connection)

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        return tuple(int(part) for part in duckdb.__version__.split(".")[:2])

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        raise NotImplementedError

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        rows = connection.execute(
            text(
                "select column_name, data_type, is_nullable from duckdb_columns() "
                "where database_name = current_database() and schema_name = coalesce(:schema, current_schema()) "
                "and table_name = :name order by column_index"
            ),
            {"schema": schema, "name": str(table_name)},
        ).fetchall()
        if not rows:
            raise NoSuchTableError(str(table_name))
        return [
            {"name": name, "type": _column_type(data_type), "nullable": nullable, "default": None}
            for name, data_type, nullable in rows
        ]

    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        return {"constrained_columns": [], "name": None}


def connection_string(warehouse: Path, schema: str) -> str:
    """The SQLAlchemy address of `schema` in `warehouse` through this dialect."""
    registry.register(SCHEME, __name__, ReadOnlyDuckDB.__name__)
    return URL.create(SCHEME, database=str(warehouse), query={"schema": schema}).render_as_string(hide_password=False)


def _quoted(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _column_type(data_type: str) -> TypeEngine[Any]:
    return _TYPES.get(data_type.partition("(")[0], Text)()


# Great Expectations looks for this name to choose `regexp_matches`, which is DuckDB's function too.
DremioDialect = ReadOnlyDuckDB
