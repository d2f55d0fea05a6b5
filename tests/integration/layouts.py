"""Another packing of the same extracts: a landing folder of daily CSVs in API naming, as other tools would have landed it.

A layout is how a tool names folders and columns and what it adds; a packing is which rows lie in which file. Values stay
what they are, but for how a format writes them: Parquet and JSON are typed as the contract declares the column.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from dagster_project.lib.contracts import TEXT_TYPES, Source, SourceObject
from dagster_project.lib.ingest.matching import match_columns
from tests.integration.layout_names import airbyte_name, flat, folder_name, is_flag, plain_id, property_name, snake

Layout = Literal["api", "fivetran", "history", "airbyte", "stitch", "dlt"]
Packing = Literal["one", "daily", "overlapping"]
FILE_TIME = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Variant:
    """One way to land the extracts. `repeated`: every file twice, and a tenth of the rows twice within their file, but for
    histories without ids, of which a row that stands twice in a file was told twice."""

    layout: Layout
    packing: Packing
    format: str
    shuffled: bool = False
    repeated: bool = False

    def __str__(self) -> str:
        habits = [name for name in ("shuffled", "repeated") if getattr(self, name)]
        return "-".join([self.layout, self.packing, self.format, *habits])


@dataclass(frozen=True)
class _Extracts:
    """All rows of an object: the table `extracts` of `con` has the API's columns as text, `taken` and `arrived`.

    `taken` is the extract time of the row, `arrived` that of the file which brings it.
    """

    con: duckdb.DuckDBPyConnection
    target: SourceObject
    columns: tuple[str, ...]
    types: dict[str, str]


def rewrite(landing: Path, out: Path, sources: list[Source], variant: Variant, *, seed: int = 7) -> None:
    """Write the extracts under `landing` to `out` in the layout, packing and format of `variant`."""
    for source in sources:
        for target in source.objects:
            folder = landing / source.name / target.name
            if folder.is_dir():
                with duckdb.connect() as con:
                    _write(_read(con, folder, target), out / source.name, variant, random.Random(seed))


def _read(con: duckdb.DuckDBPyConnection, folder: Path, target: SourceObject) -> _Extracts:
    con.execute("set TimeZone = 'UTC'")
    con.execute(
        f"""
        create table extracts as
        select * exclude (filename), strptime(regexp_extract(filename, '[^/]*$'), '{FILE_TIME}.csv') as arrived
        from read_csv('{folder}/*.csv', all_varchar = true, header = true, union_by_name = true, filename = true)
        """
    )
    names = tuple(name for name in _names(con, "extracts") if name != "arrived")
    plan = match_columns(target, target.feed, names)
    types = {
        names[at]: "timestamp" if column.instant else column.type
        for column in target.columns
        if (at := plan.declared.get(column.name)) is not None
    }
    has_time = "_fivetran_synced" in names
    con.execute("alter table extracts add column taken timestamp")
    con.execute(f"update extracts set taken = {'_fivetran_synced::timestamptz::timestamp' if has_time else 'arrived'}")
    return _Extracts(con, target, tuple(name for name in names if name != "_fivetran_synced"), types)


def _names(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(row[0]) for row in con.execute(f"describe {table}").fetchall()]


def _write(extracts: _Extracts, out: Path, variant: Variant, rng: random.Random) -> None:
    if variant.layout == "history":
        _make_history(extracts, is_whole=variant.packing == "one")
    columns = LAYOUTS[variant.layout](extracts, variant)
    folder = out / folder_name(extracts.target, variant.layout)
    folder.mkdir(parents=True, exist_ok=True)
    select = ", ".join(f"{expression} as {_quoted(name)}" for name, expression in columns.items())
    order = "hash(rowid, 'shuffled')" if variant.shuffled else "rowid"
    for name, condition in _files(extracts, variant, rng):
        rows = f"select {select}, rowid from extracts where {condition}"
        if variant.repeated and not extracts.target.keeps_repeats:
            rows += f" union all select {select}, rowid from extracts where ({condition}) and rowid % 10 = 0"
        query = f"select * exclude (rowid) from ({rows}) order by {order}"
        _copy(extracts.con, query, folder / f"{name}.{variant.format}", variant.format)
        if variant.repeated:
            other = folder / f"again-{name}.{variant.format}"
            other.write_bytes((folder / f"{name}.{variant.format}").read_bytes())


def _files(extracts: _Extracts, variant: Variant, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(file name without suffix, condition on its rows)."""
    if variant.packing == "one":
        yield "all", "true"
        return
    days = [row[0] for row in extracts.con.execute("select distinct arrived from extracts order by 1").fetchall()]
    if variant.packing == "daily":
        for day in days:
            mark = f"{rng.randrange(10**6)}-" if variant.shuffled else ""
            yield f"{mark}{day.strftime(FILE_TIME)}", f"arrived = timestamp '{day}'"
        return
    for number, start in enumerate(range(0, len(days), 7)):
        some = ", ".join(f"timestamp '{day}'" for day in days[max(0, start - 3) : start + 7])
        yield f"{rng.randrange(10**6)}-part{number}", f"arrived in ({some})"


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, suffix: str) -> None:
    options = {
        "csv": "format csv, header",
        "csv.gz": "format csv, header, compression gzip",
        "jsonl": "format json",
        "jsonl.gz": "format json, compression gzip",
        "parquet": "format parquet",
    }
    con.execute(f"copy ({query}) to '{path}' ({options[suffix]})")


