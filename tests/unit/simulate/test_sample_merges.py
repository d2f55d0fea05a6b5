"""Duplicates in the Salesforce export: flagged when merged, and what hung on them moves to the record that stays."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options, Rates, build_tables
from dagster_project.simulate.frames import NULL, Ints
from dagster_project.simulate.records.salesforce_people import Ids, build_ids
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.world.build import World, build_world

_RATES = Rates(merged_accounts=0.05, merged_leads=0.12)
Export = tuple[World, Ids, dict[str, Table]]


@pytest.fixture(scope="module")
def export() -> Export:
    world = build_world(Options(opportunities=2_000, rates=_RATES))
    ids = build_ids(world)
    return world, ids, {table.name: table for table in build_tables(world, ids) if table.source == "salesforce"}


def _column(table: Table, name: str) -> Ints:
    return table.columns[name].values


def _newest(table: Table) -> np.ndarray:
    return table.newest(0, 2**40)


def test_the_shares_are_those_asked_for(export: Export) -> None:
    world, _, _ = export
    twice = (world.accounts["merged_into"] != NULL).sum()
    assert twice == round(0.05 * (len(world.accounts["created"]) - twice))
    leads = world.people["merged_into"] != NULL
    assert leads.sum() == round(0.12 * world.people["is_lead"][~leads].sum())


@pytest.mark.parametrize("name", ["Account", "Lead"])
def test_the_loser_ends_deleted_and_names_the_winner(export: Export, name: str) -> None:
    world, ids, tables = export
    table = tables[name]
    frame, known = (world.accounts, ids.account) if name == "Account" else (world.people, ids.lead)
    losers = np.flatnonzero(frame["merged_into"] != NULL)
    assert len(losers) > 20
    winner = dict(zip(known[losers].tolist(), known[frame["merged_into"][losers]].tolist(), strict=True))
    when = dict(zip(known[losers].tolist(), frame["merged_at"][losers].tolist(), strict=True))
    identifiers, deleted = _column(table, "Id").tolist(), _column(table, "IsDeleted").tolist()
    for row, (identifier, gone, master) in enumerate(
        zip(identifiers, deleted, _column(table, "MasterRecordId").tolist(), strict=True)
    ):
        merged = identifier in winner and table.modified[row] >= when[identifier]
        assert gone == merged
        assert master == (winner[identifier] if merged else NULL)
    newest = _newest(table)
    assert set(_column(table, "Id")[newest][_column(table, "IsDeleted")[newest]].tolist()) == set(winner)
    assert (frame["merged_into"][frame["merged_into"][losers]] == NULL).all()


_CHILDREN = [
    ("Contact", "AccountId", "Account"),
    ("Opportunity", "AccountId", "Account"),
    ("Task", "AccountId", "Account"),
    ("Event", "AccountId", "Account"),
    ("CampaignMember", "LeadId", "Lead"),
    ("Task", "WhoId", "Lead"),
    ("EventRelation", "RelationId", "Lead"),
]


@pytest.mark.parametrize(("name", "column", "parent"), _CHILDREN)
def test_children_hang_on_the_loser_first_and_on_the_winner_after(
    export: Export, name: str, column: str, parent: str
) -> None:
    _, _, tables = export
    up = tables[parent]
    gone = np.flatnonzero(_column(up, "IsDeleted"))
    master = dict(zip(_column(up, "Id")[gone].tolist(), _column(up, "MasterRecordId")[gone].tolist(), strict=True))
    when = dict(zip(_column(up, "Id")[gone].tolist(), up.modified[gone].tolist(), strict=True))
    table = tables[name]
    order = np.lexsort((table.modified, table.key))
    key, at, value = table.key[order], table.modified[order], _column(table, column)[order]
    on_loser = np.flatnonzero(np.isin(value, list(master)))
    assert len(on_loser) > 0
    for row in on_loser.tolist():
        loser = int(value[row])
        assert at[row] < when[loser]
        assert key[row + 1] == key[row]
        if at[row + 1] == when[loser]:
            assert value[row + 1] == master[loser]
    assert not np.isin(_column(table, column)[_newest(table)], list(master)).any()


def test_every_opportunity_is_truly_with_an_account_that_stays(export: Export) -> None:
    world, _, tables = export
    assert (world.accounts["merged_into"][world.deals["account"]] == NULL).all()
    opportunities = tables["Opportunity"]
    losers = _column(tables["Account"], "Id")[_column(tables["Account"], "IsDeleted")]
    moved = np.isin(_column(opportunities, "AccountId"), losers)
    assert 0 < len(np.unique(opportunities.key[moved])) < 60


def test_a_duplicate_lead_is_the_same_person_and_never_converts(export: Export) -> None:
    world, ids, _ = export
    twice = np.flatnonzero(world.people["merged_into"] != NULL)
    once = world.people["merged_into"][twice]
    assert (ids.email[twice] == ids.email[once]).all()
    assert (world.people["known_at"][twice] > world.people["known_at"][once]).all()
    assert (world.people["converted_at"][twice] == NULL).all()
    converted = world.people["converted_at"][once]
    assert ((converted == NULL) | (world.people["merged_at"][twice] < converted)).all()
    assert not np.isin(world.touches["person"], twice).any()
    assert not np.isin(world.activities["person"], twice).any()


def test_versions_of_a_record_have_different_instants(export: Export) -> None:
    for table in export[2].values():
        rows = np.unique(np.stack([table.key, table.modified]), axis=1)
        assert rows.shape[1] == len(table.key), table.name
