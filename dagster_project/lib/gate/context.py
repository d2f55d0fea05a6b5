"""Great Expectations, set up to read the build warehouse and to write Data Docs: the only module that drives it.

Nothing is sent anywhere and no table is copied into pandas: every question is one or a few queries in DuckDB.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster_project.lib.gate.expectations import CHECK_KEY, build_expectation
from dagster_project.lib.gate.questions import Question
from dagster_project.lib.gate.results import SAMPLE_SIZE, GateError
from dagster_project.lib.gate.suites import EXPECTATIONS_FOLDER

PLUGINS_FOLDER = EXPECTATIONS_FOLDER / "data_docs"
SITE_FOLDER = "site"
_RUN_NAME = "gate"


class Examiner:
    """Puts questions to one warehouse. Use `examiner`, which closes its connections."""

    def __init__(self, warehouse: Path, docs: Path) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx

        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        self._gx: Any = gx
        self._warehouse = warehouse
        self._docs = docs
        self._sources: dict[str, Any] = {}
        self._started_at = datetime.now(UTC)
        self._context: Any = gx.get_context(mode="ephemeral", project_config=_project_config(docs))

    def ask(self, question: Question) -> dict[str, dict[str, Any]]:
        """The `result` mapping of every check of `question`, by check name, with `success` added.

        Raises GateError where a query fails: that is no finding about data.
        """
        from great_expectations.core.run_identifier import RunIdentifier

        suite = self._gx.ExpectationSuite(
            name=question.name,
            expectations=[build_expectation(check, question.source) for check in question.checks],
        )
        definition = self._gx.ValidationDefinition(
            name=question.name, data=self._batch_of(question), suite=self._context.suites.add(suite)
        )
        validation = self._context.validation_definitions.add(definition).run(
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": SAMPLE_SIZE if question.shows_values else 0,
                "unexpected_index_column_names": list(question.sample_columns),
            },
            run_id=RunIdentifier(run_name=_RUN_NAME, run_time=self._started_at),
        )
        answers: dict[str, dict[str, Any]] = {}
        for result in validation.results:
            name = result.expectation_config.meta[CHECK_KEY]
            _refuse_exception(result.exception_info, f"{question.source}: expectation {name!r} on {question.table}")
            answers[name] = {**result.result, "success": bool(result.success)}
        return answers

    def build_docs(self, questions: list[Question]) -> dict[str, str]:
        """Write the site. Returns each question's page, relative to the Data Docs folder, by question name."""
        self._context.build_data_docs()
        shutil.rmtree(self._docs / SITE_FOLDER / "static")  # scripts, fonts and pictures that our pages don't use
        pages: dict[str, str] = {}
        for question in questions:
            folder = self._docs.joinpath(SITE_FOLDER, "validations", *question.name.split("."), _RUN_NAME)
            found = sorted(folder.glob("*/*.html"))
            if not found:
                raise GateError(f"Data Docs has no page for {question.name}: Great Expectations could not render it.")
            pages[question.name] = found[0].relative_to(self._docs).as_posix()
        return pages

    def close(self) -> None:
        """Close every connection to the warehouse."""
        for source in self._sources.values():
            source.get_engine().dispose()
            source.get_execution_engine().close()

    def _batch_of(self, question: Question) -> Any:
        schema, _, table = question.table.partition(".")
        source = self._source(schema)
        if question.query is None:
            asset = source.add_table_asset(name=question.name, table_name=table)
        else:
            asset = source.add_query_asset(name=question.name, query=question.query)
        return asset.add_batch_definition_whole_table("all_rows")

    def _source(self, schema: str) -> Any:
        """The data source of one schema; table assets take their schema from it."""
        if schema not in self._sources:
            from dagster_project.lib.gate import dialect

            source = self._context.data_sources.add_sql(
                name=schema, connection_string=dialect.connection_string(self._warehouse, schema)
            )
            # Great Expectations picks the regular-expression function by what the dialect's module defines.
            source.get_execution_engine().dialect_module = dialect
            self._sources[schema] = source
        return self._sources[schema]


@contextlib.contextmanager
def examiner(warehouse: Path, docs: Path) -> Iterator[Examiner]:
    """An Examiner whose connections are closed at the end, also after an error."""
    opened = Examiner(warehouse, docs)
    try:
        yield opened
    finally:
        opened.close()


def _project_config(docs: Path) -> Any:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    defaults = InMemoryStoreBackendDefaults()
    results = defaults.stores[defaults.validation_results_store_name]
    results["store_backend"] = _files(docs / "validations")
    return DataContextConfig(
        store_backend_defaults=defaults,
        analytics_enabled=False,
        plugins_directory=str(PLUGINS_FOLDER),
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        data_docs_sites={
            "local": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": _files(docs / SITE_FOLDER),
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": _view("OfflineIndexView")},
                "site_section_builders": {
                    "expectations": {"view": _view("OfflinePageView")},
                    "validations": {"view": _view("OfflinePageView")},
                    "profiling": "none",
                },
            }
        },
    )


def _view(name: str) -> dict[str, str]:
    return {"module_name": "dagster_project.lib.gate.docs_view", "class_name": name}


def _files(folder: Path) -> dict[str, str]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}


def _refuse_exception(info: dict[str, Any], where: str) -> None:
    """Great Expectations turns a crash into a failed expectation; here it becomes an error again."""
    raised = [info] if "raised_exception" in info else [entry for entry in info.values() if isinstance(entry, dict)]
    for entry in raised:
        if entry.get("raised_exception"):
            reason = str(entry.get("exception_message") or entry.get("exception_traceback")).strip()
            raise GateError(f"{where} could not be evaluated: {reason}. Correct its arguments or the table.")
