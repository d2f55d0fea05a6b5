"""Customers and prospects as Salesforce exports them: accounts, contacts, leads; and the ids that all objects use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Ints, Texts, concat, first_per, full, labels, rank_by, take
from dagster_project.simulate.records.ids import record_ids
from dagster_project.simulate.records.names import addresses, company_domains, company_names, person_names
from dagster_project.simulate.records.tables import Table, day, flag, instant, label, record, text, versions
from dagster_project.simulate.timeline import later
from dagster_project.simulate.vocabulary import INDUSTRIES, SEGMENTS, SOURCES, TERRITORIES
from dagster_project.simulate.world.build import World, outcome
from dagster_project.simulate.world.company import MARKETER
from dagster_project.simulate.world.labels import ON_LEAD
from dagster_project.simulate.world.merges import account_at, contact_since, refiled_at

_OWN_DOMAIN = "plumbline.example"
_FREE_MAIL = "gmail.com"


@dataclass(frozen=True)
class Ids:
    """Record ids and names by row number; `lead` and `contact` are NULL for people who aren't one."""

    opportunity: Ints
    account: Ints
    account_name: Texts
    user: Ints
    campaign: Ints
    lead: Ints
    contact: Ints
    contact_created: Ints
    person_name: Texts
    email: Texts
    user_name: Texts
    user_email: Texts

    @staticmethod
    def take(ids: Ints, rows: Ints) -> Ints:
        """Ids of rows; NULL for NULL."""
        return np.where(rows == NULL, NULL, ids[np.maximum(rows, 0)])


def build_ids(world: World) -> Ids:
    """Ids in the order in which the records of a block were created, as a CRM gives them."""
    people, accounts = world.people, world.accounts
    count = len(people["deal"])
    everyone = np.arange(count)
    contact_created = contact_since(people)
    account_rank = rank_by(accounts["created"], np.arange(len(accounts["created"])))
    # A duplicate has the names of the record that it doubles.
    same_account = np.where(accounts["merged_into"] == NULL, np.arange(len(account_rank)), accounts["merged_into"])
    same_person = np.where(people["merged_into"] == NULL, everyone, people["merged_into"])
    name = company_names(world.first_number + account_rank[same_account])
    number = world.first_number + same_person
    person = person_names(number)
    own_company = company_domains(company_names(len(account_rank) + number))
    account_domain = company_domains(name)[np.maximum(people["domain_of"], 0)]
    domain = np.where(people["domain_of"] == NULL, own_company, account_domain)
    free = (people["domain_of"] == NULL) & (same_person % 6 == 0)
    staff = np.arange(len(world.company.users["role"]))
    staff_name = person_names(900_001 + staff * 17)
    return Ids(
        opportunity=record_ids("Opportunity", np.arange(len(world.deals["created"])), world.first_number),
        account=record_ids("Account", account_rank, world.first_number),
        account_name=name,
        user=record_ids("User", np.arange(len(world.company.users["role"]))),
        campaign=record_ids("Campaign", np.arange(len(world.campaigns["type"]))),
        lead=_numbered(world, "Lead", people["is_lead"], people["known_at"]),
        contact=_numbered(world, "Contact", people["is_contact"], contact_created),
        contact_created=contact_created,
        person_name=person,
        email=addresses(person, number, np.where(free, _FREE_MAIL, domain)),
        user_name=staff_name,
        user_email=addresses(staff_name, staff, np.full(len(staff), _OWN_DOMAIN)),
    )


def _numbered(world: World, entity: str, member: Flags, created: Ints) -> Ints:
    rows = np.flatnonzero(member)
    numbers = full(len(member))
    numbers[rows] = rank_by(created[rows], rows)
    return record_ids(entity, numbers, world.first_number)


def people_tables(world: World, ids: Ids) -> list[Table]:
    """Accounts, contacts, leads, and the leads' history where the options have it."""
    tables = [_accounts(world, ids), _contacts(world, ids), _leads(world, ids)]
    if world.options.field_history:
        tables.append(_lead_history(world, ids))
    return tables


