"""Opportunity objects as Salesforce exports them: the record itself, its two histories, contact roles and stages."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, Texts, concat, full, labels, take
from dagster_project.simulate.records.ids import record_ids, written_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import (
    Column,
    Table,
    cents,
    flag,
    instant,
    label,
    number,
    record,
    text,
    versions,
)
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import (
    COMPETITORS,
    CONTACT_ROLES,
    CURRENCIES,
    EXPANSION,
    FORECAST_NAMES,
    LOSS_REASONS,
    NEXT_STEPS,
    SOURCES,
    STAGES,
    WON,
)
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.edits import value_at
from dagster_project.simulate.world.merges import account_at, refiled_at

# Tracked fields by the name that OpportunityFieldHistory gives them.
_TRACKED = {
    edits.STAGE: ("StageName", "DynamicEnum"),
    edits.AMOUNT: ("Amount", "Currency"),
    edits.CLOSE_DATE: ("CloseDate", "DateOnly"),
    edits.OWNER: ("Owner", "EntityId"),
    edits.SOURCE: ("LeadSource", "DynamicEnum"),
    edits.CAMPAIGN: ("Campaign", "EntityId"),
    edits.NEXT_STEP: ("NextStep", "Text"),
    edits.LOSS_REASON: ("Loss_Reason__c", "DynamicEnum"),
}
_PROBABILITY = np.array([stage.probability for stage in STAGES])
_FORECAST = [stage.forecast for stage in STAGES]


def sales_tables(world: World, ids: Ids) -> list[Table]:
    """Opportunity and what hangs on it; without OpportunityFieldHistory where the options say so."""
    tables = [_opportunity(world, ids), _history(world, ids), _contact_roles(world, ids)]
    if world.is_first:
        tables.append(_stages(world))
    if world.options.field_history:
        tables.append(_field_history(world, ids))
    return tables


def _stage_columns(stage: Ints) -> dict[str, Column]:
    return {
        "StageName": label([item.name for item in STAGES], stage),
        "Probability": number(_PROBABILITY[stage]),
    }


def _opportunity(world: World, ids: Ids) -> Table:
    changes, deals = world.changes, world.deals
    everyone = np.arange(len(deals["created"]))
    moved = refiled_at(deals, world.accounts, everyone)
    deal, at = versions((changes["deal"], changes["at"]), (everyone, moved))
    values = {field: value_at(changes, field, deal, at) for field in range(len(edits.FIELDS))}
    stage = values[edits.STAGE]
    competitor = np.array(COMPETITORS)[deal * 7 % len(COMPETITORS)]
    by = value_at(changes | {"value": changes["by"], "field": full(len(changes["by"]), 0)}, 0, deal, at)
    columns = {
        "Id": record(ids.opportunity[deal]),
        "AccountId": record(ids.account[account_at(deals, world.accounts, deal, at)]),
        "Name": text(_names(world, ids)[deal]),
        **_stage_columns(stage),
        "Amount": cents(values[edits.AMOUNT]),
        "CurrencyIsoCode": label(CURRENCIES, deals["currency"][deal]),
        "CloseDate": Column("day", values[edits.CLOSE_DATE]),
        "Type": text(np.where(deals["function"][deal] == EXPANSION, "Existing Business", "New Business")),
        "NextStep": label(NEXT_STEPS, values[edits.NEXT_STEP]),
        "LeadSource": label(SOURCES, values[edits.SOURCE]),
        "IsClosed": flag(stage >= WON),
        "IsWon": flag(stage == WON),
        "ForecastCategory": label([FORECAST_NAMES[name] for name in _FORECAST], stage),
        "ForecastCategoryName": label(_FORECAST, stage),
        "CampaignId": record(ids.take(ids.campaign, values[edits.CAMPAIGN])),
        "OwnerId": record(ids.user[values[edits.OWNER]]),
        "Loss_Reason__c": label(LOSS_REASONS, values[edits.LOSS_REASON]),
        "Competitor__c": text(competitor),
        "CreatedDate": instant(deals["created"][deal]),
        "CreatedById": record(ids.user[deals["creator"][deal]]),
        "LastModifiedDate": instant(at),
        "LastModifiedById": record(ids.user[by]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(values[edits.DELETED] == 1),
    }
    return Table("salesforce", "Opportunity", deal, at, columns)


def _names(world: World, ids: Ids) -> Texts:
    account = ids.account_name[world.deals["account"]]
    kind = np.where(world.deals["function"] == EXPANSION, " - Expansion", " - New Business")
    return np.char.add(account, kind)


def _by_time(changes: Frame) -> Frame:
    """Rows in the order in which the CRM numbers them."""
    return take(changes, np.lexsort((changes["field"], changes["deal"], changes["at"])))


def _history(world: World, ids: Ids) -> Table:
    """A row at creation and for every save that changed stage, amount or close date."""
    changes = world.changes
    kept = np.isin(changes["field"], (edits.STAGE, edits.AMOUNT, edits.CLOSE_DATE))
    deal, at = versions((changes["deal"][kept], changes["at"][kept]))
    order = np.lexsort((deal, at))
    deal, at = deal[order], at[order]
    stage = value_at(changes, edits.STAGE, deal, at)
    amount = value_at(changes, edits.AMOUNT, deal, at)
    by = value_at(changes | {"value": changes["by"], "field": full(len(changes["by"]), 0)}, 0, deal, at)
    key = np.arange(len(deal))
    expected = np.where(amount == NULL, NULL, amount * _PROBABILITY[stage] // 100)
    columns = {
        "Id": record(record_ids("OpportunityHistory", key, world.first_number)),
        "OpportunityId": record(ids.opportunity[deal]),
        **_stage_columns(stage),
        "Amount": cents(amount),
        "CurrencyIsoCode": label(CURRENCIES, world.deals["currency"][deal]),
        "ExpectedRevenue": cents(expected),
        "CloseDate": Column("day", value_at(changes, edits.CLOSE_DATE, deal, at)),
        "ForecastCategory": label([FORECAST_NAMES[name] for name in _FORECAST], stage),
        "CreatedDate": instant(at),
        "CreatedById": record(ids.user[by]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(key), dtype=np.bool_)),
    }
    return Table("salesforce", "OpportunityHistory", key, at, columns)


def _field_history(world: World, ids: Ids) -> Table:
    """A `created` row per opportunity, and one row per later change of a tracked field."""
    changes = world.changes
    first = np.append(True, changes["deal"][1:] != changes["deal"][:-1])
    by_field = np.lexsort((changes["at"], changes["field"], changes["deal"]))
    rows = take(changes, by_field)
    same = (rows["deal"][1:] == rows["deal"][:-1]) & (rows["field"][1:] == rows["field"][:-1])
    rows["old"] = np.where(np.append(False, same), np.append(NULL, rows["value"][:-1]), NULL)
    tracked = np.append(False, same) & np.isin(rows["field"], list(_TRACKED))
    created = take(changes, first)
    created |= {"field": full(len(created["deal"]), -1), "value": full(len(created["deal"]))}
    created["old"] = full(len(created["deal"]))
    rows = _by_time(concat([created, take(rows, tracked)]))
    names = np.array([*(name for name, _ in _TRACKED.values()), "created"])
    kinds = np.array([*(kind for _, kind in _TRACKED.values()), "Text"])
    key = np.arange(len(rows["deal"]))
    columns = {
        "Id": record(record_ids("OpportunityFieldHistory", key, world.first_number)),
        "OpportunityId": record(ids.opportunity[rows["deal"]]),
        "Field": text(names[rows["field"]]),
        "DataType": text(kinds[rows["field"]]),
        "OldValue": text(written_values(rows["field"], rows["old"], ids)),
        "NewValue": text(written_values(rows["field"], rows["value"], ids)),
        "CreatedDate": instant(rows["at"]),
        "CreatedById": record(ids.user[rows["by"]]),
        "IsDeleted": flag(np.zeros(len(key), dtype=np.bool_)),
    }
    return Table("salesforce", "OpportunityFieldHistory", key, rows["at"], columns)


def written_values(field: Ints, value: Ints, ids: Ids) -> Texts:
    """Values as text, each as its field writes it."""
    found = np.full(len(field), "", dtype="<U40")
    rows = {code: np.flatnonzero(field == code) for code in range(len(edits.FIELDS))}
    for code, names in (
        (edits.STAGE, [stage.name for stage in STAGES]),
        (edits.SOURCE, SOURCES),
        (edits.NEXT_STEP, NEXT_STEPS),
        (edits.LOSS_REASON, LOSS_REASONS),
    ):
        found[rows[code]] = labels(names, value[rows[code]])
    found[rows[edits.AMOUNT]] = cents(value[rows[edits.AMOUNT]]).as_text()
    found[rows[edits.CLOSE_DATE]] = Column("day", value[rows[edits.CLOSE_DATE]]).as_text()
    found[rows[edits.OWNER]] = written_ids(ids.take(ids.user, value[rows[edits.OWNER]]))
    found[rows[edits.CAMPAIGN]] = written_ids(ids.take(ids.campaign, value[rows[edits.CAMPAIGN]]))
    found[rows[edits.DELETED]] = np.where(value[rows[edits.DELETED]] == 1, "true", "false")
    return found


def _contact_roles(world: World, ids: Ids) -> Table:
    people, deals = world.people, world.deals
    own = (people["deal"] != NULL) & people["is_contact"]
    own &= people["is_primary"] | (np.arange(len(own)) * 11 % 7 > 0)  # some of the group never get a role
    person = np.flatnonzero(own)
    deal = people["deal"][person]
    at = np.maximum(ids.contact_created[person], deals["created"][deal]) + 120
    kept = at < np.minimum(world.timeline.end, np.where(deals["deleted_at"] == NULL, 2**40, deals["deleted_at"]))[deal]
    person, deal, at = person[kept], deal[kept], at[kept]
    primary = people["is_primary"][person]
    removed = ~primary & (person * 5 % 97 == 0)
    removed_at = np.where(removed & (at + 9 * DAY < world.timeline.end), at + 9 * DAY, NULL)
    numbers = np.argsort(np.argsort(at, kind="stable"), kind="stable").astype(np.int64)
    row, modified = versions((np.arange(len(person)), at), (np.arange(len(person)), removed_at))
    role = np.where(primary, 0, 1 + person * 3 % (len(CONTACT_ROLES) - 1))
    columns = {
        "Id": record(record_ids("OpportunityContactRole", numbers[row], world.first_number)),
        "OpportunityId": record(ids.opportunity[deal[row]]),
        "ContactId": record(ids.contact[person[row]]),
        "Role": label(CONTACT_ROLES, role[row]),
        "IsPrimary": flag(primary[row]),
        "CreatedDate": instant(at[row]),
        "SystemModstamp": instant(modified),
        "IsDeleted": flag((removed_at[row] != NULL) & (modified >= removed_at[row])),
    }
    return Table("salesforce", "OpportunityContactRole", numbers[row], modified, columns)


def _stages(world: World) -> Table:
    key = np.arange(len(STAGES))
    modified = full(len(STAGES), world.timeline.start - 700 * DAY + 9 * HOUR)
    columns = {
        "Id": record(record_ids("OpportunityStage", key)),
        "ApiName": text(np.array([stage.name for stage in STAGES])),
        "MasterLabel": text(np.array([stage.name for stage in STAGES])),
        "SortOrder": number(key + 1),
        "IsActive": flag(np.ones(len(key), dtype=np.bool_)),
        "IsClosed": flag(np.array([not stage.is_open for stage in STAGES])),
        "IsWon": flag(np.array([stage.is_won for stage in STAGES])),
        "DefaultProbability": number(_PROBABILITY),
        "ForecastCategory": text(np.array([FORECAST_NAMES[name] for name in _FORECAST])),
        "ForecastCategoryName": text(np.array(_FORECAST)),
        "SystemModstamp": instant(modified),
    }
    return Table("salesforce", "OpportunityStage", key, modified, columns)
