"""The company's own side: staff with their teams over time, quotas, and exchange rates.

A pod is the least company that works: four AE teams (two segments in two territories) of three, their managers, an SDR
team per territory, account and partner managers. A larger company has more pods. Customers and deals don't belong here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Floats, Frame, Ints, concat, full, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, Timeline
from dagster_project.simulate.vocabulary import CURRENCIES, SEGMENTS, TERRITORIES

ROLES = ("system", "vp", "ops", "manager", "ae", "sdr", "am", "partner_manager", "marketing")
SYSTEM, VP, OPS, MANAGER, AE, SDR, AM, PARTNER_MANAGER, MARKETER = range(9)
QUARTER, YEAR = 0, 1
# Quota in cents of USD per quarter, by segment.
QUARTERLY_QUOTA = np.array([300_000_00, 140_000_00], dtype=np.int64)
POD_TEAMS = len(SEGMENTS) * len(TERRITORIES)
_MEMBERS = {MANAGER: POD_TEAMS, AE: 3 * POD_TEAMS, SDR: 3 * len(TERRITORIES), AM: 2, PARTNER_MANAGER: 2}
_OPPORTUNITIES_PER_AE = 8
_MARKETERS, _PODS_PER_MARKETER = 2, 10
# One of the three seats of a team empties every so many quarters and is filled again after weeks.
_TENURE_QUARTERS = {AE: 6, SDR: 5}
_QUARTERS_PER_MOVE = 8
_RATE_UNIT = 1_000_000


@dataclass(frozen=True)
class Company:
    """Staff and money.

    `users`: role, team, manager (user), started, ended (instants, NULL: still there), pod (-1: of all); a user is a row
    number. Role, team and manager are the last ones held.
    `spans`: user, role, team, manager, valid_from, valid_to (NULL: open), sorted by user and instant.
    `teams`: segment, territory. SDR teams (segment -1) are numbered after the AE teams.
    `quotas`: user, period (QUARTER or YEAR), starts_at, amount in cents of USD.
    `rates`: currency, starts_at, next_at, rate in millionths of the currency per USD.
    `skill` of each user is around 1. `pods` are those whose staff a view of the company shows: all, or a block's.
    """

    users: Frame
    spans: Frame
    teams: Frame
    quotas: Frame
    rates: Frame
    skill: Floats
    pods: range

    def of_pods(self, pods: range) -> Company:
        """The same company, with the staff of some pods and of the whole company only."""
        return replace(self, pods=pods)

    def staff(self, role: int) -> Ints:
        """Users whose last role it is."""
        pod = self.users["pod"]
        near = (pod == -1) | ((pod >= self.pods.start) & (pod < self.pods.stop))
        return np.flatnonzero((self.users["role"] == role) & near)

    def ae_teams(self) -> Ints:
        """AE teams."""
        return np.arange(self.pods.start * POD_TEAMS, self.pods.stop * POD_TEAMS)

    def is_ae_team(self) -> Flags:
        """Whether each team is one of AEs."""
        return self.teams["segment"] >= 0

    def sdr_team(self, ae_team: Ints) -> Ints:
        """SDR team that works for each AE team: its territory's in the same pod."""
        first = int(self.is_ae_team().sum())
        return first + ae_team // POD_TEAMS * len(TERRITORIES) + self.teams["territory"][ae_team]

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


def team_names(company: Company) -> list[str]:
    """Name of every team, such as `Enterprise EMEA` or `SDR AMER`; those of the second pod on carry a number."""
    ae_teams = int(company.is_ae_team().sum())
    names: list[str] = []
    for number, (segment, territory) in enumerate(
        zip(company.teams["segment"], company.teams["territory"], strict=True)
    ):
        of_aes = number < ae_teams
        pod = number // POD_TEAMS if of_aes else (number - ae_teams) // len(TERRITORIES)
        head = SEGMENTS[segment] if of_aes else "SDR"
        names.append(f"{head} {TERRITORIES[territory]}" + (f" {pod + 1}" if pod else ""))
    return names


