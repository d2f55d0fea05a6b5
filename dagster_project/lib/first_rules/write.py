"""Writing a folder of first rules: mappings/, seeds/ and GUESSES.md. What is there already is never written over."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_project.lib import ingest
from dagster_project.lib.check.look import look_at
from dagster_project.lib.check.stop_early import require_landing
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.first_rules.mappings import FirstMapping, first_mappings
from dagster_project.lib.first_rules.seed_texts import FirstSeeds, first_seeds
from dagster_project.lib.preflight import require_usable
from dagster_project.lib.settings import Settings

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
    require_usable(settings)
    sources = load_sources(settings)
    names = ingest.unmatched_files(settings, sources)
    mappings, untold = first_mappings(settings, sources, names)
    if not mappings and len(names) == len(_landing_names(settings)):
        raise FirstRulesError(_nothing_told(settings, untold))
    aside = out.with_name(f".{out.name}.writing")
    shutil.rmtree(aside, ignore_errors=True)
    _copy(settings, aside)
    for mapping in mappings:
        (aside / "mappings" / f"{mapping.name}.yml").write_text(mapping.text, encoding="utf-8")
    seeds = _seeds(settings, aside)
    (aside / NOTES).write_text(_notes(out, mappings, untold, seeds), encoding="utf-8")
    if out.exists():
        out.rmdir()
    out.parent.mkdir(parents=True, exist_ok=True)
    aside.rename(out)
    told = [(mapping.name, *load) for mapping in mappings for load in mapping.loads]
    guesses = [*(mapping.guesses for mapping in mappings), *seeds.guesses.values()]
    return Written(out, told, untold, sum(len(lines) for lines in guesses))


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
        made = first_seeds(look, are_samples=not settings.owns_seeds)
    for name, text in made.texts.items():
        (aside / "seeds" / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


def _notes(out: Path, mappings: Sequence[FirstMapping], untold: Sequence[str], seeds: FirstSeeds) -> str:
    lines = [
        "# What was guessed",
        "",
        "Written by `plumbline init` from what lay in the landing folder. Look at each line, correct the file, then:",
        "",
        f"    export PLUMBLINE_MAPPINGS={out / 'mappings'} PLUMBLINE_SEEDS={out / 'seeds'}",
        "    plumbline check",
        "    make run",
    ]
    for mapping in mappings:
        lines += ["", f"## mappings/{mapping.name}.yml", "", *(f"- {guess}" for guess in mapping.guesses)]
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
