"""`init` writes rules that a run takes as they are, with every guess marked, and never writes over anything."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.lib.check.verdict import Verdict, check
from dagster_project.lib.first_rules.write import NOTES, FirstRulesError, Written, write_first_rules
from dagster_project.lib.settings import PROJECT_ROOT
from tests.unit.ingest.landing_zone import LandingZone

DEALS = """Deal ID,Deal name,Deal stage,Amount,Currency,Expected close date,Owner,Organization,Lead source,Deal created,Region
D1,First,Talking,100,EUR,30/06/2026,Ada,Acme,Web,15/01/2026,North
D2,Second,Offer sent,250.5,ZAR,30/09/2026,Bob,Beta,Web site,20/02/2026,South
D3,Third,Won,300,EUR,01/03/2026,Ada,Acme,Friend,13/01/2026,North
D4,Fourth,Lost,50,EUR,02/03/2026,Bob,Beta,,14/01/2026,South
"""
TITLES = ("Stages that no list names", "Sources that no seed knows", "Stage rules that can't judge")


@pytest.fixture
def written(zone: LandingZone, tmp_path: Path) -> Written:
    zone.write("ourcrm/deals-2026-03-31.csv", DEALS)
    zone.write("ourcrm/people.csv", "email,shoe size\na@example.org,40\n")
    return write_first_rules(zone.settings, tmp_path / "rules")


def checked(zone: LandingZone, out: Path) -> Verdict:
    return check(replace(zone.settings, mappings=out / "mappings", seeds=out / "seeds"))


def rows(out: Path, seed: str) -> list[dict[str, str]]:
    with (out / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_mapping_says_what_it_guessed(written: Written) -> None:
    assert written.feeds == [("ourcrm", "opportunities", "ourcrm/deals-*.csv")]
    assert written.untold == ["ourcrm/people.csv"]
    text = (written.out / "mappings" / "ourcrm.yml").read_text(encoding="utf-8")
    for line in (
        "source: ourcrm",
        '  - file: "ourcrm/deals-*.csv"',
        "      opportunity_id: Deal ID  # guessed",
        "      stage: Deal stage  # guessed",
        "      amount: Amount\n",
        "      close_date: Expected close date  # guessed",
        "      account_id: Organization  # guessed",
        "      source: Lead source",
        "      created_at: Deal created  # guessed",
        "    constants: {pipeline_id: ourcrm}  # guessed",
        '      close_date: "%d/%m/%Y"  # guessed',
        "    # Kept and mapped to nothing: Region",
    ):
        assert line in text


def test_what_follows_is_clean_but_for_what_must_be_filled_in(zone: LandingZone, written: Written) -> None:
    verdict = checked(zone, written.out)
    assert verdict.can_publish
    assert verdict.opportunities == 4
    found = {section.title: list(section.lines) for section in verdict.sections}
    assert [found[title] for title in TITLES] == [[], [], []]
    assert found["Values that can't be read"] == []
    assert found["Asked for or told, and not found"] == []
    assert [line.split(" (")[0] for line in found["Currencies without a rate"]] == ["ourcrm: no rate of currency 'ZAR'"]


def test_the_stage_policy_is_of_the_stages_that_were_found(written: Written) -> None:
    policy = rows(written.out, "stage_policy")
    assert [(row["stage"], row["stage_order"], row["is_open"], row["is_won"]) for row in policy] == [
        ("Talking", "1", "true", "false"),
        ("Offer sent", "2", "true", "false"),
        ("Won", "3", "false", "true"),
        ("Lost", "4", "false", "false"),
    ]
    assert {row["is_qualified"] for row in policy} == {"false"}
    assert rows(written.out, "stage_rules") == []
    notes = (written.out / NOTES).read_text(encoding="utf-8")
    assert "ourcrm / Won: closed and won: by its name" in notes
    assert "is_qualified is false everywhere" in notes


def test_sources_and_rates_are_of_the_words_that_were_found(written: Written) -> None:
    functions = {row["claimed_source"]: row["sourcing_function"] for row in rows(written.out, "source_taxonomy")}
    assert functions["Web"] == "marketing_inbound"
    assert functions["Web site"] == "marketing_inbound"
    assert functions["Friend"] == "unknown"
    rates = {row["currency"]: row["rate_to_reporting"] for row in rows(written.out, "fx_rates")}
    assert set(rates) == {"USD", "EUR"}
    notes = (written.out / NOTES).read_text(encoding="utf-8")
    assert "Web site: marketing_inbound (as 'Website')" in notes
    assert "EUR: the rate is the sample's" in notes
    assert "ZAR has no rate, and its amounts are none until you add the line `ZAR,2000-01-01,,`" in notes


def test_every_seed_of_the_project_is_there(written: Written) -> None:
    assert {path.name for path in (PROJECT_ROOT / "seeds").glob("*.csv")} == {
        path.name for path in (written.out / "seeds").glob("*.csv")
    }


def test_nothing_is_written_over(zone: LandingZone, written: Written, tmp_path: Path) -> None:
    with pytest.raises(FirstRulesError, match="is there already, and nothing is written over"):
        write_first_rules(zone.settings, written.out)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert write_first_rules(zone.settings, empty).out == empty
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".writing")]


def test_a_folder_of_which_nothing_can_be_told(zone: LandingZone, tmp_path: Path) -> None:
    with pytest.raises(FirstRulesError, match="holds no file"):
        write_first_rules(zone.settings, tmp_path / "rules")
    zone.write("colours.csv", "colour,hue\nred,1\n")
    zone.write("deals.xlsx", "PK")
    with pytest.raises(FirstRulesError, match=r"could it be told what it holds \(colours\.csv, deals\.xlsx\)"):
        write_first_rules(zone.settings, tmp_path / "rules")
    assert not (tmp_path / "rules").exists()


def test_files_of_a_vendor_need_seeds_only(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(
        "salesforce/Opportunity/2026-03-31.csv",
        "Id,StageName,IsClosed,IsWon,Amount\n1,Signed,true,true,5\n2,Gone,true,false,6\n3,Scoping,false,false,7\n",
    )
    out = write_first_rules(zone.settings, tmp_path / "rules").out
    assert [(row["stage"], row["is_open"], row["is_won"]) for row in rows(out, "stage_policy")] == [
        ("Scoping", "true", "false"),
        ("Signed", "false", "true"),
        ("Gone", "false", "false"),
    ]
    assert {row["pipeline_id"] for row in rows(out, "stage_policy")} == {"default"}
    assert "Signed: closed and won: most of its records say so" in (out / NOTES).read_text(encoding="utf-8")


def test_the_crm_s_own_list_orders_the_stages(zone: LandingZone, tmp_path: Path) -> None:
    zone.write("hubspot/deal/2026-03-31.csv", "deal_id,deal_pipeline_id,deal_pipeline_stage_id\n1,p,s2\n2,p,s9\n")
    zone.write(
        "hubspot/deal_pipeline_stage/2026-03-31.csv",
        "pipeline_id,stage_id,label,display_order,is_closed,closed_won,probability\n"
        "p,s1,Zero,0,false,false,0.1\np,s2,Alpha,1,false,false,0.5\np,s9,Finished,2,true,true,1\np,s8,Gone,3,true,false,0\n",
    )
    out = write_first_rules(zone.settings, tmp_path / "rules").out
    policy = rows(out, "stage_policy")
    assert [(row["stage"], row["is_won"], row["default_probability"]) for row in policy] == [
        ("Zero", "false", "10"),
        ("Alpha", "false", "50"),
        ("Finished", "true", "100"),
        ("Gone", "false", "0"),
    ]


def test_a_log_of_changes_is_told_from_the_deals_and_orders_their_stages(zone: LandingZone, tmp_path: Path) -> None:
    zone.write("crm/opps.csv", "id,stage,amount,created\nA,Beta,100,2026-01-01\nB,Alpha,100,2026-01-02\n")
    zone.write(
        "crm/history.csv",
        "id,at,stage\nA,2026-01-01,Gamma\nA,2026-01-05,Alpha\nA,2026-01-09,Beta\nB,2026-01-02,Gamma\nB,2026-02-01,Alpha\n",
    )
    written = write_first_rules(zone.settings, tmp_path / "rules")
    assert written.feeds == [
        ("crm", "opportunity_changes", "crm/history.csv"),
        ("crm", "opportunities", "crm/opps.csv"),
    ]
    policy = [row for row in rows(written.out, "stage_policy") if row["pipeline_id"] == "crm"]
    assert [row["stage"] for row in policy] == ["Gamma", "Alpha", "Beta"]


def test_touch_types_get_rows(zone: LandingZone, tmp_path: Path) -> None:
    zone.write("generic/opportunities/2026-03-31.csv", "opportunity_id,stage\n1,Proposal\n")
    zone.write(
        "generic/touches/2026-03-31.csv",
        "touch_id,touch_type,touch_status,touched_at\n1,Podcast,Heard,2026-03-01\n2,Podcast,Invited,2026-03-01\n"
        "3,Webinar,Showed up,2026-03-01\n",
    )
    out = write_first_rules(zone.settings, tmp_path / "rules").out
    found = {(row["touch_type"], row["touch_status"]): row for row in rows(out, "channel_taxonomy")}
    assert found["Podcast", "Heard"]["is_material"] == "true"
    assert found["Podcast", "Invited"]["is_material"] == "false"
    assert found["Podcast", "Heard"]["channel"] == "podcast"
    assert found["Webinar", "Showed up"]["channel"] == "webinar"
    assert not [
        section for section in checked(zone, out).sections if section.title.startswith("Asked") and section.lines
    ]


def test_mappings_and_seeds_that_are_there_already_go_on(zone: LandingZone, tmp_path: Path) -> None:
    zone.write("ourcrm/deals-2026-03-31.csv", DEALS)
    first = write_first_rules(zone.settings, tmp_path / "rules").out
    zone.write("other/deals.csv", "id,stage,amount\n1,Begun,5\n")
    own = replace(zone.settings, mappings=first / "mappings", seeds=first / "seeds")
    second = write_first_rules(own, tmp_path / "more").out
    assert sorted(path.name for path in (second / "mappings").iterdir()) == ["other.yml", "ourcrm.yml"]
    assert [row["pipeline_id"] for row in rows(second, "stage_policy")] == ["ourcrm"] * 4 + ["other"]
