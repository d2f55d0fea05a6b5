"""What really happened, written beside the landing folder for tests to compare with. No asset may read it.

Amounts are cents of USD at the rate of each opportunity's creation, rounded half up, written with two decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dagster_project.simulate.export.files import write
from dagster_project.simulate.frames import NULL, Flags, Ints, full
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, cents, flag, instant, label, number, record
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import ACCEPTED, DISCOVERY, FUNCTIONS, SOURCES, WON
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.build import World, outcome
from dagster_project.simulate.world.deals import PATTERNS
from dagster_project.simulate.world.edits import value_at
from dagster_project.simulate.world.labels import LABEL_STORIES, RELABEL_WAYS
from dagster_project.simulate.world.paths import first_entry

_AMOUNT_WITHIN = 7 * DAY


def opportunity_truth(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per opportunity: true source, label story, pattern, and the instants and amounts behind the totals."""
    deals = world.deals
    count = len(deals["created"])
    won_at, lost_at = outcome(world)
    pipeline_at = first_entry(world.events, count, DISCOVERY, WON)
    qualified_at = first_entry(world.events, count, ACCEPTED, WON)
    final = np.where(won_at == NULL, NULL, _usd(world, edits.final_values(world.changes, edits.AMOUNT, count)))
    return {
        "opportunity_id": record(ids.opportunity),
        "true_source": label(FUNCTIONS, deals["function"]),
        "true_claim": label(SOURCES, deals["true_claim"]),
        "has_evidence": flag(deals["has_evidence"]),
        "label_story": label(LABEL_STORIES, deals["story"]),
        "relabel_way": label(RELABEL_WAYS, deals["way"]),
        "pattern": label(PATTERNS, deals["pattern"]),
        "creator_id": record(ids.user[deals["creator"]]),
        "owner_id": record(ids.user[edits.final_values(world.changes, edits.OWNER, count)]),
        "created_at": instant(deals["created"]),
        "pipeline_at": instant(pipeline_at),
        "qualified_at": instant(qualified_at),
        "won_at": instant(won_at),
        "lost_at": instant(lost_at),
        "deleted_at": instant(deals["deleted_at"]),
        "created_amount": cents(_first_amount(world, pipeline_at)),
        "qualified_amount": cents(_first_amount(world, qualified_at)),
        "won_amount": cents(final),
    }


def quarter_totals(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per quarter, over opportunities that aren't deleted by the end of the history.

    Created and qualified count by the instant of first becoming pipeline and of first clearing the bar, with the first
    positive amount within 7 days; won and lost by the last closing; open is what stands at the end of the quarter's
    last day in stages from Discovery on, and from Sales Accepted on.
    """
    truth = opportunity_truth(world, ids)
    timeline, deals = world.timeline, world.deals
    kept = deals["deleted_at"] == NULL
    columns: dict[str, Column] = {"quarter_start": Column("day", timeline.quarter_starts[:-1] // DAY)}
    for name, at, amount in (
        ("created", "pipeline_at", "created_amount"),
        ("qualified", "qualified_at", "qualified_amount"),
        ("won", "won_at", "won_amount"),
        ("lost", "lost_at", None),
    ):
        instants = truth[at].values
        quarter = np.where(kept & (instants != NULL), timeline.quarter_of(instants), -1)
        rows = quarter >= 0
        columns[f"{name}_count"] = number(np.bincount(quarter[rows], minlength=timeline.quarters).astype(np.int64))
        if amount:
            columns[f"{name}_amount"] = cents(_sum_by(quarter, rows, truth[amount].values, timeline.quarters))
    for name, least in (("open_total", DISCOVERY), ("open_qualified", ACCEPTED)):
        counts, amounts = _open(world, kept, least)
        columns |= {f"{name}_count": number(counts), f"{name}_amount": cents(amounts)}
    return columns


class Truth:
    """opportunities.csv and quarters.csv under `folder`; blocks come one after the other."""

    def __init__(self, options: Options, folder: Path) -> None:
        self._options = options
        self._folder = folder

    def add(self, world: World, ids: Ids) -> None:
        """Add a block."""
        write(self._folder / "opportunities.csv", opportunity_truth(world, ids))
        write(self._folder / "quarters.csv", quarter_totals(world, ids))

    def close(self) -> list[Path]:
        """Finish the files; their paths."""
        return [self._folder / "opportunities.csv", self._folder / "quarters.csv"]


def _usd(world: World, amount: Ints) -> Ints:
    return world.company.to_usd(amount, world.deals["currency"], world.deals["created"])


def _first_amount(world: World, at: Ints) -> Ints:
    """First positive amount in force at an instant or set within the following 7 days; NULL where there is none."""
    changes = world.changes
    everyone = np.arange(len(at))
    found = np.where(at == NULL, NULL, value_at(changes, edits.AMOUNT, everyone, np.maximum(at, 0)))
    at_start = (found != NULL) & (found > 0)
    rows = np.flatnonzero((changes["field"] == edits.AMOUNT) & (changes["value"] > 0))
    deal, changed = changes["deal"][rows], changes["at"][rows]
    rows = rows[(at[deal] != NULL) & (changed > at[deal]) & (changed <= at[deal] + _AMOUNT_WITHIN)]
    later = full(len(at))
    later[changes["deal"][rows][::-1]] = changes["value"][rows][::-1]
    return _usd(world, np.where(at_start, found, np.where(at == NULL, NULL, later)))


def _sum_by(group: Ints, rows: Flags, values: Ints, groups: int) -> Ints:
    total = full(groups, 0)
    counted = rows & (values != NULL)
    np.add.at(total, group[counted], values[counted])
    return total


def _open(world: World, kept: Flags, least_stage: int) -> tuple[Ints, Ints]:
    """Number and amount of open opportunities at the end of each quarter."""
    timeline, deals = world.timeline, world.deals
    everyone = np.arange(len(kept))
    counts, amounts = full(timeline.quarters, 0), full(timeline.quarters, 0)
    for quarter, end in enumerate(timeline.quarter_starts[1:]):
        at = full(len(kept), int(end) - 1)
        stage = value_at(world.changes, edits.STAGE, everyone, at)
        rows = kept & (deals["created"] < end) & (stage >= least_stage) & (stage < WON)
        amount = _usd(world, value_at(world.changes, edits.AMOUNT, everyone, at))[rows]
        counts[quarter] = rows.sum()
        amounts[quarter] = amount[amount != NULL].sum()
    return counts, amounts
