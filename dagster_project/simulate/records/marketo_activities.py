"""Marketo's activity log, one table per type of activity; `marketo` tells how they hang together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, Texts, full, take
from dagster_project.simulate.records.marketo_ids import (
    DELETED,
    FIRST_PROGRAM,
    FIRST_SMART_CAMPAIGN,
    FIRST_TEMPLATE,
    MERGED,
    PROGRESSED,
    MarketoIds,
    activity_log,
)
from dagster_project.simulate.records.salesforce_campaigns import campaign_names, has_answered, member_status
from dagster_project.simulate.records.salesforce_people import Ids, employers
from dagster_project.simulate.records.tables import Column, Table, flag, instant, label, number, text
from dagster_project.simulate.vocabulary import LINKS, PAGES
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.mailings import BOUNCED, CLICKED, DELIVERED, FORM, OPENED, SENT, VISIT

_SITE = "https://www.plumbline.example/"
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (compatible; MailGuardScanner/2.1; +https://mailguard.example/bot)",
)
_DEVICES, _PLATFORMS = ("Desktop", "Desktop", "iPhone", "unknown"), ("Windows", "Mac OS X", "iOS", "unknown")
_PHONE, _SCANNER = 2, 3
_PATTERNS = ("Match with IAB bot list", "Match with proximity pattern")
# Addresses for documentation (RFC 5737).
_CLIENTS = tuple(f"198.51.100.{last}" for last in range(1, 255))
_REFERRERS = ("", "https://search.example/", "https://social.example/", _SITE)
_FORMS = (
    "Newsletter",
    "Product tour",
    "Request a demo",
    "Subscribe",
    "Webinar",
    "Start a trial",
    "Contact us",
    "Guide",
)


def activity_tables(world: World, ids: Ids, numbers: MarketoIds) -> list[Table]:
    """Every type of activity that occurs."""
    log = activity_log(world, numbers)
    builders: tuple[tuple[int, str, int, Callable[..., dict[str, Column]]], ...] = (
        (VISIT, "visit_webpage", 1, _visit),
        (FORM, "fill_out_form", 2, _form),
        (SENT, "send_email", 6, _sent),
        (DELIVERED, "email_delivered", 7, _email),
        (BOUNCED, "email_bounced", 8, _bounced),
        (OPENED, "open_email", 10, _opened),
        (CLICKED, "click_email", 11, _clicked),
        (PROGRESSED, "change_status_in_progression", 104, _progressed),
        (MERGED, "merge_leads", 32, _merged),
        (DELETED, "delete_lead", 29, _deleted),
    )
    tables: list[Table] = []
    for kind, name, type_id, build in builders:
        rows = take(log, log["kind"] == kind)
        columns = {
            "id": number(rows["id"]),
            "activity_date": instant(rows["at"]),
            "activity_type_id": number(full(len(rows["id"]), type_id)),
            "lead_id": number(rows["lead"]),
            **build(world, ids, numbers, rows),
        }
        tables.append(Table("marketo", f"activity_{name}", rows["id"], rows["at"], columns))
    return tables


def _browser(world: World, rows: Frame) -> dict[str, Column]:
    person = world.marketing["person"][rows["row"]]
    return {
        "client_ip_address": label(_CLIENTS, person % len(_CLIENTS)),
        "user_agent": label(_AGENTS, person % _SCANNER),
    }


def _queries(world: World) -> tuple[str, ...]:
    """Query parameters with which each campaign's links lead to the web site."""
    names = campaign_names(world).tolist()
    return tuple(f"utm_campaign={name.lower().replace(' ', '-')}" for name in names)


