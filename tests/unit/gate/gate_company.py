"""A tiny real build warehouse, suites and seeds to ask about. Tests change what they are about and leave the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib import gate
from dagster_project.lib.contracts import Source
from dagster_project.lib.settings import Settings

RULE_HEADER = (
    "rule_id,pipeline_id,stage,on_event,field,operator,value,severity,tolerated_rate,owner,valid_from,valid_to,reason"
)
TOLERANCE_HEADER = "measure,tolerated_rate,severity,owner,reason"

SUITE = """
table: core.dim_opportunities
description: One row per opportunity.
sample_columns: [opportunity_id, stage]
expectations:
  - id: opportunity_id_unique
    expectation: expect_column_values_to_be_unique
    kwargs: {column: opportunity_id}
    description: The key is unique.
  - id: amount_not_negative
    expectation: expect_column_values_to_be_between
    kwargs: {column: amount, min_value: 0}
    severity: warn
    description: Money is not negative.
  - id: won_has_amount
    expectation: expect_column_values_to_not_be_null
    kwargs: {column: amount}
    where: {stage: {in: [Won]}, closed_on: not_null}
    description: A won deal has an amount.
  - id: closes_after_creation
    expectation: unexpected_rows_expectation
    kwargs:
      unexpected_rows_query: select opportunity_id, closed_on from {batch} where closed_on < created_on order by 1
    description: Nothing closes before it was created.
"""

TABLES = """
create schema core;
create schema intermediate;
create schema governance;
create table core.dim_opportunities (
    opportunity_id varchar, stage varchar, amount decimal(18, 2), created_on date, closed_on date
);
insert into core.dim_opportunities values
    ('o1', 'Open', 10, '2026-01-01', null),
    ('o2', 'Won', 20.5, '2026-01-02', '2026-02-01'),
    ('o3', 'Open', null, '2026-01-03', null);
create table intermediate.int_run_settings as
    select date '2026-05-10' as as_of_date, timestamp '2026-05-11' as as_of_at;
create table intermediate.int_fiscal_periods as
    select * from (values
        ('FY2025-Q4', date '2025-10-01', date '2025-12-31'),
        ('FY2026-Q1', date '2026-01-01', date '2026-03-31'),
        ('FY2026-Q2', date '2026-04-01', date '2026-06-30')
    ) as periods (fiscal_period_id, starts_on, ends_on);
create table governance.agg_relabel_share (fiscal_period_id varchar, relabel_share double);
create table intermediate.int_stage_rule_inputs (
    evaluation_id varchar, rule_id varchar, value_text varchar, is_evaluable boolean
);
create table intermediate.int_stage_rules (rule_id varchar, pipeline_id varchar, stage varchar, field varchar);
create table intermediate.int_rule_field_availability (source_name varchar, field varchar, is_carried boolean);
create table intermediate.int_stage_policy (pipeline_id varchar, stage varchar);
create table intermediate.int_stage_visits (pipeline_id varchar, stage varchar);
insert into intermediate.int_stage_policy values ('default', 'Qualification'), ('default', 'Proposal');
insert into intermediate.int_stage_visits values ('default', 'Own Stage'), ('partner', 'Proposal');
create table governance.fct_stage_rule_evaluations (
    evaluation_id varchar, rule_id varchar, opportunity_id varchar, visit_id varchar, stage varchar,
    evaluated_at timestamp, field varchar, operator varchar, rule_value varchar, is_evaluable boolean, result varchar
);
"""


RAW_TABLE = """
create table raw.{table} (_source varchar, _version_at timestamp, _extracted_at timestamp, _custom varchar)
"""
FILES = """
create schema raw;
create table raw.plumbline_files (
    source_name varchar, status varchar, is_extract_time_declared boolean, extracted_at timestamp
);
"""


@dataclass(frozen=True)
class Company:
    """One warehouse with its suites and seeds."""

    settings: Settings
    suites: Path

    def sql(self, *statements: str) -> None:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            for statement in statements:
                connection.execute(statement)

    def suite(self, text: str, table: str = "core.dim_opportunities") -> None:
        (self.suites / f"{table}.yml").write_text(text, encoding="utf-8")

    def rules(self, *rows: str) -> None:
        (self.settings.seeds / "stage_rules.csv").write_text("\n".join([RULE_HEADER, *rows, ""]), encoding="utf-8")

    def tolerances(self, *rows: str) -> None:
        path = self.settings.seeds / "governance_tolerances.csv"
        path.write_text("\n".join([TOLERANCE_HEADER, *rows, ""]), encoding="utf-8")

    def evaluate(self, rule_id: str, value: str | None, result: str) -> None:
        """One row that dbt judged as `result`; `unknown` is not evaluable."""
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            count = connection.execute("select count(*) from governance.fct_stage_rule_evaluations").fetchall()[0][0]
            row = f"{rule_id}-{count:03d}"
            evaluable = result != "unknown"
            connection.execute(
                "insert into intermediate.int_stage_rule_inputs values (?, ?, ?, ?)", [row, rule_id, value, evaluable]
            )
            connection.execute(
                "insert into governance.fct_stage_rule_evaluations values "
                "(?, ?, ?, ?, 'Proposal', timestamp '2026-04-01' + to_days(?), 'f', 'op', 'v', ?, ?)",
                [row, rule_id, f"opp-{count}", f"visit-{count}", count, evaluable, result],
            )

    def declared(self) -> list[gate.DeclaredCheck]:
        return gate.declared_checks(self.settings, self.suites)

    def run(self, on_progress: Callable[[str], None] | None = None) -> gate.GateResult:
        return gate.run_gate(self.settings, self.suites, on_progress)


def build_template(path: Path, sources: list[Source]) -> None:
    """The warehouse from which every test's is copied, with the raw tables of `sources`."""
    tables = [item.raw_table for source in sources for item in source.objects]
    with duckdb.connect(str(path)) as connection:
        for statement in (TABLES, FILES, *(RAW_TABLE.format(table=table) for table in tables)):
            connection.execute(statement)


def build_company(folder: Path, template: Path) -> Company:
    """A company whose state lies under `folder` and whose warehouse is a copy of `template`."""
    settings = Settings(home=folder / "var", landing=folder / "landing", mappings=None, seeds=folder / "seeds")
    made = Company(settings, folder / "suites")
    for path in (settings.seeds, made.suites, settings.warehouse_path.parent):
        path.mkdir(parents=True)
    shutil.copy(template, settings.warehouse_path)
    made.suite(SUITE)
    made.rules()
    made.tolerances("relabel_share,0.10,warn,RevOps,Audits find 10 to 20 %.")
    return made


def outcome_of(result: gate.GateResult, name: str) -> gate.CheckOutcome:
    """The outcome of the check called `name`, of which there must be one."""
    (found,) = [outcome for outcome in result.results if outcome.name == name]
    return found
