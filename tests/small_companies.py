"""Whole warehouses of companies of a few rows, in seconds: files are ingested as a run ingests them, then every model runs in order.

dbt compiles the project once per set of variables and session; what a company costs then is DuckDB alone. No gate, no publish:
tests about those run the daily job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.contracts.load import CONTRACTS_PATH
from dagster_project.lib.contracts.model import normalize_name
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.dbt_project import copy_project
from dagster_project.lib.figures_source import keep_settings
from dagster_project.lib.settings import Settings
from tests.parsed_project import SEEDS, reuse_parse

ASKED_DAY = date(1234, 5, 6)
"""Stands in the compiled models where a company's own as-of date goes."""
ASKED = re.compile(r"cast\('1234-05-06' as date\)")
BLOCKING = "error"
SEQUENCE = 1
"""Number of the load."""


@dataclass(frozen=True)
class CompiledProject:
    """What dbt makes of the project: nodes in the order in which they can run, and the SQL of each. `inputs` of a node are the ids
    of all that its SQL reads.

    `asked` is the SQL of the model that holds the as-of date, where one is asked for.
    """

    nodes: tuple[dict[str, Any], ...]
    asked: Mapping[str, str]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Its nodes of a resource type (seed, model, test), in order."""
        return [node for node in self.nodes if node["resource_type"] == kind]


@dataclass
class SmallCompany:
    """A built warehouse. `reports` say what became of each file."""

    connection: duckdb.DuckDBPyConnection
    project: CompiledProject
    reports: list[ingest.ObjectReport] = field(default_factory=list)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query over any schema: raw, staging, intermediate, the marts'."""
        return self.connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        """The one value of a query."""
        ((found,),) = self.rows(query)
        return found

    def broken_checks(self) -> dict[str, int]:
        """The dbt tests that would stop a publish, with how many rows each finds."""
        found = {}
        for node in self.project.of_kind("test"):
            if node["config"]["severity"].lower() == BLOCKING:
                n = self.value(f"select count(*) from ({node['compiled_code']})")
                if n:
                    found[node["name"]] = n
        return found


