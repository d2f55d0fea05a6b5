"""Words of records that no seed knows: claimed sources without a sourcing function, currencies without a rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.check.seed_files import key, seed_rows
from dagster_project.lib.company_settings import company_vars
from dagster_project.lib.ingest import sql
from dagster_project.lib.privacy import hide
from dagster_project.lib.settings import Settings

SOURCES = (
    ("salesforce__opportunity", "lead_source"),
    ("salesforce__lead", "lead_source"),
    ("salesforce__contact", "lead_source"),
    ("hubspot__deal", "property_deal_source"),
    ("hubspot__contact", "property_contact_source"),
    ("generic__opportunities", "source"),
    ("generic__leads", "source"),
    ("generic__contacts", "source"),
)
CURRENCIES = (
    ("salesforce__opportunity", "currency_iso_code"),
    ("salesforce__forecasting_quota", "currency_iso_code"),
    ("hubspot__deal", "property_deal_currency_code"),
    ("generic__opportunities", "currency"),
    ("generic__quotas", "currency"),
)
_BLANKS = ("", "null", "none", "n/a", "nan", "\\n")


@dataclass(frozen=True)
class Word:
    """A word of one source and on how many rows it stands."""

    source_name: str
    text: str
    rows: int


def words(con: duckdb.DuckDBPyConnection, places: Iterable[tuple[str, str]]) -> list[Word]:
    """The different words of some columns, (raw table, column) each; the most frequent first."""
    told = " union all ".join(
        f"select _source as source_name, trim({sql.name(column)}) as word from raw.{sql.name(table)}"
        for table, column in places
    )
    rows = con.execute(
        f"""
        select source_name, word, count(*) as n
        from ({told})
        where word is not null
        group by all
        order by n desc, 1, 2
        """
    ).fetchall()
    return [Word(*row) for row in rows if key(row[1]) not in _BLANKS]


def unknown_sources(con: duckdb.DuckDBPyConnection, seeds: Path) -> list[Word]:
    """Claimed sources that seeds/source_taxonomy.csv has no row for."""
    known = {key(text) for text in known_sources(seeds)}
    return [word for word in words(con, SOURCES) if key(word.text) not in known]


def known_sources(seeds: Path) -> list[str]:
    """The claimed sources that seeds/source_taxonomy.csv lists."""
    return [row.get("claimed_source", "") for row in seed_rows(seeds, "source_taxonomy")]


def unknown_sources_said(con: duckdb.DuckDBPyConnection, seeds: Path) -> list[str]:
    """One sentence per claimed source without a row."""
    known = known_sources(seeds)
    return [
        f"{word.source_name}: source {shown(word.text)}, {word.rows:,} rows, is not in source_taxonomy.csv"
        f"{nearest_said(word.text, known)}; it counts as `unknown`."
        for word in unknown_sources(con, seeds)
    ]


def currencies_without_rate(con: duckdb.DuckDBPyConnection, seeds: Path, reporting: str) -> list[Word]:
    """Currencies that neither the CRM's dated rates nor seeds/fx_rates.csv convert into the reporting one."""
    crm = con.execute("select distinct iso_code from raw.salesforce__dated_conversion_rate").fetchall()
    rated = {reporting, *(code for (code,) in crm), *(_rated(seeds))}
    known = {key(code) for code in rated if code}
    return [word for word in words(con, CURRENCIES) if key(word.text) not in known]


def _rated(seeds: Path) -> list[str]:
    """Currencies of which the seed has a rate; a row without one waits to be filled in."""
    return [row["currency"] for row in seed_rows(seeds, "fx_rates") if row.get("rate_to_reporting")]


def currencies_said(con: duckdb.DuckDBPyConnection, seeds: Path, reporting: str) -> list[str]:
    """One sentence per currency without a rate."""
    return [
        f"{word.source_name}: no rate of currency {shown(word.text)} ({word.rows:,} rows) into {reporting}: its "
        "amounts are none. Write it into fx_rates.csv."
        for word in currencies_without_rate(con, seeds, reporting)
    ]


def reporting_currency(settings: Settings) -> str:
    """The currency that money is published in. Raises SettingsError where a setting can't be used."""
    return str(company_vars(settings)["reporting_currency"])


def shown(word: str) -> str:
    """A word as it may be shown: of an address, its length."""
    return str(hide(word)) if "@" in word else repr(word)
