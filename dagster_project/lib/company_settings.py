"""What a company sets for itself: windows, thresholds, currency, zone and fiscal year, in one file or the environment.

The vars of `dbt/dbt_project.yml` are the defaults and say what each setting means. A company changes them in
`plumbline.yml` in its seeds folder (or the file that PLUMBLINE_SETTINGS names), or with a variable per setting, such
as PLUMBLINE_REPORTING_CURRENCY, which wins. Here belong what values a setting takes and reading them; the copy of the
dbt project gets them as its vars (`lib.dbt_project`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import duckdb
import yaml

from dagster_project.lib.contracts.yaml_text import ContractError, Node, read_yaml
from dagster_project.lib.settings import PROJECT_ROOT, Settings, SettingsError

DEFAULTS_FILE = PROJECT_ROOT / "dbt" / "dbt_project.yml"


@dataclass(frozen=True)
class Kind:
    """The values that a setting takes: in words, and how a text becomes one (ValueError where it isn't)."""

    takes: str
    read: Callable[[str], Any]
    is_list: bool = False


def _whole(least: int, most: int | None = None) -> Kind:
    takes = f"a whole number from {least} to {most}" if most is not None else f"a whole number of {least} or more"

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least or (most is not None and int(text) > most):
            raise ValueError(text)
        return int(text)

    return Kind(takes, read)


def _number(least: float, most: float | None = None, *, above: bool = False) -> Kind:
    takes = f"a number from {least:g} to {most:g}" if most is not None else f"a number of {least:g} or more"
    takes = f"a number above {least:g}" if above else takes

    def read(text: str) -> int | float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
            raise ValueError(text)
        value = float(text) if "." in text else int(text)
        if value < least or (above and value == least) or (most is not None and value > most):
            raise ValueError(text)
        return value

    return Kind(takes, read)


def _choice(*allowed: str) -> Kind:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return Kind(f"one of {', '.join(allowed)}", read)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError(text)
    return text


def _zone(text: str) -> str:
    if text not in _zones():
        near = difflib.get_close_matches(text, _zones(), 1)
        raise ValueError(f"Did you mean {near[0]}?" if near else "")
    return text


def _word(text: str) -> str:
    word = text.strip().lower()
    if not word or re.search(r"['\"{}%\\]", word):
        raise ValueError(text)
    return word


def _id(text: str) -> str:
    found = text.strip()
    if not found or re.search(r"['\"{}%\\]", found):
        raise ValueError(text)
    return found


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


@cache
def _zones() -> tuple[str, ...]:
    """The zones that DuckDB, which cuts the days, knows."""
    with duckdb.connect() as connection:
        return tuple(row[0] for row in connection.execute("select name from pg_timezone_names() order by 1").fetchall())


FLAG = Kind("true or false", _flag)
CURRENCY = Kind("a currency as three capital letters, such as EUR", _currency)
ZONE = Kind("an IANA time zone, such as Europe/Amsterdam", _zone)
WORDS = Kind("a list of names without quotes or braces", _word, is_list=True)
IDS = Kind("a list of ids without quotes or braces", _id, is_list=True)
DAY = Kind("a day as YYYY-MM-DD", _day)

KINDS: Mapping[str, Kind] = {
    "reporting_currency": CURRENCY,
    "reporting_timezone": ZONE,
    "earliest_date": DAY,
    "fiscal_year_start_month": _whole(1, 12),
    "entry_grace_minutes": _whole(0),
    "history_skew_minutes": _whole(0),
    "history_repairs_tolerance": _number(0, 1),
    "path_gap_days": _whole(0),
    "assumed_tolerance": _number(0, 1),
    "touch_lookback_days": _whole(1),
    "evidence_lookback_days": _whole(1),
    "buying_group_days": _whole(0),
    "touch_correction_days": _whole(0),
    "activity_log_days": _whole(0),
    "created_amount_days": _whole(0),
    "created_credit_days": _whole(0),
    "two_way_call_seconds": _whole(0),
    "relabel_grace_hours": _whole(0),
    "migration_batch_size": _whole(2),
    "migration_agreement_share": _number(0, 1),
    "relabel_undone_hours": _whole(0),
    "event_campaign_types": WORDS,
    "bulk_upload_size": _whole(1),
    "bulk_upload_days": _whole(0),
    "quota_is_ramped": FLAG,
    "quota_forecasting_types": IDS,
    "required_coverage_basis": _choice("raw", "shrunk"),
    "reported_basis": _choice("qualified", "total"),
    "yield_quarters": _whole(1),
    "shrinkage_kappa_default": _number(0),
    "shrinkage_kappa_minimum": _number(0),
    "shrinkage_kappa_maximum": _number(0),
    "shrinkage_minimum_members": _whole(1),
    "missing_amount_tolerance": _number(0, 1),
    "curve_bound_quantile": _number(0, above=True),
    "coverage_step": _number(0, above=True),
    "hubspot_first_sync_days": _whole(0),
    "hubspot_rollout_days": _whole(0),
    "automation_roles": WORDS,
    "advance_days": _whole(1),
    "publish_staff_names": FLAG,
}
"""Setting -> its values. Every var of the dbt project stands here."""


def default_vars() -> dict[str, Any]:
    """The vars of the dbt project as it is shipped."""
    return yaml.safe_load(DEFAULTS_FILE.read_text(encoding="utf-8"))["vars"]


def company_vars(settings: Settings) -> dict[str, Any]:
    """Every setting as this run has it: the shipped defaults, then the company's file, then the environment.

    Raises SettingsError with a line per mistake.
    """
    mistakes = settings_mistakes(settings)
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return {**default_vars(), **_asked(settings)[0]}


def changed_vars(settings: Settings) -> dict[str, Any]:
    """The settings that are others than the shipped ones, by name. Raises SettingsError as `company_vars` does."""
    defaults = default_vars()
    return {name: value for name, value in sorted(company_vars(settings).items()) if value != defaults[name]}


def settings_mistakes(settings: Settings) -> list[str]:
    """One line per mistake of the settings file and of the environment's settings."""
    asked, mistakes = _asked(settings)
    known = {**default_vars(), **asked}
    low, high = known["shrinkage_kappa_minimum"], known["shrinkage_kappa_maximum"]
    if not mistakes and low > high:
        mistakes.append(
            f"shrinkage_kappa_minimum = {low} lies above shrinkage_kappa_maximum = {high}. Set the two the other way "
            f"round{f' in {settings.settings_file}' if settings.settings_file else ''}."
        )
    return mistakes


def _asked(settings: Settings) -> tuple[dict[str, Any], list[str]]:
    """What the file and the environment set, and a line per mistake in them."""
    found: dict[str, Any] = {}
    mistakes: list[str] = []
    if settings.settings_file is not None:
        for name, node in _file_entries(settings, mistakes).items():
            _take(found, mistakes, name, node)
    for name, text in settings.asked_vars:
        variable = f"PLUMBLINE_{name.upper()}"
        if name not in KINDS:
            mistakes.append(f"{variable}={text!r}: there is no such setting{_nearest(name, upper=True)}.")
            continue
        value = [part.strip() for part in text.split(",")] if KINDS[name].is_list else text
        _take(found, mistakes, name, Node("environment", variable, value))
    return found, mistakes


def _file_entries(settings: Settings, mistakes: list[str]) -> dict[str, Node]:
    path = settings.settings_file
    assert path is not None
    if not path.is_file():
        mistakes.append(f"{path}: the settings file (PLUMBLINE_SETTINGS) doesn't exist. Correct the path or write it.")
        return {}
    try:
        root = read_yaml(path, str(path))
        return {} if root.value is None else root.mapping()
    except ContractError as error:
        mistakes.append(str(error))
        return {}


def _take(found: dict[str, Any], mistakes: list[str], name: str, node: Node) -> None:
    kind = KINDS.get(name)
    if kind is None:
        mistakes.append(str(node.error("there is no such setting.", f"See docs/rules.md{_nearest(name)}.")))
        return
    try:
        found[name] = [kind.read(text) for text in node.texts()] if kind.is_list else kind.read(node.text())
    except ContractError as error:
        mistakes.append(str(error))
    except ValueError as error:
        hint = f" {error}" if str(error).startswith("Did you mean") else ""
        mistakes.append(str(node.error(f"{name} takes {kind.takes}.", f"Write one.{hint}")))


def _nearest(name: str, *, upper: bool = False) -> str:
    near = difflib.get_close_matches(name, KINDS, 1)
    if not near:
        return ""
    return f"; did you mean {f'PLUMBLINE_{near[0].upper()}' if upper else near[0]}"
