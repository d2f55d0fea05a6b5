"""The sample company: a seeded B2B company with its truth, exported as its systems would export it.

Everything here is invented data and the making of it. Nothing here reads the warehouse, and no asset reads the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.simulate.export.files import write
from dagster_project.simulate.export.landing import Landing, file_columns
from dagster_project.simulate.options import Options, OptionsError, Rates
from dagster_project.simulate.records.generic import generic_tables
from dagster_project.simulate.records.hubspot import hubspot_tables
from dagster_project.simulate.records.hubspot_ids import with_hubspot_ids
from dagster_project.simulate.records.marketo import marketo_tables
from dagster_project.simulate.records.salesforce_activities import activity_tables
from dagster_project.simulate.records.salesforce_company import company_tables
from dagster_project.simulate.records.salesforce_people import Ids, build_ids, people_tables
from dagster_project.simulate.records.salesforce_sales import sales_tables
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.truth.files import Truth
from dagster_project.simulate.world.build import World, build_worlds

__all__ = ["Options", "OptionsError", "Rates", "Report", "simulate"]


@dataclass(frozen=True)
class Report:
    """What was written: files, rows per `<source>/<object>` (unusable ones included), and the truth's files."""

    out: Path
    files: tuple[Path, ...]
    rows: dict[str, int]
    truth: tuple[Path, ...]


def simulate(
    options: Options, out: Path, truth_out: Path | None = None, tell: Callable[[str], None] = lambda line: None
) -> Report:
    """Write the sample company's extracts under `out` and its truth under `truth_out` (default: `truth` beside `out`).

    Files already there are overwritten, others are left. Equal options write equal bytes. `tell` gets a line of
    progress per block of opportunities where there are several.
    """
    made = 0
    truth_out = truth_out or out.parent / "truth"
    landing = Landing(options, out)
    truth = Truth(truth_out)
    for world in build_worlds(options):
        ids = build_ids(world)
        landing.add(build_tables(world, ids))
        truth.add(world, ids)
        made += world.options.opportunities
        if made < options.opportunities or world.block:
            tell(f"{made:,} of {options.opportunities:,} opportunities")
    rows: Counter[str] = Counter()
    written = landing.close()
    for item in written:
        rows[f"{item.path.parent.parent.name}/{item.path.parent.name}"] += item.rows
    listed = truth_out / "files.csv"
    write(listed, file_columns(written, out))
    return Report(out, tuple(item.path for item in written), dict(rows), (*truth.close(), listed))


def build_tables(world: World, ids: Ids) -> list[Table]:
    """Every object of the export with all versions of the block's records, and those of all blocks with the first.

    The CRM's records are made once, as Salesforce holds them; the other systems' are told from them.
    """
    crm = [
        *sales_tables(world, ids),
        *people_tables(world, ids),
        *activity_tables(world, ids),
        *(company_tables(world, ids) if world.is_first else []),
    ]
    by_name = {table.name: table for table in crm}
    systems = world.options.systems
    return [
        *(crm if "salesforce" in systems else []),
        *(hubspot_tables(world, ids, by_name) if "hubspot" in systems else []),
        *(_marketing_tables(world, ids) if "marketo" in systems else []),
        *(generic_tables(world, ids, by_name) if "generic" in systems else []),
    ]


def _marketing_tables(world: World, ids: Ids) -> list[Table]:
    """Marketo's tables; they name the CRM's records by the ids that those have there."""
    tables = marketo_tables(world, ids)
    return [with_hubspot_ids(world, ids, table) for table in tables] if "hubspot" in world.options.systems else tables
