"""Which columns of the warehouse may differ when columns of the raw tables do, read off the SQL that dbt compiled.

Wider than `column_lineage`: there a column is made from what its expression names; here it may also differ because a filter, a
join, a group, a window or a limit decides other rows. Where SQL can't be followed every input counts, so what lies outside the reach
of a column can't know of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

Column = tuple[str, str]
"""Table as `schema.name`, and column; the column `ROWS` stands for which rows the table has."""
ROWS = "*"
Columns = Mapping[str, list[str]]
"""Columns of every table of the warehouse, in order."""


def reads(sql: str, columns: Columns) -> dict[str, frozenset[Column]]:
    """The columns of its inputs that each output column of a query, and its choice of rows (`ROWS`), depends on."""
    schema: dict[str, Any] = {}
    for table, names in columns.items():
        database, name = table.split(".")
        schema.setdefault(database, {})[name] = dict.fromkeys(names, "unknown")
    try:
        parsed = parse_one(sql, dialect="duckdb")
        for table in parsed.find_all(exp.Table):
            table.set("catalog", None)
        query = qualify(parsed, dialect="duckdb", schema=schema, validate_qualify_columns=False, identify=False)
        scope = build_scope(query)
    except SqlglotError:
        scope = None
    if scope is None:
        return {}
    reader = _Reader(columns)
    rows = reader.rows(scope)
    return {ROWS: rows} | {name.lower(): rows | reader.column(scope, name) for name in _names(scope)}


@dataclass
class _Reader:
    columns: Columns
    _rows: dict[int, frozenset[Column]] = field(default_factory=dict)
    _known: dict[tuple[int, str], frozenset[Column]] = field(default_factory=dict)

    def rows(self, scope: Scope) -> frozenset[Column]:
        """What decides which rows a scope yields."""
        key = id(scope)
        if key not in self._rows:
            self._rows[key] = frozenset()
            self._rows[key] = self._read_rows(scope)
        return self._rows[key]

    def column(self, scope: Scope, name: str) -> frozenset[Column]:
        """What the column `name` of a scope depends on, its rows aside."""
        key = (id(scope), name.lower())
        if key not in self._known:
            self._known[key] = frozenset()
            self._known[key] = self._read_column(scope, name)
        return self._known[key]

    def _read_rows(self, scope: Scope) -> frozenset[Column]:
        expression = scope.expression
        found: set[Column] = set()
        if isinstance(expression, exp.SetOperation):
            for branch in scope.set_operation_scopes:
                found |= self.rows(branch)
                if expression.args.get("distinct"):
                    found |= self._all(branch)
            return frozenset(found)
        if not isinstance(expression, exp.Select):
            return self._all(scope)
        for source in scope.sources.values():
            found |= self._rows_of(source)
        skipped = {id(select) for select in expression.selects}
        windows = {id(window) for window in expression.args.get("windows") or []}
        for part in expression.iter_expressions():
            if id(part) not in skipped | windows and not isinstance(part, exp.With):
                found |= self._expression(scope, part)
        if expression.args.get("distinct") or expression.args.get("qualify") or expression.args.get("group"):
            for window in expression.args.get("windows") or []:
                found |= self._expression(scope, window)
        if expression.args.get("distinct"):
            for projection in expression.selects:
                found |= self._expression(scope, projection)
        return frozenset(found)

    def _read_column(self, scope: Scope, name: str) -> frozenset[Column]:
        names = [output.lower() for output in _names(scope)]
        expression = scope.expression
        if name.lower() not in names:
            return self._all(scope)
        position = names.index(name.lower())
        if isinstance(expression, exp.SetOperation):
            found: set[Column] = set()
            for branch in scope.set_operation_scopes:
                outputs = _names(branch)
                found |= self.column(branch, outputs[position]) if position < len(outputs) else self._all(branch)
            return frozenset(found)
        if not isinstance(expression, exp.Select):
            return self._all(scope)
        projection = expression.selects[position]
        found = set(self._expression(scope, projection))
        used = {window.alias.lower() for window in projection.find_all(exp.Window) if window.alias}
        for window in expression.args.get("windows") or []:
            if window.name.lower() in used:
                found |= self._expression(scope, window)
        return frozenset(found)

    def _expression(self, scope: Scope, expression: exp.Expr) -> frozenset[Column]:
        found: set[Column] = set()
        for part in expression.walk(prune=lambda part: isinstance(part, exp.Select | exp.SetOperation)):
            if isinstance(part, exp.Column):
                found |= self._reference(scope, part)
            elif isinstance(part, exp.Star) and not isinstance(part.parent, exp.Count):
                for source in scope.sources.values():
                    found |= self._all_of(source)
            elif isinstance(part, exp.Select | exp.SetOperation):
                inner = [one for one in scope.subquery_scopes if one.expression is part]
                for one in inner:
                    found |= self.rows(one) | self._all(one)
        return frozenset(found)

    def _reference(self, scope: Scope, column: exp.Column) -> frozenset[Column]:
        at: Scope | None = scope
        while at is not None:
            source = at.sources.get(column.table)
            if source is not None:
                return self._column_of(source, column.name)
            at = at.parent
        found: set[Column] = set()
        for source in scope.sources.values():
            found |= self._column_of(source, column.name)
        return frozenset(found)

    def _column_of(self, source: Scope | exp.Expr, name: str) -> frozenset[Column]:
        if isinstance(source, Scope):
            return self.column(source, name)
        table = _table(source)
        if table in self.columns and name.lower() in self.columns[table]:
            return frozenset({(table, name.lower())})
        return frozenset()

    def _rows_of(self, source: Scope | exp.Expr) -> frozenset[Column]:
        return self.rows(source) if isinstance(source, Scope) else frozenset({(_table(source), ROWS)})

    def _all(self, scope: Scope) -> frozenset[Column]:
        """Everything that a scope's outputs, or where it has none its sources, depend on."""
        found: set[Column] = set()
        if isinstance(scope.expression, exp.Query):
            for name in _names(scope):
                found |= self.column(scope, name)
        else:
            for source in scope.sources.values():
                found |= self._all_of(source)
        return frozenset(found)

    def _all_of(self, source: Scope | exp.Expr) -> frozenset[Column]:
        if isinstance(source, Scope):
            return self._all(source)
        table = _table(source)
        return frozenset((table, name) for name in self.columns.get(table, []))


