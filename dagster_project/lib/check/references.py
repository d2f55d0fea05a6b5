"""Ids that refer to records which no extract holds: which columns refer to what, and how many of their ids match.

Ids are the same in all sources: quotas of a HubSpot company come as generic files under HubSpot's ids. Salesforce's ids
of 15 and of 18 characters are one id, so they are compared by their first 15.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.lib.contracts import Source, SourceObject
from dagster_project.lib.ingest import sql

RECORDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "opportunities": (
        ("salesforce", "Opportunity", "id"),
        ("hubspot", "deal", "deal_id"),
        ("generic", "opportunities", "opportunity_id"),
    ),
    "accounts": (
        ("salesforce", "Account", "id"),
        ("hubspot", "company", "id"),
        ("generic", "accounts", "account_id"),
    ),
    "contacts": (
        ("salesforce", "Contact", "id"),
        ("hubspot", "contact", "id"),
        ("generic", "contacts", "contact_id"),
    ),
    "leads": (("salesforce", "Lead", "id"), ("generic", "leads", "lead_id")),
    "users": (
        ("salesforce", "User", "id"),
        ("hubspot", "owner", "owner_id"),
        ("generic", "users", "user_id"),
    ),
    "campaigns": (
        ("salesforce", "Campaign", "id"),
        ("marketo", "program", "id"),
        ("marketo", "program", "sfdc_id"),
        ("generic", "campaigns", "campaign_id"),
    ),
    "engagements": (("hubspot", "engagement", "id"),),
    "programs": (("marketo", "program", "id"),),
    "Marketo leads": (("marketo", "lead", "id"),),
}
"""What is referred to -> the columns that hold its ids: (source, object, column)."""

_BY_NAME = {
    "opportunity_id": "opportunities",
    "converted_opportunity_id": "opportunities",
    "deal_id": "opportunities",
    "account_id": "accounts",
    "converted_account_id": "accounts",
    "parent_account_id": "accounts",
    "company_id": "accounts",
    "property_associatedcompanyid": "accounts",
    "contact_id": "contacts",
    "converted_contact_id": "contacts",
    "lead_id": "leads",
    "owner_id": "users",
    "user_id": "users",
    "manager_id": "users",
    "split_owner_id": "users",
    "quota_owner_id": "users",
    "property_hubspot_owner_id": "users",
    "campaign_id": "campaigns",
    "primary_campaign_id": "campaigns",
    "engagement_id": "engagements",
}
_OTHERWISE = {
    ("salesforce", "Account", "parent_id"): "accounts",
    ("salesforce", "Campaign", "owner_id"): None,  # a queue or a marketing user whom no mart looks up
    ("salesforce", "Lead", "owner_id"): None,  # leads wait in queues, which are no users
    ("hubspot", "merged_deal", "deal_id"): None,
    ("hubspot", "engagement_call", "engagement_id"): None,  # connectors land one or the other
    ("hubspot", "engagement_email", "engagement_id"): None,
    ("hubspot", "engagement_meeting", "engagement_id"): None,
    ("hubspot", "engagement_task", "engagement_id"): None,
    ("hubspot", "engagement_communication", "engagement_id"): None,
    ("hubspot", "engagement_note", "engagement_id"): None,
    ("hubspot", "team_user", "user_id"): None,  # HubSpot's users and owners have ids of their own
    ("marketo", "program_membership", "lead_id"): "Marketo leads",
    ("marketo", "program_membership", "program_id"): "programs",
    ("marketo", "program_cost", "program_id"): "programs",
}
_BLANKS = "('', 'null', 'none', 'n/a', 'nan', '\\n')"
"""What stands for nothing where an id belongs."""
_LONG_ID = "[a-zA-Z0-9]{15}[A-Z0-5]{3}"


@dataclass(frozen=True)
class Dangling:
    """Ids of one column that no record bears: `missing` of `ids` different ones, on `rows` rows of `source_name`."""

    source_name: str
    object_name: str
    column: str
    refers_to: str
    missing: int
    ids: int
    rows: int

    @property
    def is_total(self) -> bool:
        return self.missing == self.ids

    def __str__(self) -> str:
        how_many = f"none of {self.ids:,} ids" if self.is_total else f"{self.missing:,} of {self.ids:,} ids not"
        return (
            f"{self.source_name} {self.object_name}: {how_many} in `{self.column}` found among the {self.refers_to} "
            f"({self.rows:,} rows)."
        )


def refers_to(target: SourceObject, column: str) -> str | None:
    """What the ids of a column are of; None where they are of nothing that is looked up."""
    place = (target.source, target.name, column)
    if place in _OTHERWISE:
        return _OTHERWISE[place]
    if target.source == "marketo" or any(place in homes for homes in RECORDS.values()):
        return None
    return _BY_NAME.get(column)


def has_rows(con: duckdb.DuckDBPyConnection, target: SourceObject, load_sequence: int) -> bool:
    """Whether a load, or a later one, stored a row of an object."""
    query = f"select 1 from raw.{sql.name(target.raw_table)} where _load_sequence >= ? limit 1"
    return con.execute(query, [load_sequence]).fetchone() is not None


def dangling(con: duckdb.DuckDBPyConnection, sources: Iterable[Source], load_sequence: int) -> list[Dangling]:
    """References of the rows of one load, and of later ones, that match no record of any load; the worst first.

    What refers to an object of which no record was ever loaded is left out: that the object is absent is said once.
    """
    objects = {(entry.source, entry.name): entry for source in sources for entry in source.objects}
    known: dict[str, str] = {}
    for name, homes in RECORDS.items():
        if _has_records(con, objects, homes):
            known[name] = " union all ".join(_ids(objects[source, entry], column) for source, entry, column in homes)
    found: list[Dangling] = []
    for target in objects.values():
        if not has_rows(con, target, load_sequence):
            continue
        for column in target.columns:
            kind = refers_to(target, column.name)
            if kind in known:
                found += _judge(con, target, column.name, kind, known[kind], load_sequence)
    return sorted(found, key=lambda one: (not one.is_total, -one.missing / one.ids, -one.rows, str(one)))


def _has_records(
    con: duckdb.DuckDBPyConnection,
    objects: dict[tuple[str, str], SourceObject],
    homes: tuple[tuple[str, str, str], ...],
) -> bool:
    tables = {objects[source, entry].raw_table for source, entry, _ in homes}
    return any(con.execute(f"select 1 from raw.{sql.name(table)} limit 1").fetchone() for table in tables)


def _ids(target: SourceObject, column: str) -> str:
    return f"select {_comparable(target, column)} as id from raw.{sql.name(target.raw_table)}"


def _comparable(target: SourceObject, column: str) -> str:
    """The id as it is compared; `raw` keeps what the file says."""
    value = f"{sql.name(column)}::varchar"
    return f"case when regexp_full_match({value}, '{_LONG_ID}') then left({value}, 15) else {value} end"


def _judge(
    con: duckdb.DuckDBPyConnection, target: SourceObject, column: str, kind: str, known: str, load_sequence: int
) -> list[Dangling]:
    rows = con.execute(
        f"""
        with told as (
            select _source as source_name, {_comparable(target, column)} as id, count(*) as n
            from raw.{sql.name(target.raw_table)}
            where _load_sequence >= ? and lower(coalesce(trim({sql.name(column)}::varchar), '')) not in {_BLANKS}
            group by all
        ),
        known as (select distinct id from ({known}) where id is not null)
        select told.source_name, count(*) filter (where known.id is null), count(*),
            (sum(told.n) filter (where known.id is null))::bigint
        from told
        left join known on told.id = known.id
        group by told.source_name
        having count(*) filter (where known.id is null) > 0
        order by told.source_name
        """,
        [load_sequence],
    ).fetchall()
    return [Dangling(source, target.name, column, kind, *counts) for source, *counts in rows]
