"""A company whose every file has its required columns alone publishes, and says on one screen what is assumed or missing."""

from __future__ import annotations

from pathlib import Path

from dagster_project.simulate import Options, simulate
from tests.conftest import RunDaily
from tests.required_columns import thinnest

SYSTEMS = ("salesforce", "marketo", "generic")
SCREEN = 40
"""Lines."""


def test_it_publishes_what_is_known_and_lists_the_rest_on_a_screen(daily_run: RunDaily, tmp_path: Path) -> None:
    whole, thin = tmp_path / "whole", tmp_path / "thin"
    simulate(Options(opportunities=40, quarters=4, dirt=0.0, format="csv", systems=SYSTEMS), whole)
    files = {str(path.relative_to(whole)): path.read_bytes() for path in whole.rglob("*.csv")}
    for name, content in thinnest(files).items():
        (thin / name).parent.mkdir(parents=True, exist_ok=True)
        (thin / name).write_bytes(content)
    run = daily_run(thin)
    assert run.success, run.summary
    lines = run.summary.splitlines()
    missing = lines[_starting(lines, "No data yet for") : _starting(lines, "Headline figures")]
    assert any("WARNED" in line for line in missing)
    assert len(missing) < SCREEN, "\n".join(missing)
    figures = lines[_starting(lines, "Headline figures") + 1 : _starting(lines, "Published")]
    known = {line.split()[0] for line in figures if line.strip() and "not available" not in line}
    assert known == {"opportunities"}
    assert len(figures) > 30


def _starting(lines: list[str], text: str) -> int:
    return next(at for at, line in enumerate(lines) if line.startswith(text))
