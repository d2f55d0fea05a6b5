"""Mappings beyond renaming: how values are written, ready mappings, a contract's own layout; every mistake with its place."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from dagster_project.lib.contracts import (
    ContractError,
    Feed,
    Numbers,
    Source,
    feeds_of,
    find_object,
    load_sources,
)
from dagster_project.lib.contracts.feeds import FEED_KEYS
from dagster_project.lib.contracts.load import READY_PATH
from dagster_project.lib.settings import PROJECT_ROOT, Settings

PAGE = (PROJECT_ROOT / "docs" / "loading.md").read_text(encoding="utf-8")
EXAMPLES = [
    textwrap.dedent(block) for block in re.findall(r"^    source: .*\n(?:(?:    .*)?\n)*", PAGE, flags=re.MULTILINE)
]
FEED = """source: crm
extends: generic
feeds:
  - file: crm/*
    object: opportunities
    columns: {opportunity_id: Id, amount: Value, created_at: Made}
    {line}
"""


def load(folder: Path, **mappings: str) -> list[Source]:
    for name, text in mappings.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_sources(Settings(home=folder, landing=folder, mappings=folder, seeds=folder))


def own_feed(folder: Path, line: str) -> Feed:
    (feed,) = load(folder, crm=FEED.replace("{line}", line))[-1].feeds
    return feed


def test_a_feed_says_how_its_values_are_written(tmp_path: Path) -> None:
    feed = own_feed(
        tmp_path,
        'numbers: {decimal: ",", group: [".", " "], currency: true, suffixes: {K: 1000}}\n'
        '    formats: {date: "%d.%m.%Y", timestamp: [epoch_ms, iso]}\n    csv: {encoding: Latin-1, quote: "\'"}\n'
        "    footer: Total.*\n    timezone: Europe/Berlin\n    where: {Kind: New, Stage: [Won, Lost]}",
    )
    assert feed.numbers == Numbers(",", (".", " "), currency=True, suffixes=(("K", "1000"),))
    assert (feed.formats, feed.time_formats) == ((("created_at", ("epoch_ms", "iso")),), ("epoch_ms", "iso"))
    assert (feed.csv.encoding, feed.csv.quote, feed.csv.delimiter) == ("iso8859-1", "'", None)
    assert (feed.footer, feed.timezone) == (("Total.*",), "Europe/Berlin")
    assert [(c.column, c.operator, c.values) for c in feed.where] == [
        ("Kind", "equals", ("New",)),
        ("Stage", "in", ("Won", "Lost")),
    ]


def test_what_a_feed_says_counts_before_what_its_mapping_says(tmp_path: Path) -> None:
    mapping = FEED.replace("{line}", 'numbers: {group: ","}\n    formats: {created_at: iso}\n    csv: {delimiter: ";"}')
    mapping += "numbers: {decimal: ','}\ncsv: {encoding: cp1252, delimiter: '|'}\nformats: {timestamp: epoch_s}\nextract: full\n"
    (feed,) = load(tmp_path, crm=mapping)[-1].feeds
    assert feed.numbers == Numbers(group=(",",))
    assert feed.formats == (("created_at", ("iso",)),)
    assert (feed.csv.delimiter, feed.csv.encoding) == (";", "cp1252")
    assert feed.is_full_extract


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("numbers: {decimal: x}", ["crm.yml: feeds[0].numbers.decimal = 'x'", "Write one character"]),
        ('numbers: {decimal: ",", group: ","}', ["numbers.group = ','", "decimal mark as well"]),
        ("numbers: {suffixes: {K: lots}}", ["numbers.suffixes.K = 'lots'", "such as 1000"]),
        ("numbers: {suffixes: {K1: 1000}}", ["'K1' can't follow a number"]),
        ("numbers: {suffixes: {K: 0}}", ["numbers.suffixes.K = '0'"]),
        ("numbers: {currency: EUR}", ["numbers.currency = 'EUR'", "true"]),
        ("formats: {created_at: DD/MM/YYYY}", ["formats.created_at = 'DD/MM/YYYY'", "%d/%m/%Y", "epoch_ms"]),
        ("formats: {amount: iso}", ["formats.amount = 'iso'", "dates and timestamps"]),
        ("formats: {close_date: iso}", ["formats.close_date", "doesn't fill the column"]),
        ("formats: {closing: iso}", ["declares no column 'closing'"]),
        ("csv: {skip: some}", ["csv.skip = 'some'", "digits"]),
        ("csv: {encoding: klingon}", ["csv.encoding = 'klingon'", "cp1252"]),
        ("csv: {encoding: base64}", ["csv.encoding = 'base64'"]),
        ("footer: '('", ["footer = '('", "not a regular expression"]),
        ("footer: ['Total', '(?=x)']", ["footer[1] = '(?=x)'", "DuckDB doesn't know this pattern"]),
        ("where: {Stage: }", ["where.Stage = None", "is_null"]),
        ("where: {Stage: not null}", ["where.Stage = 'not null'", "not_null"]),
        ("where: {Stage: []}", ["where.Stage = []"]),
        ("key: [Id]", ["key = ['Id']", "'opportunity_id' is filled by the file already"]),
        ("optional: maybe", ["optional = 'maybe'"]),
        ("extract: never", ["extract = 'never'"]),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_write(tmp_path: Path, line: str, words: list[str]) -> None:
    with pytest.raises(ContractError) as caught:
        own_feed(tmp_path, line)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("target", "columns", "key", "words"),
    [
        ("opportunities", "{stage: Stage}", "[]", ["key = []", "a name is missing"]),
        (
            "opportunity_changes",
            "{changed_at: At}",
            "content",
            ["key = 'content'", "Name the columns that make 'opportunity_id'"],
        ),
        ("opportunities", "{stage: Stage}", None, ["'opportunity_id'", "key: [..]"]),
    ],
)
def test_a_key_that_makes_no_id_is_refused(
    tmp_path: Path, target: str, columns: str, key: str | None, words: list[str]
) -> None:
    line = f"    key: {key}\n" if key else ""
    constants = "    constants: {field: stage}\n" if target == "opportunity_changes" else ""
    with pytest.raises(ContractError) as caught:
        load(
            tmp_path,
            crm=f"source: crm\nextends: generic\nfeeds:\n  - file: crm/*\n    object: {target}\n{line}{constants}"
            f"    columns: {columns}\n",
        )
    for word in words:
        assert word in str(caught.value)


def test_a_contracts_own_files_are_written_as_a_file_of_its_name_says(tmp_path: Path) -> None:
    sources = load(
        tmp_path,
        sf='source: salesforce\nformats: {date: "%m/%d/%Y", timestamp: ["%m/%d/%Y %I:%M %p", iso]}\nnumbers: {group: ","}\n',
    )
    assert [source.name for source in sources] == ["generic", "hubspot", "marketo", "salesforce"]
    opportunity = find_object(sources, "salesforce", "Opportunity")
    formats = dict(opportunity.feed.formats)
    assert formats["close_date"] == ("%m/%d/%Y",)
    assert formats["created_date"] == ("%m/%d/%Y %I:%M %p", "iso")
    assert opportunity.feed.numbers == Numbers(group=(",",))
    assert opportunity.feed.files == ("salesforce/Opportunity/**/*",)
    plain = {(s.name, target.name): target.feed for s in load_sources(_without(tmp_path)) for target in s.objects}
    for source in sources:
        for target in source.objects:
            is_same = target.feed == plain[(source.name, target.name)]
            assert is_same == (source.name != "salesforce")


