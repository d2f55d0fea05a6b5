"""What a load would otherwise lose without a word, worst kind first, as sentences for the summary and for `check`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from dagster_project.lib.check.one_id import shared_ids
from dagster_project.lib.check.references import dangling
from dagster_project.lib.check.touch_words import touch_words, unknown_touch_words
from dagster_project.lib.check.unread import columns_without_values, globs_without_files
from dagster_project.lib.contracts import Source
from dagster_project.lib.ingest import ObjectReport
from dagster_project.lib.settings import Settings


def find_losses(
    con: duckdb.DuckDBPyConnection, settings: Settings, sources: Sequence[Source], loads: Iterable[ObjectReport]
) -> list[str]:
    """One sentence per loss: of mappings as they are, and of the rows that these loads stored."""
    loads = list(loads)
    stored = [file.load_sequence for load in loads for file in load.loaded]
    said = [*globs_without_files(settings, sources), *columns_without_values(settings, sources, loads)]
    if stored:
        newest = min(stored)
        said += [str(one) for one in shared_ids(con, sources, newest)]
        said += [str(one) for one in dangling(con, sources, newest)]
        said += unknown_touch_words(touch_words(con, newest), settings.seeds)
    return said
