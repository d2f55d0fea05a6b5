"""Customers and prospects: accounts, and the people at them as leads and contacts.

What those people do is in `demand` (marketing) and `activities` (sales).
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, choose, concat, explode, full, instant_key, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later
from dagster_project.simulate.vocabulary import EXPANSION, INDUSTRIES, PARTNER, SOURCE_NUMBER
from dagster_project.simulate.world.company import SDR, Company
from dagster_project.simulate.world.labels import ON_LEAD
from dagster_project.simulate.world.patterns import HONEST, LEAD_OF_SDR

_RETURNS, _PROSPECTS, _LEADS = 0.06, 0.25, 1.6
_COLLEAGUES = 11
_HAS_LEAD = np.array([0.2, 0.6, 0.85, 0.9, 0.4, 0.05])
_RETURN_AFTER = 110 * DAY
_MARKETING_LABELS = np.array(
    [SOURCE_NUMBER[name] for name in ("Web", "Webinar", "Trade Show", "Paid Search", "Content")]
)


def assign_accounts(options: Options, deals: Frame) -> Ints:
    """Account of each opportunity: its own, its earlier won one's (expansion), or that of a loss of long ago."""
    rng = stream(options.seed, "accounts")
    count = len(deals["created"])
    account = np.arange(count)
    fits = (deals["function"] < PARTNER) & (deals["pattern"] == HONEST)
    lost = np.flatnonzero(fits & ~deals["won"] & (deals["closed_at"] != NULL) & (deals["deleted_at"] == NULL))
    lost = lost[np.argsort(instant_key(deals["team"], deals["closed_at"])[lost])]
    order = instant_key(deals["team"], deals["closed_at"])[lost]
    back = rng.permutation(np.flatnonzero(fits))[: round(_RETURNS * 3 * count)]
    least = np.searchsorted(order, instant_key(deals["team"][back], full(len(back), 0)))
    most = np.searchsorted(order, instant_key(deals["team"][back], deals["created"][back] - _RETURN_AFTER))
    draw = least + whole(rng.random(len(back)) * (most - least))
    back, draw = back[most > least], draw[most > least]
    draw, once = np.unique(draw, return_index=True)
    back, earlier = back[once], lost[draw]
    apart = ~np.isin(back, earlier) & ~np.isin(earlier, back)
    chosen = rng.permutation(np.flatnonzero(apart))[: round(_RETURNS * count)]
    account[back[chosen]] = earlier[chosen]
    grown = deals["function"] == EXPANSION
    account[grown] = account[deals["follows"][grown]]
    return np.unique(account, return_inverse=True)[1].astype(np.int64)


