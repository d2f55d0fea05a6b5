"""What is true of each opportunity and of each of its changes.

Amounts are cents of USD at the rate of each opportunity's creation, rounded half up, written with two decimals.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, full
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.salesforce_sales import written_values
from dagster_project.simulate.records.tables import Column, cents, flag, instant, label, record, text
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import ACCEPTED, DISCOVERY, FUNCTIONS, SOURCES, WON
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.build import World, outcome
from dagster_project.simulate.world.edits import value_at
from dagster_project.simulate.world.gaps import FILLED, GAPS
from dagster_project.simulate.world.labels import LABEL_STORIES, RELABEL_WAYS
from dagster_project.simulate.world.paths import first_entry
from dagster_project.simulate.world.patterns import FAR_ABOVE, LOOKALIKES, PATTERNS, TAKEN_BACK, WAYS

_AMOUNT_WITHIN = 7 * DAY
_ACTS = (*PATTERNS, *LOOKALIKES)


def opportunity_truth(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per opportunity: true source, label story, pattern, and the instants and amounts behind the totals.

    `pattern` is what was done to the numbers, `lookalike` what merely looks like it; `way` says how either came about,
    `acted_at` when and `acted_by_id` through whom. `affected_amount` is the amount in force at that instant; of raises,
    the excess over what it was before. `amount_gap` and `next_step_gap` tell of fields empty when the bar was cleared:
    `never` filled, filled `late`, or within the hour's `grace`; `amount_filled_at` and `next_step_filled_at` when.
    """
    deals = world.deals
    count = len(deals["created"])
    won_at, lost_at = outcome(world)
    pipeline_at, qualified_at = pipeline_instants(world)
    final = np.where(won_at == NULL, NULL, usd(world, edits.final_values(world.changes, edits.AMOUNT, count)))
    return {
        "opportunity_id": record(ids.opportunity),
        "true_source": label(FUNCTIONS, deals["function"]),
        "true_claim": label(SOURCES, deals["true_claim"]),
        "has_evidence": flag(deals["has_evidence"]),
        "label_story": label(LABEL_STORIES, deals["story"]),
        "relabel_way": label(RELABEL_WAYS, deals["way"]),
        "relabeled_at": instant(deals["relabeled_at"]),
        "relabeled_by_id": record(
            ids.take(ids.user, np.where(deals["relabeled_at"] == NULL, NULL, deals["relabeled_by"]))
        ),
        "pattern": label(PATTERNS, deals["pattern"]),
        "lookalike": label(LOOKALIKES, deals["lookalike"]),
        "way": label(WAYS, deals["pattern_way"]),
        "acted_at": instant(deals["pattern_at"]),
        "acted_by_id": record(ids.take(ids.user, deals["pattern_by"])),
        "affected_amount": cents(_affected(world)),
        **{f"{name}_gap": label(GAPS, deals[f"{name}_gap"]) for name in ("amount", "next_step")},
        **{f"{name}_filled_at": instant(_filled_at(world, name)) for name in ("amount", "next_step")},
        "creator_id": record(ids.user[deals["creator"]]),
        "owner_id": record(ids.user[edits.final_values(world.changes, edits.OWNER, count)]),
        "created_at": instant(deals["created"]),
        "pipeline_at": instant(pipeline_at),
        "qualified_at": instant(qualified_at),
        "won_at": instant(won_at),
        "lost_at": instant(lost_at),
        "deleted_at": instant(deals["deleted_at"]),
        "created_amount": cents(first_amount(world, pipeline_at)),
        "qualified_amount": cents(first_amount(world, qualified_at)),
        "won_amount": cents(final),
    }


def _affected(world: World) -> Ints:
    deals = world.deals
    everyone, at = np.arange(len(deals["created"])), np.maximum(deals["pattern_at"], 0)
    then, before = (usd(world, value_at(world.changes, edits.AMOUNT, everyone, at - early)) for early in (0, 1))
    raised = np.isin(deals["pattern_way"], (TAKEN_BACK, FAR_ABOVE)) & (then != NULL) & (before != NULL)
    return np.where(deals["pattern_at"] == NULL, NULL, np.where(raised, then - before, then))


def _filled_at(world: World, name: str) -> Ints:
    """When a field that was empty at the bar was filled; NULL where it never was, or wasn't empty."""
    return np.where(world.deals[f"{name}_gap"] == FILLED, NULL, world.deals[f"{name}_filled_at"])


def change_truth(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per change of a field of an opportunity, in order: what it was and became, who, when, and why.

    `story` is the pattern, look-alike or label story that the change is an act of; '' where it is ordinary work.
    `amount` is the opportunity's amount after the change.
    """
    changes, deals = world.changes, world.deals
    deal, at, field, value = (changes[name] for name in ("deal", "at", "field", "value"))
    by_field = np.lexsort((at, field, deal))
    same = (deal[by_field][1:] == deal[by_field][:-1]) & (field[by_field][1:] == field[by_field][:-1])
    old = full(len(deal))
    old[by_field[1:]] = np.where(same, value[by_field][:-1], NULL)
    relabels = (at == deals["relabeled_at"][deal]) & ((field == edits.SOURCE) | (field == edits.CAMPAIGN))
    acts = ~relabels & (at == deals["pattern_at"][deal])
    kind = np.where(deals["pattern"][deal] > 0, deals["pattern"][deal], len(PATTERNS) + deals["lookalike"][deal])
    story = np.where(relabels, len(_ACTS) + deals["story"][deal], np.where(acts, kind, NULL))
    return {
        "opportunity_id": record(ids.opportunity[deal]),
        "changed_at": instant(at),
        "changed_by_id": record(ids.user[changes["by"]]),
        "field": label(edits.FIELDS, field),
        "old_value": text(written_values(field, old, ids)),
        "new_value": text(written_values(field, value, ids)),
        "story": label([*_ACTS, *LABEL_STORIES], story),
        "amount": cents(usd(world, value_at(changes, edits.AMOUNT, deal, at), deal)),
    }


def pipeline_instants(world: World) -> tuple[Ints, Ints]:
    """When each opportunity first became pipeline, and when it first cleared the bar; NULL: never."""
    count = len(world.deals["created"])
    return first_entry(world.events, count, DISCOVERY, WON), first_entry(world.events, count, ACCEPTED, WON)


def usd(world: World, amount: Ints, deal: Ints | None = None) -> Ints:
    """Cents of USD of amounts, one per opportunity or of the opportunities `deal`."""
    rows = slice(None) if deal is None else deal
    return world.company.to_usd(amount, world.deals["currency"][rows], world.deals["created"][rows])


def first_amount(world: World, at: Ints, known_until: int | None = None) -> Ints:
    """First positive amount in force at an instant or set within the following 7 days, in USD; NULL without one.

    What was set at or after `known_until` isn't known yet.
    """
    changes = world.changes
    everyone = np.arange(len(at))
    found = np.where(at == NULL, NULL, value_at(changes, edits.AMOUNT, everyone, np.maximum(at, 0)))
    at_start = (found != NULL) & (found > 0)
    rows = np.flatnonzero((changes["field"] == edits.AMOUNT) & (changes["value"] > 0))
    deal, changed = changes["deal"][rows], changes["at"][rows]
    fits = (at[deal] != NULL) & (changed > at[deal]) & (changed <= at[deal] + _AMOUNT_WITHIN)
    if known_until is not None:
        fits &= changed < known_until
    rows = rows[fits]
    later = full(len(at))
    later[changes["deal"][rows][::-1]] = changes["value"][rows][::-1]
    return usd(world, np.where(at_start, found, np.where(at == NULL, NULL, later)))
