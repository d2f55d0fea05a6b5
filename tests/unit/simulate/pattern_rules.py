"""The records of a sample company as tables, and which opportunities satisfy each pattern by `patterns.sql` alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import NULL, Ints
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.world import activities as kinds
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.changes import AMOUNT, FIELDS
from dagster_project.simulate.world.company import ROLES
from dagster_project.simulate.world.demand import HAND_RAISE

_RULES = Path(__file__).with_name("patterns.sql")
_KINDS = np.array(["email", "answer", "call", "meeting"])


class Rules:
    """A database of what is recorded of a company's opportunities, with the tables of `patterns.sql`."""

    def __init__(self, world: World) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 1")
        for name, columns in _tables(world).items():
            self._connection.register(f"{name}_rows", pa.table(columns))
            self._connection.execute(f"create table {name} as select * from {name}_rows")
        self._connection.execute(_RULES.read_text())

    def deals(self, name: str) -> set[int]:
        """Opportunities (row numbers) in a table of findings."""
        return self.ask(f"select deal from {name}")

    def ask(self, query: str) -> set[int]:
        """First column of a query's rows."""
        return {row[0] for row in self._connection.execute(query).fetchall()}


def planted(world: World, column: str, code: int, way: int | None = None) -> set[int]:
    """Opportunities with a pattern or a look-alike, done in one way or in any."""
    rows = world.deals[column] == code
    return set(np.flatnonzero(rows if way is None else rows & (world.deals["pattern_way"] == way)).tolist())


def role_at(world: World, user: Ints, at: Ints) -> np.ndarray:
    """Name of the role that each user has at each instant, from the staff's history."""
    spans = world.company.spans
    begins, ends = spans["valid_from"], np.where(spans["valid_to"] == NULL, 2**40, spans["valid_to"])
    order = np.lexsort((begins, spans["user"]))
    key = (spans["user"] << 34) + begins
    found = order[np.searchsorted(key[order], (user << 34) + at, side="right") - 1]
    held = (spans["user"][found] == user) & (at < ends[found])
    return np.where(held, np.array(ROLES)[spans["role"][found]], "none")


def _tables(world: World) -> dict[str, dict[str, pa.Array]]:
    deals, changes, activities, people = world.deals, world.changes, world.activities, world.people
    primary = world.primary
    starts = world.timeline.quarter_starts
    usd = np.where(
        changes["field"] == AMOUNT,
        world.company.to_usd(changes["value"], deals["currency"][changes["deal"]], deals["created"][changes["deal"]]),
        NULL,
    )
    lead_owner = np.where(people["converted_at"][primary] == NULL, NULL, people["sdr"][primary])
    done = activities["result"] == kinds.DONE
    two_way = done & np.isin(activities["kind"], (kinds.EMAIL_IN, kinds.CALL, kinds.MEETING))
    raised = world.touches["level"] == HAND_RAISE
    return {
        "quarters": {
            "starts": pa.array([starts.tolist()]),
            "seen_at": pa.array([int(starts[-1]) - world.options.withheld_days * DAY]),
        },
        "deal": {
            "deal": pa.array(np.arange(len(deals["created"]))),
            "account": _nullable(deals["account"]),
            "created": _nullable(deals["created"]),
            "segment": _nullable(deals["segment"]),
            "creator_role": pa.array(role_at(world, deals["creator"], deals["created"])),
            "lead_owner_role": pa.array(role_at(world, lead_owner, deals["created"])),
        },
        "change": {
            "deal": _nullable(changes["deal"]),
            "moment": _nullable(changes["at"]),
            "field": pa.array(np.array(FIELDS)[changes["field"]]),
            "value": _nullable(changes["value"]),
            "usd": _nullable(usd),
            "by": _nullable(changes["by"]),
        },
        "activity": {
            "account": _nullable(people["account"][activities["person"]]),
            "deal": _nullable(activities["deal"]),
            "kind": pa.array(_KINDS[activities["kind"]]),
            "moment": _nullable(activities["at"]),
            "is_held": pa.array(done),
            "is_two_way": pa.array(two_way),
            "owner_role": pa.array(role_at(world, activities["owner"], activities["at"])),
            "booker_role": pa.array(role_at(world, activities["booked_by"], activities["at"])),
        },
        "hand_raise": {
            "account": _nullable(people["account"][world.touches["person"][raised]]),
            "moment": _nullable(world.touches["at"][raised]),
        },
    }


def _nullable(values: Ints) -> pa.Array:
    return pa.array(values, mask=values == NULL)
