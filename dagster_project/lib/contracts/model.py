"""The typed model of contracts and mappings: frozen dataclasses without behaviour beyond simple look-ups."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

ColumnType = Literal["text", "id", "salesforce_id", "integer", "decimal", "double", "boolean", "date", "timestamp"]

COLUMN_TYPES: dict[str, str] = {
    "text": "varchar",
    "id": "varchar",
    "salesforce_id": "varchar",
    "integer": "bigint",
    "decimal": "decimal(28,6)",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
"""Declared type -> DuckDB type of the raw column. Timestamps are UTC and carry no zone. Ids have one spelling each."""

TEXT_TYPES: tuple[ColumnType, ...] = ("text", "id", "salesforce_id")
"""Types that any text can be read as."""

EARLIEST_DATE = date(2000, 1, 1)
"""No CRM is older: a system instant before this day is none, where a contract doesn't say otherwise."""

META_COLUMNS: dict[str, str] = {
    "_source": "varchar",
    "_key": "varchar",
    "_version_at": "timestamp",
    "_sequence": "varchar",
    "_extracted_at": "timestamp",
    "_is_extract_time_declared": "boolean",
    "_file": "varchar",
    "_file_id": "varchar",
    "_record": "bigint",
    "_row_hash": "varchar",
    "_is_deleted": "boolean",
    "_custom": "varchar",
    "_load_sequence": "bigint",
    "_times": "varchar",
}
"""Columns that ingest adds to every raw table, after the declared ones."""


def normalize_name(name: str) -> str:
    """`StageName`, `stage_name` and `STAGENAME` -> `stagename`."""
    return name.strip().lower().replace("_", "")


@dataclass(frozen=True)
class Column:
    """A declared column. `accept` are other names under which a file may bring it.

    `required`: no file and no row is without it. `in_file`: no file is without the column, a row may leave it empty.
    `free_text`: a name or prose, in which a word such as `None` is a word. `system`: the source's own clock wrote it,
    so it can't lie before the source began or after the extract. `instant`: a date that the source keeps as an instant,
    so that midnight is a time of day too.
    """

    name: str
    type: ColumnType
    required: bool = False
    in_file: bool = False
    personal: bool = False
    accept: tuple[str, ...] = ()
    free_text: bool = False
    system: bool = False
    instant: bool = False


@dataclass(frozen=True)
class ExtractRule:
    """One way to know when an extract was taken; the first rule of a list that gives a value wins.

    `column`: `value` names a file column. `path`: `value` is a pattern over the path relative to the landing folder,
    with groups date, hour, minute, second. `constant`: `at` is the instant (UTC, naive).
    """

    kind: Literal["column", "path", "constant"]
    value: str
    at: datetime | None = None


@dataclass(frozen=True)
class CsvOptions:
    """How a delimited file is written. `delimiter` None: comma, or what the header shows. `header`: names of a file
    that has no header line of its own. `encoding` None: UTF-8; a byte-order mark overrules either. `skip`: lines above
    the header that say something else."""

    delimiter: str | None = None
    quote: str = '"'
    header: tuple[str, ...] | None = None
    encoding: str | None = None
    skip: int = 0


@dataclass(frozen=True)
class Numbers:
    """How numbers are written: the decimal mark, marks between groups of digits, whether a currency may stand beside
    a number, and suffixes with what they multiply by (`K`: `1000`)."""

    decimal: str = "."
    group: tuple[str, ...] = ()
    currency: bool = False
    suffixes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Condition:
    """A row is kept where the file's `column` (as text, empty is NULL) meets the condition."""

    column: str
    operator: Literal["equals", "in", "not_in", "not_null", "is_null"]
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nesting:
    """Lists inside the records of another object whose entries are rows of this one.

    `lists` are paths (`contacts`, `associations.contacts.results`: a file column, then JSON keys); in each record the
    first that is there counts. An entry that is an object brings its keys as columns, any other the column `value`.
    `columns`: column of this object -> names of the column of the other that says whose list it is.
    """

    parent: str
    lists: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Feed:
    """Files that fill one object: a contract's own files, or one entry of a mapping.

    `files` are globs relative to the landing folder. `columns` pairs declared and file columns, a declared one several
    times where the first of several that has a value counts; None means that file columns are matched by name. `key`
    are file columns that make the id of a row without one; empty: all that `columns` names. `translate` maps declared
    column -> raw value -> value, `*` being any other raw value. `formats` are those of declared columns, `time_formats`
    those of extract-time columns. `footer` are patterns of a first value that makes a line without an id no record.
    Without `keeps_undeclared`, columns that nothing maps are dropped, so that a file which repeats an entity on many
    rows gives it once. `is_optional`: a file without the columns that it needs brings nothing, and is not refused.
    `nesting`: the rows are entries of lists inside the files' records.
    """

    source: str
    object_name: str
    files: tuple[str, ...]
    is_full_extract: bool
    extract_time: tuple[ExtractRule, ...]
    meta_columns: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] | None = None
    constants: tuple[tuple[str, str | None], ...] = ()
    translate: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...] = ()
    formats: tuple[tuple[str, tuple[str, ...]], ...] = ()
    time_formats: tuple[str, ...] = ()
    numbers: Numbers | None = None
    key: tuple[str, ...] | None = None
    footer: tuple[str, ...] = ()
    timezone: str | None = None
    where: tuple[Condition, ...] = ()
    csv: CsvOptions = CsvOptions()
    keeps_undeclared: bool = True
    is_optional: bool = False
    nesting: Nesting | None = None


