"""First mappings for files that nothing matches: a ready one where the files of a folder fit it, else a guessed one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dagster_project.lib.contracts import Source
from dagster_project.lib.first_rules.guess import GuessedFeed, guess_feed
from dagster_project.lib.first_rules.mapping_text import DATED, FirstFeed, glob_of, mapping_text, ready_text
from dagster_project.lib.first_rules.ready import ready_for
from dagster_project.lib.first_rules.samples import Sample, take_sample
from dagster_project.lib.ingest.discovery import LandingFile, format_of
from dagster_project.lib.settings import Settings


@dataclass(frozen=True)
class FirstMapping:
    """A mapping to write: its name and text, what it loads (object, glob), and what was guessed, one line each."""

    name: str
    text: str
    loads: Sequence[tuple[str, str]] = field(default_factory=list)
    guesses: Sequence[str] = field(default_factory=list)


def first_mappings(
    settings: Settings, sources: Sequence[Source], names: Sequence[str]
) -> tuple[list[FirstMapping], list[str]]:
    """Mappings for landing files of these names, and the names of the files of which nothing could be told."""
    samples = {name: _sample(settings, name) for name in names}
    taken = {source.name for source in sources}
    made: list[FirstMapping] = []
    rest: list[str] = []
    for folder, mine in _by_folder(names).items():
        found = [sample for name in mine if (sample := samples[name]) is not None]
        fit = ready_for(found) if len(found) == len(mine) else None
        if fit is None:
            rest += mine
            continue
        name = _name_of(PurePosixPath(folder).name, taken)
        taken.add(name)
        said = f"{folder}/ is of the ready mapping {fit.name}, which knows {fit.known} of {fit.columns} columns"
        made.append(FirstMapping(name, ready_text(name, fit.name, folder), [(fit.name, f"{folder}/*")], [said]))
    guessed, untold = _guessed(sources, {name: samples[name] for name in sorted(rest)}, taken)
    return [*made, *guessed], untold


def _guessed(
    sources: Sequence[Source], samples: dict[str, Sample | None], taken: set[str]
) -> tuple[list[FirstMapping], list[str]]:
    contract = next(source for source in sources if source.name == "generic")
    feeds: dict[str, list[FirstFeed]] = {}
    untold: list[str] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for shown, sample in samples.items():
        if sample is not None and (glob_of(shown), sample.columns) in seen:
            continue
        guess = guess_feed(sample, contract.objects) if sample else None
        if sample is None or guess is None:
            untold.append(shown)
            continue
        seen.add((glob_of(shown), sample.columns))
        parts = PurePosixPath(shown).parts
        name = _name_of(parts[0] if len(parts) > 1 else "", taken)
        feeds.setdefault(name, []).append(FirstFeed(glob_of(shown), guess, _constants(name, guess)))
    return [_mapping(name, mine) for name, mine in feeds.items()], untold


def _mapping(name: str, feeds: Sequence[FirstFeed]) -> FirstMapping:
    is_dated = all(re.search(DATED, feed.guess.sample.file.shown) for feed in feeds)
    return FirstMapping(
        name=name,
        text=mapping_text(name, feeds, is_dated=is_dated),
        loads=[(feed.guess.object_name, feed.glob) for feed in feeds],
        guesses=[guess for feed in feeds for guess in _guesses(feed)],
    )


def _guesses(feed: FirstFeed) -> Iterable[str]:
    columns = [f"{column.name} is {column.declared}" for column in feed.guess.columns if not column.is_sure]
    yield f"{feed.glob} holds {feed.guess.object_name}" + (f"; {', '.join(columns)}" if columns else "")
    if feed.guess.key is not None:
        made_of = ", ".join(feed.guess.key) or "all that a row says, so that a changed row is another deal"
        yield f"no column of {feed.glob} is an id: it is made of {made_of}"
    for column in feed.guess.columns:
        if column.moments and column.moments.otherwise:
            yield f"{column.name} is written {column.moments.formats[0]}, could be {column.moments.otherwise}"
        if column.numbers and column.numbers.otherwise:
            yield f"{column.name}: {column.numbers.otherwise}"


def _constants(name: str, guess: GuessedFeed) -> list[tuple[str, str]]:
    """What a feed needs and no column of its file says."""
    if guess.object_name == "opportunities" and guess.column("pipeline_id") is None:
        return [("pipeline_id", name)]
    if guess.object_name == "opportunity_changes" and guess.column("field") is None:
        return [("field", "stage")]
    return []


def _sample(settings: Settings, shown: str) -> Sample | None:
    return None if format_of(shown) is None else take_sample(LandingFile(settings.landing / shown, shown))


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(str(PurePosixPath(name).parent), []).append(name)
    return found


def _name_of(folder: str, taken: set[str]) -> str:
    """A name for the source of a folder's files, `ourcrm` for those without one; never that of another source."""
    word = re.sub(r"[^a-z0-9]+", "_", folder.lower()).strip("_") or "ourcrm"
    name = word if re.fullmatch(r"[a-z_][a-z0-9_]*", word) else f"files_{word}"
    while name in taken:
        name += "_files"
    return name
