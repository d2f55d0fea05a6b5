"""A column that a file lacks says nothing: what may differ without it lies downstream of it, is unknown or another witness's, and fails no rule.

Optional columns are taken out of the files of three companies, one for each kind of CRM. `make test` takes out what is read by few
all at once, in groups that share no column downstream, some of the widest alone, and all of them together; `make soak` every column
that a company's files have, alone, and writes what it finds into the file that SOAK_COLUMNS names as it goes. What is downstream is
read off the compiled SQL (tests/column_reach.py).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib.contracts import SourceObject
from dagster_project.lib.contracts.model import normalize_name
from dagster_project.simulate import Options, simulate
from tests.column_reach import Column, Reach, reach
from tests.conftest import BuildSmallCompany
from tests.fuller_files import fuller
from tests.required_columns import OptionalColumn, contract_objects, optional_columns, thinnest, without
from tests.small_companies import SmallCompany
from tests.variants import Contents, Variants, contents

OPTIONS = {"opportunities": 40, "quarters": 4, "daily_days": 2, "dirt": 0.0, "format": "csv", "custom_columns": True}
COMPANIES = {
    "salesforce": ("salesforce", "marketo", "generic"),
    "hubspot": ("hubspot", "generic"),
    "generic": ("generic",),
}
ALONE = {
    "salesforce": ("OpportunityHistory.stage_name", "Opportunity.owner_id", "Task.completed_date_time"),
    "hubspot": ("deal.property_closedate",),
    "generic": ("opportunities.amount",),
}
"""Columns that much depends on, which `make test` takes out one at a time."""
LEAD_VISIT = (
    "lead_id || ' ' || lead_stage || ' ' || row_number() over (partition by lead_id, lead_stage order by visit_number)"
)
IS_SOAK = "SOAK_COLUMNS" in os.environ
SHARES = 20 if IS_SOAK else 1
"""Into how many tests the columns that are taken out alone are dealt, so that several processes can share them."""
NARROW = 150
"""The most columns of marts that may depend on a column that is taken out together with others."""

MARTS = ("core", "governance", "stage_transitions", "attribution", "coverage", "ops")
ABOUT_FILES = {
    "ops.fct_files",
    "ops.fct_source_arrivals",
    "ops.fct_unread_values",
    "staging.stg_plumbline__files",
    "staging.stg_plumbline__unread_values",
}
"""Tables that tell of the files themselves, such as which columns they lack and which of their values nobody could read."""
FILE_WORDS = {"file_id", "row_hash", "missing_columns", "file_columns"}
"""Columns that name the file or repeat what it lacks, or come of the text of its row, and change no value."""
COUNTED = {"attribution.agg_touches_by_channel.unmatched_share", "governance.agg_stage_rule_compliance.amount_fail"}
"""Of a company that tells next to nothing: touches are counted, and no judgement fails, so nothing is the amount of those that do."""
UNKNOWN = {None, "unknown", "(unknown)", "(unassigned)", "(none)", "not available"}
WITNESSES = ("basis", "origin", "_known", "is_evaluable", "assumed", "is_complete", "confidence", "evidence_kind")
"""How the name of a column begins or ends that says where a row's values come from and whether they are known."""
SAID_OF_THE_VISIT = {"governance.fct_stage_rule_evaluations.owner_id", "governance.fct_stage_rule_evaluations.amount"}
"""Values of the visit that is judged, beside which `fct_stage_visits` has where they are from; so is what a rule about amounts reads."""
MADE_OF_SEVERAL = {"core.dim_users.user_name"}
"""Texts that are put together from what is told: a first and a last name."""
NAMES_OF_STAGES = {("hubspot", "dealpipelinestage", "label")}
"""Without the labels of its stages a pipeline has its ladder by their ids: everything that hangs on a stage is that ladder's."""
FILLED = "filled_from_record"
"""The basis of a row of which what its witness lacks is filled from another, before as after."""
COUNTS = ("contact_role_count", "two_way_activity_count")
"""Fields of stage rules that count what is told: with less told of activities the count is lower, and a rule is met or unknown."""


@dataclass(frozen=True)
class Company:
    """Files of a company with all its columns, what is built from them, and which of its optional columns the files have."""

    files: Mapping[str, bytes]
    built: SmallCompany
    contents: Contents
    variants: Variants
    objects: Mapping[tuple[str, str], SourceObject]
    optional: tuple[OptionalColumn, ...]
    reach: Reach

    def reached(self, dropped: Iterable[OptionalColumn]) -> set[Column]:
        """Columns of models that may differ without these columns of files."""
        return self.reach.of(raw for column in dropped for raw in self._raw(*column))

    def _raw(self, source: str, name: str, column: str) -> Iterator[Column]:
        target = self.objects[source, name]
        table = f"raw.{source}__{target.table}".lower()
        yield table, column
        if column in target.key:
            yield table, "_key"
        if column == target.version:
            yield table, "_version_at"
        if column == target.sequence:
            yield table, "_sequence"
        if column == target.deleted:
            yield table, "_is_deleted"
        if any(one.name == column and one.type in ("date", "timestamp") for one in target.columns):
            yield table, "_times"


