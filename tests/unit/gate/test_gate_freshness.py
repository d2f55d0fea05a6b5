"""Freshness: each source's newest system timestamp against the limit of its contract, before the as-of date."""

from __future__ import annotations

import pytest
from gate_company import Company, outcome_of

from dagster_project.lib.contracts import Source

CHECK = "sources_are_fresh"


def extracted(company: Company, source: str, at: str, declared: bool = True, status: str = "loaded") -> None:
    company.sql(f"insert into raw.plumbline_files values ('{source}', '{status}', {declared}, timestamp '{at}')")


def recorded(company: Company, source: str, version_at: str, extracted_at: str) -> None:
    company.sql(
        "insert into raw.salesforce__opportunity (_source, _version_at, _extracted_at) values "
        f"('{source}', timestamp '{version_at}', timestamp '{extracted_at}')"
    )


def test_source_within_its_limit_is_fresh(company: Company) -> None:
    extracted(company, "salesforce", "2026-05-09 00:00:00")
    outcome = outcome_of(company.run(), CHECK)
    assert outcome.passed
    assert outcome.element_count == 1


def test_source_past_its_limit_is_a_warning(company: Company) -> None:
    extracted(company, "salesforce", "2026-05-10 00:00:00")
    extracted(company, "generic", "2026-05-08 12:00:00")
    result = company.run()
    outcome = outcome_of(result, CHECK)
    assert not outcome.passed
    assert outcome.severity == "warn"
    assert result.passed
    assert [(row["source_name"], row["days_behind"]) for row in outcome.sample_rows] == [("generic", 2.5)]


@pytest.mark.parametrize("status", ["repeated", "loaded"])
def test_extract_without_news_proves_freshness(company: Company, status: str) -> None:
    recorded(company, "salesforce", "2026-01-01 00:00:00", "2026-01-02 00:00:00")
    extracted(company, "salesforce", "2026-05-10 00:00:00", status=status)
    assert outcome_of(company.run(), CHECK).passed


def test_load_time_proves_nothing(company: Company) -> None:
    recorded(company, "salesforce", "2026-01-01 00:00:00", "2026-05-10 00:00:00")
    extracted(company, "salesforce", "2026-05-10 00:00:00", declared=False)
    assert not outcome_of(company.run(), CHECK).passed


def test_record_from_the_future_counts_as_its_extract(company: Company) -> None:
    recorded(company, "salesforce", "2203-01-01 00:00:00", "2026-01-01 00:00:00")
    assert not outcome_of(company.run(), CHECK).passed


def test_source_that_brought_nothing_has_no_age(company: Company) -> None:
    outcome = outcome_of(company.run(), CHECK)
    assert outcome.passed
    assert outcome.element_count == 0


def test_every_shipped_contract_has_a_limit(shipped_sources: list[Source]) -> None:
    assert all(source.freshness_days for source in shipped_sources)
