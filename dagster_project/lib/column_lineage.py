"""Which columns of its inputs each column of a dbt model is made from, read off the SQL that dbt compiled.

Only what a column's expression names counts: a join's or filter's condition decides which rows there are, not what a
column says. A column that can't be followed to the end is left out, never guessed. What this looks like in Dagster
belongs elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from dagster_project.lib.files import write_json

Source = tuple[str, str]
"""An input column: name of its table (the key it was given under) and of the column."""

Lineage = dict[str, list[Source]]


@dataclass(frozen=True)
class InputTable:
    """A relation that a model reads: what it is called here, its name in SQL, its columns in order."""

    key: str
    relation: str
    columns: Sequence[str]


def trace_columns(sql: str, inputs: Iterable[InputTable], dialect: str = "duckdb") -> Lineage:
    """The input columns of every output column of a query, sorted; columns that can't be followed are missing.

    An output column made of constants has an empty list. SQL that sqlglot can't read, or that is recursive, gives an
    empty dict.
    """
    tables = {_identity(exp.to_table(table.relation, dialect=dialect)): table for table in inputs}
    schema: dict[str, Any] = {}
    for (catalog, database, name), table in tables.items():
        columns = dict.fromkeys(table.columns, "unknown")
        schema.setdefault(catalog, {}).setdefault(database, {})[name] = columns
    try:
        query = qualify(
            parse_one(sql, dialect=dialect),
            dialect=dialect,
            schema=schema,
            validate_qualify_columns=False,
            identify=False,
        )
        scope = build_scope(query)
    except SqlglotError:
        return {}
    if scope is None or any(part.recursive for part in query.find_all(exp.With)):
        return {}
    tracer = _Tracer(tables)
    traced = {name: tracer.column(scope, name) for name in _named(scope)}
    return {name.lower(): sorted(found) for name, found in traced.items() if found is not None}


_READER = f"{version('sqlglot')} ".encode() + Path(__file__).read_bytes()
"""What has read a model's SQL: another version may say more."""


class LineageCache:
    """Lineage by model, kept in one file; a model whose SQL and inputs are as they were is not read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, _Entry] = {}
        self._is_changed = False
        if path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            self._entries = {key: _Entry(**entry) for key, entry in stored.items()}

    def lineage(self, model: str, sql: str, inputs: Sequence[InputTable]) -> Lineage:
        """What `trace_columns` says of the SQL of `model`."""
        digest = hashlib.sha256(_READER)
        digest.update(sql.encode())
        for table in sorted(inputs, key=lambda table: table.key):
            digest.update(json.dumps([table.key, table.relation, list(table.columns)]).encode())
        entry = self._entries.get(model)
        if entry is None or entry.made_from != digest.hexdigest():
            entry = _Entry(digest.hexdigest(), trace_columns(sql, inputs))
            self._entries[model] = entry
            self._is_changed = True
        return {column: [(table, name) for table, name in found] for column, found in entry.lineage.items()}

    def save(self) -> None:
        """Write the file where anything is new."""
        if self._is_changed:
            write_json(self._path, {key: entry.__dict__ for key, entry in sorted(self._entries.items())})
            self._is_changed = False


@dataclass(frozen=True)
class _Entry:
    made_from: str
    lineage: Mapping[str, Sequence[Sequence[str] | Source]]


_Identity = tuple[str, str, str]
_Found = frozenset[Source] | None
_NOTHING: _Found = frozenset()


@dataclass
class _Tracer:
    """Follows columns through the scopes of one query. None stands for "can't be followed"."""

    tables: Mapping[_Identity, InputTable]
    _known: dict[tuple[int, str], _Found] = field(default_factory=dict)

    def column(self, scope: Scope, name: str) -> _Found:
        """What the column `name` of a scope is made from."""
        key = (id(scope), name.lower())
        if key not in self._known:
            self._known[key] = self._follow(scope, name)
        return self._known[key]

    def _follow(self, scope: Scope, name: str) -> _Found:
        names = [output.lower() for output in _named(scope)]
        if names.count(name.lower()) != 1:
            return None
        position = names.index(name.lower())
        if isinstance(scope.expression, exp.SetOperation):
            branches = [(branch, _named(branch)) for branch in scope.set_operation_scopes]
            return _union(
                self.column(branch, outputs[position]) if position < len(outputs) else None
                for branch, outputs in branches
            )
        if not isinstance(scope.expression, exp.Select):
            return None
        projection = scope.expression.selects[position]
        return self._expressions(scope, [projection, *_named_windows(scope.expression, projection)])

    def _expressions(self, scope: Scope, expressions: Iterable[exp.Expr]) -> _Found:
        return _union(self._part(scope, part) for expression in expressions for part in _parts(expression))

    def _part(self, scope: Scope, part: exp.Expr) -> _Found:
        if isinstance(part, exp.Column):
            return self._reference(scope, part)
        if isinstance(part, exp.Star):
            return _NOTHING if isinstance(part.parent, exp.Count) else None
        inner = next((inner for inner in scope.subquery_scopes if inner.expression is part), None)
        if inner is None or isinstance(part.parent, exp.Exists):
            return None
        return _union(self.column(inner, name) for name in _named(inner))

    def _reference(self, scope: Scope, column: exp.Column) -> _Found:
        source = scope.sources.get(column.table)
        if isinstance(source, Scope):
            if isinstance(source.expression, exp.Query):
                return self.column(source, column.name)
            return _made_of_constants(source.expression)
        if not isinstance(source, exp.Table):
            return None
        if isinstance(source.this, exp.Func):
            return _made_of_constants(source.this)
        table = self.tables.get(_identity(source))
        if table is None or column.name.lower() not in (name.lower() for name in table.columns):
            return None
        return frozenset({(table.key, column.name.lower())})


def _identity(table: exp.Table) -> _Identity:
    return table.catalog.lower(), table.db.lower(), table.name.lower()


def _named(scope: Scope) -> list[str]:
    return list(scope.expression.named_selects) if isinstance(scope.expression, exp.Query) else []


def _named_windows(select: exp.Select, projection: exp.Expr) -> list[exp.Expr]:
    """The definitions of the windows that a projection uses by name (`over field_order`)."""
    used = {window.alias.lower() for window in projection.find_all(exp.Window) if window.alias}
    return [window for window in select.args.get("windows") or [] if window.name.lower() in used]


def _parts(expression: exp.Expr) -> Iterator[exp.Expr]:
    """The columns, stars and subqueries that an expression names; what is inside a subquery is that one's own."""
    for part in expression.walk(prune=lambda part: isinstance(part, exp.Select | exp.SetOperation)):
        if isinstance(part, exp.Column | exp.Star | exp.Select | exp.SetOperation):
            yield part


def _made_of_constants(expression: exp.Expr) -> _Found:
    """Nothing where rows come from literals, as in `range(0, 3)`; unknown where they are made of other columns."""
    return None if expression.find(exp.Column, exp.Query) else _NOTHING


def _union(parts: Iterable[_Found]) -> _Found:
    found: set[Source] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)
