"""Companies and the company's own staff as HubSpot's connector lands them; contacts are in `hubspot_contacts`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, Texts, full
from dagster_project.simulate.records.hubspot_ids import PORTAL, hubspot_ids, synced, user_ids
from dagster_project.simulate.records.hubspot_merges import merged_ids, with_merges
from dagster_project.simulate.records.ids import numbers_of
from dagster_project.simulate.records.names import company_domains
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Table, flag, instant, number, text
from dagster_project.simulate.world.build import World

_FIRST_ROLE = 700_001


def companies(world: World, ids: Ids, accounts: Table) -> Table:
    """Accounts; a merged one is deleted, and the one that stays names it."""
    row, at, merged = with_merges(accounts)
    columns = {name: column.take(row) for name, column in accounts.columns.items()}
    name = columns["Name"].as_text()
    values = {
        "id": number(hubspot_ids(world, ids, columns["Id"].values)),
        "is_deleted": columns["IsDeleted"],
        "portal_id": number(full(len(row), PORTAL)),
        "property_name": text(name),
        "property_domain": text(company_domains(name)),
        "property_industry": columns["Industry"],
        "property_hs_parent_company_id": number(hubspot_ids(world, ids, columns["ParentId"].values)),
        "property_hubspot_owner_id": number(hubspot_ids(world, ids, columns["OwnerId"].values)),
        "property_lifecyclestage": text(np.where(columns["Type"].as_text() == "Customer", "customer", "opportunity")),
        "property_hs_merged_object_ids": merged_ids(world, ids, merged),
        "property_createdate": columns["CreatedDate"],
        "property_hs_lastmodifieddate": instant(at),
        "property_segment": columns["Segment__c"],
        "property_territory": columns["Territory__c"],
        "_fivetran_synced": instant(synced(at)),
    }
    return Table("hubspot", "company", accounts.key[row], at, values)


def staff(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """Owners, the users that they are, and the users' roles. Who has left stays, as an owner who isn't active."""
    users = crm["User"].columns
    at, key = crm["User"].modified, crm["User"].key
    owner = hubspot_ids(world, ids, users["Id"].values)
    first_name, last_name = split_names(users["Name"].as_text())
    person = {
        "email": users["Email"],
        "first_name": text(first_name),
        "last_name": text(last_name),
        "_fivetran_synced": instant(synced(at)),
    }
    owners = {
        "owner_id": number(owner),
        "portal_id": number(full(len(key), PORTAL)),
        "type": text(np.full(len(key), "PERSON")),
        "active_user_id": number(user_ids(owner)),
        "is_active": users["IsActive"],
        "created_at": users["CreatedDate"],
        "updated_at": instant(at),
        **person,
    }
    accounts = {"id": number(user_ids(owner)), "role_id": number(_role_ids(users["UserRoleId"].values)), **person}
    roles = crm["UserRole"]
    role_columns = {
        "id": number(_role_ids(roles.columns["Id"].values)),
        "name": roles.columns["Name"],
        "requires_billing_write": flag(np.zeros(len(roles.key), dtype=np.bool_)),
        "_fivetran_synced": instant(synced(roles.modified)),
    }
    return [
        Table("hubspot", "owner", key, at, owners),
        Table("hubspot", "users", key, at, accounts),
        Table("hubspot", "role", roles.key, roles.modified, role_columns),
    ]


def split_names(names: Texts) -> tuple[Texts, Texts]:
    """First and last name of people."""
    parts = np.char.partition(names, " ") if len(names) else np.empty((0, 3), dtype="<U1")
    return parts[:, 0], parts[:, 2]


def _role_ids(roles: Ints) -> Ints:
    return np.where(roles == NULL, NULL, _FIRST_ROLE + numbers_of(roles))
