"""The company's own side as Salesforce exports it: users, roles, quotas and exchange rates."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, as_of, full
from dagster_project.simulate.records.ids import record_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import (
    Column,
    Table,
    cents,
    day,
    flag,
    instant,
    label,
    record,
    text,
    versions,
)
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import CURRENCIES, ROLE_NAMES, SEGMENTS, TERRITORIES
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.company import AE, ROLES, SDR, YEAR


def company_tables(world: World, ids: Ids) -> list[Table]:
    """Users, their roles, quotas and dated conversion rates."""
    return [*_users(world, ids), _quotas(world, ids), _rates(world)]


def role_name(world: World, role: int, team: int) -> str:
    """Raw name of a role, with the team's segment and territory where the role has a team."""
    if role not in (AE, SDR):
        return ROLE_NAMES[ROLES[role]]
    territory = TERRITORIES[world.company.teams["territory"][team]]
    where = f"{SEGMENTS[world.company.teams['segment'][team]]} {territory}" if role == AE else territory
    return ROLE_NAMES[ROLES[role]].format(team=where)


def _users(world: World, ids: Ids) -> list[Table]:
    users, spans = world.company.users, world.company.spans
    names = [role_name(world, int(role), int(team)) for role, team in zip(spans["role"], spans["team"], strict=True)]
    roles = sorted(set(names))
    role_ids = record_ids("UserRole", np.arange(len(roles)))
    span_role = np.array([roles.index(name) for name in names])
    everyone = np.arange(len(users["role"]))
    row, at = versions((spans["user"], spans["valid_from"]), (everyone, users["ended"]))
    role = as_of(spans["user"], spans["valid_from"], span_role, row, at)
    manager = as_of(spans["user"], spans["valid_from"], spans["manager"], row, at)
    title = np.array([role.replace("_", " ").title() for role in ROLES])[users["role"]]
    user_columns = {
        "Id": record(ids.user[row]),
        "Name": text(ids.user_name[row]),
        "Email": text(ids.user_email[row]),
        "Username": text(ids.user_email[row]),
        "UserRoleId": record(role_ids[role]),
        "ManagerId": record(ids.take(ids.user, manager)),
        "Department": text(np.where(users["role"][row] == ROLES.index("marketing"), "Marketing", "Sales")),
        "Title": text(title[row]),
        "IsActive": flag((users["ended"][row] == NULL) | (at < users["ended"][row])),
        "Start_Date__c": day(users["started"][row]),
        "CreatedDate": instant(users["started"][row]),
        "SystemModstamp": instant(at),
    }
    modified = full(len(roles), world.timeline.start - 1_300 * DAY)
    role_columns = {
        "Id": record(role_ids),
        "Name": text(np.array(roles)),
        "DeveloperName": text(np.char.replace(np.char.replace(np.array(roles), " ", "_"), "-", "_")),
        "ParentRoleId": record(full(len(roles))),
        "SystemModstamp": instant(modified),
    }
    return [
        Table("salesforce", "User", row, at, user_columns),
        Table("salesforce", "UserRole", np.arange(len(roles)), modified, role_columns),
    ]


def _quotas(world: World, ids: Ids) -> Table:
    quotas = world.company.quotas
    key = np.arange(len(quotas["user"]))
    modified = np.minimum(quotas["starts_at"], world.timeline.end) - 20 * DAY + 9 * HOUR
    kept = np.flatnonzero(modified < world.timeline.end)
    columns = {
        "Id": record(record_ids("ForecastingQuota", key)),
        "QuotaOwnerId": record(ids.user[quotas["user"]]),
        "QuotaAmount": cents(quotas["amount"]),
        "CurrencyIsoCode": text(np.full(len(key), CURRENCIES[0])),
        "StartDate": day(quotas["starts_at"]),
        "PeriodType": text(np.where(quotas["period"] == YEAR, "Year", "Quarter")),
        "SystemModstamp": instant(modified),
    }
    return Table("salesforce", "ForecastingQuota", key[kept], modified[kept], _kept(columns, kept))


def _rates(world: World) -> Table:
    rates = world.company.rates
    everyone = np.arange(len(rates["currency"]))
    row, at = versions((everyone, rates["starts_at"]), (everyone, rates["next_at"]))
    next_at = np.where(at >= rates["next_at"][row], rates["next_at"][row], NULL)
    rows = np.flatnonzero(at < world.timeline.end)
    columns = {
        "Id": record(record_ids("DatedConversionRate", row)),
        "IsoCode": label(CURRENCIES, rates["currency"][row]),
        "ConversionRate": Column("millionths", rates["rate"][row]),
        "StartDate": day(rates["starts_at"][row]),
        "NextStartDate": day(next_at),
        "SystemModstamp": instant(at),
    }
    return Table("salesforce", "DatedConversionRate", row[rows], at[rows], _kept(columns, rows))


def _kept(columns: dict[str, Column], rows: Ints) -> dict[str, Column]:
    return {name: column.take(rows) for name, column in columns.items()}
