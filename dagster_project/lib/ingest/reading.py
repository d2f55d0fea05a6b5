"""One file -> `plumbline_batch`: DuckDB's strict reader, or the exact reader where that one meets a bad record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.lib.contracts import Feed, SourceObject
from dagster_project.lib.ingest.batch import Fallback, batch_sql
from dagster_project.lib.ingest.content import Content, CsvShape, FileRefusedError, csv_shape, temporary_link
from dagster_project.lib.ingest.discovery import LandingFile
from dagster_project.lib.ingest.encodings import in_utf8
from dagster_project.lib.ingest.exact import (
    Footers,
    Record,
    csv_records,
    json_problem,
    json_records,
    write_csv,
    write_lines,
    write_places,
)
from dagster_project.lib.ingest.layouts import has_container, plain_columns, plain_relation
from dagster_project.lib.ingest.matching import ColumnPlan, match_columns
from dagster_project.lib.ingest.nested import NestedRefusedError, NothingNestedError, entries_relation, require_list
from dagster_project.lib.ingest.readers import (
    Relation,
    bad_json_lines,
    csv_relation,
    exact_csv_relation,
    exact_json_relation,
    json_relation,
    parquet_records,
    parquet_relation,
)
from dagster_project.lib.ingest.repeats import number_repeats

UNPLACED = (duckdb.InvalidInputException, duckdb.IOException, duckdb.NotImplementedException)
"""What DuckDB's readers raise where they can't go on in a file; a full disk comes up again in the exact reader."""


@dataclass(frozen=True)
class Job:
    """What is read for whom: a file, the feed that claims it, the object it fills."""

    target: SourceObject
    feed: Feed
    file: LandingFile
    content: Content
    fallback: Fallback
    is_inline: bool = False


@dataclass(frozen=True)
class Reading:
    """What came of it beside the batch: the file's columns and their plan, and where unreadable records are written.

    `records` reads the file again for the records of some numbers, which it gives among others; None: there are none.
    `footer_count` are lines of another width than records that the mapping knows for a footer.
    """

    columns: tuple[str, ...]
    plan: ColumnPlan
    records: Callable[[Collection[int]], Iterator[Record]] | None
    unread: Path | None = None
    unread_count: int = 0
    footer_count: int = 0


def read_batch(con: duckdb.DuckDBPyConnection, job: Job, folder: Path) -> Reading:
    """Make `plumbline_batch` of a file; `folder` is for temporary files. Raises FileRefusedError.

    Raises NothingNestedError where the rows would be entries of lists and the file holds none.
    """
    if job.file.format != "parquet":
        job = replace(job, file=in_utf8(job.file, job.feed.csv.encoding, folder))
    path = temporary_link(job.file.path, folder)
    if job.file.format == "parquet":
        return _read_parquet(con, job, path)
    if job.file.format == "csv":
        return _read_csv(con, job, path, folder)
    return _read_json(con, job, path, folder)


def write_missing_places(reading: Reading, wanted: set[int], folder: Path) -> Path | None:
    """Find line and text of the wanted records; None where none is wanted."""
    if not wanted or reading.records is None:
        return None
    places = folder / "places.jsonl"
    write_places(reading.records(wanted), wanted, places)
    return places


def _batch(con: duckdb.DuckDBPyConnection, job: Job, relation: Relation) -> tuple[ColumnPlan, tuple[str, ...]]:
    """Make the batch; returns which file column fills what, and the names of the file's columns."""
    if job.feed.nesting is not None:
        return _nested_batch(con, job, relation)
    if job.is_inline:
        labels = relation.columns
    else:
        relation, labels = plain_relation(con, relation, job.target, job.feed)
    plan = match_columns(job.target, job.feed, relation.columns, is_inline=job.is_inline)
    con.execute(batch_sql(job.target, job.feed, plan, relation, job.fallback))
    number_repeats(con, job.target)
    return plan, labels


def _nested_batch(con: duckdb.DuckDBPyConnection, job: Job, relation: Relation) -> tuple[ColumnPlan, tuple[str, ...]]:
    """The batch of the entries of the file's lists."""
    entries = entries_relation(con, relation, job.feed)
    if entries is None:
        return _empty_batch(con, job), ()
    try:
        found, labels = plain_relation(con, entries, job.target, job.feed)
        plan = match_columns(job.target, job.feed, found.columns)
    except FileRefusedError as error:
        raise NestedRefusedError(f"its lists of {job.target.name}: {error}") from error
    con.execute(batch_sql(job.target, job.feed, plan, found, job.fallback))
    number_repeats(con, job.target)
    return plan, labels


def _empty_batch(con: duckdb.DuckDBPyConnection, job: Job) -> ColumnPlan:
    relation = Relation("select null::bigint as r, null::bigint as l, null::varchar as raw where false", ())
    plan = ColumnPlan({}, {}, (), (), tuple(column.name for column in job.target.columns))
    feed = Feed(job.feed.source, job.feed.object_name, job.feed.files, job.feed.is_full_extract, ())
    con.execute(batch_sql(job.target, feed, plan, relation, job.fallback))
    return plan


