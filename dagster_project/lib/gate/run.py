"""Runs the gate: asks every question, weighs the findings, builds Data Docs.

The thresholds and the questions are elsewhere (`questions.py`, seeds, suites); here answers become outcomes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from dagster_project.lib.contracts import load_sources
from dagster_project.lib.gate import rule_fit, stage_rules
from dagster_project.lib.gate.context import examiner
from dagster_project.lib.gate.expectations import refuse_unknown, refuse_unknown_columns
from dagster_project.lib.gate.overview import write_overview
from dagster_project.lib.gate.questions import (
    COUNTS_DESCRIPTION,
    RELABEL_CHECK,
    RELABEL_QUERY,
    RELABEL_TABLE,
    Question,
    Questionnaire,
)
from dagster_project.lib.gate.results import (
    SAMPLE_SIZE,
    CheckOutcome,
    DeclaredCheck,
    GateError,
    GateResult,
    Row,
    plain,
)
from dagster_project.lib.gate.stage_rules import RULES_TABLE, StageRule
from dagster_project.lib.gate.suites import SUITES_FOLDER, UNEXPECTED_ROWS, CheckSpec
from dagster_project.lib.gate.tolerances import severity_of
from dagster_project.lib.gate.warehouse import Warehouse
from dagster_project.lib.settings import Settings

INDEX_PAGE = "index.html"
Answers = Mapping[str, Mapping[str, Any]]

_RULE_SAMPLE = f"""
select evaluation_id, opportunity_id, visit_id, stage, evaluated_at, field, operator, rule_value
from {RULES_TABLE}
where rule_id = ? and result = 'fail'
order by evaluated_at desc nulls last, evaluation_id nulls last
"""
_RULE_COUNTS = f"""
select
    rule_id,
    cast(count(*) filter (where result = 'fail') as bigint) as failed,
    cast(count(*) filter (where is_evaluable) as bigint) as judged