def _visit(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    marketing, row = world.marketing, rows["row"]
    page, campaign = marketing["asset"][row], marketing["campaign"][row]
    return {
        "campaign_id": number(full(len(row))),
        "primary_attribute_value_id": number(1 + page),
        "primary_attribute_value": label(PAGES, page),
        "webpage_url": label([f"/{name}" for name in PAGES], page),
        "query_parameters": label(_queries(world), campaign),
        "referrer_url": label(_REFERRERS, np.where(campaign == NULL, row % 4, 1)),
        "search_engine": text(np.full(len(row), "")),
        "search_query": text(np.full(len(row), "")),
        **_browser(world, rows),
    }


def _form(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    marketing, row = world.marketing, rows["row"]
    page, person = marketing["asset"][row], marketing["person"][row]
    fields = np.char.add('{"Email":"', np.char.add(ids.email[person], '","Company":"'))
    fields = np.char.add(np.char.add(fields, employers(world, ids)[person]), '"}')
    return {
        "campaign_id": number(full(len(row))),
        "primary_attribute_value_id": number(1 + page),
        "primary_attribute_value": label(_FORMS, page),
        "form_fields": text(fields),
        "webpage_id": number(1 + page),
        "query_parameters": label(_queries(world), marketing["campaign"][row]),
        "referrer_url": label([_SITE + name for name in PAGES], page),
        **_browser(world, rows),
    }


def _email(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    """What all activities about an e-mail have in common."""
    mailing = world.marketing["mailing"][rows["row"]]
    names = np.char.add(campaign_names(world)[world.mailings["campaign"]], ".")
    names = np.char.add(names, (FIRST_TEMPLATE + np.arange(len(names))).astype(str))
    return {
        "campaign_id": number(FIRST_SMART_CAMPAIGN + world.mailings["campaign"][mailing]),
        "campaign_run_id": number(1 + mailing),
        "step_id": number(5_000 + mailing),
        "choice_number": number(full(len(mailing), 0)),
        "email_template_id": number(FIRST_TEMPLATE + mailing),
        "primary_attribute_value_id": number(FIRST_TEMPLATE + mailing),
        "primary_attribute_value": label(names.tolist(), mailing),
    }


def _sent(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    result = {"action_result": text(np.full(len(rows["id"]), "succeeded"))}
    return _email(world, ids, numbers, rows) | result


def _bounced(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    return _email(world, ids, numbers, rows) | {
        "category": number(full(len(rows["id"]), 2)),
        "subcategory": number(full(len(rows["id"]), 2_003)),
        "details": text(np.full(len(rows["id"]), "550 5.1.1 mailbox unavailable")),
        "email": text(ids.email[world.marketing["person"][rows["row"]]]),
    }


def _opened(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    row = rows["row"]
    bot, person = world.marketing["is_bot"][row], world.marketing["person"][row]
    agent = np.where(bot, _SCANNER, person % _SCANNER)
    return _email(world, ids, numbers, rows) | {
        "device": label(_DEVICES, agent),
        "platform": label(_PLATFORMS, agent),
        "user_agent": label(_AGENTS, agent),
        "is_mobile_device": flag(agent == _PHONE),
        "is_bot_activity": flag(bot),
        "bot_activity_pattern": label(_PATTERNS, np.where(bot, person % len(_PATTERNS), NULL)),
    }


def _clicked(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    link = world.marketing["asset"][rows["row"]]
    return _opened(world, ids, numbers, rows) | {"link": label([_SITE + name for name in LINKS], link)}


def _progressed(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    """The status that a member got: with its addition (there was none before), or with its answer."""
    touches, touch = world.touches, rows["row"]
    done = has_answered(touches, touch, rows["at"])
    first = rows["at"] == touches["added_at"][touch]
    old = member_status(touches, touch, np.zeros(len(touch), dtype=np.bool_))
    campaign = touches["campaign"][touch]
    return {
        "campaign_id": number(full(len(touch))),
        "primary_attribute_value_id": number(FIRST_PROGRAM + campaign),
        "primary_attribute_value": label(campaign_names(world).tolist(), campaign),
        "old_status": text(np.where(first, "", old)),
        "new_status": text(member_status(touches, touch, done)),
        "success": flag(done),
        "acquired_by": flag(np.zeros(len(touch), dtype=np.bool_)),
        "program_member_id": number(numbers.member[touch]),
        "reason": text(np.full(len(touch), "")),
    }


def _merged(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    gone = rows["row"]
    return {
        "campaign_id": number(full(len(gone))),
        "primary_attribute_value_id": number(rows["lead"]),
        "primary_attribute_value": text(ids.person_name[gone]),
        "merge_ids": text(_bracketed(numbers.lead[gone])),
        "merge_source": text(np.full(len(gone), "leaddb")),
        "merged_in_sales": flag(np.ones(len(gone), dtype=np.bool_)),
        "master_updated": flag(np.zeros(len(gone), dtype=np.bool_)),
    }


def _deleted(world: World, ids: Ids, numbers: MarketoIds, rows: Frame) -> dict[str, Column]:
    return {
        "campaign_id": number(full(len(rows["id"]))),
        "primary_attribute_value_id": number(rows["lead"]),
        "primary_attribute_value": text(ids.person_name[rows["row"]]),
        "campaign": text(np.full(len(rows["id"]), "Database clean-up")),
    }


def _bracketed(values: Ints) -> Texts:
    return np.char.add(np.char.add("[", values.astype(str)), "]")
