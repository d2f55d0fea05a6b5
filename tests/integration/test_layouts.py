"""The same extracts, however a tool named and packed them, are the same records: layouts, formats, order, repetition.

Two levels. Every source in every layout is loaded and what the staging models then yield is compared, row by row: that is
all that the rest of the warehouse ever reads. And two landing folders as far apart as they get run the whole job and
publish equal content hashes.

What a packing can't tell is left out of the comparison, and nothing else:

- `_custom` keeps the names that the file has, which are the layout's (`Champion__c`, `champion_c`, `properties_champion`):
  names are compared without case, underscores and what a tool wraps around a property.
- Where a row stood (file, record number) and in which load it came, the hash of the row, which covers those names, and
  what a tool itself calls a row (`pipeline_row_id`, `owner_row_id`).
- Whose flag told of a deletion, the CRM's own (`is_deleted`) or the tool's: that it is deleted is compared.
- History mode syncs a version again when it ends: unloaded whole, a table has it once, as of then; unloaded as it is
  synced, twice. So its versions are compared once each, without when they were extracted.
- Deletion by absence needs a file per extract: a full extract is a file.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, Rates, simulate
from tests.conftest import SEEDS, RunDaily, reuse_parse
from tests.integration.layouts import Variant, rewrite

DAYS = 30
OPTIONS = Options(
    opportunities=50,
    quarters=3,
    daily_days=DAYS - 1,
    dirt=0.0,
    format="csv",
    late=0.05,
    custom_columns=True,
    rates=Rates(deleted=0.15, merged_accounts=0.1, merged_leads=0.1, merged_deals=0.04),
)
COMPANIES = {
    "salesforce": replace(OPTIONS, systems=("salesforce", "marketo", "generic")),
    "hubspot": replace(OPTIONS, systems=("hubspot", "generic"), daily_days=6),
    "generic": replace(OPTIONS, systems=("generic",), daily_days=6),
}
PLAIN = Variant("api", "one", "csv")
VARIANTS = {
    "salesforce": [
        Variant("fivetran", "overlapping", "csv.gz", shuffled=True),
        Variant("history", "one", "jsonl", shuffled=True),
        Variant("airbyte", "one", "csv", repeated=True),
        Variant("stitch", "one", "csv.gz", shuffled=True),
        Variant("dlt", "one", "parquet"),
    ],
    "hubspot": [
        Variant("fivetran", "daily", "parquet", shuffled=True),
        Variant("history", "overlapping", "parquet", repeated=True),
        Variant("airbyte", "one", "jsonl.gz"),
        Variant("airbyte", "one", "parquet", shuffled=True),
        Variant("stitch", "one", "csv"),
        Variant("dlt", "overlapping", "jsonl", repeated=True),
    ],
    "generic": [
        Variant("api", "daily", "csv"),
        Variant("history", "overlapping", "csv.gz", repeated=True),
        Variant("stitch", "overlapping", "jsonl", shuffled=True),
    ],
}
FAR = {
    "salesforce": Variant("history", "overlapping", "parquet", shuffled=True, repeated=True),
    "marketo": Variant("airbyte", "overlapping", "parquet", shuffled=True, repeated=True),
    "generic": Variant("stitch", "overlapping", "parquet", shuffled=True, repeated=True),
}
Staged = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def staging_queries(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> dict[str, str]:
    """SQL of every staging model of a source object, by name."""
    home = tmp_path_factory.mktemp("compiled")
    settings = Settings(home=home, landing=home / "landing", mappings=None, seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    load(settings, load_sources(settings))
    DbtRun(["compile", "--select", "path:models/staging"], environment(settings, settings.dbt_target_path)).wait()
    found = (settings.dbt_target_path / "compiled" / "plumbline" / "models" / "staging").rglob("stg_*.sql")
    queries = {path.stem: path.read_text(encoding="utf-8") for path in found}
    return {name: query for name, query in queries.items() if not name.startswith("stg_plumbline__")}


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Landing folders of daily CSVs in API naming."""
    folder = tmp_path_factory.mktemp("companies")
    for name, options in COMPANIES.items():
        simulate(options, folder / name / "landing")
    return {name: folder / name / "landing" for name in COMPANIES}


@pytest.fixture(scope="module")
def plain(
    companies: dict[str, Path], staging_queries: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Staged]:
    """What staging holds after the extracts came as one CSV per object."""
    return {
        name: staged(landing, PLAIN, tmp_path_factory.mktemp("plain"), staging_queries)
        for name, landing in companies.items()
    }


@pytest.mark.parametrize(
    ("company", "variant"),
    [pytest.param(name, variant, id=f"{name}-{variant}") for name, some in VARIANTS.items() for variant in some],
)
def test_staging_reads_the_same_records(
    companies: dict[str, Path],
    plain: dict[str, Staged],
    staging_queries: dict[str, str],
    company: str,
    variant: Variant,
    tmp_path: Path,
) -> None:
    other = staged(companies[company], variant, tmp_path, staging_queries)
    is_history = variant.layout == "history"
    for name, expected in plain[company].items():
        wanted, found = (versions(rows) if is_history else lines(rows) for rows in (expected, other[name]))
        assert found - wanted == set(), name
        assert wanted - found == set(), name
        assert is_history or len(other[name]) == len(expected), name


