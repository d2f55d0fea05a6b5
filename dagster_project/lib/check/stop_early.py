"""Whether there is anything to publish: a landing folder that is there, and one opportunity that could be read."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.contracts import Source
from dagster_project.lib.contracts.lift import ENTITIES
from dagster_project.lib.run_report import IngestReport
from dagster_project.lib.settings import Settings

_SHOWN = 3


class NothingToPublishError(RuntimeError):
    """A run would publish nothing new or nothing at all; the message says what was found and what to do."""


def require_landing(settings: Settings) -> None:
    """Raise NothingToPublishError where the landing folder doesn't exist: its files can't have been looked at."""
    landing = settings.landing
    if landing.is_dir():
        return
    if landing.exists():
        raise NothingToPublishError(
            f"{landing} (PLUMBLINE_LANDING) is a file. Name the folder that holds your extracts, such as its parent."
        )
    beside = [path.name for path in landing.parent.iterdir() if path.is_dir()] if landing.parent.is_dir() else []
    raise NothingToPublishError(
        f"The landing folder {landing} doesn't exist{nearest_said(landing.name, beside)}. Correct PLUMBLINE_LANDING, "
        "or make the folder and put your extracts there, such as salesforce/Opportunity/2026-03-31.csv; "
        "docs/loading.md says where files go."
    )


def opportunity_tables(sources: Iterable[Source]) -> list[str]:
    """Names of the raw tables that hold opportunities, without schema."""
    return [
        entry.raw_table
        for source in sources
        for entry in source.objects
        if ENTITIES.get((source.name, entry.name)) == "opportunities"
    ]


def has_opportunity(con: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> bool:
    """Whether any load ever stored an opportunity. Needs `prepare_raw` before."""
    queries = [f'select 1 from raw."{table}" limit 1' for table in opportunity_tables(sources)]
    return any(con.execute(query).fetchone() is not None for query in queries)


def nothing_found(settings: Settings, report: IngestReport) -> str:
    """What a load without any opportunity found, and what to write."""
    refused, unmatched = report.refused, report.unmatched
    loaded = sum(totals.rows_loaded for totals in report.sources)
    quarantined = sum(totals.rows_quarantined for totals in report.sources)
    found = []
    if refused:
        first = refused[0]
        found.append(f"{_files(len(refused))} refused, the first {first['file']}: {str(first['reason']).rstrip('.')}")
    if unmatched:
        shown = ", ".join(unmatched[:_SHOWN]) + (", …" if len(unmatched) > _SHOWN else "")
        found.append(f"{_files(len(unmatched))} that no contract or mapping matches ({shown})")
    if quarantined:
        found.append(f"{quarantined:,} rows in quarantine")
    if loaded:
        found.append(f"{loaded:,} rows of other objects")
    if settings.extracts_until is not None:
        return (
            f"There is no opportunity to publish: no extract taken before {settings.extracts_until} UTC holds one. "
            f"Found: {'; '.join(found) or 'no file of that time'}. Begin with a later day."
        )
    return (
        f"There is no opportunity to publish: neither {settings.landing} nor any earlier load holds one that could be "
        f"read. Found: {'; '.join(found) or 'no file at all'}. {_advice(report)}"
    )


def _advice(report: IngestReport) -> str:
    if report.unmatched:
        return (
            "`plumbline init --out myrules` writes a first mapping of files that nothing matches; correct what it "
            "marks as guessed, name its mappings/ in PLUMBLINE_MAPPINGS, and see `plumbline check`."
        )
    if report.refused or report.quarantined:
        return "Correct what is named and run again; `plumbline check` shows the rest without loading."
    return (
        "Put the deals of your CRM there, such as salesforce/Opportunity/2026-03-31.csv, hubspot/deals/… or "
        "generic/opportunities/…; docs/loading.md says where files go."
    )


def _files(count: int) -> str:
    return f"{count:,} file{'s' if count != 1 else ''}"
