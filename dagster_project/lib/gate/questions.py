"""What is asked of the build warehouse: one question per Data Docs page, made from suites and seeds.

A question is a table or a query with its checks. Nothing here imports Great Expectations or opens the warehouse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.lib.contracts import CONTRACTS_PATH, Source
from dagster_project.lib.gate import freshness, stage_rules, tolerances
from dagster_project.lib.gate.results import DeclaredCheck, GateError, Severity
from dagster_project.lib.gate.rule_fit import FIT_DESCRIPTION, RULES_FIT
from dagster_project.lib.gate.stage_rules import StageRule
from dagster_project.lib.gate.suites import CheckSpec, SuiteSpec, load_suites
from dagster_project.lib.gate.tolerances import Tolerance
from dagster_project.lib.settings import Settings

RELABEL_TABLE = "governance.agg_relabel_share"
RELABEL_CHECK = "relabel_share_tolerated"

# The fiscal period that holds the as-of date, and the newest one that ended before it: on a quarter's last day too.
RELABEL_QUERY = f"""
select shares.*
from {RELABEL_TABLE} as shares
where shares.fiscal_period_id in (
    select periods.fiscal_period_id
    from intermediate.int_fiscal_periods as periods
    cross join intermediate.int_run_settings as run_settings
    where
        run_settings.as_of_date between periods.starts_on and periods.ends_on
        or periods.ends_on = (
            select max(complete.ends_on)
            from intermediate.int_fiscal_periods as complete
            where complete.ends_on < run_settings.as_of_date
        )
)
"""


@dataclass(frozen=True)
class Question:
    """Checks over `query`, or over all of `table` where that is None.

    `name` is the Data Docs page, `source` the file that an error must name. Where `shows_values` is false the values
    may be personal and never leave the database: only counts come back.
    """

    name: str
    table: str
    source: Path
    checks: tuple[CheckSpec, ...]
    sample_columns: tuple[str, ...] = ()
    query: str | None = None
    shows_values: bool = True


@dataclass(frozen=True)
class Questionnaire:
    """Everything that one run of the gate asks, as its files say."""

    suites: tuple[SuiteSpec, ...]
    rules: tuple[StageRule, ...]
    relabel: Tolerance

    @classmethod
    def load(cls, settings: Settings, suites: Path) -> Questionnaire:
        """Read suites and seeds. Raises GateError naming file, key and what to do."""
        asked = cls(
            suites=tuple(load_suites(suites)),
            rules=tuple(stage_rules.load_stage_rules(settings.seeds)),
            relabel=tolerances.load_tolerances(settings.seeds)["relabel_share"],
        )
        for (table, name), times in Counter((check.table, check.name) for check in asked.declared()).items():
            if times > 1:
                raise GateError(f"{suites / table}.yml: id: {name!r} is the name of a built-in check. Choose another.")
        return asked

    def table_questions(self) -> list[Question]:
        return [
            Question(suite.table, suite.table, suite.path, suite.checks, suite.sample_columns) for suite in self.suites
        ]

    def freshness_question(self, sources: Iterable[Source]) -> Question:
        return Question(
            name=freshness.FRESHNESS_PAGE,
            table=freshness.FRESHNESS_TABLE,
            source=CONTRACTS_PATH,
            checks=(freshness.freshness_check(),),
            sample_columns=("source_name", "newest_system_at"),
            query=freshness.freshness_query(sources),
        )

    def rule_question(self, seeds: Path) -> Question:
        return Question(
            name="governance.stage_rules",
            table=stage_rules.RULES_TABLE,
            source=seeds / stage_rules.RULES_SEED,
            checks=tuple(stage_rules.expectation_of(rule) for rule in self.rules),
            query=stage_rules.INPUTS_QUERY.strip(),
            shows_values=False,
        )

    def relabel_question(self, seeds: Path) -> Question:
        return Question(
            name="governance.tolerances",
            table=RELABEL_TABLE,
            source=seeds / tolerances.TOLERANCES_SEED,
            checks=(
                CheckSpec(
                    name=RELABEL_CHECK,
                    expectation="expect_column_values_to_be_between",
                    kwargs={"column": "relabel_share", "max_value": float(self.relabel.tolerated_rate)},
                    severity=self.relabel.severity,
                    description=self.relabel_description,
                ),
            ),
            sample_columns=("fiscal_period_id",),
            query=RELABEL_QUERY.strip(),
        )

    @property
    def relabel_description(self) -> str:
        return (
            "Share of the amount claimed as marketing that was relabeled to it or is contradicted by evidence, in the "
            f"current fiscal period and the one before it. Tolerated: {self.relabel.tolerated_rate:.1%}. "
            f"Owner: {self.relabel.owner}. {self.relabel.reason}"
        )

    def declared(self) -> list[DeclaredCheck]:
        """Every check that a run answers, in the order of its outcomes."""
        checks = [
            DeclaredCheck(check.name, suite.table, check.description, check.severity)
            for suite in self.suites
            for check in suite.checks
        ]
        fresh = freshness.freshness_check()
        checks.append(DeclaredCheck(fresh.name, freshness.FRESHNESS_TABLE, fresh.description, fresh.severity))
        checks += [
            DeclaredCheck(rule.check_name, stage_rules.RULES_TABLE, rule.description, rule.severity)
            for rule in self.rules
        ]
        checks.append(DeclaredCheck(stage_rules.COUNTS_AGREE, stage_rules.RULES_TABLE, COUNTS_DESCRIPTION, "error"))
        checks.append(DeclaredCheck(RULES_FIT, stage_rules.RULES_TABLE, FIT_DESCRIPTION, "error"))
        relabel: Severity = self.relabel.severity
        checks.append(DeclaredCheck(RELABEL_CHECK, RELABEL_TABLE, self.relabel_description, relabel))
        return checks


COUNTS_DESCRIPTION = (
    "For every stage rule, the violations that the expectations count from the values as at entry equal the "
    "violations that the mart lists."
)