from {RULES_TABLE}
group by rule_id
"""


def declared_checks(settings: Settings, suites: Path = SUITES_FOLDER) -> list[DeclaredCheck]:
    """Every check that `run_gate` will answer, from the suites and the seeds alone; takes milliseconds.

    Raises GateError where a suite or seed can't be used.
    """
    return Questionnaire.load(settings, suites).declared()


def run_gate(
    settings: Settings, suites: Path = SUITES_FOLDER, on_progress: Callable[[str], None] | None = None
) -> GateResult:
    """Answer every declared check on the build warehouse, read-only, and replace the Data Docs.

    `on_progress` is told the name of each page before it is worked on. Raises GateError where a question can't be
    asked (a table, column, suite or seed is not as it must be); a failing check raises nothing.
    """
    report = on_progress or (lambda _: None)
    asked = Questionnaire.load(settings, suites)
    sources = load_sources(settings)
    tables = [*asked.table_questions(), asked.freshness_question(sources)]
    rules, relabel = asked.rule_question(settings.seeds), asked.relabel_question(settings.seeds)
    questions = [*tables, *([rules] if rules.checks else []), relabel]
    with Warehouse(settings.warehouse_path) as warehouse:
        _refuse_unanswerable(questions, warehouse)

    fresh = settings.data_docs_path.with_name(settings.data_docs_path.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    answers: dict[str, Answers] = {}
    with examiner(settings.warehouse_path, fresh) as gx:
        for question in questions:
            report(question.name)
            answers[question.name] = gx.ask(question)
        report("Data Docs")
        pages = gx.build_docs(questions)

    with Warehouse(settings.warehouse_path) as warehouse:
        outcomes = [
            _table_outcome(question, check, answers[question.name][check.name], pages[question.name], warehouse)
            for question in tables
            for check in question.checks
        ]
        outcomes += _rule_outcomes(asked.rules, answers.get(rules.name, {}), pages.get(rules.name), warehouse)
        unfit = rule_fit.unfit_rules(warehouse, sources)
        outcomes.append(
            rule_fit.fit_outcome(
                unfit, len(asked.rules), settings.seeds, are_own=settings.owns_seeds, page=pages.get(rules.name)
            )
        )
        outcomes.append(_relabel_outcome(asked, answers[relabel.name][RELABEL_CHECK], pages[relabel.name], warehouse))
    write_overview(outcomes, fresh / INDEX_PAGE)
    _replace(fresh, settings.data_docs_path)
    set_aside = [] if settings.owns_seeds else [rule.sentence for rule in unfit if not rule.fits]
    return GateResult(outcomes, settings.data_docs_path / INDEX_PAGE, set_aside)


def _refuse_unanswerable(questions: list[Question], warehouse: Warehouse) -> None:
    """Raises GateError where a table or column that a question names is not in the warehouse."""
    columns = warehouse.columns()
    for question in questions:
        if question.table not in columns:
            raise GateError(
                f"{question.source}: table {question.table} is not in the build warehouse. "
                "Build it with dbt, or remove what asks about it."
            )
        if question.query is None:
            known = columns[question.table]
            refuse_unknown(question.sample_columns, question.table, known, f"{question.source}: sample_columns")
            for check in question.checks:
                refuse_unknown_columns(check, question.table, known, question.source)


def _table_outcome(
    question: Question, check: CheckSpec, answer: Mapping[str, Any], page: str, warehouse: Warehouse
) -> CheckOutcome:
    passed = bool(answer["success"])
    observed = answer.get("observed_value")
    count = answer.get("unexpected_count")
    rows: list[Row] = []
    if check.expectation == UNEXPECTED_ROWS:
        count, observed = observed, None
        if not passed:
            query = str(check.kwargs["unexpected_rows_query"]).format(batch=question.table)
            rows = warehouse.rows(query, limit=SAMPLE_SIZE)
    elif not passed:
        rows = _shown(answer)
    return CheckOutcome(
        name=check.name,
        table=question.table,
        passed=passed,
        severity=check.severity,
        description=check.description,
        unexpected_count=count,
        element_count=answer.get("element_count"),
        observed=plain(observed),
        sample_rows=rows,
        docs_path=page,
    )


def _shown(answer: Mapping[str, Any]) -> list[Row]:
    """The first failing rows that Great Expectations fetched: sample columns and the tested ones."""
    listed = answer.get("partial_unexpected_index_list") or []
    return [{str(key): plain(value) for key, value in row.items()} for row in listed[:SAMPLE_SIZE]]


def _rule_outcomes(
    rules: tuple[StageRule, ...], answers: Answers, page: str | None, warehouse: Warehouse
) -> list[CheckOutcome]:
    """One outcome per rule, and the one that holds the expectations' counts equal to the mart's."""
    outcomes = [_rule_outcome(rule, answers[rule.check_name], page, warehouse) for rule in rules]
    listed = {str(row["rule_id"]): row for row in warehouse.rows(_RULE_COUNTS)}
    counted = {
        rule.rule_id: (outcome.unexpected_count, outcome.element_count)
        for rule, outcome in zip(rules, outcomes, strict=True)
    }
    differing: list[Row] = []
    for rule_id in sorted({*listed, *counted}):
        failed, judged = counted.get(rule_id, (0, 0))
        row = listed.get(rule_id, {"failed": 0, "judged": 0})
        if (failed, judged) != (row["failed"], row["judged"]):
            differing.append(
                {
                    "rule_id": rule_id,
                    "expectations_failed": failed,
                    "mart_failed": row["failed"],
                    "expectations_judged": judged,
                    "mart_judged": row["judged"],
                }
            )
    outcomes.append(
        CheckOutcome(
            name=stage_rules.COUNTS_AGREE,
            table=RULES_TABLE,
            passed=not differing,
            severity="error",
            description=COUNTS_DESCRIPTION,
            unexpected_count=len(differing),
            element_count=len({*listed, *counted}),
            sample_rows=differing[:SAMPLE_SIZE],
            docs_path=page,
        )
    )
    return outcomes


def _rule_outcome(rule: StageRule, answer: Mapping[str, Any], page: str | None, warehouse: Warehouse) -> CheckOutcome:
    failed, judged = int(answer["unexpected_count"] or 0), int(answer["element_count"])  # a sum of no rows is None
    rate = f"{Decimal(failed) / judged:.1%} of {judged} judged" if judged else "none judged"
    return CheckOutcome(
        name=rule.check_name,
        table=RULES_TABLE,
        passed=failed == 0,
        severity=severity_of(failed, judged, rule.tolerated_rate, rule.severity),
        description=rule.description,
        unexpected_count=failed,
        element_count=judged,
        observed=f"{rate}, tolerated {rule.tolerated_rate:.1%}",
        sample_rows=warehouse.rows(_RULE_SAMPLE, [rule.rule_id], SAMPLE_SIZE) if failed else [],
        docs_path=page,
    )


def _relabel_outcome(asked: Questionnaire, answer: Mapping[str, Any], page: str, warehouse: Warehouse) -> CheckOutcome:
    periods = warehouse.rows(f"select * from ({RELABEL_QUERY}) where relabel_share > 0 order by fiscal_period_id")
    shares = ", ".join(f"{row['relabel_share']:.1%} in {row['fiscal_period_id']}" for row in periods) or "none"
    return CheckOutcome(
        name=RELABEL_CHECK,
        table=RELABEL_TABLE,
        passed=not periods,
        severity="warn" if answer["success"] else asked.relabel.severity,
        description=asked.relabel_description,
        unexpected_count=len(periods),
        element_count=int(answer["element_count"]),
        observed=f"{shares}, tolerated {asked.relabel.tolerated_rate:.1%}",
        sample_rows=periods[:SAMPLE_SIZE],
        docs_path=page,
    )


def _replace(fresh: Path, kept: Path) -> None:
    """Put `fresh` in the place of `kept`, which is only deleted once that is done."""
    old = kept.with_name(kept.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if kept.exists():
        kept.rename(old)
    fresh.rename(kept)
    shutil.rmtree(old, ignore_errors=True)
