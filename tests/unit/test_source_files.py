"""House rules on source files that no linter measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib.settings import PROJECT_ROOT

MAX_SQL_LINE = 140
MAX_LINES = 350
FOLDERS = ("dagster_project", "dbt/models", "dbt/macros", "dbt/tests", "tests")
FILES = sorted(
    path for folder in FOLDERS for path in (PROJECT_ROOT / folder).rglob("*") if path.suffix in (".py", ".sql")
)


def named(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


def test_sql_lines_fit_on_a_screen() -> None:
    long_lines = [
        f"{named(path)}:{number}"
        for path in FILES
        if path.suffix == ".sql"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MAX_SQL_LINE
    ]
    assert long_lines == []


def test_files_fit_on_a_few_screens() -> None:
    long_files = [named(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > MAX_LINES]
    assert long_files == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "for now"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [
        named(path) for path in FILES if path.name != Path(__file__).name and word in path.read_text(encoding="utf-8")
    ]
    assert found == []
