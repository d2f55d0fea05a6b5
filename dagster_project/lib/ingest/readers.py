"""Files as SQL relations of text columns, through DuckDB's own readers.

A relation yields r (record number from 1; null: it is the row's position, since numbering while reading would keep
DuckDB from reading in parallel), l (line number or null), raw (the record's text or null) and c0, c1, …: the file's
columns as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.content import CsvShape
from dagster_project.lib.ingest.discovery import LandingFile

_EXACT_OBJECT = 16 * 1024 * 1024
"""Bytes of the longest record, wherever DuckDB lets it be chosen."""
_IS_OBJECT = "coalesce(case when json_valid(raw) then json_type(raw) end = 'OBJECT', false)"
_NESTED = ("STRUCT", "MAP", "UNION", "JSON", "VARIANT")


@dataclass(frozen=True)
class Relation:
    """SQL of a relation as described above, and the file's column names in the order of c0, c1, …"""

    sql: str
    columns: tuple[str, ...]


def csv_relation(path: Path, shape: CsvShape, *, is_gzip: bool) -> Relation:
    """A well-formed CSV, read strictly: DuckDB raises at the first record that it can't place."""
    scan = _csv_scan(path, shape, _names(shape), has_header=shape.has_header, is_gzip=is_gzip)
    values = ", ".join(_names(shape))
    return Relation(
        f"select null::bigint as r, null::bigint as l, null::varchar as raw, {values} from {scan}", shape.columns
    )


def exact_csv_relation(path: Path, shape: CsvShape) -> Relation:
    """The good records of a CSV as the exact reader wrote them."""
    names = ["record", "line", *_names(shape)]
    scan = _csv_scan(path, shape, names, has_header=False, is_gzip=False, max_line_size=_EXACT_OBJECT)
    values = ", ".join(_names(shape))
    return Relation(
        f"select record::bigint as r, line::bigint as l, null::varchar as raw, {values} from {scan}", shape.columns
    )


def _names(shape: CsvShape) -> list[str]:
    return [f"c{i}" for i in range(len(shape.columns))]


def _csv_scan(
    path: Path,
    shape: CsvShape,
    names: Sequence[str],
    *,
    has_header: bool,
    is_gzip: bool,
    max_line_size: int | None = None,
) -> str:
    columns = ", ".join(f"{sql.text(name)}: 'varchar'" for name in names)
    limit = f"max_line_size = {max_line_size}," if max_line_size else ""
    return f"""
        read_csv(
            {sql.text(str(path))},
            columns = {{{columns}}},
            auto_detect = false,
            header = {sql.flag(has_header)},
            delim = {sql.text(shape.delimiter)},
            quote = {sql.text(shape.quote)},
            escape = {sql.text(shape.quote)},
            compression = {sql.text("gzip" if is_gzip else "none")},
            {limit}
            strict_mode = true,
            hive_partitioning = false
        )
    """


def json_relation(con: duckdb.DuckDBPyConnection, file: LandingFile, path: Path) -> Relation | None:
    """A JSONL file of objects only; None where a line is another kind of JSON. DuckDB raises at malformed lines."""
    compression = "gzip" if file.is_gzip else "uncompressed"
    source = (
        f"select null::bigint as r, null::bigint as l, json::varchar as raw, json as d "
        f"from read_json_objects({sql.text(str(path))}, format = 'newline_delimited', "
        f"compression = {sql.text(compression)}, maximum_object_size = {_EXACT_OBJECT}, hive_partitioning = false)"
    )
    row = con.execute(f"select count(*) filter (where json_type(d) <> 'OBJECT') from ({source})").fetchone()
    if row is None or row[0]:
        return None
    return _json_columns(con, source)


def exact_json_relation(con: duckdb.DuckDBPyConnection, path: Path) -> Relation:
    """The lines of a JSONL file as the exact reader wrote them, those that are JSON objects."""
    source = f"select r, l, raw, raw::json as d from {_exact_lines(path)} where {_IS_OBJECT}"
    return _json_columns(con, source)


def bad_json_lines(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[int, int, str]]:
    """(record, line, text) of the lines that aren't JSON objects."""
    query = f"select r, l, raw from {_exact_lines(path)} where not {_IS_OBJECT} order by r"
    return con.execute(query).fetchall()


def _exact_lines(path: Path) -> str:
    return (
        f"read_json({sql.text(str(path))}, format = 'newline_delimited', "
        f"columns = {{'r': 'bigint', 'l': 'bigint', 'raw': 'varchar'}}, maximum_object_size = {2 * _EXACT_OBJECT})"
    )


def parquet_relation(con: duckdb.DuckDBPyConnection, path: Path) -> Relation:
    """A Parquet file; nested values become JSON text."""
    scan = f"read_parquet({sql.text(str(path))}, file_row_number = true, hive_partitioning = false)"
    described = con.execute(f"describe select * exclude (file_row_number) from {scan}").fetchall()
    names = _parquet_names(con, path, [str(row[0]) for row in described])
    types = [str(row[1]) for row in described]
    aliases = ", ".join([*(f"p{i}" for i in range(len(types))), "file_row_number"])
    values = [f"{_as_text(f'p{i}', data_type)} as c{i}" for i, data_type in enumerate(types)]
    record = ", ".join(f"{sql.text(name)}, p{i}" for i, name in enumerate(names))
    return Relation(
        f"""
        select file_row_number + 1 as r, null::bigint as l, json_object({record})::varchar as raw, {", ".join(values)}
        from {scan} as scanned({aliases})
        """,
        names,
    )


def _json_columns(con: duckdb.DuckDBPyConnection, source: str) -> Relation:
    keys = con.execute(f"select distinct unnest(json_keys(d)) as k from ({source}) order by k").fetchall()
    names = tuple(str(row[0]) for row in keys)
    if not names:
        return Relation(f"select r, l, raw from ({source})", ())
    pointers = sql.texts("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    values = ", ".join(f"v[{i + 1}] as c{i}" for i in range(len(names)))
    extracted = f"select r, l, raw, json_extract_string(d, {pointers}) as v from ({source})"
    return Relation(f"select r, l, raw, {values} from ({extracted})", names)


def _as_text(expression: str, data_type: str) -> str:
    if data_type == "BLOB":
        return f"try(decode({expression}))"
    if data_type.startswith(_NESTED) or data_type.endswith("]"):
        return f"to_json({expression})::varchar"
    return f"{expression}::varchar"


def _parquet_names(con: duckdb.DuckDBPyConnection, path: Path, described: Sequence[str]) -> tuple[str, ...]:
    """Column names as the file has them; DuckDB renames those that differ in case only."""
    rows = con.execute("select name, num_children from parquet_schema(?)", [str(path)]).fetchall()
    names: list[str] = []
    position = 1
    while position < len(rows):
        names.append(str(rows[position][0]))
        position = _after(rows, position)
    return tuple(names) if len(names) == len(described) else tuple(described)


def _after(rows: list[tuple[str, int | None]], position: int) -> int:
    children = rows[position][1] or 0
    position += 1
    for _ in range(children):
        position = _after(rows, position)
    return position
