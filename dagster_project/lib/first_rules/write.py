"""Writing a folder of first rules: mappings/, seeds/ and GUESSES.md. What is there already is never written over."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dagster_project.lib import ingest
from dagster_project.lib.check.look import look_at
from dagster_project.lib.check.stop_early import require_landing
from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.dbt_project import check_seeds
from dagster_project.lib.first_rules.guess import GuessedFeed, guess_feed
from dagster_project.lib.first_rules.mapping_text import DATED, FirstFeed, glob_of, mapping_text
from dagster_project.lib.first_rules.samples import take_sample
from dagster_project.lib.first_rules.seed_texts import FirstSeeds, first_seeds
from dagster_project.lib.ingest.discovery import LandingFile, format_of
from dagster_project.lib.settings import PROJECT_ROOT, Settings

SAMPLE_SEEDS = PROJECT_ROOT / "seeds"
NOTES = "GUESSES.md"


class FirstRulesError(RuntimeError):
    """First rules can't be written; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Written:
    """What was written where. `feeds` are (mapping, object, glob), `untold` files of which nothing could be guessed."""

    out: Path
    feeds: Sequence[tuple[str, str, str]]
    untold: Sequence[str]
    guesses: int


def write_first_rules(settings: Settings, out: Path) -> Written:
    """Write first rules for what lies in the landing folder into `out`, a folder that doesn't exist or is empty.

    Raises FirstRulesError, and what `lib.check` raises where the settings can't be used.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FirstRulesError(f"{out} is there already, and nothing is written over. Name a new folder.")
    require_landing(settings)
    sources = load_sources(settings)
    check_seeds(settings.seeds)
    names = ingest.unmatched_files(settings, sources)
    mappings, untold = _mappings(settings, sources, names)
    if not mappings and len(names) == len(_landing_names(settings)):
        raise FirstRulesError(_nothing_told(settings, untold))
    aside = out.with_name(f".{out.name}.writing")
    shutil.rmtree(aside, ignore_errors=True)
    _copy(settings, aside)
    for name, feeds in mappings.items():
        is_dated = all(re.search(DATED, feed.guess.sample.file.shown) for feed in feeds)
        text = mapping_text(name, feeds, is_dated=is_dated)
        (aside / "mappings" / f"{name}.yml").write_text(text, encoding="utf-8")
    seeds = _seeds(settings, aside)
    guesses = _guesses(mappings)
    (aside / NOTES).write_text(_notes(out, mappings, untold, guesses, seeds), encoding="utf-8")
    if out.exists():
        out.rmdir()
    out.parent.mkdir(parents=True, exist_ok=True)
    aside.rename(out)
    told = [(name, feed.guess.object_name, feed.glob) for name, feeds in mappings.items() for feed in feeds]
    count = sum(len(lines) for lines in (*guesses.values(), *seeds.guesses.values()))
    return Written(out, told, untold, count)


def _mappings(
    settings: Settings, sources: Sequence[Source], names: Sequence[str]
) -> tuple[dict[str, list[FirstFeed]], list[str]]:
    """Mapping -> its feeds, for files that nothing matches; and the files of which nothing could be guessed."""
    contract = next(source for source in sources if source.name == "generic")
    taken = {source.name for source in sources}
    found: dict[str, list[FirstFeed]] = {}
    untold: list[str] = []
    seen: dict[tuple[str, tuple[str, ...]], bool] = {}
    for shown in names:
        if format_of(shown) is None:
            untold.append(shown)
            continue
        sample = take_sample(LandingFile(settings.landing / shown, shown))
        place = (glob_of(shown), sample.columns if sample else ())
        if seen.get(place):
            continue
        guess = guess_feed(sample, contract.objects) if sample else None
        if guess is None:
            untold.append(shown)
            continue
        seen[place] = True
        name = _name_of(shown, taken)
        found.setdefault(name, []).append(FirstFeed(place[0], guess, _constants(name, guess)))
    return found, untold


def _constants(name: str, guess: GuessedFeed) -> list[tuple[str, str]]:
    """What a feed needs and no column of its file says."""
    if guess.object_name == "opportunities" and guess.column("pipeline_id") is None:
        return [("pipeline_id", name)]
    if guess.object_name == "opportunity_changes" and guess.column("field") is None:
        return [("field", "stage")]
    return []


def _name_of(shown: str, taken: set[str]) -> str:
    """A name for the source of a file: its first folder's, else `ourcrm`; never that of another source."""
    parts = PurePosixPath(shown).parts
    word = re.sub(r"[^a-z0-9]+", "_", parts[0].lower()).strip("_") if len(parts) > 1 else "ourcrm"
    name = word if re.fullmatch(r"[a-z_][a-z0-9_]*", word) else f"files_{word}".rstrip("_")
    while name in taken:
        name += "_files"
    return name


