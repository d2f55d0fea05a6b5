"""Files as SQL relations of text columns, through DuckDB's own readers.

A relation yields r (record number from 1; null: it is the row's position, since numbering while reading would keep
DuckDB from reading in parallel), l (line number or null), raw (the record's text or null) and c0, c1, …: the file's
columns as text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.content import CsvShape
from dagster_project.lib.ingest.discovery import LandingFile

MAX_JSON = 16 * 1024 * 1024
"""Bytes of the longest JSON record."""
_EXACT_LINE = 16 * 1024 * 1024
_IS_OBJECT = (
    "coalesce(reason is null and case when json_valid(raw) and json_type(raw) = 'OBJECT' "
    "then len(json_keys(raw)) = len(list_distinct(json_keys(raw))) end, false)"
)
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
    scan = _csv_scan(path, shape, names, has_header=False, is_gzip=False, max_line_size=_EXACT_LINE)
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
    limit = f"max_line_size = {max_line_size}, parallel = false," if max_line_size else ""
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
    """A JSONL file of proper objects only; None where a line is something else. DuckDB raises at malformed lines."""
    compression = "gzip" if file.is_gzip else "uncompressed"
    source = (
        f"select null::bigint as r, null::bigint as l, json::varchar as raw, json as d "
        f"from read_json_objects({sql.text(str(path))}, format = 'newline_delimited', "
        f"compression = {sql.text(compression)}, maximum_object_size = {MAX_JSON}, hive_partitioning = false)"
    )
    layouts = con.execute(f"select distinct json_type(d), json_keys(d) from ({source})").fetchall()
    if any(kind != "OBJECT" or len(set(keys)) < len(keys) for kind, keys in layouts):
        return None
    return _json_columns(source, [keys for _, keys in layouts])


def exact_json_relation(con: duckdb.DuckDBPyConnection, path: Path) -> Relation:
    """The lines of a JSONL file as the exact reader wrote them, those that are JSON objects."""
    source = f"select r, l, raw, raw::json as d from {_exact_lines(path)} where {_IS_OBJECT}"
    layouts = con.execute(f"select distinct json_keys(d) from ({source})").fetchall()
    return _json_columns(source, [keys for (keys,) in layouts])


def bad_json_lines(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[int, int, str, str | None]]:
    """(record, line, text, reason if the exact reader gave one) of the lines that aren't proper JSON objects."""
    query = f"select r, l, raw, reason from {_exact_lines(path)} where not {_IS_OBJECT} order by r"
    return con.execute(query).fetchall()


def _exact_lines(path: Path) -> str:
    return (
        f"read_json({sql.text(str(path))}, format = 'newline_delimited', "
        f"columns = {{'r': 'bigint', 'l': 'bigint', 'reason': 'varchar', 'raw': 'varchar'}}, "
        f"maximum_object_size = {2 * MAX_JSON})"
    )


def parquet_relation(con: duckdb.DuckDBPyConnection, path: Path) -> Relation:
    """A Parquet file; nested values become JSON text. A record's text is made where it is asked for only."""
    names, types = _parquet_columns(con, path)
    values = ", ".join(f"{_as_text(f'p{i}', data_type)} as c{i}" for i, data_type in enumerate(types))
    return Relation(
        f"""
        select null::bigint as r, null::bigint as l, null::varchar as raw, {values}
        from {_parquet_scan(path)} as scanned({_parquet_aliases(types)})
        """,
        names,
    )


def parquet_records(con: duckdb.DuckDBPyConnection, path: Path, wanted: Collection[int]) -> list[tuple[int, str]]:
    """(record, its values as one JSON object) of the wanted records of a Parquet file."""
    names, types = _parquet_columns(con, path)
    record = ", ".join(f"{sql.text(name)}, p{i}" for i, name in enumerate(names))
    return con.execute(
        f"""
        with numbered as (
            select *, row_number() over () as r
            from {_parquet_scan(path)} as scanned({_parquet_aliases(types)})
        )
        select r, json_object({record})::varchar
        from numbered
        where r in (select unnest(?))
        order by r
        """,
        [list(wanted)],
    ).fetchall()


def _parquet_scan(path: Path) -> str:
    return f"read_parquet({sql.text(str(path))}, hive_partitioning = false)"


def _parquet_aliases(types: Sequence[str]) -> str:
    return ", ".join(f"p{i}" for i in range(len(types)))


def _parquet_columns(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[tuple[str, ...], list[str]]:
    described = con.execute(f"describe select * from {_parquet_scan(path)}").fetchall()
    names = _parquet_names(con, path, [str(row[0]) for row in described])
    return names, [str(row[1]) for row in described]


def _json_columns(source: str, layouts: Iterable[Iterable[str]]) -> Relation:
    names = tuple(sorted({name for layout in layouts for name in layout}))
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
