"""A small company of Salesforce files that is edited later on: its extract of autumn, and what a later one tells instead.

Tests say what they expect; here are only the rows, and short ways to write them. Users are `ae`, `mk` (marketing), `pm` (partners) and
`ops`; campaigns `site` (Website), `part` (Partner) and `fair` (Content).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

TOLD = "2025-09-01"
"""Day of the first extract."""
EDITED = "2025-12-31"
"""Day of the extract that tells of the edits."""

COLUMNS = {
    "Account": "Id,Name,CreatedDate,SystemModstamp,IsDeleted",
    "Campaign": "Id,Name,Type,StartDate,EndDate,CreatedDate,SystemModstamp,IsDeleted",
    "CampaignMember": "Id,CampaignId,ContactId,LeadId,Status,HasResponded,FirstRespondedDate,CreatedDate,CreatedById,"
    "SystemModstamp,IsDeleted",
    "Contact": "Id,AccountId,Name,Email,CreatedDate,SystemModstamp,IsDeleted",
    "Lead": "Id,Name,Email,LeadSource,Status,OwnerId,IsConverted,ConvertedDate,ConvertedAccountId,ConvertedContactId,"
    "ConvertedOpportunityId,CreatedDate,CreatedById,SystemModstamp,IsDeleted",
    "Opportunity": "Id,AccountId,Name,StageName,Amount,CloseDate,OwnerId,LeadSource,CreatedDate,CreatedById,SystemModstamp,"
    "IsDeleted",
    "OpportunityContactRole": "Id,OpportunityId,ContactId,Role,CreatedDate,SystemModstamp,IsDeleted",
    "OpportunityFieldHistory": "Id,OpportunityId,Field,DataType,OldValue,NewValue,CreatedDate,CreatedById,IsDeleted",
    "OpportunityHistory": "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate,CreatedById",
    "Task": "Id,WhoId,WhatId,OwnerId,Status,TaskSubtype,CallType,CallDurationInSeconds,CompletedDateTime,IsClosed,CreatedDate,"
    "CreatedById,SystemModstamp,IsDeleted",
    "User": "Id,Name,Email,UserRoleId,IsActive,CreatedDate,SystemModstamp",
    "UserRole": "Id,Name",
}


class Extract:
    """The files of one day; each method adds a row of one object. Moments are `YYYY-MM-DD` or with a time."""

    def __init__(self, day: str) -> None:
        self.day = day
        self.rows: dict[str, list[dict[str, str]]] = defaultdict(list)

    def add(self, kind: str, **values: str) -> Extract:
        values = {"SystemModstamp": self.day, "IsDeleted": "false", **values}
        self.rows[kind].append({name: moment(value) for name, value in values.items()})
        return self

    def staff(self) -> Extract:
        roles = {
            "ae": "Account Executive Enterprise AMER",
            "mk": "Marketing Manager",
            "pm": "Partner Manager",
            "ops": "Revenue Operations",
        }
        for user, role in roles.items():
            self.add("User", Id=user, Name=user, Email=f"{user}@vendor.example", UserRoleId=f"R{user}", IsActive="true",
                     CreatedDate="2020-01-01", SystemModstamp="2020-01-01")  # fmt: skip
            self.add("UserRole", Id=f"R{user}", Name=role)
        for campaign, kind in (("site", "Website"), ("part", "Partner"), ("fair", "Content")):
            self.add("Campaign", Id=campaign, Name=campaign, Type=kind, StartDate="2025-01-01", EndDate="2025-12-31",
                     CreatedDate="2025-01-01", SystemModstamp="2025-01-01")  # fmt: skip
        return self

    def account(self, name: str) -> Extract:
        return self.add("Account", Id=name, Name=name, CreatedDate="2024-01-01", SystemModstamp="2024-01-01")

    def contact(self, name: str, account: str, modified: str = "2024-01-01", **more: str) -> Extract:
        return self.add("Contact", Id=name, AccountId=account, Name="N", CreatedDate="2024-01-01",
                        SystemModstamp=modified, **more)  # fmt: skip

    def opportunity(
        self, name: str, account: str, created: str, source: str = "Web", stage: str = "Discovery"
    ) -> Extract:
        self.add("Opportunity", Id=name, AccountId=account, Name="N", StageName=stage, Amount="1000", CloseDate="2025-12-15",
                 OwnerId="ae", LeadSource=source, CreatedDate=created, CreatedById="ae", SystemModstamp=self.day)  # fmt: skip
        return self.stage(name, "Discovery", created)

    def stage(self, opportunity: str, stage: str, at: str) -> Extract:
        return self.add("OpportunityHistory", Id=f"{opportunity}-{stage}", OpportunityId=opportunity, StageName=stage,
                        Amount="1000", CloseDate="2025-12-15", CreatedDate=at, CreatedById="ae")  # fmt: skip

    def moved(self, opportunity: str, *steps: tuple[str, str, str], by: str = "mk") -> Extract:
        """Steps of its source: (instant, old, new)."""
        for at, old, new in steps:
            self.add("OpportunityFieldHistory", Id=f"{opportunity}-{at}", OpportunityId=opportunity, Field="LeadSource",
                     OldValue=old, NewValue=new, CreatedDate=at, CreatedById=by)  # fmt: skip
        return self

    def role(self, name: str, opportunity: str, contact: str, created: str, modified: str = "", **more: str) -> Extract:
        return self.add("OpportunityContactRole", Id=name, OpportunityId=opportunity, ContactId=contact, Role="Buyer",
                        CreatedDate=created, SystemModstamp=modified or created, **more)  # fmt: skip

    def member(
        self, name: str, campaign: str, status: str, at: str, *, contact: str = "", lead: str = "", modified: str = "",
        **more: str,
    ) -> Extract:  # fmt: skip
        return self.add("CampaignMember", Id=name, CampaignId=campaign, ContactId=contact, LeadId=lead, Status=status,
                        HasResponded="true", FirstRespondedDate=at[:10], CreatedDate=at, CreatedById="mk",
                        SystemModstamp=modified or at, **more)  # fmt: skip

    def call(self, name: str, contact: str, at: str, *, recorded: str = "", modified: str = "", **more: str) -> Extract:
        """An incoming call of two minutes."""
        recorded = recorded or at
        return self.add("Task", Id=name, WhoId=contact, OwnerId="ae", Status="Completed", TaskSubtype="Call",
                        CallType="Inbound", CallDurationInSeconds="120", CompletedDateTime=at, IsClosed="true",
                        CreatedDate=recorded, CreatedById="ae", SystemModstamp=modified or recorded, **more)  # fmt: skip

    @property
    def files(self) -> dict[str, str]:
        return {
            f"salesforce/{kind}/{self.day}.csv": csv_text(COLUMNS[kind].split(","), rows)
            for kind, rows in self.rows.items()
        }


def moment(value: str) -> str:
    """Days as instants where a file holds instants; anything else as it is."""
    is_day = len(value) == 10 and value[4] == value[7] == "-" and value.replace("-", "").isdigit()
    return f"{value}T00:00:00Z" if is_day else value


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    names = list(columns)
    return "\n".join([",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]) + "\n"
