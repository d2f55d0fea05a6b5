"""Edits that an extract tells after an as-of date leave every mart of that date as it was, by content hash.

What is drawn: roles made and taken away, contacts that move, statuses of members that rise and fall, leads that convert, calls that are
logged late, and deletions, all later than the as-of date and told by an extract after it; what was before them had been told by one
before it. Deletions within touch_correction_days are the one edit that may reach back, and are not drawn. A difference names the
mart and the seed. `make soak` draws more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

import pytest

from dagster_project.lib.content_hash import table_content_hash
from dagster_project.lib.publish import is_promised
from tests.conftest import BuildSmallCompany
from tests.integration.edited_company import EDITED, TOLD, Extract
from tests.small_companies import SmallCompany

AS_OF = date(2025, 9, 15)
DEALS = 12
EDITS = 20
SEEDS = range(int(os.environ.get("SOAK_EDITS", 2)))
STATUSES = {
    "site": ("Viewed Pricing", "Requested Demo"),
    "part": ("Sent", "Registered Deal"),
    "fair": ("Downloaded", "Opened"),
}
NOT_MARTS = ("raw", "staging", "intermediate", "seeds", "main", "test_failures")


def company_of_autumn() -> Extract:
    """Deals created from May on, the last a few days before as_of, so that late roles may still count for them."""
    draw = Random(0)
    first = Extract(TOLD).staff().account("nobody")
    for number in range(DEALS):
        name = f"d{number}"
        created = datetime.fromisoformat("2025-05-05") + timedelta(days=10 * number)
        first.account(f"a{number}")
        stage = "Closed Won" if number % 4 == 0 else "Discovery"
        first.opportunity(name, f"a{number}", at(created), draw.choice(("Web", "Cold Call", "Partner Referral")), stage)
        if number % 4 == 0:
            first.stage(name, "Closed Won", at(created + timedelta(days=25)))
        if number % 2 == 0:
            first.moved(name, (at(created + timedelta(days=9)), "Cold Call", "Web"))
        for part in ("x", "y"):
            contact = f"{part}{number}"
            first.contact(contact, f"a{number}" if part == "x" else "nobody")
            campaign = draw.choice(list(STATUSES))
            first.member(f"m{contact}", campaign, STATUSES[campaign][0], at(created - timedelta(days=draw.randint(2, 60))),
                         contact=contact)  # fmt: skip
        first.role(f"ry{number}", name, f"y{number}", at(created))
        first.call(f"t{number}", f"x{number}", at(created - timedelta(days=draw.randint(1, 20))))
        first.add("Lead", Id=f"l{number}", Name="l", LeadSource="Web", Status="Open", OwnerId="ae", IsConverted="false",
                  CreatedDate=at(created), CreatedById="mk", SystemModstamp=at(created))  # fmt: skip
    return first


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def edits(seed: int, before: Extract) -> Extract:
    """Each record is edited once at most; what isn't edited isn't told again."""
    draw = Random(seed)
    later = Extract(EDITED)
    members = {row["Id"]: row for row in before.rows["CampaignMember"]}
    calls = {row["Id"]: row for row in before.rows["Task"]}
    told: set[str] = set()
    for number in range(EDITS):
        when = at(datetime.fromisoformat("2025-09-16T08:00") + timedelta(hours=draw.randint(1, 24 * 100)))
        deal = draw.randrange(DEALS)
        kind = draw.choice(("named", "unnamed", "moved", "status", "deleted", "logged", "unlogged", "converted"))
        record = {"named": str(number), "unnamed": f"ry{deal}", "moved": f"x{deal}", "status": f"my{deal}",
                  "deleted": f"mx{deal}", "logged": str(number), "unlogged": f"t{deal}", "converted": f"l{deal}"}[kind]  # fmt: skip
        if record in told:
            continue
        told.add(record)
        if kind == "named":
            later.role(f"new{number}", f"d{draw.randrange(DEALS)}", f"x{deal}", when)
        elif kind == "unnamed":
            later.role(record, f"d{deal}", f"y{deal}", "2025-05-05", when, IsDeleted="true")
        elif kind == "moved":
            later.contact(record, draw.choice(["nobody", f"a{draw.randrange(DEALS)}"]), when)
        elif kind == "status":
            row = members[record]
            later.add("CampaignMember", **{**row, "Status": STATUSES[row["CampaignId"]][1], "SystemModstamp": when})
        elif kind == "deleted":
            later.add("CampaignMember", **{**members[record], "IsDeleted": "true", "SystemModstamp": when})
        elif kind == "logged":
            happened = datetime.fromisoformat("2025-05-05") + timedelta(days=draw.randint(0, 100))
            later.call(f"late{number}", f"x{deal}", at(happened), recorded=when)
        elif kind == "unlogged":
            later.add("Task", **{**calls[record], "IsDeleted": "true", "SystemModstamp": when})
        else:
            later.add("Lead", Id=record, Name="l", LeadSource="Web", Status="Converted", OwnerId="ae", IsConverted="true",
                      ConvertedDate=when, ConvertedAccountId=f"a{deal}", ConvertedContactId=f"x{deal}",
                      ConvertedOpportunityId=f"d{draw.randrange(DEALS)}", SystemModstamp=when, CreatedById="mk",
                      CreatedDate=next(row["CreatedDate"] for row in before.rows["Lead"] if row["Id"] == record))  # fmt: skip
    return later


def hashes(company: SmallCompany) -> Mapping[str, str]:
    """Content hash of every mart inside the promise."""
    tables = company.rows("select schema_name, table_name from duckdb_tables() where not internal")
    found = {}
    for schema, table in tables:
        if schema in NOT_MARTS or not is_promised(schema, table):
            continue
        columns = [
            (name, kind)
            for name, kind in company.rows(
                "select column_name, data_type from duckdb_columns()"
                f" where schema_name = '{schema}' and table_name = '{table}' order by column_index"
            )
        ]
        found[f"{schema}.{table}"] = table_content_hash(company.connection, f'"{schema}"."{table}"', columns)
    return found


@pytest.fixture(scope="module")
def as_it_was(small_company: BuildSmallCompany) -> Mapping[str, str]:
    company = small_company(company_of_autumn().files, as_of=AS_OF)
    # What the edits could change is there.
    for table in (
        "governance.fct_source_relabels",
        "attribution.fct_attribution_credits",
        "stage_transitions.fct_lead_stage_visits",
    ):
        assert company.value(f"select count(*) from {table}") > 5, table
    return hashes(company)


@pytest.mark.parametrize("seed", SEEDS)
def test_later_edits_leave_the_marts_of_then(
    seed: int, as_it_was: Mapping[str, str], small_company: BuildSmallCompany
) -> None:
    before = company_of_autumn()
    company = small_company({**before.files, **edits(seed, before).files}, as_of=AS_OF)
    now = hashes(company)
    assert now.keys() == as_it_was.keys() and len(now) > 20
    assert {mart for mart, value in now.items() if value != as_it_was[mart]} == set()


def test_the_same_edits_are_seen_later(small_company: BuildSmallCompany) -> None:
    before = company_of_autumn()
    later = date.fromisoformat(EDITED)
    with_edits = hashes(small_company({**before.files, **edits(0, before).files}, as_of=later))
    without = hashes(small_company(before.files, as_of=later))
    changed = {mart for mart, value in with_edits.items() if value != without[mart]}
    assert {"attribution.fct_attribution_credits", "stage_transitions.fct_lead_stage_visits"} <= changed