def _copy(settings: Settings, aside: Path) -> None:
    """The mappings and seeds that a run uses today, as what the new folder begins with."""
    (aside / "mappings").mkdir(parents=True)
    if settings.mappings is not None:
        shutil.copytree(settings.mappings, aside / "mappings", dirs_exist_ok=True)
    shutil.copytree(settings.seeds, aside / "seeds", ignore=shutil.ignore_patterns(".*"))


def _seeds(settings: Settings, aside: Path) -> FirstSeeds:
    """Write seeds for the words that the files hold once they are mapped."""
    mapped = replace(settings, mappings=aside / "mappings")
    with look_at(mapped, load_sources(mapped)) as look:
        made = first_seeds(look, are_samples=settings.seeds.resolve() == SAMPLE_SEEDS.resolve())
    for name, text in made.texts.items():
        (aside / "seeds" / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


def _guesses(mappings: dict[str, list[FirstFeed]]) -> dict[str, list[str]]:
    """Mapping -> what was guessed in it beyond names of columns."""
    found: dict[str, list[str]] = {}
    for name, feeds in mappings.items():
        for feed in feeds:
            columns = [f"{column.name} is {column.declared}" for column in feed.guess.columns if not column.is_sure]
            found.setdefault(name, []).append(
                f"{feed.glob} holds {feed.guess.object_name}" + (f"; {', '.join(columns)}" if columns else "")
            )
            for column in feed.guess.columns:
                if column.moments and column.moments.otherwise:
                    written = column.moments.formats[0]
                    found[name].append(f"{column.name} is written {written}, could be {column.moments.otherwise}")
                if column.numbers and column.numbers.otherwise:
                    found[name].append(f"{column.name}: {column.numbers.otherwise}")
    return found


def _notes(
    out: Path,
    mappings: dict[str, list[FirstFeed]],
    untold: Sequence[str],
    guesses: dict[str, list[str]],
    seeds: FirstSeeds,
) -> str:
    lines = [
        "# What was guessed",
        "",
        "Written by `plumbline init` from what lay in the landing folder. Look at each line, correct the file, then:",
        "",
        f"    export PLUMBLINE_MAPPINGS={out / 'mappings'} PLUMBLINE_SEEDS={out / 'seeds'}",
        "    plumbline check",
        "    make run",
    ]
    for name in mappings:
        lines += ["", f"## mappings/{name}.yml", "", *(f"- {guess}" for guess in guesses.get(name, []))]
    for name, told in seeds.guesses.items():
        if told:
            lines += ["", f"## seeds/{name}.csv", "", *(f"- {guess}" for guess in told)]
    lines += ["", "## The other seeds", ""]
    lines.append(
        "As the project has them: roles, lead stages, loss reasons, targets and hours are common ones, not yours."
    )
    if untold:
        lines += ["", "## Files of which nothing could be guessed", "", *(f"- {name}" for name in untold)]
    return "\n".join(lines) + "\n"


def _landing_names(settings: Settings) -> list[str]:
    return [path.name for path in settings.landing.rglob("*") if path.is_file()]


def _nothing_told(settings: Settings, untold: Sequence[str]) -> str:
    if not untold:
        return (
            f"{settings.landing} holds no file. Put an export of your deals there first, such as deals-2026-03-31.csv."
        )
    shown = ", ".join(untold[:5]) + (", …" if len(untold) > 5 else "")
    return (
        f"Of no file in {settings.landing} could it be told what it holds ({shown}). Files are CSV, Parquet or JSON "
        "lines with a line of column names; deals need an id and a stage or an amount. docs/loading.md shows a mapping "
        "to write."
    )
