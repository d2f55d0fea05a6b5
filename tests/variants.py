"""Variants of a built company that differ from it in the files of one object, made as far as the difference reaches.

The other objects are loaded once and kept; a model is made again where one of the tables that it reads holds something else than
before, whatever its SQL says of columns. So hundreds of variants cost about a third of as many companies.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib import warehouse
from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.contracts.model import normalize_name
from dagster_project.lib.settings import Settings
from tests.column_reach import ROWS
from tests.parsed_project import SEEDS
from tests.required_columns import object_of
from tests.small_companies import BLOCKING, SmallCompany, load_files, make_model, make_seeds, write_files

Contents = dict[str, dict[str, Any]]
"""What each column of each model holds, in any order of rows, and how many rows it has (`ROWS`): `schema.table` -> column -> content."""


def contents(company: SmallCompany) -> Contents:
    """The contents of every model of a built company."""
    return {table_of(node): content_of(company.connection, table_of(node)) for node in company.project.of_kind("model")}


def content_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """What each column of a table holds."""
    names = [name.lower() for name, *_ in connection.execute(f"describe {table}").fetchall()]
    sums = ", ".join(f'sum(hash("{name}")::hugeint)' for name in names)
    ((n, *values),) = connection.execute(f"select count(*), {sums} from {table}").fetchall()
    return dict(zip([ROWS, *names], [n, *values], strict=True))


def table_of(node: Mapping[str, Any]) -> str:
    """`schema.table` of a model."""
    return f"{node['schema']}.{node['alias']}".lower()


@dataclass
class Variant:
    """A variant, its contents, and its tests that would stop a publish, with how many rows each finds."""

    company: SmallCompany
    contents: Contents
    broken_checks: dict[str, int]


@dataclass
class Variants:
    """Makes variants of `whole`, built from `files` (path under the landing folder -> content). `folder` is empty."""

    whole: SmallCompany
    files: Mapping[str, bytes]
    whole_contents: Contents
    folder: Path
    _loaded: tuple[str, str] | None = None
    _sources: list[Source] = field(default_factory=list)

    def of(self, source: str, name: str, files: Mapping[str, bytes]) -> Variant:
        """The company with `files` instead of its own; they may differ in the files of this object alone."""
        self._load_others(source, name)
        folder = self.folder / "variant"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / "others", folder)
        settings = _settings(folder)
        shutil.rmtree(settings.landing)
        write_files(settings.landing, {path: files[path] for path in files if object_of(path) == (source, name)})
        company = SmallCompany(warehouse.connect(settings), self.whole.project)
        load_files(company, settings, self._sources, {(source, name)})
        company.connection.execute(f"attach '{self.folder / 'whole.duckdb'}' as whole (read_only)")
        (raw_table,) = [
            target.raw_table
            for one in self._sources
            for target in one.objects
            if (one.name, normalize_name(target.name)) == (source, name)
        ]
        return self._made(company, raw_table)

    def _made(self, company: SmallCompany, raw_table: str) -> Variant:
        made = _Made(company, self.whole_contents)
        for node in company.project.of_kind("model"):
            if any(made.is_changed(parent, raw_table) for parent in node["inputs"]):
                made.make(node)
        broken = {}
        for node in company.project.of_kind("test"):
            parents = node["inputs"]
            if node["config"]["severity"].lower() == BLOCKING and not made.changed.isdisjoint(parents):
                made.have(parents)
                n = company.value(f"select count(*) from ({node['compiled_code']})")
                if n:
                    broken[node["name"]] = n
        made.have(made.nodes)
        return Variant(company, self.whole_contents | made.contents, broken)

    def _load_others(self, source: str, name: str) -> None:
        """Every object but one, in a warehouse that variants begin with."""
        if not self._sources:
            self._sources = load_sources(_settings(self.folder / "others"))
            self.whole.connection.execute("checkpoint")
            path = self.whole.value("select path from duckdb_databases() where not internal")
            shutil.copyfile(path, self.folder / "whole.duckdb")
        if self._loaded == (source, name):
            return
        shutil.rmtree(self.folder / "others", ignore_errors=True)
        settings = _settings(self.folder / "others")
        write_files(
            settings.landing, {path: self.files[path] for path in self.files if object_of(path) != (source, name)}
        )
        company = SmallCompany(warehouse.connect(settings), self.whole.project)
        every = {(one.name, normalize_name(target.name)) for one in self._sources for target in one.objects}
        load_files(company, settings, self._sources, every - {(source, name)})
        make_seeds(company)
        company.connection.close()
        self._loaded = (source, name)


@dataclass
class _Made:
    """Models as far as they are there: made again, or looked up in the whole company."""

    company: SmallCompany
    whole: Contents
    contents: Contents = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    _there: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nodes = {node["unique_id"]: node for node in self.company.project.of_kind("model")}

    def is_changed(self, parent: str, raw_table: str) -> bool:
        """Whether an input may hold something else: a model that does, the object's own table, or what loads write of themselves."""
        if not parent.startswith("source."):
            return parent in self.changed
        table = parent.rsplit(".", 1)[-1]
        return table == raw_table or table.startswith("plumbline_")

    def make(self, node: Mapping[str, Any]) -> None:
        self.have(node["inputs"])
        make_model(self.company.connection, node, {}, None)
        self._there.add(node["unique_id"])
        table = table_of(node)
        self.contents[table] = content_of(self.company.connection, table)
        if self.contents[table] != self.whole[table]:
            self.changed.add(node["unique_id"])

    def have(self, names: Any) -> None:
        """Make sure that these models can be read."""
        for name in names:
            node = self.nodes.get(name)
            if node is None or name in self._there:
                continue
            self._there.add(name)
            if node["config"]["materialized"] == "view":
                self.have(node["inputs"])
                make_model(self.company.connection, node, {}, None)
            else:
                table = table_of(node)
                self.company.connection.execute(f"create schema if not exists {table.split('.')[0]}")
                self.company.connection.execute(f"create view {table} as select * from whole.{table}")


def _settings(folder: Path) -> Settings:
    return Settings(home=folder / "home", landing=folder / "landing", mappings=None, seeds=SEEDS)
