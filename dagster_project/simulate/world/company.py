"""The company's own side: staff with their teams over time, quotas, and exchange rates.

Customers and deals don't belong here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import NULL, Floats, Frame, Ints, concat, full, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, Timeline
from dagster_project.simulate.vocabulary import CURRENCIES, SEGMENTS, TERRITORIES

ROLES = ("system", "vp", "ops", "manager", "ae", "sdr", "am", "partner_manager", "marketing")
SYSTEM, VP, OPS, MANAGER, AE, SDR, AM, PARTNER_MANAGER, MARKETER = range(9)
QUARTER, YEAR = 0, 1
# Quota in cents of USD per quarter, by segment.
QUARTERLY_QUOTA = np.array([300_000_00, 140_000_00], dtype=np.int64)
_RATE_UNIT = 1_000_000


@dataclass(frozen=True)
class Company:
    """Staff and money.

    `users`: role, team, manager (user), started, ended (instants, NULL: still there), skill; a user is a row number.
    `spans`: user, role, team, manager, valid_from, valid_to (NULL: open), sorted by user and instant.
    `teams`: segment, territory. SDRs sit in one team per territory, numbered after the AE teams; -1 is no team.
    `quotas`: user, period (QUARTER or YEAR), starts_at, amount in cents of USD.
    `rates`: currency, starts_at, next_at, rate in millionths of the currency per USD.
    """

    users: Frame
    spans: Frame
    teams: Frame
    quotas: Frame
    rates: Frame
    skill: Floats

    def staff(self, role: int) -> Ints:
        """Users of a role."""
        return np.flatnonzero(self.users["role"] == role)

    @property
    def ae_teams(self) -> int:
        """Number of AE teams."""
        return len(self.teams["segment"]) - len(TERRITORIES)

    def to_usd(self, cents: Ints, currency: Ints, at: Ints) -> Ints:
        """Cents of USD at the rate of the instant, halves rounded up; NULL stays NULL."""
        value = np.where(cents == NULL, 0, cents)
        rate = self.rate(currency, at)
        return np.where(cents == NULL, NULL, (2 * value * _RATE_UNIT + rate) // (2 * rate))

    def rate(self, currency: Ints, at: Ints) -> Ints:
        """Millionths of the currency per USD at each instant; the first rate reaches back."""
        rate = full(len(currency), _RATE_UNIT)
        for code in range(1, len(CURRENCIES)):
            rows = take(self.rates, self.rates["currency"] == code)
            position = np.searchsorted(rows["starts_at"], at, side="right") - 1
            rate = np.where(currency == code, rows["rate"][np.maximum(position, 0)], rate)
        return rate


def team_name(segment: int, territory: int, number: int, ae_team: bool) -> str:
    """Name of a team, such as `Enterprise EMEA` or `AMER` (SDRs); the fifth and later AE teams carry a number."""
    if not ae_team:
        return TERRITORIES[territory]
    round_number = number // (len(SEGMENTS) * len(TERRITORIES))
    return f"{SEGMENTS[segment]} {TERRITORIES[territory]}" + (f" {round_number + 1}" if round_number else "")


def build_company(options: Options, timeline: Timeline) -> Company:
    """Staff, teams, quotas and rates for the asked size: an AE for every 8 opportunities of a quarter, 12 at least."""
    rng = stream(options.seed, "company")
    aes = max(12, round(options.opportunities / (options.quarters * 8)))
    ae_teams = max(4, -(-aes // 3))
    number = np.arange(ae_teams)
    teams: Frame = {
        "segment": np.concatenate([number % 2, full(len(TERRITORIES), -1)]),
        "territory": np.concatenate([number // 2 % 2, np.arange(len(TERRITORIES))]),
    }
    users = _users(timeline, aes, ae_teams)
    length = len(users["role"])
    spans, users = _spans(timeline, users, ae_teams)
    skill = 0.75 + 0.5 * rng.random(length)
    return Company(users, spans, teams, _quotas(timeline, users, teams), _rates(rng, timeline), skill)


def _users(timeline: Timeline, aes: int, ae_teams: int) -> Frame:
    sdrs = max(6, aes // 2)
    counts = {SYSTEM: 1, VP: 1, OPS: 1, MANAGER: ae_teams, AE: aes, SDR: sdrs, AM: 2, PARTNER_MANAGER: 2, MARKETER: 2}
    role = np.repeat(np.array(list(counts)), np.array(list(counts.values())))
    within = np.concatenate([np.arange(count) for count in counts.values()])
    team = full(len(role), -1)
    team = np.where((role == MANAGER) | (role == AE), within % ae_teams, team)
    team = np.where(role == SDR, ae_teams + within % len(TERRITORIES), team)
    managers = 3  # first manager's row: after system, vp, ops
    manager = np.where(role == AE, managers + team, full(len(role), 1))
    manager = np.where(role == SDR, managers + 2 * (within % len(TERRITORIES)), manager)
    manager = np.where(role <= VP, NULL, manager)
    started = timeline.start - (620 + 37 * (np.arange(len(role)) * 7 % 29)) * DAY
    return {"role": role, "team": team, "manager": manager, "started": started, "ended": full(len(role))}


def _spans(timeline: Timeline, users: Frame, ae_teams: int) -> tuple[Frame, Frame]:
    """Every user's history, in which one AE joins, one leaves and one moves to another team."""
    aes = np.flatnonzero(users["role"] == AE)
    length = timeline.end - timeline.start
    leaver, hire, mover = int(aes[0]), int(aes[ae_teams]), int(aes[1])
    started, ended = users["started"].copy(), users["ended"].copy()
    ended[leaver] = (timeline.start + int(length * 0.55)) // DAY * DAY
    started[hire] = (timeline.start + int(length * 0.62)) // DAY * DAY
    users = users | {"started": started, "ended": ended}
    number = np.arange(len(started))
    first: Frame = {
        "user": number,
        "role": users["role"],
        "team": users["team"],
        "manager": users["manager"],
        "valid_from": started,
        "valid_to": ended,
    }
    quarter = timeline.quarters // 2
    moved_at = int(timeline.quarter_starts[quarter]) if quarter else (timeline.start + length // 2) // DAY * DAY
    second = take(first, np.array([mover]))
    new_team = int(first["team"][mover] + 2) % ae_teams
    second |= {"valid_from": full(1, moved_at), "team": full(1, new_team), "manager": full(1, 3 + new_team)}
    first["valid_to"] = np.where(number == mover, moved_at, first["valid_to"])
    spans = concat([first, second])
    spans = take(spans, np.lexsort((spans["valid_from"], spans["user"])))
    last = np.append(spans["user"][1:] != spans["user"][:-1], True)
    users |= {"team": spans["team"][last], "manager": spans["manager"][last]}
    return spans, users


def _quotas(timeline: Timeline, users: Frame, teams: Frame) -> Frame:
    """Enterprise AEs have a quota per calendar year, mid-market AEs and account managers one per quarter."""
    rows: list[Frame] = []
    quarter_at = timeline.quarter_starts
    months = quarter_at.astype("datetime64[s]").astype("datetime64[M]")
    years = np.unique(months.astype("datetime64[Y]"))
    year_at = years.astype("datetime64[s]").astype(np.int64)
    year_end = (years + 1).astype("datetime64[s]").astype(np.int64)
    for user in np.flatnonzero((users["role"] == AE) | (users["role"] == AM)):
        segment = int(teams["segment"][users["team"][user]]) if users["role"][user] == AE else 1
        annual = users["role"][user] == AE and segment == 0
        starts = year_at if annual else quarter_at
        ends = year_end if annual else np.append(quarter_at[1:], quarter_at[-1] + 91 * DAY)
        there = ends > users["started"][user]
        if users["ended"][user] != NULL:
            there &= starts < users["ended"][user]
        starts = starts[there]
        amount = int(QUARTERLY_QUOTA[segment]) * (4 if annual else 1)
        period = YEAR if annual else QUARTER
        rows.append(
            {
                "user": full(len(starts), int(user)),
                "period": full(len(starts), period),
                "starts_at": starts,
                "amount": full(len(starts), amount),
            }
        )
    return concat(rows)


def _rates(rng: np.random.Generator, timeline: Timeline) -> Frame:
    """A rate per currency and quarter from a year before the history on, to four decimals."""
    earlier = timeline.start - np.arange(4, 0, -1) * 91 * DAY
    starts = np.concatenate([earlier, timeline.quarter_starts])
    rows: list[Frame] = []
    for code, level in enumerate((1.0, 0.92, 0.79)):
        drift = 1 + 0.03 * (rng.random(len(starts)) - 0.5) if code else np.ones(len(starts))
        rows.append(
            {
                "currency": full(len(starts), code),
                "starts_at": starts,
                "next_at": np.append(starts[1:], NULL),
                "rate": whole(level * drift * 10_000 + 0.5) * 100,
            }
        )
    return concat(rows)
