"""The sample company: a seeded B2B company with its truth, exported as its systems would export it.

Everything here is invented data and the making of it. Nothing here reads the warehouse, and no asset reads the truth.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dagster_project.simulate.export.extracts import Landing
from dagster_project.simulate.options import Options, OptionsError, Rates
from dagster_project.simulate.records.generic import generic_tables
from dagster_project.simulate.records.salesforce_activities import activity_tables
from dagster_project.simulate.records.salesforce_company import company_tables
from dagster_project.simulate.records.salesforce_people import Ids, build_ids, people_tables
from dagster_project.simulate.records.salesforce_sales import sales_tables
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.truth.tables import Truth
from dagster_project.simulate.world.build import World, build_worlds

__all__ = ["Options", "OptionsError", "Rates", "Report", "simulate"]


@dataclass(frozen=True)
class Report:
    """What was written: files, rows per `<source>/<object>` (unusable ones included), and the truth's files."""

    out: Path
    files: tuple[Path, ...]
    rows: dict[str, int]
    truth: tuple[Path, ...]


def simulate(options: Options, out: Path, truth_out: Path | None = None) -> Report:
    """Write the sample company's extracts under `out` and its truth under `truth_out` (default: `truth` beside `out`).

    Files already there are overwritten, others are left. Equal options write equal bytes.
    """
    landing = Landing(options, out)
    truth = Truth(options, truth_out or out.parent / "truth")
    for world in build_worlds(options):
        ids = build_ids(world)
        for table in build_tables(world, ids):
            landing.add(table)
        truth.add(world, ids)
    rows: Counter[str] = Counter()
    written = landing.close()
    for path, count in written.items():
        rows[f"{path.parent.parent.name}/{path.parent.name}"] += count
    return Report(out, tuple(written), dict(rows), tuple(truth.close()))


def build_tables(world: World, ids: Ids) -> list[Table]:
    """Every object of the export with all versions of the block's records, and those of all blocks with the first."""
    return [
        *sales_tables(world, ids),
        *people_tables(world, ids),
        *activity_tables(world, ids),
        *([*company_tables(world, ids), *generic_tables(world, ids)] if world.is_first else []),
    ]
