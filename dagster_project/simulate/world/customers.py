"""Customers and prospects: accounts, and the people at them as leads and contacts.

What those people do is in `demand` (marketing) and `activities` (sales).
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import (
    NULL,
    Flags,
    Floats,
    Frame,
    Ints,
    concat,
    explode,
    full,
    instant_key,
    stream,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import (
    EXPANSION,
    INDUSTRIES,
    MARKETING,
    OUTBOUND_SDR,
    PARTNER,
    PRODUCT_LED,
    SOURCE_NUMBER,
)
from dagster_project.simulate.world.arrivals import arrivals
from dagster_project.simulate.world.company import SDR, Company
from dagster_project.simulate.world.deals import MEAN_AMOUNT_USD, pick_staff
from dagster_project.simulate.world.handovers import departure, manager
from dagster_project.simulate.world.labels import ON_LEAD
from dagster_project.simulate.world.patterns import HONEST, LEAD_OF_SDR

_RETURNS, _PROSPECTS, _LEADS = 0.06, 0.25, 1.6
# People of a buying group beside the first one: at most, in the mean by segment (more for more money, a power of the
# amount over the segment's mean, and where it is won), and how alike groups are.
_COLLEAGUES = 11
_MEAN_COLLEAGUES = np.array([4.0, 1.5])
_BY_SIZE, _IN_WON, _IN_OTHERS, _ALIKE = 0.35, 1.25, 0.96, 1.5
# Shares of a group's others that marketing knows months before the opportunity, or sales weeks before; of the first
# ones that came in by themselves and of the rest the share known for months.
_KNOWN_FOR_LONG, _KNOWN_BEFORE, _NURTURED = 0.2, 0.1, np.array([0.15, 0.3])
_LONG = 190
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
    not), label (LeadSource), sdr (who looks after a lead, and works there then), heir and inherited_at (the manager who
    gets the lead when the SDR leaves; NULL: nobody), domain_of (account whose e-mail domain is used; NULL: own). The
    first row of each opportunity's people is its primary contact.
    """
    rng = stream(options.seed, "people")
    groups = [
        _buying_groups(rng, company, deals),
        _prospect_contacts(rng, timeline, accounts),
        _loose_leads(rng, options, timeline, deals),
    ]
    people = concat(groups)
    return people | _minders(rng, timeline, company, deals, people)


def _minders(rng: np.random.Generator, timeline: Timeline, company: Company, deals: Frame, people: Frame) -> Frame:
    """SDR of each of the people, of the team that works for the opportunity's, and who follows when the SDR leaves."""
    deal = np.maximum(people["deal"], 0)
    anywhere = rng.choice(company.ae_teams(), len(deal))
    team = np.where(people["deal"] == NULL, anywhere, deals["team"][deal])
    at = np.maximum(people["known_at"], timeline.start)
    sdr = pick_staff(rng, company, SDR, company.sdr_team(team), at)
    # Whoever set the opportunity up had the lead.
    setter = np.where(people["is_primary"], deals["setter"][deal], NULL)
    sdr = np.where(setter == NULL, sdr, setter)
    left_at = departure(company, sdr, at)
    until = np.where(people["converted_at"] == NULL, timeline.end, people["converted_at"])
    passes = people["is_lead"] & (left_at != NULL) & (left_at < until)
    return {
        "sdr": sdr,
        "heir": np.where(passes, manager(company, sdr, at), NULL),
        "inherited_at": np.where(passes, left_at, NULL),
    }


def _buying_groups(rng: np.random.Generator, company: Company, deals: Frame) -> Frame:
    deal, number = explode(1 + rng.binomial(_COLLEAGUES, _involved(rng, company, deals)))
    length = len(deal)
    primary = number == 0
    has_lead = (deals["way"] == ON_LEAD) | (deals["pattern_way"] == LEAD_OF_SDR)
    converts = primary & ((rng.random(length) < _HAS_LEAD[deals["function"][deal]]) | has_lead[deal])
    stranger = ~primary & (rng.random(length) < 0.08)
    return {
        "deal": deal,
        "account": deals["account"][deal],
        "is_lead": converts | stranger,
        "is_contact": ~stranger,
        "is_primary": primary,
        "known_at": np.where(primary, _first_known(rng, deals, deal, converts), _joined(rng, deals, deal)),
        "converted_at": np.where(converts, deals["created"][deal], NULL),
        "label": np.where(primary, deals["claim"][deal], NULL),
        "domain_of": deals["account"][deal],
    }


