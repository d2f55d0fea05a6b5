"""Personal data: planted names and addresses reach the build warehouse and nothing that leaves it.

Every place of a file that can hold personal data gets a name of its own, so that a leak says where it came from.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.settings import PROJECT_ROOT, Settings
from dagster_project.simulate import Options, simulate
from tests.parsed_project import SEEDS, reuse_parse

DAY = "2025-06-30T235959Z"
SALT = "zyxwilda-in-the-salt"
# A letter per place after the stem: zyxwildaA stands in the first column below, and so on.
STEM = "zyxwilda"


class Planted:
    """A landing folder of a tiny company among whose records distinctive people stand."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        self.places: dict[str, str] = {}

    def person(self, place: str) -> str:
        """A first name that no other place has."""
        token = STEM + "".join(chr(ord("a") + int(digit)) for digit in f"{len(self.places):02}")
        self.places[token] = place
        return token.capitalize()

    def name(self, place: str) -> str:
        return f"{self.person(place)} Quorndike"

    def email(self, place: str) -> str:
        return f"{self.person(place).lower()}@quorndike.example"

    def csv(self, name: str, rows: Sequence[Mapping[str, object]], *, header: bool = True) -> None:
        path = self._path(f"{name}/planted-{DAY}.csv")
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            if header:
                writer.writeheader()
            writer.writerows(rows)

    def text(self, name: str, text: str) -> None:
        self._path(name).write_text(text, encoding="utf-8")

    def jsonl(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        self.text(f"{name}/planted-{DAY}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def parquet(self, name: str, row: dict[str, str]) -> None:
        path = self._path(f"{name}/planted-{DAY}.parquet")
        columns = ", ".join(f"? as {column}" for column in row)
        duckdb.execute(f"copy (select {columns}) to '{path}' (format parquet)", list(row.values()))

    def _path(self, name: str) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def plant(landing: Path) -> Planted:
    """Names and addresses in every format, in personal, undeclared and other columns, in bad rows and bad files."""
    planted = Planted(landing)
    name, email = planted.name, planted.email
    opportunity = first_id(landing / "salesforce" / "Opportunity")
    account = first_id(landing / "salesforce" / "Account")
    at = "2025-03-01T10:00:00Z"
    made: dict[str, object] = {"CreatedDate": at, "SystemModstamp": at}
    planted.csv(
        "salesforce/Contact",
        [
            {"Id": "003P1", "AccountId": account, "Name": name("CSV, personal column"), "Email": email("CSV, e-mail")}
            | {"Assistant__c": name("CSV, undeclared column")}
            | made,
            {"Id": "003P2", "AccountId": account, "Name": name("CSV, personal column of a bad row")}
            | {"Email": email("CSV, e-mail of a bad row"), "CreatedDate": email("CSV, address where a date belongs")}
            | {"Assistant__c": name("CSV, undeclared column of a bad row")},
        ],
    )
    planted.jsonl(
        "salesforce/Lead",
        [
            {"Id": "00QP1", "Name": name("JSON, personal column"), "Email": email("JSON, e-mail"), "Status": "Open"}
            | {"Referrer": {"by": name("JSON, nested undeclared column")}, email("JSON, key"): 1}
            | made,
            {"Id": "00QP2", "Name": name("JSON, bad row"), "IsConverted": name("JSON, name where a flag belongs")},
        ],
    )
    planted.text(
        f"salesforce/LeadHistory/planted-{DAY}.csv",
        "Id,LeadId,Field,OldValue,NewValue,CreatedDate\n"
        f"017P1,00QP1,Email,{email('field history, before')},{email('field history, after')},{at}\n"
        f"017P2,00QP1,Email,{email('a row too long')},x,{at},{name('a field past the last')}\n",
    )
    planted.text(
        f"salesforce/Opportunity/more-{DAY}.jsonl", '{"Id": "006P4"}\n{' + name("a line that is no JSON") + "\n"
    )
    planted.csv(
        "salesforce/Opportunity",
        [
            {"Id": opportunity, "Name": name("opportunity name"), "NextStep": f"call {name('next step')}"}
            | {"StageName": "Prospecting", "CloseDate": "2025-09-01", "Amount": "100", "OwnerId": "005P1"}
            | made,
            {"Id": "006P2", "Name": name("opportunity name of a bad row"), "Amount": name("name where money belongs")},
            {"Id": "006P3", "Amount": email("address where money belongs")},
        ],
    )
    planted.csv(
        "salesforce/User",
        [{"Id": "005P1", "Name": "Staff Member", "Email": email("staff e-mail").replace("quorndike", "staff")} | made],
    )
    planted.csv(
        "salesforce/EmailMessage",
        [{"Id": "02sP1", "FromAddress": email("sender"), "ToAddress": email("recipient"), "RelatedToId": opportunity}
         | {"Subject": f"for {name('subject')}", "Incoming": "true", "MessageDate": at, "TextBody": name("body")} | made],
    )  # fmt: skip
    planted.parquet(
        "generic/contacts",
        {"contact_id": email("Parquet, address as id"), "account_id": account, "email": email("Parquet, e-mail")}
        | {"full_name": name("Parquet, personal column"), "created_at": at, "birthday_of": name("Parquet, undeclared")},
    )
    lead = email("address as lead id")
    planted.csv("generic/leads", [{"lead_id": lead, "email": lead, "created_at": at, "full_name": name("lead name")}])
    planted.csv(
        "generic/touches",
        [{"touch_id": "t1", "touched_at": "2024-09-20T00:00:00Z", "contact_id": email_of(planted, "Parquet, address")}
         | {"opportunity_id": opportunity, "touch_type": "Webinar", "touch_status": "Attended"}],
    )  # fmt: skip
    planted.csv(
        "generic/accounts", [{"first": name("file without a header"), "second": email("its e-mail")}], header=False
    )
    planted.text(f"generic/activities/{DAY}.parquet", f"{name('CSV named Parquet')}\n")
    planted.text(
        f"generic/campaigns/{DAY}.csv", f"{name('header of a refused file')},{email('address in a header')}\n1,2\n"
    )
    planted.text(f"generic/costs/bad-{DAY}.jsonl", json.dumps({email("key of a refused file"): 1, "amount": 1}) + "\n")
    return planted


def first_id(folder: Path) -> str:
    with next(iter(sorted(folder.glob("*.csv")))).open(encoding="utf-8", newline="") as stream:
        return next(csv.DictReader(stream))["Id"]


def email_of(planted: Planted, place: str) -> str:
    token = next(token for token, planted_at in planted.places.items() if planted_at.startswith(place))
    return f"{token}@quorndike.example"


def contents(path: Path) -> Iterator[tuple[str, str]]:
    """(where, text) of a file: its bytes, and every value of tables, which are compressed in them."""
    yield str(path), path.read_bytes().decode("utf-8", errors="replace").lower()
    if path.suffix == ".parquet":
        yield str(path), rows_text(f"from read_parquet('{path}')")
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables:
                yield f"{schema}.{table}", str(connection.execute(f'from "{schema}"."{table}"').fetchall()).lower()
            yield "comments", str(connection.execute("select comment from duckdb_columns()").fetchall()).lower()


def rows_text(query: str) -> str:
    with duckdb.connect() as connection:
        return str(connection.execute(query).fetchall()).lower()


def files_under(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        assert found, f"nothing was written to {folder}"
        yield from found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> tuple[Planted, Settings, str]:
    """A company with planted people after one run from the command line; what that run said."""
    folder = tmp_path_factory.mktemp("private")
    made = Settings(home=folder / "var", landing=folder / "landing", mappings=None, seeds=SEEDS)
    simulate(Options(opportunities=30, quarters=3), made.landing)
    planted = plant(made.landing)
    reuse_parse(parsed_project, made)
    run = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", "run"],
        cwd=PROJECT_ROOT,
        env=os.environ
        | {"PLUMBLINE_HOME": str(made.home), "PLUMBLINE_LANDING": str(made.landing), "PLUMBLINE_SALT": SALT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return planted, made, run.stdout


def test_planted_people_are_in_the_build_warehouse(home: tuple[Planted, Settings, str]) -> None:
    planted, settings, _ = home
    held = " ".join(text for _, text in contents(settings.warehouse_path))
    refused = (
        "file without a header",
        "its e-mail",
        "CSV named Parquet",
        "header of a refused",
        "address in a header",
        "key of",
    )
    missing = [place for token, place in planted.places.items() if token not in held and not place.startswith(refused)]
    assert missing == []


def test_no_planted_person_leaves_it(home: tuple[Planted, Settings, str]) -> None:
    planted, settings, said = home
    places = [settings.published_path, settings.data_docs_path, settings.figures_path, settings.dagster_home]
    places += [settings.home / "runs", settings.home / "dbt"]
    texts = [("standard output", said.lower())]
    texts += [found for path in files_under(*places) for found in contents(path)]
    leaks = {
        (where.removeprefix(str(settings.home)), planted.places.get(token, token))
        for where, text in texts
        for token in set(re.findall(f"{STEM}[a-z]*|quorndike", text))
    }
    assert sorted(leaks) == []


def test_hashes_stand_for_addresses_and_the_rest_is_shown(home: tuple[Planted, Settings, str]) -> None:
    _, settings, said = home
    marts = (settings.published_path / "current").resolve() / "marts.duckdb"
    with duckdb.connect(str(marts), read_only=True) as connection:
        hashed = connection.execute(
            "select count(*) from core.dim_leads where regexp_matches(lead_id, '^[0-9a-f]{64}$')"
        )
        assert hashed.fetchall() == [(1,)]
        people = connection.execute("select distinct length(person_id) from attribution.fct_attribution_credits")
        assert (64,) in people.fetchall()
        rows = connection.execute(
            "select object_name, column_name, value, value_length, reason, length(record_hash) from ops.fct_quarantine "
            "where file_path like '%planted%' and column_name = 'amount' order by record_number"
        ).fetchall()
        assert [(row[0], row[2], row[5]) for row in rows] == [("Opportunity", None, 64), ("Opportunity", None, 64)]
        refused = connection.execute("select count(*), count(reason) from ops.fct_files where status = 'refused'")
        assert refused.fetchall() == [(4, 4)]
    assert "does it begin with a header line?" in said