def test_the_companies_have_what_is_hard(plain: dict[str, Staged]) -> None:
    deals = {
        "salesforce": plain["salesforce"]["stg_salesforce__opportunity"],
        "hubspot": plain["hubspot"]["stg_hubspot__deal"],
        "generic": plain["generic"]["stg_generic__opportunities"],
    }
    for name, rows in deals.items():
        assert sum(row["is_record_deleted"] for row in rows) > 1, name
        assert any("champion" in row["custom_fields"] for row in rows), name
    assert any(_came_late(row, deals["salesforce"]) for row in deals["salesforce"])
    assert any(row["master_record_id"] for row in plain["salesforce"]["stg_salesforce__lead"])
    assert plain["hubspot"]["stg_hubspot__merged_deal"]


def _came_late(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Whether an extract taken before had a version of any record that is newer than this one."""
    return any(
        other["extracted_at"] < row["extracted_at"] and other["version_at"] > row["version_at"] for other in rows
    )


def test_far_apart_layouts_publish_equal_hashes(
    daily_run: RunDaily, companies: dict[str, Path], tmp_path: Path
) -> None:
    """Thirty days as the API's daily CSVs, and in other tools' layouts, shuffled, repeated, overlapping, in Parquet."""
    landing = companies["salesforce"]
    for source in load_sources(Settings(home=tmp_path, landing=landing, mappings=None, seeds=SEEDS)):
        if source.name in FAR:
            rewrite(landing, tmp_path / "landing", [source], FAR[source.name])
    daily, other = daily_run(landing), daily_run(tmp_path / "landing")
    assert daily.success, daily.summary
    assert other.success, other.summary
    hashes = other.content_hashes
    assert {name for name, value in daily.content_hashes.items() if hashes.get(name) != value} == set()
    assert daily.content_hashes.keys() == hashes.keys()


def staged(landing: Path, variant: Variant, home: Path, queries: dict[str, str]) -> Staged:
    """Land the extracts another way, load them, and read them as staging does."""
    settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
    names = {path.name for path in landing.iterdir()}
    sources = load_sources(settings)
    rewrite(landing, settings.landing, [source for source in sources if source.name in names], variant)
    load(settings, [source for source in sources if source.name in names])
    return read_staging(settings, queries, names)


def load(settings: Settings, sources: list[Source]) -> None:
    """Load all files; none may be refused and no row be left out."""
    with warehouse.connect(settings) as connection:
        ingest.prepare_raw(connection, load_sources(settings))
        sequence = ingest.next_load_sequence(connection)
        for source in sources:
            for item in source.objects:
                report = ingest.load_object(connection, settings, sources, source.name, item.name, sequence)
                assert {entry.status for entry in report.files} <= {"loaded", "repeated"}, report.files
                assert sum(entry.rows_quarantined for entry in report.files) == 0, report.files
        assert ingest.unmatched_files(settings, sources) == []


def read_staging(settings: Settings, queries: dict[str, str], sources: set[str]) -> Staged:
    """Rows of the staging models of some sources, without what says where a row stood."""
    found: Staged = {}
    with warehouse.connect(settings, read_only=True) as connection:
        for name, query in queries.items():
            if name.removeprefix("stg_").partition("__")[0] in sources:
                cursor = connection.execute(query)
                columns = [str(column[0]) for column in cursor.description or ()]
                found[name] = [_record(dict(zip(columns, row, strict=True))) for row in cursor.fetchall()]
    return found


def _record(row: dict[str, Any]) -> dict[str, Any]:
    left_out = {
        "record_number",
        "row_hash",
        "load_sequence",
        "file_id",
        "pipeline_row_id",
        "owner_row_id",
        "is_deleted",
    }
    custom = {_bare(name): value for name, value in json.loads(row["custom_fields"]).items()}
    return {name: value for name, value in row.items() if name not in left_out} | {
        "custom_fields": json.dumps(custom, sort_keys=True)
    }


def _bare(name: str) -> str:
    flat = name.lower().removesuffix("__value").replace("_", "")
    return flat.removeprefix("properties").removeprefix("property")


def lines(rows: list[dict[str, Any]]) -> set[str]:
    return {repr(row) for row in rows}


def versions(rows: list[dict[str, Any]]) -> set[str]:
    """Every version of every record once, without when it was extracted."""
    found: set[str] = set()
    for row in rows:
        is_dated = row["version_at"] != row["extracted_at"]
        left_out = {"extracted_at"} if is_dated else {"extracted_at", "version_at"}
        found.add(repr({name: value for name, value in row.items() if name not in left_out}))
    return found
