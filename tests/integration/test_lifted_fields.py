"""Custom fields of a company that a mapping lifts: what they become in staging, in the entity model and in its marts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_manifest import ensure_manifest
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.ingest import casting
from dagster_project.lib.privacy import personal_columns
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, simulate
from tests.integration.test_increments import build
from tests.parsed_project import SEEDS, reuse_parse

LIFTS = """
source: acme_fields
extends: salesforce
lift:
  Opportunity:
    discount: {type: integer, personal: false, accept: [Discount_Percent__c], description: Discount in percent.}
    champion: {type: text, personal: true, accept: [Champion__c]}
  Account:
    integer_c: {type: integer, personal: false}
    decimal_c: {type: decimal, personal: false}
    double_c: {type: double, personal: false}
    boolean_c: {type: boolean, personal: false}
    date_c: {type: date, personal: false}
    timestamp_c: {type: timestamp, personal: false}
    odd: {type: text, personal: false, accept: ['O''Dd {{ ~/"n"']}
  Contact: {score_c: {type: decimal, personal: false}}
  Lead: {score_c: {type: decimal, personal: false}, nickname_c: {type: text, personal: true}}
  User: {score_c: {type: decimal, personal: false}}
  Task: {mood_c: {type: text, personal: false}}
"""
OTHER_SYSTEMS = {
    "hub": "source: acme_hub\nextends: hubspot\nlift: {deal: {discount: {type: integer, personal: false, accept: [property_off]}}}\n",
    "flat": "source: acme_flat\nextends: generic\nlift: {opportunities: {discount: {type: integer, personal: false}}}\n",
}
LIFTED_TYPES = ("integer", "decimal", "double", "boolean", "date", "timestamp")
WORDS = (
    *("12", "12.0", "12.7", "-3", " 7 ", "1e3", "1.117,10", "$5", "NaN", "inf", "-Infinity", "1e400", "99999999999999999999"),
    *("true", "No", "t", "maybe", "2026-03-31", "2026-02-30", "31.03.2026", "2026-03-31 10:00", "2026-03-31T10:00:00+02:00"),
    *("2026-03-31T10:00:00.123456Z", "2026-03-31 25:00:00", "0000-01-01", "0001-01-01", "9999-12-31T23:59:59Z", "12026-01-01"),
    *("infinity", "epoch", "Ann Bell"),
)  # fmt: skip
LATER = "2025-04-02T00:00:00Z"
BUILT = ("+dim_opportunities", "+dim_accounts", "+dim_leads", "+dim_users", "+int_contacts", "stg_salesforce__task")
CHECK = "assert_lifted_values_are_read"


def write(landing: Path, name: str, header: str, *lines: str) -> None:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


def write_custom_fields(landing: Path) -> None:
    """Accounts with every word in a field of every type, and people with a score; names in one tool's spelling each."""
    columns = ",".join(f"{name.title()}__c" for name in LIFTED_TYPES)
    lines = [
        f"w{n:02},Word {n},{LATER},{','.join([quoted(word)] * len(LIFTED_TYPES))},x" for n, word in enumerate(WORDS)
    ]
    write(
        landing, "salesforce/Account/2025-04-02.csv", f'Id,Name,SystemModstamp,{columns},"O\'Dd {{{{ ~/""n"""', *lines
    )
    write(landing, "salesforce/Contact/2025-04-02.csv", "Id,SystemModstamp,score_c", f"c1,{LATER},1.5")
    write(landing, "salesforce/Lead/2025-04-02.csv", "Id,SystemModstamp,Score__c,Nickname__c", f"l1,{LATER},2.5,Bobby")
    write(landing, "salesforce/User/2025-04-02.csv", "Id,Name,SystemModstamp,score__c", f"u1,New Hire,{LATER},3.5")
    write(landing, "salesforce/Task/2025-04-02.csv", "Id,SystemModstamp,Mood__c", f"t1,{LATER},good")
    write(landing, "hubspot/deal/2025-04-02.csv", "deal_id,property_createdate,Property_Off", f"h1,{LATER[:10]},41")
    write(landing, "generic/opportunities/2025-04-02.csv", "opportunity_id,created_at,DISCOUNT", f"g1,{LATER[:10]},42")