def files_of(company: str, landing: Path) -> dict[str, bytes]:
    """The files of one of the companies, written under an empty folder first."""
    simulate(Options(**OPTIONS, systems=COMPANIES[company]), landing)
    return fuller({str(path.relative_to(landing)): path.read_bytes() for path in landing.rglob("*.csv")})


@pytest.fixture(scope="module")
def known_reach() -> list[Reach]:
    """The reach of columns, once it has been read: it is the project's, not a company's."""
    return []


@pytest.fixture(scope="module", params=COMPANIES)
def company(
    request: pytest.FixtureRequest,
    small_company: BuildSmallCompany,
    known_reach: list[Reach],
    tmp_path_factory: pytest.TempPathFactory,
) -> Company:
    landing = tmp_path_factory.mktemp("whole")
    files = files_of(request.param, landing)
    built = small_company(files)
    if not known_reach:
        known_reach.append(reach(built.project.of_kind("model"), columns_of(built)))
    whole = contents(built)
    variants = Variants(built, files, whole, tmp_path_factory.mktemp("variants"))
    return Company(files, built, whole, variants, contract_objects(), optional_columns(files), known_reach[0])


def test_the_company_has_what_is_dropped(company: Company) -> None:
    assert len(company.optional) > 40
    assert company.built.broken_checks() == {}
    assert company.built.value("select count(*) from stage_transitions.fct_stage_visits where is_won") > 0


def test_no_mart_reads_an_optional_column_that_no_company_has(company: Company, tmp_path: Path) -> None:
    held = {column for name in COMPANIES for column in optional_columns(files_of(name, tmp_path / name))}
    others = {
        (*key, column.name)
        for key, target in company.objects.items()
        for column in target.columns
        if not (column.required or column.in_file)
    } - held
    read = {column for column in others if any(table.split(".")[0] in MARTS for table, _ in company.reached([column]))}
    assert read == set()
    assert len(held) > 650


def test_columns_that_little_depends_on_change_only_that(company: Company, small_company: BuildSmallCompany) -> None:
    """Taken out together where they share nothing downstream: a difference is one column's."""
    group: list[OptionalColumn] = []
    taken: set[Column] = set()
    for column in company.optional:
        reached = {item for item in company.reached([column]) if item[0].split(".")[0] in MARTS}
        if len(reached) <= NARROW and reached.isdisjoint(taken):
            group.append(column)
            taken |= reached
    assert len(group) > 5
    lacking = small_company(without(company.files, group))
    assert wrong(company, group, lacking, contents(lacking), lacking.broken_checks()) == {}


@pytest.mark.parametrize("share", range(SHARES))
def test_a_column_that_much_depends_on(company: Company, request: pytest.FixtureRequest, share: int) -> None:
    name = request.node.callspec.params["company"]
    wanted = [tuple(map(normalize_name, column.split("."))) for column in ALONE[name]]
    asked = [one for one in company.optional if IS_SOAK or (one[1], normalize_name(one[2])) in wanted]
    assert len(asked) >= len(wanted)
    objects = sorted({(source, target) for source, target, _ in asked})
    found = {}
    for column in (one for one in asked if objects.index(one[:2]) % SHARES == share):
        variant = company.variants.of(*column[:2], without(company.files, [column]))
        found[".".join(column)] = wrong(company, [column], variant.company, variant.contents, variant.broken_checks)
        if IS_SOAK:
            with Path(os.environ["SOAK_COLUMNS"]).open("a", encoding="utf-8") as log:
                log.write(f"{name} {'.'.join(column)}: {found['.'.join(column)] or 'nothing'}\n")
    assert {column: what for column, what in found.items() if what} == {}


def test_a_variant_is_what_a_whole_build_gives(company: Company, small_company: BuildSmallCompany) -> None:
    column = next(one for one in company.optional if one[1].startswith(("opportunit", "deal")))
    files = without(company.files, [column])
    variant, whole = company.variants.of(*column[:2], files), small_company(files)
    now = contents(whole)
    assert {table for table, content in variant.contents.items() if content != now[table]} <= ABOUT_FILES
    assert (
        not {table for table, content in variant.contents.items() if content != company.contents[table]} <= ABOUT_FILES
    )
    assert variant.broken_checks == whole.broken_checks()
    for table, key in record_marts():
        assert _by_key(variant.company, table, key) == _by_key(whole, table, key)


def test_a_company_of_required_columns_alone(company: Company, small_company: BuildSmallCompany) -> None:
    """What can't be known is NULL; nothing is 0 or 100 % by default, and no rule judges."""
    thin = small_company(thinnest(company.files))
    assert thin.broken_checks() == {}
    assert thin.value("select count(*) from core.dim_opportunities") > 0
    assert thin.value("select count(*) from governance.fct_stage_rule_evaluations where result <> 'unknown'") == 0
    known = dict(thin.rows("select figure, value from ops.agg_headline_figures where value is not null"))
    assert known.keys() <= {"opportunities", "quota"}
    assert by_default(thin).keys() <= COUNTED, by_default(thin)


