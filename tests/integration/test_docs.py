"""What the docs promise of the published marts: every mart is listed, every query runs."""

from __future__ import annotations

import re

import pytest

from dagster_project.lib.settings import PROJECT_ROOT
from tests.conftest import DailyRun

PAGE = (PROJECT_ROOT / "docs" / "marts.md").read_text(encoding="utf-8")
EMPTY_HERE = ("fct_history_repairs", "fct_published_figures", "fct_figure_restatements")
"""A clean company that was published once has nothing to repair, and nothing that was restated."""
QUERIES = re.findall(r"^    select.*?;$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_every_published_mart_is_listed_and_nothing_else(company_run: DailyRun) -> None:
    named = set(re.findall(r"`(\w+\.(?:fct|dim|agg)_\w+)`", PAGE))
    assert named == {f"{table['schema']}.{table['name']}" for table in company_run.manifest["tables"]}


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_docs_runs(company_run: DailyRun, query: str) -> None:
    found = company_run.rows(query)
    assert found or any(mart in query for mart in EMPTY_HERE)


def test_the_page_has_queries() -> None:
    assert len(QUERIES) >= 5
