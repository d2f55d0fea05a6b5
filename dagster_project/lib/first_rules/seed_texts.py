"""First seeds: the project's own, without what is the sample company's, and with rows for the words that were found."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dagster_project.lib.check.look import Look
from dagster_project.lib.check.nearest import nearest
from dagster_project.lib.check.seed_files import key, seed_rows
from dagster_project.lib.check.touch_words import ANY_STATUS, touch_words
from dagster_project.lib.check.words import CURRENCIES, reporting_currency, unknown_sources, words
from dagster_project.lib.first_rules.ladders import Rung, guess_ladders

SAMPLES_OWN = ("stage_rules", "quotas", "pipelines", "required_coverage_overrides", "holidays")
"""Seeds whose rows say something about the sample company and nothing about another: they begin empty."""
_PASSIVE = re.compile(r"sent|invit|open|deliver|register|no.?show|bounce|unsubscri|target", re.IGNORECASE)
_FUNCTIONS = (
    ("partner", re.compile(r"partner|resell|channel|referr|alliance", re.IGNORECASE)),
    ("expansion", re.compile(r"existing|upsell|cross.?sell|renew|expansion", re.IGNORECASE)),
    ("outbound_sdr", re.compile(r"cold|sdr|bdr|outbound|prospecting list|purchased", re.IGNORECASE)),
    ("outbound_ae", re.compile(r"self.?generated|sales generated|\bae\b", re.IGNORECASE)),
    ("product_led", re.compile(r"trial|sign.?up|product", re.IGNORECASE)),
    (
        "marketing_inbound",
        re.compile(
            r"web|seo|search|social|display|ad\b|ads\b|campaign|event|trade|conference|content|mail|inbound|organic|paid",
            re.IGNORECASE,
        ),
    ),
)
Row = Mapping[str, object]


@dataclass
class FirstSeeds:
    """Seed -> its text, and what was guessed in it, one line each."""

    texts: dict[str, str] = field(default_factory=dict)
    guesses: dict[str, list[str]] = field(default_factory=dict)


def first_seeds(look: Look, *, are_samples: bool) -> FirstSeeds:
    """The seeds for what a look found. `are_samples`: the look's own seeds are the sample company's."""
    made = FirstSeeds()
    seeds = look.settings.seeds
    if are_samples:
        for name in SAMPLES_OWN:
            _write(made, seeds, name, [])
        made.guesses["stage_rules"] = ["no rule: the sample company's rules are about its own stages"]
    _stage_policy(made, look, are_samples=are_samples)
    _sources(made, look)
    _touches(made, look)
    _rates(made, look, are_samples=are_samples)
    return made


def _stage_policy(made: FirstSeeds, look: Look, *, are_samples: bool) -> None:
    kept = [] if are_samples else seed_rows(look.settings.seeds, "stage_policy")
    written = {row["pipeline_id"] for row in kept}
    rows: list[Row] = list(kept)
    guesses = made.guesses.setdefault("stage_policy", [])
    for pipeline, rungs in guess_ladders(look.con, look.settings.seeds).items():
        if pipeline in written:
            continue
        guesses.append(_order_said(pipeline, rungs))
        for order, rung in enumerate(rungs, start=1):
            rows.append(_policy_row(rung, order))
            if rung.kind_by != "crm":
                guesses.append(f"{pipeline} / {rung.stage}: {_kind_said(rung)}")
    if len(rows) > len(kept):
        guesses.append(
            "is_qualified is false everywhere, so no pipeline has a bar and `_qualified` figures equal `_total`: set "
            "it to true from the stage on at which sales has accepted a deal, won included"
        )
        guesses.append("is_pipeline is true for every open stage: set it to false where nothing is worth counting yet")
    _write(made, look.settings.seeds, "stage_policy", rows)


def _policy_row(rung: Rung, order: int) -> Row:
    return {
        "pipeline_id": rung.pipeline_id,
        "stage": rung.stage,
        "stage_order": order,
        "is_open": _flag(not rung.is_closed),
        "is_pipeline": _flag(not rung.is_closed),
        "is_qualified": "false",
        "is_won": _flag(rung.is_won),
        "default_probability": "" if rung.probability is None else f"{rung.probability:g}",
    }


def _order_said(pipeline: str, rungs: Sequence[Rung]) -> str:
    told = {
        "crm": "the CRM's own list",
        "history": "the order in which deals went through them",
        "words": "what their names sound like, which is a mere guess",
    }[rungs[0].order_by]
    return f"{pipeline}: {len(rungs)} stages, ordered by {told}"


def _kind_said(rung: Rung) -> str:
    kind = "open" if not rung.is_closed else "closed and won" if rung.is_won else "closed and lost"
    why = {"records": "most of its records say so", "words": "by its name", "nothing": "nothing says otherwise"}
    return f"{kind}: {why[rung.kind_by]}"


def _sources(made: FirstSeeds, look: Look) -> None:
    known = seed_rows(look.settings.seeds, "source_taxonomy")
    functions = {row["claimed_source"]: row["sourcing_function"] for row in known}
    rows: list[Row] = list(known)
    seen: set[str] = set()
    for word in unknown_sources(look.con, look.settings.seeds):
        if key(word.text) in seen:
            continue
        seen.add(key(word.text))
        near = nearest(word.text, functions)
        function = functions[near] if near else _function(word.text)
        rows.append({"claimed_source": word.text, "sourcing_function": function})
        why = f"as {near!r}" if near else "by its words" if function != "unknown" else "nothing known is near"
        made.guesses.setdefault("source_taxonomy", []).append(f"{_shown(word.text)}: {function} ({why})")
    _write(made, look.settings.seeds, "source_taxonomy", rows)


def _touches(made: FirstSeeds, look: Look) -> None:
    known = seed_rows(look.settings.seeds, "channel_taxonomy")
    by_type: dict[str, dict[str, dict[str, str]]] = {}
    for row in known:
        by_type.setdefault(key(row["touch_type"]), {})[key(row["touch_status"])] = row
    rows: list[Row] = list(known)
    seen: set[tuple[str, str]] = set()
    for word in touch_words(look.con, 0):
        statuses = by_type.get(key(word.touch_type), {})
        place = (key(word.touch_type), key(word.touch_status))
        if ANY_STATUS in statuses or place[1] in statuses or place in seen:
            continue
        seen.add(place)
        near = nearest(word.touch_type, {row["touch_type"] for row in known})
        like = next(iter((statuses or by_type.get(key(near or ""), {})).values()), None)
        is_passive = _PASSIVE.search(word.touch_status) is not None
        function = like["sourcing_function"] if like else _function(word.touch_type)
        rows.append(
            {
                "touch_type": word.touch_type,
                "touch_status": word.touch_status or ANY_STATUS,
                "channel": like["channel"] if like else re.sub(r"\W+", "_", word.touch_type.lower()).strip("_"),
                "sourcing_function": function,
                "is_material": _flag(not is_passive),
                "is_hand_raise": "false",
                "is_partner": like["is_partner"] if like else _flag(function == "partner"),
            }
        )
        made.guesses.setdefault("channel_taxonomy", []).append(
            f"{_shown(word.touch_type)} / {_shown(word.touch_status or ANY_STATUS)}: {function}, "
            f"{'not ' if is_passive else ''}material, no hand-raise"
        )
    _write(made, look.settings.seeds, "channel_taxonomy", rows)


def _rates(made: FirstSeeds, look: Look, *, are_samples: bool) -> None:
    known = seed_rows(look.settings.seeds, "fx_rates")
    reporting = reporting_currency(look.settings)
    found = list(dict.fromkeys(word.text.upper() for word in words(look.con, CURRENCIES)))
    wanted = {reporting, *found}
    rows: list[Row] = [row for row in known if not are_samples or row["currency"] in wanted]
    rated = {str(row["currency"]) for row in rows}
    guesses = made.guesses.setdefault("fx_rates", [])
    if are_samples:
        guesses += [
            f"{code}: the rate is the sample's; write your own" for code in sorted(rated - {reporting}) if code in found
        ]
    for code in (code for code in found if code not in rated and code != reporting):
        guesses.append(
            f"{_shown(code)} has no rate, and its amounts are none until you add the line "
            f"`{_shown(code)},2000-01-01,,` followed by what one {_shown(code)} is worth in {reporting}"
        )
    _write(made, look.settings.seeds, "fx_rates", rows)


def _function(text: str) -> str:
    return next((function for function, words_of in _FUNCTIONS if words_of.search(text)), "unknown")


def _write(made: FirstSeeds, seeds: Path, name: str, rows: Iterable[Row]) -> None:
    """Keep a seed's text under the header that the seed has."""
    with (seeds / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream))
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    made.texts[name] = out.getvalue()


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _shown(text: str) -> str:
    return "(an address)" if "@" in text else text
