"""Marketo beside Salesforce: what both tell counts once, what Marketo alone tells is added, late news reach journeys."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, Rates, simulate
from tests.conftest import SEEDS, DailyRun, RunDaily, reuse_parse
from tests.integration.test_increments import build, mart_hashes

_MODELS = ("--select", "+int_opportunity_sources", "+int_opportunity_touches", "+dim_campaigns")
_SIZE = {"opportunities": 150, "quarters": 4, "dirt": 0.0}
_LATE = "2025-10-01T120000Z.csv"


def _settings(home: Path, landing: Path, parsed_project: Path) -> Settings:
    settings = Settings(home=home, landing=landing, mappings=None, seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    return settings


def _rows(settings: Settings, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with warehouse.connect(settings, read_only=True) as connection:
        return connection.execute(query, parameters or []).fetchall()


class TestACleanCompany:
    """The same company told by Salesforce alone and with Marketo; the last campaigns are running when extracts end."""

    @pytest.fixture(scope="class")
    def without(self, tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Settings:
        home = tmp_path_factory.mktemp("without")
        options = Options(**_SIZE, rates=Rates.none(), withheld_days=20, systems=("salesforce", "generic"))
        simulate(options, home / "landing")
        settings = _settings(home / "var", home / "landing", parsed_project)
        build(settings, *_MODELS)
        return settings

    @pytest.fixture(scope="class")
    def with_marketo(self, tmp_path_factory: pytest.TempPathFactory, daily_run: RunDaily) -> DailyRun:
        landing = tmp_path_factory.mktemp("with") / "landing"
        options = Options(**_SIZE, rates=Rates.none(), withheld_days=20, systems=("salesforce", "marketo", "generic"))
        simulate(options, landing)
        run = daily_run(landing)
        assert run.success, run.summary
        return run

    def test_evidence_sources_are_equal(self, without: Settings, with_marketo: DailyRun) -> None:
        query = (
            "select opportunity_id, evidence_function, evidence_kind, evidence_id"
            " from intermediate.int_opportunity_sources order by 1"
        )
        alone = _rows(without, query)
        assert len(alone) > 100
        assert with_marketo.warehouse_rows(query) == alone

    def test_hand_raises_and_members_are_those_of_the_crm(self, without: Settings, with_marketo: DailyRun) -> None:
        query = (
            "select campaign_id, touch_type, is_hand_raise, count(*) from intermediate.int_touches"
            " where is_hand_raise or touch_type not in ('email_sent', 'email_open', 'email_click', 'web_visit')"
            " group by all order by all"
        )
        alone = _rows(without, query)
        assert sum(row[3] for row in alone if row[2]) > 50
        assert with_marketo.warehouse_rows(query) == alone

    def test_no_response_is_told_again_on_its_day(self, with_marketo: DailyRun) -> None:
        """Written apart from the model's SQL: per person, campaign and day no more touches than the louder system tells."""
        told: dict[tuple[Any, ...], Counter[bool]] = {}
        for person, campaign, day, is_activity in with_marketo.warehouse_rows(
            "select person_id, campaign_id, touched_at::date, told_as = 'activity' from intermediate.int_touch_records"
            " where is_material and campaign_id is not null and told_as <> 'program_membership'"
        ):
            told.setdefault((person, campaign, day), Counter())[is_activity] += 1
        counted = with_marketo.warehouse_rows(
            "select person_id, campaign_id, touched_at::date, count(*) from intermediate.int_touches"
            " where is_material and campaign_id is not null and touched_at_source <> 'campaign_end' group by all"
        )
        both = [key for key, counts in told.items() if len(counts) == 2]
        assert len(both) > 50
        louder = {key: max(counts.values()) for key, counts in told.items()}
        assert [row for row in counted if row[3] > louder.get(row[:3], 0)] == []

    def test_visits_and_emails_are_added_as_the_taxonomy_says(self, with_marketo: DailyRun) -> None:
        found = with_marketo.warehouse_rows(
            "select touch_type, is_material, bool_or(is_hand_raise), min(channel), max(channel)"
            " from intermediate.int_touches where source_name = 'marketo' group by all order by all"
        )
        assert found == [
            ("email_click", False, False, "email", "email"),  # unsubscribed
            ("email_click", True, False, "email", "email"),
            ("email_open", False, False, "email", "email"),
            ("email_sent", False, False, "email", "email"),
            ("web_visit", False, False, "website", "website"),
        ]
        raw = with_marketo.warehouse_rows(
            "select (select count(*) from raw.marketo__activity_send_email),"
            " (select count(*) from raw.marketo__activity_open_email)"
        )[0]
        kept = with_marketo.warehouse_rows(
            "select count(*) filter (where touch_type = 'email_sent'), count(*) filter (where touch_type = 'email_open')"
            " from intermediate.int_touches"
        )[0]
        assert kept == raw

    def test_costs_are_equal_to_the_dollar_in_which_marketo_counts(
        self, without: Settings, with_marketo: DailyRun
    ) -> None:
        query = "select campaign_id, ends_on, reported_cost_amount, cost_amount from core.dim_campaigns order by 1"
        alone, beside = _rows(without, query), with_marketo.warehouse_rows(query)
        assert [row[0] for row in alone] == [row[0] for row in beside]
        running = 0
        for (_, _, stated, cost), (_, _, _, other) in zip(alone, beside, strict=True):
            if stated is None and cost is not None:
                running += 1
                assert abs(cost - other) < 2
            else:
                assert cost == other
        assert running > 3