def _without(folder: Path) -> Settings:
    return Settings(home=folder, landing=folder, mappings=None, seeds=folder)


def test_a_contracts_layout_lies_in_another_folder_too(tmp_path: Path) -> None:
    sources = load(
        tmp_path, emea='source: emea\nextends: salesforce\nlanding: orgs/emea\nformats: {close_date: "%d.%m.%Y"}\n'
    )
    _, feed = feeds_of(sources, find_object(sources, "salesforce", "Opportunity"))
    assert isinstance(feed, Feed)
    assert (feed.source, feed.files, feed.columns) == ("emea", ("orgs/emea/Opportunity/**/*",), None)
    assert feed.formats == (("close_date", ("%d.%m.%Y",)),)
    assert len(sources[-1].feeds) == len(sources[3].objects)


def test_lists_inside_a_contracts_files_go_where_the_files_go(tmp_path: Path) -> None:
    sources = load(
        tmp_path,
        own="source: hubspot\nformats: {timestamp: [iso, epoch_ms]}\nextract: full\n",
        other="source: hs_emea\nextends: hubspot\nlanding: hs_emea\n",
    )
    stages = find_object(sources, "hubspot", "deal_pipeline_stage")
    assert stages.nested
    for feed in stages.nested:
        assert dict(feed.formats)["created_at"] == ("iso", "epoch_ms")
        assert not feed.is_full_extract
    others = [feed for feed in feeds_of(sources, stages) if isinstance(feed, Feed) and feed.source == "hs_emea"]
    assert [feed.nesting for feed in others] == [None, *(feed.nesting for feed in stages.nested)]
    assert all(file.startswith("hs_emea/") for feed in others for file in feed.files)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "source: salesforce\nformats: {closing: iso}\n",
            ["a.yml: formats.closing", "no object has a date or timestamp 'closing'"],
        ),
        ("source: salesforce\nfeeds: []\n", ["a.yml: feeds", "not known here"]),
        ("source: salesforce\nextends: salesforce\n", ["without `extends`"]),
        ("source: crm\nextends: pipedrives\n", ["extends = 'pipedrives'", "generic", "salesforce", "pipedrive"]),
        ("source: crm\nextends: generic\nconstants: {opportunities: {currency: EUR}}\n", ["constants", "extends none"]),
        (
            "source: crm\nextends: pipedrive\nconstants: {deals: {currency: EUR}}\n",
            ["a.yml: constants.deals", "opportunities"],
        ),
        (
            "source: crm\nextends: pipedrive\ncolumns: {opportunities: {price: P}}\n",
            ["a.yml: columns.opportunities.price"],
        ),
        (
            "source: crm\nextends: pipedrive\ntranslate: {opportunities: {lead_id: {a: b}}}\n",
            ["a.yml: translate.opportunities.lead_id", "doesn't fill"],
        ),
        (
            "source: crm\nextends: pipedrive\nconstants: {contacts: {source: Web}}\n",
            ["a.yml: constants.contacts", "no feed of contacts"],
        ),
        ("source: crm\nextends: pipedrive\nlanding: ../x\n", ["landing", "leaves the landing folder"]),
    ],
)
def test_a_wrong_file_about_a_contract_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ContractError) as caught:
        load(tmp_path, a=text)
    for word in words:
        assert word in str(caught.value)