def _table(source: exp.Expr) -> str:
    return f"{source.text('db')}.{source.name}".lower()


def _names(scope: Scope) -> list[str]:
    return list(scope.expression.named_selects) if isinstance(scope.expression, exp.Query) else []


@dataclass(frozen=True)
class Reach:
    """The dependencies of every model: table -> column or ROWS -> columns of its inputs. Tables in the order in which they run."""

    models: Mapping[str, Mapping[str, frozenset[Column]]]

    def of(self, raw: Iterable[Column]) -> set[Column]:
        """All columns of the models that may differ when these do."""
        reached = set(raw)
        for table, outputs in self.models.items():
            for name, inputs in outputs.items():
                if not reached.isdisjoint(inputs):
                    reached.add((table, name))
        return reached


def reach(nodes: Iterable[Mapping[str, Any]], columns: Columns) -> Reach:
    """The reach of columns through compiled models in their order; a model that can't be read depends on all that it names."""
    models: dict[str, Mapping[str, frozenset[Column]]] = {}
    for node in nodes:
        table = f"{node['schema']}.{node['alias']}".lower()
        found = reads(node["compiled_code"], columns)
        everything = _named_tables(node["compiled_code"], columns)
        models[table] = {name: found.get(name, everything) for name in [ROWS, *columns[table]]}
    return Reach(models)


def _named_tables(sql: str, columns: Columns) -> frozenset[Column]:
    text = sql.lower().replace('"', "")
    return frozenset((table, name) for table, names in columns.items() if table in text for name in [ROWS, *names])
