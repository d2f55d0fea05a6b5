"""All mistakes of all seeds are told before dbt reads them, and the project's own seeds have none."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dagster_project.lib.company_settings import DEFAULTS_FILE
from dagster_project.lib.seed_check import column_types, seed_mistakes
from dagster_project.lib.seed_rules import SEEDS
from dagster_project.lib.settings import PROJECT_ROOT

OWN = PROJECT_ROOT / "seeds"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OWN, tmp_path / "rules"))


def add(seeds: Path, name: str, *lines: str) -> int:
    """Put lines at the end of a seed; the number of the first."""
    path = seeds / f"{name}.csv"
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    path.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    return text.count("\n") + 1


def test_the_seeds_of_the_project_have_no_mistake() -> None:
    assert seed_mistakes(OWN) == []


def test_every_seed_is_known_here_and_to_dbt() -> None:
    assert sorted(SEEDS) == sorted(column_types()) == sorted(path.stem for path in OWN.glob("*.csv"))
    for name, seed in SEEDS.items():
        named = {*seed.needed, *seed.key, *seed.choices, *seed.bounds, *seed.refers_to, *seed.currencies}
        assert named <= set(column_types()[name]), name
    assert DEFAULTS_FILE.is_file()


def test_keys_are_those_that_dbt_tests_too() -> None:
    text = (PROJECT_ROOT / "dbt/tests/integrity/assert_seed_keys_are_unique.sql").read_text(encoding="utf-8")
    tested = {name: re.findall(r"'(\w+)'", columns) for name, columns in re.findall(r"'(\w+)': \[(.*?)\]", text)}
    for name, columns in tested.items():
        assert [column for column in columns if column != "valid_from"] == list(SEEDS[name].key)


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("fx_rates", "eur,2030-01-01,,1.1", "column currency, value 'eur': give a currency as three capital letters"),
        ("fx_rates", "CHF,2030-01-01,,-1", "column rate_to_reporting, value '-1': give"),
        ("fx_rates", "CHF,2030-01-01,,1e400", "column rate_to_reporting, value '1e400': give a number that fits"),
        ("fx_rates", "CHF,01.01.2030,,1.1", "column valid_from, value '01.01.2030': give a date as YYYY-MM-DD"),
        ("fx_rates", "CHF,2030-01-01,2029-01-01,1.1", "column valid_to, value '2029-01-01': must be after valid_from"),
        ("fx_rates", "CHF,2030-01-01,,", "column rate_to_reporting, value '': a value is needed"),
        ("fx_rates", "EUR,2026-01-01,,1.2", "line 5 has this currency at the same time"),
        ("roles", "Boss,manager,perhaps,false,,,", "column is_ae, value 'perhaps': write true or false"),
        ("roles", "AE,ae,true,false,,,", "has this raw_role already; keep one of the two"),
        ("source_taxonomy", "Fair,marketing", "seeds/sourcing_functions.csv lacks it"),
        ("channel_taxonomy", "Fair,*,fair,marketing_inbuond,true,false,false", "did you mean marketing_inbound"),
        (
            "sourcing_functions",
            "ads,marketing,Adverts",
            "column parent_function, value 'marketing': use one of outbound",
        ),
        ("ramp_profiles", "aee,1,0.5", "column role, value 'aee'"),
        ("ramp_profiles", "ae,8,50", "column ramp_share, value '50': give 0 to 1"),
        ("quotas", "u1,week,2026-01-01,5,EUR", "column period_type, value 'week': use one of year, quarter, month"),
        ("quotas", "u1,year,2026-01-01,5 000,EUR", "column quota_amount, value '5 000': give a number that fits"),
        ("coverage_targets", "0,*,4,3,2", "has this horizon, segment, from_week already"),
        ("coverage_targets", "2,*,4,2,3", "column red_below, value '3': must not lie above yellow_below"),
        ("coverage_targets", "3,*,4,3,2", "column horizon, value '3': give 0 to 2"),
        ("business_hours", "7,17,9", "column closes_hour, value '9': must be after opens_hour"),
        ("business_hours", "6,,9", "column opens_hour, value '': a value is needed"),
        ("stage_policy", "p,S,1,x,true,true,true,true,,,,,,,,,", "column is_open, value 'true': a stage that is won"),
        ("stage_policy", "p,S,one,x,true,true,true,false,,,,,,,,,", "column stage_order, value 'one': give a whole"),
        ("stage_rules", "r,p,S,entry,f,is,,warn,0.1,o,,,why", "column operator, value 'is': use one of not_empty"),
        ("stage_rules", "r,p,S,entry,f,at_least,,warn,0.1,o,,,why", "column value, value '': operator at_least needs"),
        (
            "stage_rules",
            "r,p,S,entry,f,not_empty,,worn,10,o,,,why",
            "column severity, value 'worn': use one of error, warn",
        ),
        ("governance_tolerances", "relabels,0.1,warn,o,why", "column measure, value 'relabels': use one of"),
        (
            "lead_stage_policy",
            "state,New,lead,1,false,false,false,false,,,",
            "column field, value 'state': use one of status",
        ),
        ("loss_reasons", "Bad,luck,indeed", "1 more cells than columns"),
    ],
)
def test_a_mistake_is_told_with_file_line_column_value_and_remedy(seeds: Path, name: str, row: str, said: str) -> None:
    line = add(seeds, name, row)
    found = [mistake for mistake in seed_mistakes(seeds) if f"{name}.csv, line {line}" in mistake]
    assert [mistake for mistake in found if said in mistake], found


def test_all_mistakes_are_told_at_once_in_order(seeds: Path) -> None:
    first = add(seeds, "roles", "Boss,manager,perhaps,maybe,,,", ",,,,,,")
    add(seeds, "fx_rates", "chf,2030-01-01,,0")
    add(seeds, "stage_rules", "r,p,S,entry,f,is,,worn,0.1,,,,why")
    found = [mistake.removeprefix(f"{seeds}/") for mistake in seed_mistakes(seeds)]
    wanted = [
        *(("stage_rules", column) for column in ("owner", "operator", "severity")),
        *(("roles", column) for column in ("is_ae", "is_sdr", "raw_role", "role", "is_ae", "is_sdr")),
        *(("fx_rates", column) for column in ("rate_to_reporting", "currency")),
    ]
    assert [(line.split(".csv")[0], line.split("column ")[1].split(",")[0]) for line in found] == wanted
    assert [line for line in found if f"roles.csv, line {first + 1}" in line] == found[5:9]
    assert all("\n" not in line for line in found)


def test_a_seed_that_is_no_csv_of_ours_hides_no_other(seeds: Path) -> None:
    (seeds / "roles.csv").write_text("raw_role;role;is_ae\nBoss;manager;false\n", encoding="utf-8")
    (seeds / "loss_reasons.csv").write_bytes("loss_reason,reason_class\nPr\u00e4sentation,price\n".encode("cp1252"))
    (seeds / "quotas.csv").write_text("user_id,period_type,period_start,quota_amt,currency\nu1,year,2026-01-01,5,EUR\n")
    found = seed_mistakes(seeds)
    assert [line for line in found if "roles.csv, line 1: no commas separate the columns" in line]
    assert [line for line in found if "loss_reasons.csv: byte " in line]
    assert [line for line in found if "quotas.csv, line 1: column quota_amount is missing" in line]
    assert not [line for line in found if "ramp_profiles" in line]
    assert [line for line in found if "there is no column quota_amt" in line and "did you mean quota_amount" in line]


def test_a_source_that_nothing_declares_is_named(seeds: Path) -> None:
    line = add(seeds, "pipelines", "salesfroce,Enterprise,default")
    assert seed_mistakes(seeds, {"salesforce", "hubspot"}) == [
        f"{seeds}/pipelines.csv, line {line}, column source_name, value 'salesfroce': no contract or mapping has it; "
        "did you mean salesforce."
    ]


def test_what_stays_empty_is_no_mistake(seeds: Path) -> None:
    for name in ("quotas", "ramp_profiles", "fx_rates", "required_coverage_overrides", "stage_rules"):
        path = seeds / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert seed_mistakes(seeds) == []
