"""One clean company, exported once as Salesforce and once as HubSpot: what doesn't depend on ids must be equal to the cent.

HubSpot has no exchange rates, so both read the company's from a seeds folder of this test. Ramp profiles are emptied as in
`test_sample_totals`. Without a history of properties only the dates of stage entry tell of the past.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.dbt_manifest import ensure_manifest
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, Rates, simulate
from tests.conftest import SEEDS, DailyRun, RunDaily
from tests.integration.test_increments import build

CLEAN = Options(opportunities=150, quarters=4, rates=Rates.none(), dirt=0.0, format="csv")
TRANSITIONS = """
    select from_stage, to_stage, direction, count(*), sum(amount_at_transition), min(transitioned_at), max(transitioned_at)
    from stage_transitions.fct_stage_transitions
    group by all
    order by all
"""
QUARTERS = """
    with events as (
        select 'created' as event, created_at as happened_at, amount from core.dim_opportunities
        union all
        select 'qualified', qualified_at, amount from core.dim_opportunities where qualified_at is not null
        union all
        select stage, closed_at, amount from core.dim_opportunities where not is_open
        union all
        select 'open, to close', close_date, amount from core.dim_opportunities where is_open
    )
    select event, date_trunc('quarter', happened_at), count(*), count(amount), sum(amount)
    from events
    group by all
    order by all
"""
# Whoever has no team of his own is in Salesforce's department, of which HubSpot has none.
COVERAGE = """
    select
        * exclude (ae_coverage_id, ae_id, manager_id)
        replace (case when is_ae then team end as team, case when is_ae then team_today end as team_today)
    from coverage.fct_ae_coverage
    order by ae_name, fiscal_period_id
"""
CLAIMS = """
    select claimed_source, loss_reason, count(*), sum(amount)
    from core.dim_opportunities
    group by all
    order by all
"""

STEPS = """
    select opportunity_id, transition_number, from_stage, to_stage, direction, transitioned_at
    from stage_transitions.fct_stage_transitions
    order by all
"""
RETURNED = """
    select distinct opportunity_id
    from stage_transitions.fct_stage_visits
    group by opportunity_id, stage
    having count(*) > 1
"""
NEWEST_ENTRIES = """
    select opportunity_id, stage, max(entered_at)
    from stage_transitions.fct_stage_visits
    where stage <> '(unknown)'
    group by all
    order by all
"""


@dataclass(frozen=True)
class Built:
    """A company's warehouse."""

    settings: Settings

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.settings, read_only=True) as connection:
            return connection.execute(query).fetchall()


class Companies:
    """Homes that share the company's exchange rates and one parse of the dbt project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.salesforce = self.simulated("salesforce", CLEAN)
        self.seeds = folder / "seeds"
        shutil.copytree(SEEDS, self.seeds)
        ramp = self.seeds / "ramp_profiles.csv"
        ramp.write_text(ramp.read_text().splitlines()[0] + "\n")
        (rates,) = (self.salesforce / "salesforce" / "DatedConversionRate").glob("*.csv")
        with rates.open(newline="") as lines, (self.seeds / "fx_rates.csv").open("w") as seed:
            seed.write("currency,valid_from,valid_to,rate_to_reporting\n")
            for row in csv.DictReader(lines):
                rate = 1 / float(row["ConversionRate"])
                seed.write(f"{row['IsoCode']},{row['StartDate']},{row['NextStartDate']},{rate:.14f}\n")
        self.parsed = self.settings("parsed", folder)
        ensure_manifest(self.parsed)

    def simulated(self, name: str, options: Options) -> Path:
        landing = self.folder / name / "landing"
        simulate(options, landing)
        return landing

    def settings(self, name: str, landing: Path) -> Settings:
        return Settings(
            self.folder / name / "home", landing=landing, mappings=None, seeds=self.seeds, lock_wait_seconds=0
        )

    def home(self, name: str, landing: Path) -> Settings:
        """Settings of a home to which the parsed project was copied."""
        made = self.settings(name, landing)
        shutil.copytree(self.parsed.dbt_target_path.parent, made.dbt_target_path.parent)
        return made

    def built(self, name: str, landing: Path, *selected: str) -> Built:
        """Load and build, without tests and gate."""
        made = Built(self.home(name, landing))
        assert build(made.settings, *selected)
        return made


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Companies:
    return Companies(tmp_path_factory.mktemp("hubspot"))


@pytest.fixture(scope="module")
def salesforce(companies: Companies) -> Built:
    selected = "+fct_stage_transitions +dim_opportunities +fct_ae_coverage"
    return companies.built("salesforce", companies.salesforce, "--select", *selected.split())


@pytest.fixture(scope="module")
def hubspot(companies: Companies, daily_run: RunDaily) -> DailyRun:
    """The daily job over the company as HubSpot exports it."""
    landing = companies.simulated("hubspot", replace(CLEAN, systems=("hubspot", "generic")))
    settings = companies.home("hubspot", landing)
    run = daily_run(landing, seeds=companies.seeds, home=settings.home)
    assert run.success, run.summary
    return run


@pytest.mark.parametrize("query", [TRANSITIONS, QUARTERS, COVERAGE, CLAIMS], ids=["steps", "quarters", "aes", "claims"])
def test_hubspot_gives_the_numbers_that_salesforce_gives(salesforce: Built, hubspot: DailyRun, query: str) -> None:
    expected = salesforce.rows(query)
    assert len(expected) > 5
    assert hubspot.rows(query) == expected


def test_every_row_of_hubspot_was_loaded(hubspot: DailyRun) -> None:
    assert hubspot.warehouse_rows(
        "select count(*) > 15, sum(rows_in) = sum(rows_loaded), sum(rows_quarantined), bool_and(status = 'loaded')"
        " from raw.plumbline_files where source_name = 'hubspot'"
    ) == [(True, True, 0, True)]


def test_stage_entry_dates_give_the_transitions_that_histories_give(companies: Companies, hubspot: DailyRun) -> None:
    landing = companies.simulated("dates", replace(CLEAN, systems=("hubspot", "generic"), field_history=False))
    assert not (landing / "hubspot" / "deal_property_history").exists()
    dates = companies.built("dates", landing, "--select", "+fct_stage_transitions")
    # A date is that of the newest entry: of a deal that came back to a stage, one extract tells no earlier visit.
    returned = set(hubspot.rows(RETURNED))
    expected, found = ([row for row in run.rows(STEPS) if row[:1] not in returned] for run in (hubspot, dates))
    assert found == expected
    assert len(expected) > 400
    assert dates.rows(NEWEST_ENTRIES) == hubspot.rows(NEWEST_ENTRIES)