def build_company(options: Options, timeline: Timeline) -> Company:
    """Staff, teams, quotas and rates for the asked size: about an AE for every 8 opportunities of a quarter."""
    rng = stream(options.seed, "company")
    aes = options.opportunities / (options.quarters * _OPPORTUNITIES_PER_AE)
    pods = max(1, round(aes / _MEMBERS[AE]))
    number = np.arange(pods * POD_TEAMS)
    sdr_teams = pods * len(TERRITORIES)
    teams: Frame = {
        "segment": np.concatenate([number % 2, full(sdr_teams, -1)]),
        "territory": np.concatenate([number // 2 % 2, np.arange(sdr_teams) % 2]),
    }
    spans, pod = _staff(rng, timeline, pods)
    users = _users(spans, pod)
    skill = 0.75 + 0.5 * rng.random(len(pod))
    quotas = _quotas(timeline, users, spans, teams)
    return Company(users, spans, teams, quotas, _rates(rng, timeline), skill, range(pods))


def _staff(rng: np.random.Generator, timeline: Timeline, pods: int) -> tuple[Frame, Ints]:
    """Every user's spans, and every user's pod: the founders, then who came for leavers."""
    marketers = _MARKETERS + pods // _PODS_PER_MARKETER
    common = np.repeat([SYSTEM, VP, OPS, MARKETER], [1, 1, 1, marketers])
    local = np.repeat(np.array(list(_MEMBERS)), np.array(list(_MEMBERS.values())))
    place = np.concatenate([np.arange(count) for count in _MEMBERS.values()])
    role = np.concatenate([common, np.tile(local, pods)])
    within = np.concatenate([full(len(common), 0), np.tile(place, pods)])
    pod = np.concatenate([full(len(common), -1), np.repeat(np.arange(pods), len(local))])
    team = full(len(role), -1)
    of_aes = (role == MANAGER) | (role == AE)
    team = np.where(of_aes, pod * POD_TEAMS + within % POD_TEAMS, team)
    team = np.where(role == SDR, pods * POD_TEAMS + pod * len(TERRITORIES) + within % len(TERRITORIES), team)
    users = np.arange(len(role))
    founders: Frame = {
        "user": users,
        "role": role,
        "team": team,
        "manager": _managers(pods, len(common), role, team),
        "valid_from": timeline.start - (620 + 37 * (users * 7 % 29)) * DAY,
        "valid_to": full(len(role)),
        "seat": within // np.where(role == AE, POD_TEAMS, len(TERRITORIES)),
    }
    spans, pod = _turnover(rng, timeline, founders, pod)
    spans = _moves(timeline, pods, len(common), spans)
    return take({name: values for name, values in spans.items() if name != "seat"}, _by_user(spans)), pod


def _by_user(spans: Frame) -> Ints:
    return np.lexsort((spans["valid_from"], spans["user"]))


def _managers(pods: int, common: int, role: Ints, team: Ints) -> Ints:
    """Manager of each user: AEs their team's, SDRs one of their territory's, the others the VP."""
    size = sum(_MEMBERS.values())
    first_sdr_team = pods * POD_TEAMS
    ae_pod, ae_team = team // POD_TEAMS, team % POD_TEAMS
    sdr_pod, territory = (team - first_sdr_team) // len(TERRITORIES), (team - first_sdr_team) % len(TERRITORIES)
    manager = full(len(role), VP)
    manager = np.where(role == AE, common + ae_pod * size + ae_team, manager)
    manager = np.where(role == SDR, common + sdr_pod * size + 2 * territory, manager)
    return np.where(role <= VP, NULL, manager)


def _turnover(rng: np.random.Generator, timeline: Timeline, founders: Frame, pod: Ints) -> tuple[Frame, Ints]:
    """AEs and SDRs who leave, one seat of each team, and who fills the seat weeks later."""
    done: list[Frame] = [take(founders, ~_leaving(founders))]
    sitting = take(founders, _leaving(founders))
    tenure = np.where(sitting["role"] == AE, _TENURE_QUARTERS[AE], _TENURE_QUARTERS[SDR]) * 91
    ends = timeline.start + whole(tenure * (0.35 + 0.6 * rng.random(len(tenure)))) * DAY
    while len(ends):
        goes = ends < timeline.end - 30 * DAY
        done.append(sitting | {"valid_to": np.where(goes, ends, NULL)})
        starts = (ends + whole((15 + 30 * rng.random(len(ends))) * DAY))[goes] // DAY * DAY
        here = starts < timeline.end
        sitting, starts = take(take(sitting, goes), here), starts[here]
        pod = np.append(pod, pod[sitting["user"]])
        hired = len(pod) - len(starts) + np.arange(len(starts))
        sitting = sitting | {"user": hired, "valid_from": starts}
        tenure = tenure[goes][here]
        ends = (starts + whole(tenure * (0.7 + 0.5 * rng.random(len(tenure)))) * DAY) // DAY * DAY
    return concat(done), pod


def _leaving(spans: Frame) -> Flags:
    return (spans["seat"] == 0) & ((spans["role"] == AE) | (spans["role"] == SDR))


def _moves(timeline: Timeline, pods: int, common: int, spans: Frame) -> Frame:
    """Per pod: AEs who change between the segments of a territory, and an SDR who becomes an AE, at quarter starts."""
    size = sum(_MEMBERS.values())
    moves = min(POD_TEAMS, -(-timeline.quarters // _QUARTERS_PER_MOVE))
    pod, move = np.divmod(np.arange(pods * moves), moves)
    base = common + pod * size + _MEMBERS[MANAGER]
    # The second seat of one team after the other.
    mover = base + POD_TEAMS + (move + pod) % POD_TEAMS
    promoted = (base + _MEMBERS[AE] + len(TERRITORIES) + pod % len(TERRITORIES))[move == 0]
    row = np.full(int(spans["user"].max()) + 1, -1)
    row[spans["user"]] = np.arange(len(spans["user"]))
    quarter = timeline.quarter_starts[np.minimum(1 + (pod + move * _QUARTERS_PER_MOVE // 2) % 6, timeline.quarters - 1)]
    if timeline.quarters == 1:
        quarter = quarter + 45 * DAY
    team = spans["team"][row[mover]] ^ 1
    moved = take(spans, row[mover]) | {"team": team, "manager": common + pod * size + team % POD_TEAMS}
    risen_pod = pod[move == 0]
    risen_team = risen_pod * POD_TEAMS + 1 + 2 * (risen_pod % len(TERRITORIES))
    risen = take(spans, row[promoted]) | {
        "role": full(len(promoted), AE),
        "team": risen_team,
        "manager": common + risen_pod * size + risen_team % POD_TEAMS,
    }
    spans = spans | {"valid_to": spans["valid_to"].copy()}
    spans["valid_to"][row[mover]] = quarter
    spans["valid_to"][row[promoted]] = quarter[move == 0]
    return concat([spans, moved | {"valid_from": quarter}, risen | {"valid_from": quarter[move == 0]}])


def _users(spans: Frame, pod: Ints) -> Frame:
    last = np.append(spans["user"][1:] != spans["user"][:-1], True)
    first = np.append(True, last[:-1])
    held = ("role", "team", "manager")
    users = {name: spans[name][last] for name in held}
    return users | {"started": spans["valid_from"][first], "ended": spans["valid_to"][last], "pod": pod}


def _quotas(timeline: Timeline, users: Frame, spans: Frame, teams: Frame) -> Frame:
    """Enterprise AEs have a quota per calendar year; everybody else and who changed teams has one per quarter.

    A quarter's quota is that of the segment in which its first day finds the AE, or in which the AE starts.
    """
    quarter_at = timeline.quarter_starts
    months = quarter_at.astype("datetime64[s]").astype("datetime64[M]")
    years = np.unique(months.astype("datetime64[Y]"))
    year_at = years.astype("datetime64[s]").astype(np.int64)
    year_end = (years + 1).astype("datetime64[s]").astype(np.int64)
    quarter_end = np.append(quarter_at[1:], quarter_at[-1] + 91 * DAY)
    held = np.flatnonzero((spans["role"] == AE) | (spans["role"] == AM))
    user, role = spans["user"][held], spans["role"][held]
    segment = np.where(role == AE, teams["segment"][np.maximum(spans["team"][held], 0)], 1)
    settled = np.bincount(spans["user"])[user] == 1
    annual = settled & (role == AE) & (segment == 0)
    rows: list[Frame] = []
    for period, chosen, starts, ends in (
        (QUARTER, ~annual, quarter_at, quarter_end),
        (YEAR, annual, year_at, year_end),
    ):
        span, number = np.divmod(np.arange(int(chosen.sum()) * len(starts)), len(starts))
        span = np.flatnonzero(chosen)[span]
        begins, leaves = spans["valid_from"][held][span], spans["valid_to"][held][span]
        there = (ends[number] > begins) & ((leaves == NULL) | (starts[number] < leaves))
        span, number = span[there], number[there]
        rows.append(
            {
                "user": user[span],
                "period": full(len(span), period),
                "starts_at": starts[number],
                "amount": QUARTERLY_QUOTA[segment[span]] * (4 if period == YEAR else 1),
            }
        )
    found = concat(rows)
    found = take(found, np.lexsort((found["starts_at"], found["user"])))
    # Who moves within a quarter, in a history of one, keeps the quota that it began with.
    again = (found["user"][1:] == found["user"][:-1]) & (found["starts_at"][1:] == found["starts_at"][:-1])
    return take(found, np.append(True, ~again))


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


def members(company: Company, role: int, team: int) -> tuple[Ints, Ints, Ints]:
    """Users who held a role in a team, from when to when (never-ending spans end past every instant)."""
    spans = company.spans
    rows = np.flatnonzero((spans["team"] == team) & (spans["role"] == role))
    ends = np.where(spans["valid_to"] == NULL, np.iinfo(np.int64).max, spans["valid_to"])[rows]
    return spans["user"][rows], spans["valid_from"][rows], ends