def _accounts(world: World, ids: Ids) -> Table:
    accounts, deals = world.accounts, world.deals
    won_at, _ = outcome(world)
    sold = won_at != NULL
    customer_at = first_per(deals["account"][sold], won_at[sold], len(accounts["created"]), NULL)
    everyone = np.arange(len(accounts["created"]))
    row, at = versions((everyone, accounts["created"]), (everyone, customer_at), (everyone, accounts["merged_at"]))
    merged = (accounts["merged_at"][row] != NULL) & (at >= accounts["merged_at"][row])
    customer = (customer_at[row] != NULL) & (at >= customer_at[row])
    columns = {
        "Id": record(ids.account[row]),
        "Name": text(ids.account_name[row]),
        "ParentId": record(ids.take(ids.account, accounts["parent"][row])),
        "MasterRecordId": record(ids.take(ids.account, np.where(merged, accounts["merged_into"][row], NULL))),
        "Type": text(np.where(customer, "Customer", "Prospect")),
        "Industry": label(INDUSTRIES, accounts["industry"][row]),
        "Segment__c": label(SEGMENTS, accounts["segment"][row]),
        "Territory__c": label(TERRITORIES, accounts["territory"][row]),
        "Website": text(np.char.add("https://www.", company_domains(ids.account_name[row]))),
        "OwnerId": record(ids.user[accounts["owner"][row]]),
        "CreatedDate": instant(accounts["created"][row]),
        "CreatedById": record(ids.user[accounts["owner"][row]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(merged),
    }
    return Table("salesforce", "Account", row, at, columns)


def _contacts(world: World, ids: Ids) -> Table:
    """Contacts, with another version where the merge of a duplicate account moves them to the one that stays."""
    people, accounts = world.people, world.accounts
    members = np.flatnonzero(people["is_contact"])
    moved = refiled_at(people, accounts, members)
    person, at = versions((members, ids.contact_created[members]), (members, moved))
    columns = {
        "Id": record(ids.contact[person]),
        "AccountId": record(ids.account[account_at(people, accounts, person, at)]),
        "MasterRecordId": record(full(len(person))),
        "Name": text(ids.person_name[person]),
        "Email": text(ids.email[person]),
        "LeadSource": label(SOURCES, people["label"][person]),
        "CreatedDate": instant(ids.contact_created[person]),
        "CreatedById": record(ids.user[people["sdr"][person]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(person), dtype=np.bool_)),
    }
    return Table("salesforce", "Contact", person, at, columns)


@dataclass(frozen=True)
class _LeadLife:
    """Instants in the life of each lead (rows of `person`), NULL where they didn't come, and its labels."""

    person: Ints
    created: Ints
    worked: Ints
    relabeled: Ints
    converted: Ints
    rejected: Ints
    inherited: Ints
    merged: Ints
    label: Ints
    old_label: Ints

    def status(self, row: Ints, at: Ints) -> Texts:
        """Status of leads at instants."""
        found = np.full(len(row), "Open - Not Contacted", dtype="<U24")
        for moment, word in (
            (self.worked, "Working - Contacted"),
            (self.rejected, "Unqualified"),
            (self.converted, "Closed - Converted"),
        ):
            found = np.where((moment[row] != NULL) & (at >= moment[row]), word, found)
        return found

    def label_at(self, row: Ints, at: Ints) -> Ints:
        """LeadSource of leads at instants."""
        return np.where(
            (self.relabeled[row] != NULL) & (at < self.relabeled[row]), self.old_label[row], self.label[row]
        )


def _lead_life(world: World) -> _LeadLife:
    people, deals = world.people, world.deals
    person = np.flatnonzero(people["is_lead"])
    created, converted = people["known_at"][person], people["converted_at"][person]
    merged = people["merged_at"][person]
    ended = np.where(merged == NULL, world.timeline.end, merged)
    last = np.where(converted == NULL, ended, converted) - 600
    worked = np.minimum(later(created, 0.1 + person * 13 % 40 / 20), last)
    rejected = later(worked, 2 + person * 17 % 50)
    unwanted = (converted == NULL) & (person * 7 % 5 < 3) & (rejected < ended)
    inherited = people["inherited_at"][person]
    deal = np.maximum(people["deal"][person], 0)
    primary = people["is_primary"][person]
    label = np.where(primary, deals["claim"][deal], people["label"][person])
    on_lead = primary & (deals["way"][deal] == ON_LEAD)
    return _LeadLife(
        person=person,
        created=created,
        worked=np.where(worked > created, worked, NULL),
        relabeled=world.lead_relabeled_at[person],
        converted=converted,
        rejected=np.where(unwanted, rejected, NULL),
        inherited=np.where((inherited > created) & (inherited < ended), inherited, NULL),
        merged=merged,
        label=np.where(on_lead, deals["new_claim"][deal], label),
        old_label=deals["true_claim"][deal],
    )


def _leads(world: World, ids: Ids) -> Table:
    people, life = world.people, _lead_life(world)
    everyone = np.arange(len(life.person))
    moments = (
        life.created, life.worked, life.relabeled, life.rejected, life.inherited, life.converted, life.merged,
    )  # fmt: skip
    row, at = versions(*((everyone, moment) for moment in moments))
    person = life.person[row]
    done = (life.converted[row] != NULL) & (at >= life.converted[row])
    merged = (life.merged[row] != NULL) & (at >= life.merged[row])
    deal, minder = people["deal"][person], _minder_at(world, person, at)
    columns = {
        "Id": record(ids.lead[person]),
        "Name": text(ids.person_name[person]),
        "Company": text(employers(world, ids)[person]),
        "Email": text(ids.email[person]),
        "LeadSource": label(SOURCES, life.label_at(row, at)),
        "Status": text(life.status(row, at)),
        "OwnerId": record(ids.user[minder]),
        "MasterRecordId": record(ids.take(ids.lead, np.where(merged, people["merged_into"][person], NULL))),
        "IsConverted": flag(done),
        "ConvertedDate": day(np.where(done, life.converted[row], NULL)),
        "ConvertedAccountId": record(ids.take(ids.account, np.where(done, people["account"][person], NULL))),
        "ConvertedContactId": record(np.where(done, ids.contact[person], NULL)),
        "ConvertedOpportunityId": record(ids.take(ids.opportunity, np.where(done, deal, NULL))),
        "CreatedDate": instant(life.created[row]),
        "CreatedById": record(ids.user[_lead_creator(world)[person]]),
        "LastModifiedById": record(ids.user[minder]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(merged),
    }
    return Table("salesforce", "Lead", row, at, columns)


def _minder_at(world: World, person: Ints, at: Ints) -> Ints:
    """Who looks after leads at instants."""
    people = world.people
    inherited_at = people["inherited_at"][person]
    return np.where((inherited_at != NULL) & (at >= inherited_at), people["heir"][person], people["sdr"][person])


def _lead_creator(world: World) -> Ints:
    """Forms create leads through the integration user, everybody else's leads are typed in by an SDR."""
    marketing = np.array(
        [name not in ("Outbound - AE", "Self-Generated", "Outbound - SDR", "Cold Call") for name in SOURCES]
    )
    people = world.people
    minder = _minder_at(world, np.arange(len(people["label"])), people["known_at"])
    return np.where((people["label"] != NULL) & marketing[np.maximum(people["label"], 0)], 0, minder)


def employers(world: World, ids: Ids) -> Texts:
    company, twice = world.people["domain_of"], world.people["merged_into"]
    same = np.where(twice == NULL, np.arange(len(company)), twice)
    own = company_names(world.first_number + len(ids.account) + same)
    return np.where(company == NULL, own, ids.account_name[np.maximum(company, 0)])


def _lead_history(world: World, ids: Ids) -> Table:
    life = _lead_life(world)
    everyone = np.arange(len(life.person))
    parts = []
    for moment, field in (
        (life.created, "created"),
        (life.worked, "Status"),
        (life.rejected, "Status"),
        (life.relabeled, "LeadSource"),
        (life.converted, "Status"),
        (life.converted, "leadConverted"),
    ):
        row = everyone[moment != NULL]
        parts.append({"row": row, "at": moment[row], "field": np.full(len(row), field, dtype="<U13")})
    rows = concat(parts)
    rows = take(rows, np.lexsort((rows["field"], rows["row"], rows["at"])))
    row, at, field = rows["row"], rows["at"], rows["field"]
    old = np.where(field == "Status", life.status(row, at - 1), labels(SOURCES, life.label_at(row, at - 1)))
    new = np.where(field == "Status", life.status(row, at), labels(SOURCES, life.label_at(row, at)))
    silent = (field == "created") | (field == "leadConverted")
    marketer = int(world.company.staff(MARKETER)[0])
    by = np.where(field == "LeadSource", marketer, _minder_at(world, life.person[row], at))
    key = np.arange(len(row))
    columns = {
        "Id": record(record_ids("LeadHistory", key, world.first_number)),
        "LeadId": record(ids.lead[life.person[row]]),
        "Field": text(field),
        "OldValue": text(np.where(silent, "", old)),
        "NewValue": text(np.where(silent, "", new)),
        "CreatedDate": instant(at),
        "CreatedById": record(ids.user[by]),
        "IsDeleted": flag(np.zeros(len(row), dtype=np.bool_)),
    }
    return Table("salesforce", "LeadHistory", key, at, columns)