def test_two_files_about_one_contract_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"a\.yml speaks of this contract already"):
        load(tmp_path, a="source: hubspot\ntimezone: UTC\n", b="source: hubspot\ntimezone: Europe/Berlin\n")


@pytest.mark.parametrize("name", sorted(path.stem for path in READY_PATH.glob("*.yml")))
def test_a_ready_mapping_needs_two_lines(tmp_path: Path, name: str) -> None:
    source = load(tmp_path, mine=f"source: mine\nextends: {name}\n")[-1]
    assert (source.name, source.extends) == ("mine", "generic")
    assert {feed.object_name for feed in source.feeds} >= {"opportunities", "accounts", "users"}
    assert all(file.startswith(f"{name}/") for feed in source.feeds for file in feed.files)
    assert {feed.source for feed in source.feeds} == {"mine"}


def test_a_file_of_the_users_changes_what_a_ready_mapping_says(tmp_path: Path) -> None:
    source = load(
        tmp_path,
        mine="""
source: mine
extends: pipedrive
landing: exports
extract: full
extract_time: {constant: 2026-03-31}
numbers: {decimal: ",", group: "."}
formats: {close_date: "%d.%m.%Y"}
timezone: Europe/Berlin
columns: {opportunities: {source: Deal - Kanal, created_by_id: Deal - Setter}}
constants: {opportunities: {currency: EUR}, users: {role: ae}}
translate: {opportunities: {source: {Messe: Event}}}
rows:
  stages:
    - {pipeline_id: Sales, stage: Won, stage_order: 1, is_open: false, is_won: true, is_pipeline: false, is_qualified: true}
""",
    )[-1]
    by_object = {feed.object_name: feed for feed in source.feeds}
    deals = by_object["opportunities"]
    assert deals.columns is not None
    columns = dict(deals.columns)
    assert columns["source"] == "Deal - Kanal"
    assert ("source", "Deal - Source channel") not in deals.columns
    assert "currency" not in columns
    assert deals.constants == (("currency", "EUR"),)
    assert dict(deals.translate)["source"] == (("Messe", "Event"),)
    assert dict(dict(deals.translate)["is_won"])["Won"] == "true"
    assert dict(deals.formats)["close_date"] == ("%d.%m.%Y",)
    assert (deals.numbers, deals.timezone) == (Numbers(",", (".",)), "Europe/Berlin")
    assert (deals.files, deals.is_full_extract, deals.extract_time[0].kind) == (("exports/*",), True, "constant")
    assert dict(by_object["users"].constants) == {"role": "ae"}
    assert [rows.object_name for rows in source.rows] == ["stages"]


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.splitlines()[0] for text in EXAMPLES])
def test_an_example_of_the_docs_is_a_mapping(tmp_path: Path, text: str) -> None:
    load(tmp_path, example=text)


def test_the_docs_tell_every_key_and_every_ready_mapping() -> None:
    assert len(EXAMPLES) >= 7
    for key in sorted(FEED_KEYS):
        assert f"\n| `{key}` |" in PAGE
    for path in READY_PATH.glob("*.yml"):
        assert f"\n| `{path.stem}` |" in PAGE