def compile_project(
    home: Path, parsed: Path, variables: Mapping[str, Any], own_files: Mapping[str, str] | None = None
) -> CompiledProject:
    """Every model and test of the project as dbt compiles it under `variables`. `home` is an empty folder, `parsed` one in
    which dbt has parsed the project. `own_files` (path in the dbt project -> text) stand in the project's place."""
    manifests = {}
    for day, selected in ((None, ()), (ASKED_DAY, ("--select", "int_run_settings"))):
        settings = Settings(home=home, landing=home, mappings=None, seeds=SEEDS, as_of=day, lock_wait_seconds=0)
        reuse_parse(parsed, settings)
        project = copy_project(settings)
        for name, text in (own_files or {}).items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["compile", "--full-refresh", *selected]
        if variables:
            arguments += ["--vars", json.dumps(dict(variables))]
        DbtRun(arguments, environment(settings, settings.dbt_target_path)).wait()
        manifests[day] = json.loads((settings.dbt_target_path / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return CompiledProject(
        nodes=tuple(_in_order(manifests[None])),
        asked={name: node["compiled_code"] for name, node in manifests[ASKED_DAY].items() if node.get("compiled_code")},
    )


def build_company(
    folder: Path,
    project: CompiledProject,
    files: Mapping[str, str | bytes],
    mappings: Mapping[str, str],
    as_of: date | None,
    seeds: Mapping[str, str],
    contracts: Path = CONTRACTS_PATH,
) -> SmallCompany:
    """Load `files` (path under the landing folder -> content) by contracts and `mappings` (name -> YAML), and run all models.

    `seeds` (name -> CSV) stand instead of the project's, `contracts` is a folder of contracts. Raises what a run would.
    """
    settings = Settings(home=folder / "home", landing=folder / "landing", mappings=folder / "mappings", seeds=SEEDS)
    write_files(settings.landing, files)
    write_files(folder / "mappings", {f"{name}.yml": text for name, text in mappings.items()})
    company = SmallCompany(warehouse.connect(settings), project)
    sources = load_sources(settings, contracts)
    every = {(source.name, normalize_name(target.name)) for source in sources for target in source.objects}
    load_files(company, settings, sources, every, owns_seeds=bool(seeds))
    make_seeds(company, seeds)
    for node in project.of_kind("model"):
        make_model(company.connection, node, project.asked, as_of)
    return company


def load_files(
    company: SmallCompany,
    settings: Settings,
    sources: Sequence[Source],
    objects: Container[tuple[str, str]],
    owns_seeds: bool = False,
) -> None:
    """Ingest the files of these objects (source, and name without case and underscores) into a company's warehouse."""
    connection = company.connection
    ingest.prepare_raw(connection, sources)
    ingest.keep_salt(connection, "salt of a test")
    keep_settings(connection, "settings of a test", owns_seeds=owns_seeds)
    for source in sources:
        for target in source.objects:
            if (source.name, normalize_name(target.name)) in objects:
                company.reports.append(
                    ingest.load_object(connection, settings, sources, source.name, target.name, SEQUENCE)
                )


def make_seeds(company: SmallCompany, seeds: Mapping[str, str] | None = None) -> None:
    """Every seed, of `seeds` (name -> CSV) or else of the project."""
    for node in company.project.of_kind("seed"):
        _make_seed(company.connection, node, seeds or {})


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Files (path under `folder` -> content) and the folders that they need."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _in_order(nodes: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Nodes after all that they depend on; those with no SQL of their own are left out."""
    done: dict[str, dict[str, Any]] = {}

    def visit(name: str) -> None:
        if name in done or name not in nodes:
            return
        for parent in nodes[name]["depends_on"].get("nodes", []):
            visit(parent)
        done[name] = nodes[name]

    for name in sorted(nodes):
        visit(name)
    return [
        node | {"inputs": sorted(set(_inputs(nodes, node)))}
        for node in done.values()
        if node["resource_type"] == "seed" or (node["resource_type"] in ("model", "test") and not _is_ephemeral(node))
    ]


def _inputs(nodes: Mapping[str, dict[str, Any]], node: Mapping[str, Any]) -> Iterator[str]:
    """What the SQL of a node reads: models, seeds and sources."""
    for name in node["depends_on"].get("nodes", []):
        if name in nodes and _is_ephemeral(nodes[name]):
            yield from _inputs(nodes, nodes[name])
        else:
            yield name


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return node["config"]["materialized"] == "ephemeral"


def _make_seed(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any], seeds: Mapping[str, str]) -> None:
    name = node["name"]
    own = seeds.get(name)
    path = SEEDS / f"{name}.csv"
    if own is not None:
        path = Path(connection.execute("select path from duckdb_databases() where not internal").fetchall()[0][0])
        path = path.with_name(f"{name}.csv")
        path.write_text(own, encoding="utf-8")
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in node["config"]["column_types"].items())
    connection.execute(f'create schema if not exists "{node["schema"]}"')
    connection.execute(
        f'create table "{node["schema"]}"."{node["alias"]}" as '
        f"select * from read_csv('{path}', header = true, delim = ',', quote = '\"', nullstr = '', columns = {{{types}}})"
    )


def make_model(
    connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any], asked: Mapping[str, str], as_of: date | None
) -> None:
    """One model; all that it reads must be there. `asked` and `as_of` as in `CompiledProject` and `build_company`."""
    text = node["compiled_code"]
    if as_of is not None and node["unique_id"] in asked:
        text = ASKED.sub(f"date '{as_of.isoformat()}'", asked[node["unique_id"]])
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    connection.execute(f'create schema if not exists "{node["schema"]}"')
    try:
        connection.execute(f'create {kind} "{node["schema"]}"."{node["alias"]}" as {text}')
    except duckdb.Error as error:
        raise AssertionError(f"{node['name']}: {error}") from error
