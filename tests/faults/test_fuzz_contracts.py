"""Whatever stands in a contract or a mapping: it is a source, or an error that names the file; never a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.lib.contracts import CONTRACTS_PATH, ContractError
from dagster_project.lib.contracts.contract import parse_contract
from dagster_project.lib.contracts.mapping import parse_mapping
from dagster_project.lib.contracts.yaml_text import read_yaml
from dagster_project.lib.settings import PROJECT_ROOT

BOUNDED = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
GENERIC = parse_contract(CONTRACTS_PATH / "generic.yml", "generic.yml")
MAPPING: dict[str, Any] = yaml.load(
    """
source: crm
extends: generic
extract_time: [{path: '(\\d{8})'}, {constant: '2025-01-01T00:00:00Z'}]
freshness_days: '3'
landing: crm
formats: {date: iso, created_at: epoch_s}
feeds:
  - file: crm/*.csv
    object: opportunities
    extract: full
    csv: {delimiter: ';', quote: "'", header: [Id, Stage], encoding: cp1252}
    numbers: {decimal: ',', group: ['.', ' '], currency: 'true', suffixes: {K: '1000'}}
    footer: ['Total.*']
    optional: 'false'
    columns: {opportunity_id: Id, stage: Stage, close_date: Closed}
    constants: {pipeline_id: sales}
    translate: {stage: {Won: Closed Won}}
    formats: {close_date: ['%d/%m/%Y']}
    timezone: Europe/Amsterdam
    where: {Stage: {in: [Won]}, Id: not_null, Kind: New, Product: [A, B]}
  - file: [crm/*.csv]
    object: opportunity_changes
    key: [Name, Day]
    columns: {new_value: [Stage, Status], changed_at: Closed}
    constants: {field: stage}
rows:
  stages: [{pipeline_id: sales, stage: Won, stage_order: '1', is_open: 'no', is_won: t, is_pipeline: t, is_qualified: t}]
""",
    yaml.BaseLoader,
)
CONTRACT: dict[str, Any] = {
    "source": "made",
    "landing": "made",
    "extract_time": [{"column": "synced"}],
    "objects": {
        "deals": {
            "files": ["deals/**/*"],
            "key": ["id"],
            "version": "at",
            "deleted": "gone",
            "columns": {
                "id": {"type": "text", "required": "true"},
                "at": {"type": "timestamp"},
                "gone": {"type": "boolean", "accept": ["is_gone"]},
            },
        }
    },
}
SCALAR = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "", " ", "true", "no", "../x", "/etc/passwd", "**x", "a/**b", "[", "*", "x'y", 'x"; drop table y', "\0", "é",
            "%Q", "%", "%d/%m", "Europe", "../Europe/Berlin", "localtime", "Factory", "0001-01-01T00:00:00+02:00", "(a", "(a)",
            "((((((a))))))", "9" * 5000, "٣", "text", "id", "opportunities", "_record", "=", "equals", "\t", "\n", "ab",
        ]
    ),
    st.text(max_size=6),
)  # fmt: skip
ANY = st.recursive(
    SCALAR,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contracts") / "made.yml"


def places(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a structure, the whole first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [prefix, *(place for key, inner in items for place in places(inner, (*prefix, key)))]


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A copy with something else at a place."""
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = changed(value[place[0]], place[1:], new)
    return copy


def read(path: Path, text: str | bytes) -> str | None:
    """Read a file as a contract and as a mapping; the message where neither works."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    messages = []
    for parse in (
        lambda: parse_contract(path, "made.yml"),
        lambda: parse_mapping(read_yaml(path, "made.yml"), {"generic": GENERIC}, {}),
    ):
        try:
            parse()
        except ContractError as error:
            messages.append(str(error))
    assert all(message.startswith("made.yml: ") and message.rstrip().endswith(".") for message in messages)
    return messages[-1] if len(messages) == 2 else None


def test_the_unchanged_ones_are_read(path: Path) -> None:
    assert read(path, yaml.dump(MAPPING)) is None
    assert read(path, yaml.dump(CONTRACT)) is None


@BOUNDED
@given(place=st.sampled_from(places(MAPPING)), new=ANY)
def test_a_mapping_with_anything_anywhere(path: Path, place: tuple[Any, ...], new: Any) -> None:
    message = read(path, yaml.dump(changed(MAPPING, place, new), allow_unicode=True))
    named = [part for part in place if isinstance(part, str)]
    if message is not None and "YAML" not in message and place:
        assert named[0] in message


@BOUNDED
@given(place=st.sampled_from(places(CONTRACT)), new=ANY)
def test_a_contract_with_anything_anywhere(path: Path, place: tuple[Any, ...], new: Any) -> None:
    read(path, yaml.dump(changed(CONTRACT, place, new), allow_unicode=True))


@BOUNDED
@given(content=st.one_of(st.binary(max_size=40), st.text(alphabet="a:-{}[]&*!|>\"'#\n \0%@,?", max_size=40)))
def test_any_bytes(path: Path, content: str | bytes) -> None:
    assert read(path, content) is not None


@pytest.mark.parametrize(
    "text",
    ["a: &x [*x]", "[" * 600, "a: !!int x", "a: !!timestamp x", "a: !!python/object:os.system x", "a: !!binary '*'",
     "? [a]\n: b", "a: 1\na: 2", 'a: "\\ud800"', 'a: "\\0"', "<<: {a: b}"],
)  # fmt: skip
def test_odd_yaml_is_refused(path: Path, text: str) -> None:
    assert read(path, text) is not None


@pytest.mark.parametrize("name", sorted(path.name for path in CONTRACTS_PATH.glob("*.yml")))
@settings(BOUNDED, max_examples=6)
@given(data=st.data())
def test_a_shipped_contract_with_a_line_less_or_twice(path: Path, name: str, data: st.DataObject) -> None:
    lines = (CONTRACTS_PATH / name).read_text(encoding="utf-8").splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    read(path, "\n".join(lines[:number] + lines[number + 1 :]))


def test_the_mappings_of_the_tests_are_read(path: Path) -> None:
    for mapping in (PROJECT_ROOT / "tests/realdata/mappings").rglob("*.yml"):
        assert read(path, mapping.read_bytes()) is None