def build_accounts(options: Options, timeline: Timeline, company: Company, deals: Frame) -> Frame:
    """Accounts of opportunities first, then prospects that never get one, then holdings (parents) without any.

    Columns: segment, territory, industry, parent (account or NULL), owner, created (set by `meet`), currency.
    """
    rng = stream(options.seed, "account details")
    first = np.unique(deals["account"], return_index=True)[1]
    dealt, prospects = len(first), round(_PROSPECTS * options.opportunities)
    holdings = max(1, dealt // 25)
    length = dealt + prospects + holdings
    team = np.concatenate([deals["team"][first], rng.choice(company.ae_teams(), prospects + holdings)])
    owner = np.concatenate([deals["owner"][first], rng.choice(company.staff(SDR), prospects + holdings)])
    parent = full(length)
    children = rng.permutation(dealt)[: 2 * holdings]
    parent[children] = dealt + prospects + np.arange(len(children)) % holdings
    created = timeline.start - whole(rng.random(length) * 500 + 30) * DAY + 9 * HOUR
    created[:dealt] = deals["created"][first]
    return {
        "segment": company.teams["segment"][team],
        "territory": company.teams["territory"][team],
        "industry": rng.integers(0, len(INDUSTRIES), length),
        "parent": parent,
        "owner": owner,
        "created": created,
        "is_holding": np.arange(length) >= dealt + prospects,
        "is_prospect": (np.arange(length) >= dealt) & (np.arange(length) < dealt + prospects),
    }


def build_people(options: Options, timeline: Timeline, company: Company, deals: Frame, accounts: Frame) -> Frame:
    """Everybody outside the company, one row each, as lead, contact or both.

    Columns: deal, account (NULL: none), is_lead, is_contact, is_primary, known_at (first record), converted_at (NULL:
    not), label (LeadSource), sdr (who looks after a lead), domain_of (account whose e-mail domain is used; NULL: own).
    The first row of each opportunity's people is its primary contact.
    """
    rng = stream(options.seed, "people")
    groups = [
        _buying_groups(rng, deals),
        _prospect_contacts(rng, timeline, accounts),
        _loose_leads(rng, options, timeline, deals),
    ]
    people = concat(groups)
    sdrs = company.staff(SDR)
    sdr = sdrs[rng.integers(0, len(sdrs), len(people["deal"]))]
    # Whoever set the opportunity up had the lead.
    setter = np.where(people["is_primary"], deals["setter"][np.maximum(people["deal"], 0)], NULL)
    return people | {"sdr": np.where(setter == NULL, sdr, setter)}


def _buying_groups(rng: np.random.Generator, deals: Frame) -> Frame:
    count = len(deals["created"])
    # One to twelve people, 3.5 in the mean; a few groups are much larger than most.
    deal, number = explode(1 + rng.binomial(_COLLEAGUES, rng.beta(1.2, 4.0, count)))
    length = len(deal)
    primary = number == 0
    has_lead = (deals["way"] == ON_LEAD) | (deals["pattern_way"] == LEAD_OF_SDR)
    converts = primary & ((rng.random(length) < _HAS_LEAD[deals["function"][deal]]) | has_lead[deal])
    stranger = ~primary & (rng.random(length) < 0.08)
    joined = deals["created"][deal] + whole((rng.random(length) * 70 - 30) * DAY)
    last = np.maximum(deals["life_end"][deal] - HOUR, deals["created"][deal] + HOUR)
    listed = later(deals["created"][deal], -(1 + 25 * rng.random(length)))
    known = np.where(primary, np.where(converts, deals["created"][deal] - HOUR, listed), np.minimum(joined, last))
    return {
        "deal": deal,
        "account": deals["account"][deal],
        "is_lead": converts | stranger,
        "is_contact": ~stranger,
        "is_primary": primary,
        "known_at": known,
        "converted_at": np.where(converts, deals["created"][deal], NULL),
        "label": np.where(primary, deals["claim"][deal], NULL),
        "domain_of": deals["account"][deal],
    }


def _prospect_contacts(rng: np.random.Generator, timeline: Timeline, accounts: Frame) -> Frame:
    prospects = np.flatnonzero(accounts["is_prospect"])
    which, _ = explode(rng.integers(1, 4, len(prospects)))
    length = len(which)
    nobody = np.zeros(length, dtype=np.bool_)
    known = timeline.start + whole(rng.random(length) * (timeline.end - timeline.start - 40 * DAY))
    return {
        "deal": full(length),
        "account": prospects[which],
        "is_lead": nobody,
        "is_contact": ~nobody,
        "is_primary": nobody,
        "known_at": known,
        "converted_at": full(length),
        "label": _MARKETING_LABELS[rng.integers(0, len(_MARKETING_LABELS), length)],
        "domain_of": prospects[which],
    }


def _loose_leads(rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame) -> Frame:
    """Leads that never convert; a few write from the e-mail domain of an account that has an opportunity."""
    length = round(_LEADS * options.opportunities)
    nobody = np.zeros(length, dtype=np.bool_)
    colleague = rng.random(length) < 0.08
    deal = rng.integers(0, len(deals["created"]), length)
    source = choose(rng, (0.25, 0.75), length)
    label = np.where(source == 0, SOURCE_NUMBER["Outbound - SDR"], _MARKETING_LABELS[rng.integers(0, 5, length)])
    return {
        "deal": full(length),
        "account": full(length),
        "is_lead": ~nobody,
        "is_contact": nobody,
        "is_primary": nobody,
        "known_at": timeline.start + whole(rng.random(length) * (timeline.end - timeline.start - 2 * DAY)),
        "converted_at": full(length),
        "label": label,
        "domain_of": np.where(colleague, deals["account"][deal], NULL),
    }


def meet(people: Frame, accounts: Frame, deals: Frame, person: Ints, at: Ints) -> tuple[Frame, Frame]:
    """People and accounts recorded before the first thing that happened to them (`person` at `at`)."""
    known = people["known_at"].copy()
    np.minimum.at(known, person, at - 60)
    created = accounts["created"].copy()
    np.minimum.at(created, deals["account"], deals["created"] - 120)
    held = (people["account"] != NULL) & people["is_contact"]
    as_contact = np.where(people["converted_at"] == NULL, known, people["converted_at"])
    np.minimum.at(created, people["account"][held], as_contact[held] - 60)
    children = np.flatnonzero(accounts["parent"] != NULL)
    np.minimum.at(created, accounts["parent"][children], created[children] - 60)
    return people | {"known_at": known}, accounts | {"created": created}