def _read_parquet(con: duckdb.DuckDBPyConnection, job: Job, path: Path) -> Reading:
    try:
        relation = parquet_relation(con, path)
        plan, labels = _batch(con, job, relation)
    except duckdb.Error as error:
        if not _is_about_content(error):
            raise
        raise FileRefusedError(f"the Parquet file can't be read: {_first_line(error, path)} Fetch it again.") from error

    def records(wanted: Collection[int]) -> Iterator[Record]:
        return (Record(number, None, text) for number, text in parquet_records(con, path, wanted))

    return Reading(labels, plan, None if job.feed.nesting else records)


def _read_csv(con: duckdb.DuckDBPyConnection, job: Job, path: Path, folder: Path) -> Reading:
    shape = csv_shape(job.file, job.feed.csv)
    _check_header(job, shape.columns)
    if shape.is_clean_start:
        relation = csv_relation(path, shape, is_gzip=job.file.is_gzip)
        try:
            plan, labels = _batch(con, job, relation)
            return Reading(labels, plan, _records_of(job, shape))
        except UNPLACED:
            pass  # A record, or a gzip member, that the strict reader can't place: the exact reader says which.
    return _read_csv_exactly(con, job, shape, folder)


def _check_header(job: Job, names: tuple[str, ...]) -> None:
    """Refuse a file by its header alone, where that tells all columns."""
    if job.feed.nesting is not None:
        require_list(job.feed.nesting, names)
    elif job.feed.columns is not None:
        match_columns(job.target, job.feed, names)
    elif not has_container(job.target, names):
        match_columns(job.target, job.feed, [name for name, _ in plain_columns(job.target, names)])


def _read_json(con: duckdb.DuckDBPyConnection, job: Job, path: Path, folder: Path) -> Reading:
    if job.content.is_empty:
        return _read_nothing(con, job)
    try:
        relation = json_relation(con, job.file, path)
        if relation is not None and relation.columns:
            plan, labels = _batch(con, job, relation)
            return Reading(labels, plan, _records_of(job, None))
    except UNPLACED:
        pass  # A line that isn't JSON: the exact reader says which.
    return _read_json_exactly(con, job, folder)


def _read_nothing(con: duckdb.DuckDBPyConnection, job: Job) -> Reading:
    """A JSONL file without a line has no columns to miss."""
    if job.feed.nesting is not None:
        raise NothingNestedError
    return Reading((), _empty_batch(con, job), None)


def _read_csv_exactly(con: duckdb.DuckDBPyConnection, job: Job, shape: CsvShape, folder: Path) -> Reading:
    good, bad = folder / "good.csv", folder / "bad.jsonl"
    footers = Footers(shape, job.feed.footer)
    found = footers.left_out(csv_records(job.file, shape, checks_width=True))
    count = write_csv(found, good, bad, shape.delimiter)
    relation = exact_csv_relation(good, shape)
    try:
        plan, labels = _batch(con, job, relation)
    except (duckdb.InvalidInputException, duckdb.NotImplementedException) as error:
        raise FileRefusedError(f"DuckDB can't read a record: {_first_line(error, good)} Correct the file.") from error
    return _exact_reading(job, Reading(labels, plan, _records_of(job, shape), bad, count, footers.count))


def _read_json_exactly(con: duckdb.DuckDBPyConnection, job: Job, folder: Path) -> Reading:
    lines, bad = folder / "lines.jsonl", folder / "bad.jsonl"
    count = write_lines(json_records(job.file), lines)
    unread = [
        Record(number, line, text, reason or json_problem(text))
        for number, line, text, reason in bad_json_lines(con, lines)
    ]
    if count and count == len(unread):
        first = unread[0]
        raise FileRefusedError(
            f"no line is a JSON object; line {first.line}: {first.reason}. Write one object per line."
        )
    if not count:
        return _read_nothing(con, job)
    write_lines(unread, bad)
    relation = exact_json_relation(con, lines)
    plan, labels = _batch(con, job, relation)
    return _exact_reading(job, Reading(labels, plan, _records_of(job, None), bad, len(unread)))


def _exact_reading(job: Job, reading: Reading) -> Reading:
    """A record that can't be read is quarantined once: as one of the object whose records the file holds."""
    return reading if job.feed.nesting is None else Reading(reading.columns, reading.plan, None)


def _records_of(job: Job, shape: CsvShape | None) -> Callable[[Collection[int]], Iterator[Record]] | None:
    """Reads a file again for the places of records that DuckDB took, so their width needs no second look."""
    if job.feed.nesting is not None:
        return None
    if shape is None:
        return lambda wanted: json_records(job.file)
    return lambda wanted: csv_records(job.file, shape, checks_width=False)


def _is_about_content(error: duckdb.Error) -> bool:
    """Whether a reader complains about the file rather than about the disk; of some damage it says only that it is."""
    known = (duckdb.InvalidInputException, duckdb.IOException, duckdb.SerializationException)
    return (type(error) is duckdb.Error or isinstance(error, known)) and "No space left" not in str(error)


def _first_line(error: duckdb.Error, path: Path) -> str:
    """What DuckDB says first, without the folder; bytes of a damaged file that it quotes are left out."""
    said = "".join(character for character in str(error).splitlines()[0] if character.isprintable())
    return said.replace(str(path), path.name).rstrip(". :") + "."