def _api(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """The names of the export; the time is in the file's name where there is a file per extract."""
    values = {name: _value(extracts, name, variant) for name in extracts.columns}
    is_in_path = variant.packing == "daily" and extracts.target.source != "hubspot"
    return values if is_in_path else values | {"_extracted_at": _instant("taken", variant)}


def _fivetran(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """snake_case; half of the deletions are told by `_fivetran_deleted` alone."""
    values = {snake(name): _value(extracts, name, variant) for name in extracts.columns}
    flag = next((name for name in extracts.columns if flat(name) in ("isdeleted", "fivetrandeleted")), None)
    if flag is not None and flat(flag) == "isdeleted":
        is_deleted = _value(extracts, flag, variant)
        values[snake(flag)] = f"case when rowid % 2 = 0 then {is_deleted} else {_false(variant)} end"
        values["_fivetran_deleted"] = is_deleted
    return values | {"_fivetran_synced": _instant("taken", variant)}


def _history(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """Fivetran's history mode, where the object has versions: see `_make_history`."""
    if not _has_history(extracts):
        return _fivetran(extracts, variant)
    values = {"is_deleted" if is_flag(n) else snake(n): _value(extracts, n, variant) for n in extracts.columns}
    return values | {
        "_fivetran_start": _instant("started", variant),
        "_fivetran_end": _instant("ended", variant),
        "_fivetran_active": "is_newest",
        "_fivetran_synced": _instant("taken", variant),
    }


def _airbyte(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """Parquet has the record's columns; CSV and JSON lines hold the record as one JSON value, HubSpot's properties inside."""
    record: dict[str, str] = {}
    properties: dict[str, str] = {}
    for name in extracts.columns:
        value = _value(extracts, name, variant)
        bare = property_name(extracts.target, name)
        if bare is not None:
            properties[bare] = value
        else:
            record[airbyte_name(extracts.target, name)] = value
    added = {
        "_airbyte_raw_id": "md5(rowid::varchar)",
        "_airbyte_extracted_at": "epoch_ms(taken)" if "jsonl" in variant.format else _instant("taken", variant),
        "_airbyte_meta": "'{\"changes\": []}'",
        "_airbyte_generation_id": "'0'",
    }
    if variant.format == "parquet":
        nested = {"properties": _json(properties)} if properties else {}
        return added | record | nested | {f"properties_{name}": value for name, value in properties.items()}
    if properties:
        record["properties"] = _json(properties)
    return added | {"_airbyte_data": _json(record)}


def _stitch(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """Lower case; a column of mixed types is one column per type; HubSpot's properties are objects made flat."""
    values: dict[str, str] = {}
    for name in extracts.columns:
        value = _value(extracts, name, variant)
        bare = property_name(extracts.target, name)
        if bare is not None:
            values[f"property_{bare}__value"] = value
        elif flat(name) in ("oldvalue", "newvalue") and extracts.target.source == "salesforce":
            is_number = f"regexp_full_match({value}, '-?[0-9]+(\\.[0-9]+)?')"
            values[f"{name.lower()}__st"] = f"case when not {is_number} then {value} end"
            values[f"{name.lower()}__de"] = f"case when {is_number} then {value} end"
        elif is_flag(name) and extracts.target.source != "salesforce":
            values["_sdc_deleted_at"] = f"case when {_quoted(name)} = 'true' then {_instant('taken', variant)} end"
        else:
            values[plain_id(extracts.target, name).lower()] = value
    return values | {
        "_sdc_batched_at": _instant("taken", variant),
        "_sdc_received_at": _instant("taken", variant),
        "_sdc_sequence": "epoch_ms(taken)",
        "_sdc_table_version": "null::varchar",
    }


def _dlt(extracts: _Extracts, variant: Variant) -> dict[str, str]:
    """snake_case; the load's id is its time in seconds."""
    values = {
        re.sub("_+$", "", snake(property_name(extracts.target, name) or plain_id(extracts.target, name), "__")): _value(
            extracts, name, variant
        )
        for name in extracts.columns
    }
    return values | {
        "_dlt_load_id": "printf('%.6f', epoch_us(taken) / 1000000.0)",
        "_dlt_id": "left(md5(rowid::varchar), 14)",
    }


LAYOUTS: dict[Layout, Callable[[_Extracts, Variant], dict[str, str]]] = {
    "api": _api,
    "fivetran": _fivetran,
    "history": _history,
    "airbyte": _airbyte,
    "stitch": _stitch,
    "dlt": _dlt,
}


def _value(extracts: _Extracts, name: str, variant: Variant) -> str:
    """A column as the format writes its type; text where the format has none, or the column isn't declared."""
    column, data_type = _quoted(name), extracts.types.get(name, "text")
    if data_type == "timestamp" or (data_type == "date" and "jsonl" in variant.format):
        return _instant(f"try_cast({column} as timestamptz)::timestamp", variant)
    if variant.format in ("csv", "csv.gz") or data_type in TEXT_TYPES:
        return column
    types = {"decimal": "double", "double": "double", "integer": "bigint", "boolean": "boolean", "date": "date"}
    return f"{column}::timestamptz::date" if data_type == "date" else f"{column}::{types[data_type]}"


def _instant(expression: str, variant: Variant) -> str:
    if variant.format == "parquet":
        return f"({expression})::timestamptz"
    pattern = "%Y-%m-%d %H:%M:%S.%f+00" if variant.layout in ("fivetran", "history") else "%Y-%m-%dT%H:%M:%S.%fZ"
    return f"strftime({expression}, '{pattern}')"


def _false(variant: Variant) -> str:
    return "'false'" if variant.format in ("csv", "csv.gz") else "false"


def _json(values: dict[str, str]) -> str:
    return "to_json({" + ", ".join(f"'{name}': {value}" for name, value in values.items()) + "})"


def _quoted(name: str) -> str:
    return '"' + name + '"'


def _has_history(extracts: _Extracts) -> bool:
    version = extracts.target.version
    return version is not None and version in {_target_name(extracts, name) for name in extracts.columns}


def _target_name(extracts: _Extracts, name: str) -> str | None:
    return next((column.name for column in extracts.target.columns if flat(column.name) == flat(name)), None)


def _make_history(extracts: _Extracts, *, is_whole: bool) -> None:
    """Rows as history mode keeps them: a deletion is no row but the end of the one before, and so is every new version.

    A table that is unloaded whole has each version once, as it was when its end was known; unloaded by what was synced,
    also before that. A deletion that changed something else as well, or is all that is known, is a row.
    """
    if not _has_history(extracts):
        return
    at = _quoted(next(name for name in extracts.columns if _target_name(extracts, name) == extracts.target.version))
    keys = ", ".join(_quoted(name) for name in extracts.columns if _target_name(extracts, name) in extracts.target.key)
    flags = [name for name in extracts.columns if is_flag(name)]
    moving = {at, *(_quoted(name) for name in flags), '"LastModifiedDate"', '"LastModifiedById"'}
    content = ", ".join(name for name in map(_quoted, extracts.columns) if name not in moving)
    same = f"hash({content}) = lag(hash({content})) over newest"
    gone = f"coalesce({_quoted(flags[0])} = 'true' and {same}, false)" if flags else "false"
    extracts.con.execute(
        f"""
        create table spans as
        with versions as (
            select *, {at}::timestamptz::timestamp as started,
                {gone} as is_gone
            from extracts
            window newest as (partition by {keys} order by {at}, taken)
        ),
        followed as (
            select *, lead(started) over newest as next_start, lead(taken) over newest as next_taken,
                lead(arrived) over newest as next_arrived, lead(is_gone) over newest as is_last
            from versions
            window newest as (partition by {keys} order by {at}, taken)
        )
        select * from followed where not is_gone
        """
    )
    kept = "* exclude (is_gone, next_start, next_taken, next_arrived, is_last)"
    ended = "case when is_last then next_start else next_start - interval 1 millisecond end"
    extracts.con.execute(
        f"""
        create or replace table extracts as
        select {kept}, timestamp '9999-12-31 23:59:59.999' as ended, true as is_newest from spans
        where next_start is null or ({not is_whole} and arrived < next_arrived)
        union all
        select {kept} replace (greatest(taken, next_taken) as taken, greatest(arrived, next_arrived) as arrived),
            {ended} as ended, false as is_newest
        from spans
        where next_start is not null
        """
    )
