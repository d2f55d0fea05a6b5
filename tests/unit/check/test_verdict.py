"""`check` says what a run would find: files, columns, bad values, unknown words, idle rules, and what marts lack."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.lib.check.stage_words import stage_key
from dagster_project.lib.check.verdict import Verdict, check, render_verdict
from dagster_project.lib.preflight import MistakesError
from dagster_project.lib.settings import PROJECT_ROOT
from tests.unit.ingest.landing_zone import LandingZone

MAPPING = """
source: crm
extends: generic
extract_time: {path: '(\\d{4}-\\d{2}-\\d{2})'}
feeds:
  - file: deals-*.csv
    object: opportunities
    columns: {opportunity_id: Id, stage: Phase, amount: Value, currency: Cur, source: Origin, owner_id: Rep}
    constants: {pipeline_id: crm}
  - file: deals-*.csv
    object: opportunity_changes
    undeclared: drop
    where: {Ended: not_null}
    columns: {opportunity_id: Id, changed_at: Ended, new_value: Phase}
    constants: {field: stage}
"""
DEALS = """Id,Phase,Value,Cur,Origin,Rep,Ended,Notes
1,Talk,100,EUR,Web,u1,,hello
2,Talk,five,ZAR,Web site,u1,,
3,Signed,200,EUR,,u2,2026-03-01,
"""


@pytest.fixture
def crm(zone: LandingZone, tmp_path: Path) -> LandingZone:
    shutil.copytree(PROJECT_ROOT / "seeds", tmp_path / "seeds")
    zone.write_mapping(MAPPING)
    zone.write("deals-2026-03-31.csv", DEALS)
    return zone


def lines(verdict: Verdict, title: str) -> list[str]:
    (section,) = [section for section in verdict.sections if section.title == title]
    return list(section.lines)


def test_a_folder_that_a_run_could_publish(crm: LandingZone) -> None:
    verdict = check(crm.settings)
    assert verdict.can_publish
    assert verdict.opportunities == 2
    assert lines(verdict, "Values that can't be read") == [
        "crm opportunities amount: not a decimal number: 1 rows, the first in deals-2026-03-31.csv, line 3, value 'five'"
    ]
    assert lines(verdict, "Stages that no list names") == [
        "crm: no list has the pipeline 'crm' with its stages 'Signed' 1, 'Talk' 1. Write them into stage_policy.csv, or "
        "under `rows: stages:` of a mapping."
    ]
    assert lines(verdict, "Sources that no seed knows") == []
    idle = lines(verdict, "Stage rules that can't judge")
    assert "no opportunity is told to have been in stage 'Proposal' of pipeline 'default'" in "\n".join(idle)
    lacking = lines(verdict, "What the marts will lack")
    assert "no users: coverage: owners stand under their ids" in "\n".join(lacking)
    assert not [line for line in lacking if line.startswith("no amount")]
    assert lines(verdict, "What is read") == [
        "crm opportunities: 2 rows, 1 in quarantine, 7 of 26 columns, from deals-2026-03-31.csv",
        "    not read: Notes",
        "crm opportunity_changes: 1 rows, 4 of 8 columns, from deals-2026-03-31.csv",
        "    not read: Notes",
    ]
    text = render_verdict(crm.settings, verdict)
    assert "A run would publish: 2 opportunities can be read." in text
    assert not crm.settings.home.exists()


def test_words_that_no_seed_knows(crm: LandingZone) -> None:
    crm.write("deals-2026-03-31.csv", DEALS.replace("five", "5"))
    verdict = check(crm.settings)
    assert lines(verdict, "Currencies without a rate") == [
        "crm: no rate of currency 'ZAR' (1 rows) into USD: its amounts are none. Write it into fx_rates.csv."
    ]
    assert lines(verdict, "Sources that no seed knows") == [
        "crm: source 'Web site', 1 rows, is not in source_taxonomy.csv (nearest: 'Website'); it counts as `unknown`."
    ]


def test_stages_of_a_pipeline_that_is_listed_in_part(crm: LandingZone) -> None:
    crm.write_mapping(
        MAPPING
        + "rows:\n  stages:\n    - {pipeline_id: crm, stage: talk, stage_order: 1, is_open: true, is_won: false, "
        "is_pipeline: true, is_qualified: false}\n"
    )
    assert lines(check(crm.settings), "Stages that no list names") == [
        "crm: stage 'Signed' of pipeline 'crm', 1 opportunity, is in no list; no record says whether it is closed."
    ]


def test_what_records_say_of_an_unknown_stage_is_told(zone: LandingZone) -> None:
    zone.settings = replace(zone.settings, seeds=PROJECT_ROOT / "seeds")
    zone.write(
        "salesforce/Opportunity/2026-03-31.csv",
        "Id,StageName,IsClosed,IsWon\n1,Signed,true,true\n2,Dead,true,false\n3,Scoping,false,false\n4,Proposal,false,false\n",
    )
    said = lines(check(zone.settings), "Stages that no list names")
    assert [line.rsplit("; ", 1)[1] for line in said] == [
        "closed and lost, say its records.",
        "open, say its records.",
        "closed and won, say its records.",
    ]


def test_a_rule_says_why_it_has_nothing_to_judge(crm: LandingZone) -> None:
    header = "rule_id,pipeline_id,stage,on_event,field,operator,value,severity,tolerated_rate,owner,valid_from,valid_to,reason\n"
    rules = {
        "a": "crm,Talk,entry,amount",
        "b": "crm,Tlak,entry,amount",
        "c": "crm,Signed,entry,next_step",
        "d": "crm,Signed,entry,custom.Note",
        "f": "cmr,Signed,entry,amount",
        "g": "default,Proposal,entry,amount",
    }
    rows = "".join(f"{name},{rule},not_empty,,warn,0.1,RevOps,,,r\n" for name, rule in rules.items())
    (crm.settings.seeds / "stage_rules.csv").write_text(header + rows, encoding="utf-8")
    verdict = check(crm.settings)
    assert lines(verdict, "Stage rules that can't judge") == [
        "b: pipeline 'crm' has no stage 'Tlak' (nearest: 'Talk').",
        "d: no file tells 'custom.Note' (nearest: 'Notes').",
        "f: no ladder is called 'cmr' (nearest: 'crm').",
        "c: no file tells 'next_step', so every entry is `unknown`.",
        "g: no opportunity is told to have been in stage 'Proposal' of pipeline 'default'.",
    ]
    assert verdict.stops is not None
    assert "the gate would hold the publish back: b: pipeline 'crm' has no stage" in verdict.stops


def test_a_folder_that_a_run_would_stop_at(crm: LandingZone) -> None:
    crm.write_mapping(MAPPING.replace("deals-*", "deal-*"))
    verdict = check(crm.settings)
    assert not verdict.can_publish
    text = render_verdict(crm.settings, verdict)
    assert "A RUN WOULD STOP. There is no opportunity to publish" in text
    assert "deals-2026-03-31.csv" in text
    assert "matches no file (nearest: 'deals-2026-03-31.csv')" in text


def test_what_earlier_loads_hold_is_enough(zone: LandingZone) -> None:
    zone.settings = replace(zone.settings, seeds=PROJECT_ROOT / "seeds")
    path = zone.write("generic/opportunities/2026-03-31.csv", "opportunity_id\n1\n")
    zone.load()
    zone.close()
    path.unlink()
    verdict = check(zone.settings)
    assert verdict.can_publish
    assert "would publish what earlier loads hold" in render_verdict(zone.settings, verdict)


def test_unusable_mappings_and_seeds_are_named(crm: LandingZone) -> None:
    (crm.settings.seeds / "roles.csv").unlink()
    crm.write_mapping(MAPPING.replace("object: opportunities", "object: deals"))
    with pytest.raises(MistakesError) as caught:
        check(crm.settings)
    assert "no such object" in str(caught.value)
    assert "lacks roles.csv" in str(caught.value)


def test_addresses_are_never_shown(crm: LandingZone) -> None:
    crm.write("deals-2026-03-31.csv", DEALS.replace("five", "ada@example.org").replace("Web site", "bob@example.org"))
    crm.write("deals-2026-04-01.csv", DEALS.replace("five", "7").replace("Web site", "bob@example.org"))
    text = render_verdict(crm.settings, check(crm.settings))
    assert "<15 characters>" in text
    assert "(personal, 15 characters)" in text
    assert "@" not in text


def test_a_stage_with_its_pipeline_behind_it_is_that_stage() -> None:
    assert stage_key(" Closed Won (Sales Pipeline)", "default") == "closed won"
    assert stage_key("Won (emea)", "EMEA") == "won"
    assert stage_key("Offer (sent)", "default") == "offer (sent)"
