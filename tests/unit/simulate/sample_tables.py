"""The tables of one small company under each choice of systems, as plain rows of the newest versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from sample_files import Row

from dagster_project.simulate import Options, Rates, build_tables
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.world.build import World, build_world

# Enough merged deals to look at, and relabels on leads.
OPTIONS = Options(opportunities=240, quarters=4, rates=replace(Rates(), merged_deals=0.05, relabeled=0.15), dirt=0)


@cache
def tables(*systems: str, field_history: bool = True) -> Mapping[str, Table]:
    """Tables of the company by `<source>/<object>`."""
    world = world_of(*systems, field_history=field_history)
    return {f"{table.source}/{table.name}": table for table in build_tables(world, build_ids(world))}


@cache
def world_of(*systems: str, field_history: bool = True) -> World:
    return build_world(replace(OPTIONS, systems=systems, field_history=field_history))


def rows(table: Table) -> list[Row]:
    """Newest version of every record, values as a CSV export writes them."""
    index = table.newest(0, 2**40)
    columns = {name: column.take(index).as_text().tolist() for name, column in table.columns.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def every_version(table: Table) -> list[Row]:
    """All versions, by record and instant."""
    columns = {name: column.as_text().tolist() for name, column in table.columns.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
