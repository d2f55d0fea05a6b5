"""Who owns opportunities over time: SDRs hand over within days, AEs when they change teams or leave."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, concat, instant_key
from dagster_project.simulate.timeline import HOUR, later
from dagster_project.simulate.world.changes import OWNER, change, initial
from dagster_project.simulate.world.company import AE, Company
from dagster_project.simulate.world.deals import pick_staff


def owners(rng: np.random.Generator, company: Company, deals: Frame) -> Frame:
    """Changes of owner. Whoever leaves a team, or the company, passes what is open to a colleague of the old team."""
    count = len(deals["created"])
    parts = [initial(OWNER, deals, deals["first_owner"])]
    handed_at = later(deals["created"], 0.5 + 7 * rng.random(count))
    # An SDR who leaves or rises hands over before.
    leaves_at = departure(company, deals["first_owner"], deals["created"])
    handed_at = np.where(
        leaves_at == NULL, handed_at, np.maximum(np.minimum(handed_at, leaves_at), deals["created"] + 60)
    )
    handed = np.flatnonzero((deals["first_owner"] != deals["owner"]) & (handed_at < deals["life_end"]))
    parts.append(change(OWNER, handed, handed_at[handed], deals["owner"][handed], deals["first_owner"][handed]))
    deal, owner, since = np.arange(count), deals["owner"], deals["created"]
    while len(deal):
        left_at = departure(company, owner, since)
        goes = left_at != NULL
        at = np.maximum(later(np.maximum(left_at, 0), 0.4), since + HOUR)
        at = np.where(since == deals["created"][deal], np.maximum(at, handed_at[deal] + HOUR), at)
        goes &= at < deals["life_end"][deal]
        deal, owner, at, left_at = deal[goes], owner[goes], at[goes], left_at[goes]
        heir = pick_staff(rng, company, AE, deals["team"][deal], at)
        parts.append(change(OWNER, deal, at, heir, manager(company, owner, left_at - 1)))
        owner, since = heir, at
    return concat(parts)


def departure(company: Company, user: Ints, at: Ints) -> Ints:
    """When the span ends in which each user is at an instant; NULL where it doesn't."""
    return company.spans["valid_to"][_span(company, user, at)]


def manager(company: Company, user: Ints, at: Ints) -> Ints:
    """Manager of each user at an instant, or the last one."""
    return company.spans["manager"][_span(company, user, at)]


def stand_in(rng: np.random.Generator, company: Company, role: int, team: Ints, user: Ints, at: Ints) -> Ints:
    """Each user, or a colleague of the team where the user doesn't have the role yet, or no longer, at the instant."""
    span = _span(company, user, at)
    spans = company.spans
    there = (spans["user"][span] == user) & (spans["role"][span] == role) & (spans["valid_from"][span] <= at)
    there &= (spans["valid_to"][span] == NULL) | (at < spans["valid_to"][span])
    away = np.flatnonzero(~there)
    found = user.copy()
    found[away] = pick_staff(rng, company, role, team[away], at[away])
    return found


def _span(company: Company, user: Ints, at: Ints) -> Ints:
    spans = company.spans
    key = instant_key(spans["user"], spans["valid_from"])
    return np.maximum(np.searchsorted(key, instant_key(user, at), side="right") - 1, 0)