def test_a_company_of_required_columns_and_histories(company: Company, small_company: BuildSmallCompany) -> None:
    """Histories that tell the new values alone judge nothing that what they leave out could judge otherwise."""
    thin = small_company(without(company.files, company.optional))
    assert thin.broken_checks() == {}
    assert thin.value("select count(*) from stage_transitions.fct_stage_transitions where direction <> 'created'") > 0
    assert failures(thin) <= failures(company.built)


def wrong(
    company: Company, lost: list[OptionalColumn], lacking: SmallCompany, now: Contents, broken: dict[str, int]
) -> dict[str, Any]:
    """What is wrong with the company that lacks these columns: what -> what of it. It is closed then."""
    reached = company.reached(lost)
    found = {
        "differs upstream": {
            (table, column)
            for table, columns in company.contents.items()
            for column, content in columns.items()
            if content != now[table][column] and column not in FILE_WORDS and table not in ABOUT_FILES
            if (table, column) not in reached
        },
        "breaks": broken,
        "fails a rule": failures(lacking) - failures(company.built),
        "is made up": {} if NAMES_OF_STAGES.issuperset(lost) else made_up(company.built, lacking),
    }
    lacking.connection.close()
    return {what: items for what, items in found.items() if items}


def columns_of(company: SmallCompany) -> dict[str, list[str]]:
    """Columns of every table, in order: `schema.table` -> names."""
    columns: dict[str, list[str]] = defaultdict(list)
    for schema, table, column in company.rows(
        "select schema_name, table_name, lower(column_name) from duckdb_columns() where not internal order by 1, 2, column_index"
    ):
        columns[f"{schema}.{table}".lower()].append(column)
    return dict(columns)


def failures(company: SmallCompany) -> set[tuple[Any, ...]]:
    return set(
        company.rows(
            "select opportunity_id, rule_id, evaluated_at from governance.fct_stage_rule_evaluations where result = 'fail'"
        )
    )


def made_up(before: SmallCompany, after: SmallCompany) -> dict[str, tuple[Any, ...]]:
    """Values of a record that became others although nothing beside them says that they come of another witness."""
    found = {}
    for table, key in record_marts():
        names, old = _by_key(before, table, key)
        _, new = _by_key(after, table, key)
        for record in old.keys() & new.keys():
            changed = [at for at, name in enumerate(names) if old[record][at] != new[record][at]]
            if any(names[at].startswith(WITNESSES) or names[at].endswith(WITNESSES) for at in changed):
                continue
            if "staff_basis" in names and new[record][names.index("staff_basis")] == FILLED:
                continue
            is_told_apart = "field" in names and old[record][names.index("field")] in (*COUNTS, "amount")
            for at in changed:
                if is_told_apart and names[at] in ("value_number", "value_length"):
                    continue
                if new[record][at] not in UNKNOWN and f"{table}.{names[at]}" not in SAID_OF_THE_VISIT | MADE_OF_SEVERAL:
                    found[f"{table}.{names[at]}"] = (record, old[record][at], new[record][at])
    return found


def record_marts() -> list[tuple[str, str]]:
    """Marts with a row per opportunity, lead, visit or judgement, and a key that a missing column doesn't change. A visit's number
    does change where nothing tells what was before it, so a lead's visits go by stage."""
    return [
        ("core.dim_opportunities", "opportunity_id"),
        ("core.dim_leads", "lead_id"),
        ("core.dim_accounts", "account_id"),
        ("core.dim_users", "user_id"),
        ("stage_transitions.fct_stage_visits", "visit_id"),
        ("stage_transitions.fct_stage_transitions", "transition_id"),
        ("stage_transitions.fct_lead_stage_visits", LEAD_VISIT),
        ("governance.fct_stage_rule_evaluations", "evaluation_id"),
    ]


def _by_key(company: SmallCompany, table: str, key: str) -> tuple[list[str], dict[Any, tuple[Any, ...]]]:
    own = "lead_visit_id, visit_number" if key == LEAD_VISIT else ""
    cursor = company.connection.execute(f"select {key} as record, *{f' exclude ({own})' if own else ''} from {table}")
    names = [column[0] for column in cursor.description or ()]
    return names, {row[0]: row for row in cursor.fetchall()}


def by_default(company: SmallCompany) -> dict[str, int]:
    """Shares and amounts of aggregates that are 0 or 1, with how often."""
    found = {}
    for table, column in company.rows(
        """
        select schema_name || '.' || table_name, column_name
        from duckdb_columns()
        where schema_name in ('governance', 'stage_transitions', 'attribution', 'coverage', 'ops')
            and (data_type = 'DOUBLE' or data_type like 'DECIMAL%')
            and (table_name like 'agg_%' or table_name = 'fct_ae_coverage')
        """
    ):
        n = company.value(f'select count(*) from {table} where try_cast("{column}" as double) in (0, 1)')
        if n:
            found[f"{table}.{column}"] = n
    return found
