"""A first stage policy: the stages that a CRM lists or its records show, in an order and of a kind that is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.stage_words import ToldStage, recorded_stages, stage_key, told_stages

_LISTED = """
    select pipeline_id, stage, stage_order, not is_open, is_won, default_probability
    from raw.generic__stages
    union all
    select 'default', coalesce(api_name, master_label), sort_order, is_closed, is_won, default_probability
    from raw.salesforce__opportunity_stage
    where not coalesce(_is_deleted, false)
    union all
    select pipeline_id, coalesce(label, stage_id), display_order, is_closed, closed_won, probability * 100
    from raw.hubspot__deal_pipeline_stage
    where not coalesce(_is_deleted, false)
"""
_WON = re.compile(r"\bwon\b|closedwon|\bsigned\b|\bsold\b|gewonnen|gagn", re.IGNORECASE)
_LOST = re.compile(
    r"\blost\b|closedlost|\bdead\b|disqualif|abandon|cancel|no decision|rejected|declined|verloren|perdu", re.IGNORECASE
)
_WAY = (
    ("lead", "prospect", "new", "inbox", "appointment"),
    ("qualif", "contacted", "engag", "talk", "connect"),
    ("discover", "need", "analys", "scop", "demo", "present"),
    ("propos", "offer", "quot", "price", "evaluat", "trial", "pilot"),
    ("negoti", "review", "verbal", "decision", "commit"),
    ("contract", "legal", "procure", "sent", "sign"),
)
"""Words of the usual way of a deal, early ones first."""


@dataclass(frozen=True)
class Rung:
    """A stage of a pipeline. `order_by` and `kind_by` are what told: crm, history, records, words, nothing."""

    pipeline_id: str
    stage: str
    is_closed: bool
    is_won: bool
    probability: float | None
    order_by: str
    kind_by: str


def guess_ladders(con: duckdb.DuckDBPyConnection, seeds: Path) -> dict[str, list[Rung]]:
    """Pipeline -> its stages, open ones first in their order, then won, then lost ones."""
    listed = _listed(con)
    told: dict[str, dict[str, ToldStage | None]] = {}
    for stage in told_stages(con, seeds):
        told.setdefault(stage.pipeline_id, {}).setdefault(stage.stage, stage)
    for pipeline, name in recorded_stages(con):
        told.setdefault(pipeline, {}).setdefault(name, None)
    places = _places_in_history(con)
    return {pipeline: _ladder(pipeline, stages, listed.get(pipeline, {}), places) for pipeline, stages in told.items()}


def _ladder(
    pipeline: str,
    stages: dict[str, ToldStage | None],
    listed: dict[str, tuple[str, int | None, bool | None, bool | None, float | None]],
    places: dict[str, float],
) -> list[Rung]:
    names = {stage_key(name, pipeline): name for name in stages} | {key: entry[0] for key, entry in listed.items()}
    order_by = "crm" if listed else "history" if any(key in places for key in names) else "words"
    rungs: list[tuple[tuple[object, ...], Rung]] = []
    for key, name in names.items():
        entry = listed.get(key)
        record = next((told for other, told in stages.items() if stage_key(other, pipeline) == key), None)
        is_closed, is_won, kind_by = _kind(name, entry, record)
        place = entry[1] if entry else None
        if order_by == "crm":
            rank = (place is None, place or 0, _way(name), name)
        elif order_by == "history":
            rank = (key not in places, places.get(key, 0.0), _way(name), name)
        else:
            rank = (False, _way(name), 0, name)
        probability = entry[4] if entry else None
        rung = Rung(pipeline, name, is_closed, is_won, probability, order_by, kind_by)
        rungs.append(((is_closed, not is_won, *rank), rung))
    return [rung for _, rung in sorted(rungs, key=lambda ranked: ranked[0])]


def _kind(
    name: str, entry: tuple[str, int | None, bool | None, bool | None, float | None] | None, record: ToldStage | None
) -> tuple[bool, bool, str]:
    """Whether a stage is closed, whether it is won, and what told."""
    if entry is not None and entry[2] is not None:
        return entry[2], bool(entry[2] and (entry[3] if entry[3] is not None else entry[4] == 100)), "crm"
    if record is not None and record.closed is not None:
        is_closed = record.closed * 2 > record.opportunities
        if not is_closed or record.won is not None:
            return is_closed, is_closed and (record.won or 0) * 2 > record.opportunities, "records"
    if _LOST.search(name):
        return True, False, "words"
    return (True, True, "words") if _WON.search(name) else (False, False, "nothing")


def _way(name: str) -> int:
    """How far along the usual way a stage's name sounds; the middle where it says nothing."""
    found = [place for place, words in enumerate(_WAY) if any(word in name.lower() for word in words)]
    return found[0] if found else len(_WAY) // 2


def _listed(
    con: duckdb.DuckDBPyConnection,
) -> dict[str, dict[str, tuple[str, int | None, bool | None, bool | None, float | None]]]:
    found: dict[str, dict[str, tuple[str, int | None, bool | None, bool | None, float | None]]] = {}
    for pipeline, stage, order, is_closed, is_won, probability in con.execute(_LISTED).fetchall():
        if pipeline and stage:
            entry = (stage, order, is_closed, is_won, None if probability is None else float(probability))
            found.setdefault(pipeline, {})[stage_key(stage, pipeline)] = entry
    return found


def _places_in_history(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Stage, as compared -> its mean place among the recorded stages of an opportunity."""
    rows: Iterable[Sequence[object]] = con.execute(
        """
        with told as (
            select opportunity_id, new_value as stage, changed_at
            from raw.generic__opportunity_changes
            where lower(field) = 'stage'
            union all
            select opportunity_id, stage_name, created_date from raw.salesforce__opportunity_history
        ),
        placed as (
            select lower(trim(stage)) as stage,
                row_number() over (
                    partition by opportunity_id order by changed_at asc nulls last, stage asc nulls last
                ) as place
            from told
            where stage is not null
        )
        select stage, avg(place)::double from placed group by stage
        """
    ).fetchall()
    return {str(stage): float(str(place)) for stage, place in rows}
