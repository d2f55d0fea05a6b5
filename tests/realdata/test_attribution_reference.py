"""The journeys of a published attribution library through the whole daily job, against the credit that library gives.

Only models that need no fitting are compared; edge cases of anchors are dbt unit tests beside the models.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import REAL_DATA, DailyRun, RunDaily

FIXTURE = REAL_DATA / "dp6_mam_fixture"
MODELS = {
    "first_touch": "attribution_first_click_heuristic",
    "last_touch": "attribution_last_click_heuristic",
    "linear": "attribution_linear_heuristic",
    "position_based": "attribution_position_based_0.4_0.2_0.4_heuristic",
}
KNOWN_TOTALS = {
    "first_touch": (9, 9, 9),
    "last_touch": (15, 6, 6),
    "linear": (10.5, 9, 7.5),
    "position_based": (11.1, 8.4, 7.5),
}
WON_AT = datetime(2026, 1, 20, tzinfo=UTC)

pytestmark = [pytest.mark.realdata]


def read(name: str) -> list[dict[str, str]]:
    with (FIXTURE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def steps(journey: str) -> list[str]:
    """'A > B' -> ['A', 'B']."""
    return journey.split(" > ")


def write(landing: Path, entity: str, rows: Iterable[Mapping[str, object]]) -> None:
    folder = landing / "generic" / entity
    folder.mkdir(parents=True)
    rows = list(rows)
    with (folder / "2026-01-31.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def land(landing: Path) -> None:
    """One opportunity per journey, created and won at once; its account's one contact makes a touch a day before."""
    journeys = {
        f"o{number}": (steps(row["channels_agg"]), row["conversion_value"])
        for number, row in enumerate(read("journeys.csv"))
    }
    write(landing, "accounts", ({"account_id": f"account_{key}", "account_name": key} for key in journeys))
    write(
        landing,
        "contacts",
        (
            {"contact_id": f"contact_{key}", "account_id": f"account_{key}", "created_at": "2025-12-01T00:00:00Z"}
            for key in journeys
        ),
    )
    write(
        landing,
        "opportunities",
        (
            {
                "opportunity_id": key,
                "account_id": f"account_{key}",
                "pipeline_id": "default",
                "stage": "Closed Won",
                "amount": value,
                "created_at": WON_AT.isoformat(),
            }
            for key, (_, value) in journeys.items()
        ),
    )
    write(
        landing,
        "touches",
        (
            {
                "touch_id": f"{key}_{position}",
                "contact_id": f"contact_{key}",
                "channel": channel,
                "touched_at": (WON_AT - timedelta(days=len(channels) - position)).isoformat(),
            }
            for key, (channels, _) in journeys.items()
            for position, channel in enumerate(channels)
        ),
    )


@pytest.fixture(scope="module")
def run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    landing = tmp_path_factory.mktemp("journeys")
    land(landing)
    finished = daily_run(landing=landing)
    assert finished.success, finished.error
    return finished


@pytest.mark.parametrize("model", MODELS)
def test_credit_of_every_touch_is_the_library_s(run: DailyRun, model: str) -> None:
    found = run.rows(
        f"select string_agg(channel, ' > ' order by touch_number), list({model}_won order by touch_number)"
        " from attribution.fct_attribution_credits group by opportunity_id"
    )
    credit = dict(found)
    expected = read("expected_journeys__mam_2.1.1.csv")
    assert len(credit) == len(expected) == 9
    for row in expected:
        weights = [float(value) / float(row["conversion_value"]) for value in steps(row[MODELS[model]])]
        assert credit[row["channels_agg"]] == pytest.approx(weights, abs=1e-11)


@pytest.mark.parametrize("basis", ["created", "qualified", "won"])
@pytest.mark.parametrize("model", MODELS)
def test_money_per_channel_is_the_library_s_to_the_cent(run: DailyRun, model: str, basis: str) -> None:
    found = run.rows(
        f"select channel, credited_amount_{model}::varchar from attribution.agg_source_attribution where basis = ?",
        [basis],
    )
    known = {channel: f"{total:.2f}" for channel, total in zip("ABC", KNOWN_TOTALS[model], strict=True)}
    assert dict(found) == known
    published = {row["channels"]: float(row[MODELS[model]]) for row in read("expected_channel_totals__mam_2.1.1.csv")}
    assert {channel: float(total) for channel, total in known.items()} == pytest.approx(published)


def test_every_journey_influences_each_of_its_channels_once(run: DailyRun) -> None:
    expected = Counter(channel for row in read("journeys.csv") for channel in set(steps(row["channels_agg"])))
    found = run.rows("select channel, influenced_n from attribution.agg_source_attribution where basis = 'won'")
    assert dict(found) == expected