class TestScannersMergesAndLateNews:
    """A company with bots and merged leads, and an extract that comes after its first build."""

    @pytest.fixture(scope="class")
    def company(self, tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Settings:
        home = tmp_path_factory.mktemp("company")
        rates = Rates().with_changes({"merged_leads": 0.15})
        simulate(Options(**_SIZE, rates=rates, systems=("salesforce", "marketo", "generic")), home / "landing")
        settings = _settings(home / "var", home / "landing", parsed_project)
        build(settings, *_MODELS)
        return settings

    def test_scanners_give_no_touch_in_journeys(self, company: Settings) -> None:
        flagged = "select 'marketo:activity:' || id from raw.marketo__activity_{}_email where is_bot_activity"
        bots = {row[0] for kind in ("open", "click") for row in _rows(company, flagged.format(kind))}
        assert len(bots) > 50
        assert bots == {row[0] for row in _rows(company, "select touch_id from intermediate.int_touches where is_bot")}
        journeys = {row[0] for row in _rows(company, "select touch_id from intermediate.int_opportunity_touches")}
        assert any(touch.startswith("marketo:activity:") for touch in journeys)
        assert not bots & journeys

    def test_activities_of_merged_leads_are_those_of_the_lead_that_stays(self, company: Settings) -> None:
        kept: dict[str, str] = {}
        for stays, goes in _rows(company, "select lead_id, merge_ids from raw.marketo__activity_merge_leads"):
            kept[goes.strip("[]")] = stays
        records = {
            lead: contact or crm_lead
            for lead, contact, crm_lead in _rows(
                company,
                "select id, sfdc_contact_id, sfdc_lead_id from raw.marketo__lead"
                " qualify row_number() over (partition by id order by updated_at desc) = 1",
            )
        }
        people = dict(_rows(company, "select record_id, person_id from intermediate.int_people"))
        touches = dict(_rows(company, "select touch_id, person_id from intermediate.int_touch_records"))
        checked = 0
        for kind in ("visit_webpage", "fill_out_form", "send_email", "open_email", "click_email"):
            for activity, lead in _rows(company, f"select id, lead_id from raw.marketo__activity_{kind}"):
                if lead in kept:
                    checked += 1
                    stays = kept[lead]
                    while stays in kept:
                        stays = kept[stays]
                    assert touches[f"marketo:activity:{activity}"] == people[records[stays]]
        assert checked > 3

    def test_late_news_reach_the_opportunities_as_a_full_build_does(
        self, company: Settings, tmp_path: Path, parsed_project: Path
    ) -> None:
        shutil.copytree(company.home, tmp_path / "grown")
        shutil.copytree(company.landing, tmp_path / "landing")
        grown = _settings(tmp_path / "grown", tmp_path / "landing", parsed_project)
        visitor = _late_news(grown)
        assert not build(grown, *_MODELS)
        reached = _rows(
            grown,
            "select opportunity_id from intermediate.int_opportunity_touches where touch_id = 'marketo:activity:900001'",
        )
        asked = _rows(
            grown, "select opportunity_id from intermediate.int_opportunities where account_id = ?", [visitor]
        )
        assert asked
        assert {row[0] for row in asked} <= {row[0] for row in reached}
        changed, total = _rows(
            grown,
            "select (select count(*) from intermediate.int_changed_opportunities),"
            " (select count(*) from intermediate.int_opportunities)",
        )[0]
        assert 0 < changed < total
        rebuilt = _settings(tmp_path / "rebuilt", tmp_path / "landing", parsed_project)
        assert build(rebuilt, *_MODELS)
        incremental, full = mart_hashes(grown), mart_hashes(rebuilt)
        assert {name for name in full if incremental.get(name) != full[name]} == set()


def _late_news(settings: Settings) -> str:
    """A form, a merge, a lead that turns out to be somebody else, a program no longer synced; returns the form's account."""
    people = _rows(
        settings,
        "select * from ("
        " select distinct people.lead_id, contacts.account_id, people.contact_id"
        " from intermediate.int_marketo__people as people"
        " inner join intermediate.int_contacts as contacts on people.contact_id = contacts.contact_id"
        " inner join intermediate.int_touches as touches on people.contact_id = touches.person_id"
        " inner join intermediate.int_opportunities as deals on contacts.account_id = deals.account_id"
        " where people.is_kept and touches.source_name = 'marketo' and touches.is_material"
        ") qualify row_number() over (partition by account_id order by lead_id) = 1 order by lead_id",
    )
    (visitor, account, _), (merged, _, _), (stays, _, _), (moved, _, _), (_, _, other) = people[:5]
    email = _rows(settings, "select max(email) from raw.salesforce__contact where id = ?", [other])[0][0]
    # A program of few people, none of them beside those above, whose opportunities must be reached by themselves.
    program = _rows(
        settings,
        "select program_id from intermediate.int_marketo__programs as programs"
        " inner join intermediate.int_touches as touches on programs.campaign_id = touches.campaign_id"
        " group by 1 having bool_or(touches.source_name = 'marketo' and touches.is_material)"
        " and not bool_or(coalesce(touches.account_id in (?, ?, ?, ?), false))"
        " order by count(distinct touches.person_id), 1 limit 1",
        [row[1] for row in people[:4]],
    )[0][0]
    at, form = "2025-09-29T10:00:00Z", "activity_fill_out_form"
    _write(
        settings,
        form,
        {"id": "900001", "activity_date": at, "lead_id": visitor, "primary_attribute_value": "Contact us"},
    )
    merge = {"id": "900002", "activity_date": at, "lead_id": stays, "merge_ids": f"[{merged}]"}
    _write(settings, "activity_merge_leads", merge)
    _write(settings, "lead", {"id": moved, "updated_at": at, "email": email})
    _write(settings, "program", {"id": program, "name": "Renamed", "channel": "Podcast", "updated_at": at})
    return account


def _write(settings: Settings, name: str, row: dict[str, str]) -> None:
    with (settings.landing / "marketo" / name / _LATE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