@dataclass(frozen=True)
class InlineRows:
    """Rows that a mapping writes down itself: (declared column, text or None) per row. `label` stands for a path."""

    source: str
    object_name: str
    label: str
    extract_time: tuple[ExtractRule, ...]
    rows: tuple[tuple[tuple[str, str | None], ...], ...]


@dataclass(frozen=True)
class SourceObject:
    """An object of a shipped contract and the raw table that holds it (schema `raw`, every source that extends it).

    `nested`: the files of other objects whose lists hold rows of this one. `unpacked`: JSON columns whose keys are
    columns `<name>_<key>`. `keeps_repeats`: several rows of one key in one file are so many records.
    """

    source: str
    name: str
    table: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    feed: Feed
    version: str | None = None
    sequence: str | None = None
    deleted: str | None = None
    required: bool = False
    nested: tuple[Feed, ...] = ()
    unpacked: tuple[str, ...] = ()
    keeps_repeats: bool = False
    earliest_date: date = EARLIEST_DATE

    @property
    def raw_table(self) -> str:
        """Name of the raw table, without its schema: `salesforce__opportunity`."""
        return f"{self.source}__{self.table}"

    def column(self, name: str) -> Column | None:
        """The declared column of that exact name."""
        return next((column for column in self.columns if column.name == name), None)

    def is_personal(self, column_name: str) -> bool:
        """Whether values of a column may hold personal data: so declared, or not declared at all."""
        column = self.column(column_name)
        return column is None or column.personal

    def definition_hash(self, feed: Feed | InlineRows) -> str:
        """Hash of everything that decides what rows a file of `feed` becomes; globs and descriptions are left out."""
        if isinstance(feed, Feed):
            reading = repr([value for name, value in vars(feed).items() if name != "files"])
        else:
            reading = repr(("inline", feed.extract_time))
        shape = (self.unpacked, self.keeps_repeats, self.earliest_date)
        parts = (self.columns, self.key, self.version, self.sequence, self.deleted, shape, reading)
        return hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Lift:
    """A custom field of an object's records that becomes a column of its staging model, and of its entity.

    `column` is that column's name, `names` those under which `_custom` may hold the field. `place` is the file and key
    that ask for it.
    """

    source: str
    object_name: str
    raw_table: str
    column: str
    type: ColumnType
    personal: bool
    names: tuple[str, ...]
    description: str
    place: str = field(compare=False, repr=False)


@dataclass(frozen=True)
class Source:
    """A source system: a shipped contract (`objects` filled, its files below the folder `landing`), or a mapping
    (`extends` names the contract, `feeds` and `rows` say what it brings; `objects` is empty, since it loads into the
    objects of the contract it extends). Either may lift custom fields of the contract's objects."""

    name: str
    description: str
    owner: str
    objects: tuple[SourceObject, ...] = ()
    extends: str | None = None
    freshness_days: int | None = None
    feeds: tuple[Feed, ...] = ()
    rows: tuple[InlineRows, ...] = ()
    lifts: tuple[Lift, ...] = ()
    path: str = ""
    landing: str = ""

    def object(self, name: str) -> SourceObject | None:
        """The object of that exact name."""
        return next((entry for entry in self.objects if entry.name == name), None)