def _involved(rng: np.random.Generator, company: Company, deals: Frame) -> Floats:
    """Share of those who could be involved in each opportunity that are."""
    usd = company.to_usd(deals["amount"], deals["currency"], deals["created"]) / 100
    mean = _MEAN_COLLEAGUES[deals["segment"]] * (usd / MEAN_AMOUNT_USD[deals["segment"]]) ** _BY_SIZE
    mean = mean * np.where(deals["won"], _IN_WON, _IN_OTHERS)
    share = np.clip(mean / _COLLEAGUES, 0.02, 0.8)
    return rng.beta(_ALIKE, _ALIKE * (1 - share) / share)


def _first_known(rng: np.random.Generator, deals: Frame, deal: Ints, converts: Flags) -> Ints:
    """When primary contacts were recorded: leads just before they convert or raise a hand (`meet`), a few for long."""
    created = deals["created"][deal]
    inbound = (deals["function"][deal] == MARKETING) | (deals["function"][deal] == PRODUCT_LED)
    listed = later(created, -(1 + 25 * rng.random(len(deal))))
    long_ago = created - whole((25 + _LONG * rng.random(len(deal))) * DAY)
    nurtured = rng.random(len(deal)) < np.where(inbound, *_NURTURED)
    return np.where(nurtured, long_ago, np.where(converts, created - HOUR, listed))


def _joined(rng: np.random.Generator, deals: Frame, deal: Ints) -> Ints:
    """When others were recorded: most when they joined the conversation, some weeks or months before it."""
    created = deals["created"][deal]
    last = np.maximum(deals["life_end"][deal] - HOUR, created + HOUR)
    draw, when = rng.random(len(deal)), rng.random(len(deal))
    joined = working_seconds(created) + whole(when**1.3 * 0.8 * (working_seconds(last) - working_seconds(created)))
    at = working_instant(joined)
    at = np.where(draw < _KNOWN_FOR_LONG + _KNOWN_BEFORE, later(created, -(0.2 + 20 * when)), at)
    at = np.where(draw < _KNOWN_FOR_LONG, created - whole((25 + _LONG * when) * DAY), at)
    return np.minimum(at, last)


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
    typed = np.arange(length) < length // 4
    label = np.where(typed, SOURCE_NUMBER["Outbound - SDR"], _MARKETING_LABELS[rng.integers(0, 5, length)])
    known = np.concatenate(
        [
            arrivals(rng, timeline, OUTBOUND_SDR, length // 4),
            _at_any_hour(rng, arrivals(rng, timeline, MARKETING, length - length // 4)),
        ]
    )
    # Nothing happens to who comes in the last two days.
    known = np.where(known > timeline.end - 2 * DAY, known - 7 * DAY, known)
    return {
        "deal": full(length),
        "account": full(length),
        "is_lead": ~nobody,
        "is_contact": nobody,
        "is_primary": nobody,
        "known_at": np.maximum(known, timeline.start),
        "converted_at": full(length),
        "label": label,
        "domain_of": np.where(colleague, deals["account"][deal], NULL),
    }


def _at_any_hour(rng: np.random.Generator, at: Ints) -> Ints:
    """Instants of forms: some in the evening, at night, or on the weekend after."""
    draw = rng.random(len(at))
    at = at + np.where(draw < 0.22, whole((4 + 9 * rng.random(len(at))) * HOUR), 0)
    friday = (at // DAY + 3) % 7 == 4
    return at + np.where(friday & (rng.random(len(at)) < 0.25), DAY + whole(rng.random(len(at)) * DAY), 0)


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