def quoted(word: str) -> str:
    return f'"{word}"'


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect(settings, read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Settings:
    """The company's entities with lifts. Of three opportunities a later extract tells more."""
    home = tmp_path_factory.mktemp("lifted")
    settings = Settings(home=home / "var", landing=home / "landing", mappings=home / "mappings", seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    simulate(Options(opportunities=40, quarters=2, dirt=0.0, custom_columns=True, format="csv"), settings.landing)
    write_custom_fields(settings.landing)
    emptied, unread, untold = opportunities(settings.landing)[:3]
    header = "Id,StageName,SystemModstamp"
    write(
        settings.landing,
        "salesforce/Opportunity/2025-04-02.csv",
        f"{header},discount_percent_c",
        f"{emptied},Discovery,{LATER},",
        f"{unread},Discovery,{LATER},plenty",
    )
    write(settings.landing, "salesforce/Opportunity/2025-04-02T120000Z.csv", header, f"{untold},Discovery,{LATER}")
    (home / "mappings").mkdir()
    for name, text in {"fields": LIFTS, **OTHER_SYSTEMS}.items():
        (home / "mappings" / f"{name}.yml").write_text(text, encoding="utf-8")
    ensure_manifest(settings)
    build(settings, "--select", *BUILT)
    return settings


def opportunities(landing: Path) -> list[str]:
    """Ids of opportunities that have a discount in the extracts of the simulator."""
    found: set[str] = set()
    for path in sorted((landing / "salesforce" / "Opportunity").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found |= {row["Id"] for row in csv.DictReader(stream) if row.get("Discount_Percent__c")}
    return sorted(found)


def test_lifted_fields_are_typed_columns_of_staging(built: Settings) -> None:
    """Every opportunity's own text, every object's field under any spelling of its name."""
    read = rows(
        built,
        "select count(*), count(*) filter (custom_discount::varchar is distinct from custom_fields->>'Discount_Percent__c'"
        " or custom_champion is distinct from custom_fields->>'Champion__c') from staging.stg_salesforce__opportunity"
        f" where version_at < '{LATER}'",
    )
    assert read[0][0] >= 40
    assert read[0][1] == 0
    people = rows(
        built,
        "select 1.5 = (select custom_score_c from intermediate.int_contacts where contact_id = 'c1'),"
        " 2.5 = (select custom_score_c from core.dim_leads where lead_id = 'l1'),"
        " 3.5 = (select custom_score_c from core.dim_users where user_id = 'u1'),"
        " 'good' = (select custom_mood_c from staging.stg_salesforce__task where task_id = 't1'),"
        f" {len(WORDS)} = (select count(*) from core.dim_accounts where custom_odd = 'x')",
    )
    assert people == [(True,) * 5]


@pytest.mark.parametrize("data_type", LIFTED_TYPES)
def test_a_lifted_text_is_read_as_a_declared_column_would_be(built: Settings, data_type: str) -> None:
    expected = casting.cast("account_words.word", data_type)
    found = rows(
        built,
        f"select word, {expected}, custom_{data_type}_c from (select *, custom_fields->>'{data_type.title()}__c' as word"
        " from staging.stg_salesforce__account where account_id like 'w%') as account_words order by account_id",
    )
    assert [word for word, _, _ in found] == list(WORDS)
    assert [(word, lifted) for word, _, lifted in found] == [(word, declared) for word, declared, _ in found]
    assert 0 < sum(lifted is not None for _, _, lifted in found) < len(WORDS)


def test_a_mart_has_what_is_known_by_as_of_and_nothing_personal(built: Settings) -> None:
    emptied, unread, untold = opportunities(built.landing)[:3]
    marts = dict(rows(built, "select opportunity_id, custom_discount from core.dim_opportunities"))
    assert (marts[emptied], marts[unread]) == (None, None)
    newest = rows(
        built,
        "select opportunity_id, custom_discount from staging.stg_salesforce__opportunity qualify row_number() over"
        " (partition by opportunity_id order by version_at desc, extracted_at desc, record_number desc) = 1",
    )
    told = {key: value for key, value in newest if key in marts and key not in (emptied, unread, untold)}
    assert {key: marts[key] for key in told} == told
    assert sum(value is not None for value in told.values()) > 10
    assert marts[untold] is not None
    assert (marts["h1"], marts["g1"]) == (41, 42)
    columns = rows(
        built,
        "select distinct schema_name, column_name from duckdb_columns() where column_name in ('custom_champion', 'custom_nickname_c')",
    )
    assert {schema for schema, _ in columns} == {"staging", "intermediate"}
    assert {"custom_champion", "custom_nickname_c"} <= personal_columns(load_sources(built))


def test_texts_that_could_not_be_read_are_listed(built: Settings) -> None:
    dbt = DbtRun(["test", "--select", CHECK], environment(built, built.dbt_target_path))
    (result,) = [result for result in dbt.results() if result.kind == "test"]
    assert result.has_warned
    listed = rows(built, f"select lifted_column, record_key, record_value, value_length from test_failures.{CHECK}")
    unread = opportunities(built.landing)[1]
    assert ("stg_salesforce__opportunity.custom_discount", unread, "plenty", 6) in listed
    assert result.failures == len(listed)
    lost = " + ".join(f"count(*) filter (custom_{name}_c is null)" for name in LIFTED_TYPES)
    of_words = rows(built, f"select {lost} from staging.stg_salesforce__account where account_id like 'w%'")
    assert of_words == [(len(listed) - 1,)]
    # What may be a name is shown by its length.
    assert {value for _, key, value, _ in listed if key == f"w{WORDS.index('Ann Bell'):02}"} == {None}
