"""The `extract_time` key of contracts and mappings: how the instant of an extract is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dagster_project.lib.contracts.model import ExtractRule
from dagster_project.lib.contracts.yaml_text import Node


def parse_extract_time(node: Node) -> tuple[ExtractRule, ...]:
    """A list of rules, or one rule standing for a list of one."""
    nodes = [node] if isinstance(node.value, dict) else node.items()
    return tuple(_rule(entry) for entry in nodes)


def _rule(node: Node) -> ExtractRule:
    entries = node.mapping({"column", "path", "constant"})
    if len(entries) != 1:
        raise node.error(
            "a rule has exactly one key.", "Write one of `column: name`, `path: pattern`, `constant: instant`."
        )
    kind, value = next(iter(entries.items()))
    if kind == "column":
        return ExtractRule("column", value.text())
    if kind == "path":
        return ExtractRule("path", _pattern(value))
    return ExtractRule("constant", value.text(), _instant(value))


def _pattern(node: Node) -> str:
    try:
        groups = re.compile(node.text()).groups
    except re.error as error:
        raise node.error(f"this is not a regular expression ({error}).", "Correct the pattern.") from error
    if not 1 <= groups <= 4:
        raise node.error(
            f"the pattern has {groups} groups.",
            "Give 1 to 4: date, hour, minute, second, or one of a number of seconds or milliseconds.",
        )
    return node.text()


def _instant(node: Node) -> datetime:
    text = node.text()
    try:
        value = datetime.fromisoformat(text)
        if len(text) <= 10:
            value = value.replace(hour=23, minute=59, second=59, microsecond=999999)
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    except (ValueError, OverflowError) as error:
        raise node.error("this is not an instant.", "Write it like 2017-12-31T23:59:59Z.") from error
