"""Content hash of a table: equal for equal rows, whatever their order, the file they lie in or the run that made them.

A row is written as text with a length before each value, so that NULL and '' differ and no two rows look alike by
gluing; the 128-bit hashes of the rows are summed, which needs no sort and counts duplicates. Columns that say which
run or load made a row are left out. What is inside the promise (marts, not `ops`) is decided by the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import duckdb

RUN_COLUMNS = frozenset({"run_id", "build_id", "load_sequence", "loaded_at", "published_at"})


def table_content_hash(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[tuple[str, str]]) -> str:
    """SHA-256 (hex) of the rows of `relation`, a quoted name; `columns` are its (name, type) pairs."""
    counted = [(name, type_name) for name, type_name in columns if name not in RUN_COLUMNS]
    row_text = " || ".join(_value_text(name, type_name) for name, type_name in counted) or "''"
    row = connection.execute(
        f"""
        with hashed as (select {row_text} as row_text from {relation})
        select
            count(*),
            coalesce(sum(md5_number_upper(row_text)), 0),
            coalesce(sum(md5_number_lower(row_text)), 0)
        from hashed
        """
    ).fetchone()
    assert row is not None
    digest = hashlib.sha256()
    for part in (*counted, *row):
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def combined_hash(hashes: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hex) over named hashes, in the order of their names."""
    pairs = sorted(dict(hashes).items())
    return hashlib.sha256("\n".join(f"{name}={value}" for name, value in pairs).encode()).hexdigest()


def quoted(*parts: str) -> str:
    """A dotted SQL name with every part quoted."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def _value_text(name: str, type_name: str) -> str:
    column = quoted(name)
    value = f"({column} + 0.0)" if type_name.upper() == "DOUBLE" else column
    text = f"cast({value} as varchar)"
    return f"case when {column} is null then 'n' else 'v' || length({text}) || ':' || {text} end"
