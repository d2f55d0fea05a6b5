"""The published versions that are kept: what each says of itself, what differs between two, and going to one by name.

Writing and switching them is `lib.publish`'s; figures and hashes are read, never computed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.figures import HeadlineFigure, figure_text, read_figures
from dagster_project.lib.publish import PublishError, current_version, list_versions, switch_current
from dagster_project.lib.settings_changes import changes_between

SHOWN_MARTS = 5
SHOWN_FIGURES = 10
HASH_LENGTH = 12


def version_lines(published: Path) -> list[str]:
    """A line per kept version, newest first, the published one marked, and under it how it differs from the one before.

    Raises PublishError where nothing has been published.
    """
    names, current = list_versions(published), current_version(published)
    if not names or current is None:
        raise PublishError(f"Nothing has been published under {published} yet.")
    manifests = [_manifest(published, name) for name in names]
    lines = []
    for manifest, before in zip(reversed(manifests), [*reversed(manifests[:-1]), None], strict=True):
        mark = "*" if manifest["version"] == current else " "
        rows = sum(table["rows"] for table in manifest["tables"])
        lines.append(
            f"{mark} {manifest['version']}  published {manifest['published_at']}, as of {manifest.get('as_of')}, "
            f"{rows:,} rows, content {manifest['content_hash'][:HASH_LENGTH]}"
        )
        if before is not None:
            differences = differences_between(before, manifest) or ["same content"]
            lines += [f"    since {before['version']}: {'; '.join(differences)}"]
    return [*lines, f"* is what {published / 'current'} shows. `plumbline rollback <version>` shows another."]


def go_to(published: Path, version: str | None) -> list[str]:
    """Point `current` at `version`, or at the one before it where none is named; what that changes, in lines.

    The caller holds the run lock. Raises PublishError where there is no such version, or it is the current one.
    """
    current = current_version(published)
    if current is None:
        raise PublishError(f"Nothing has been published under {published} yet.")
    kept = list_versions(published)
    if version is None:
        earlier = [name for name in kept if name < current]
        if not earlier:
            raise PublishError(f"{current} is the oldest version kept under {published}; there is none to go back to.")
        version = earlier[-1]
    if version not in kept:
        raise PublishError(
            f"{version} isn't kept under {published}{nearest_said(version, kept)}. `plumbline versions` lists what is."
        )
    if version == current:
        raise PublishError(f"{version} is what {published / 'current'} shows already.")
    before, after = _manifest(published, current), _manifest(published, version)
    figures = list(_figure_changes(*(read_figures(_marts(published, name)) for name in (current, version))))
    try:
        switch_current(published, version)
    except OSError as error:
        raise PublishError(
            f"{published / 'current'} can't be switched: {error.strerror}. It still is {current}."
        ) from error
    lines = [f"{published / 'current'} now is {version} (was {current})."]
    lines += [f"  {line}" for line in differences_between(before, after) or ["The content is the same."]]
    lines += [f"  {line}" for line in figures[:SHOWN_FIGURES]]
    if len(figures) > SHOWN_FIGURES:
        lines.append(f"  and {len(figures) - SHOWN_FIGURES:,} more figures")
    return lines


def differences_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """How the version of manifest `after` differs from that of `before`: as-of date, marts, settings and rules."""
    found = []
    if before.get("as_of") != after.get("as_of"):
        found.append(f"as of {after.get('as_of')}, not {before.get('as_of')}")
    marts_before, marts_after = _tables(before), _tables(after)
    changed = [label for label, table in marts_after.items() if label in marts_before and table != marts_before[label]]
    if before["content_hash"] != after["content_hash"] and changed:
        shown = ", ".join(
            f"{label} {_rows(marts_before[label], marts_after[label])}" for label in changed[:SHOWN_MARTS]
        )
        more = f" and {len(changed) - SHOWN_MARTS} more" if len(changed) > SHOWN_MARTS else ""
        found.append(f"{len(changed)} of {len(marts_after)} marts hold other rows: {shown}{more}")
    for words, labels in (
        ("new", marts_after.keys() - marts_before.keys()),
        ("gone", marts_before.keys() - marts_after.keys()),
    ):
        if labels:
            found.append(f"{words}: {', '.join(sorted(labels))}")
    return [*found, *changes_between(before, after)]


def _manifest(published: Path, version: str) -> dict[str, Any]:
    path = published / "versions" / version / "manifest.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishError(f"{path} can't be read: {error}. Remove that version's folder, or restore it.") from error


def _marts(published: Path, version: str) -> Path:
    return published / "versions" / version / "marts.duckdb"


def _tables(manifest: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Content hash and number of rows by mart."""
    return {
        f"{table['schema']}.{table['name']}": (table["content_hash"], table["rows"]) for table in manifest["tables"]
    }


def _rows(before: tuple[str, int], after: tuple[str, int]) -> str:
    return f"({after[1] - before[1]:+,} rows)" if after[1] != before[1] else "(as many rows)"


def _figure_changes(before: list[HeadlineFigure], after: list[HeadlineFigure]) -> Iterator[str]:
    """Figures of the company as a whole whose value is another one in `after`."""
    known = {figure.figure: figure.value for figure in before if figure.dimension == "company"}
    for figure in after:
        if figure.dimension == "company" and figure.figure in known and known[figure.figure] != figure.value:
            was = figure_text(known[figure.figure], figure.unit)
            yield f"{figure.figure}: {figure_text(figure.value, figure.unit)}, was {was}"
