"""A first mapping as YAML: every column that was guessed says so, with what else it could be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dagster_project.lib.first_rules.guess import GuessedColumn, GuessedFeed

DATED = r"\d{4}-?\d{2}-?\d{2}"
_STAMP = re.compile(DATED + r"(?:[T_ ]\d{2}[-:]?\d{2}[-:]?\d{2}Z?)?")
_SAFE = re.compile(r"[A-Za-z_][\w -]*\w|\w")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "~", "y", "n"})


@dataclass(frozen=True)
class FirstFeed:
    """A guessed feed, the glob of its files, and the constants that it needs."""

    glob: str
    guess: GuessedFeed
    constants: Sequence[tuple[str, str]] = ()


def glob_of(shown: str) -> str:
    """A glob for a file and those that will lie beside it: the date in its name may be any."""
    folder, name = str(PurePosixPath(shown).parent), PurePosixPath(shown).name
    pattern = "*".join(_escaped(part) for part in _STAMP.split(name))
    return pattern if folder == "." else f"{_escaped(folder)}/{pattern}"


def mapping_text(source: str, feeds: Sequence[FirstFeed], *, is_dated: bool) -> str:
    """The YAML of one mapping of the generic contract; `is_dated`: paths say when extracts were taken."""
    lines = [
        "# Written by `plumbline init`. What stands behind `guessed` was told by names and values: look at it, then",
        "# remove the comment. docs/loading.md says what every key means.",
        f"source: {source}",
        "extends: generic",
        f"description: Files of {source}.",
    ]
    if is_dated:
        lines += ["extract_time:", f"  - path: '({DATED})'"]
    else:
        lines += [
            "# No file has a date in its name, so extracts count as taken when they are loaded. Names such as",
            "# deals-2026-03-31.csv say it better; then write  extract_time: [{path: '(\\d{4}-\\d{2}-\\d{2})'}]",
        ]
    lines.append("feeds:")
    for feed in feeds:
        lines += _feed_lines(feed)
    return "\n".join(lines) + "\n"


def ready_text(source: str, ready: str, folder: str) -> str:
    """The YAML of a mapping that is a ready one, for files that lie in `folder`."""
    return "\n".join(
        [
            "# Written by `plumbline init`: these files have the columns of a ready mapping. docs/loading.md says what",
            "# more can be said here.",
            f"source: {source}",
            f"extends: {ready}  # guessed",
            f"landing: {scalar(folder)}",
            "",
        ]
    )


def scalar(text: str) -> str:
    """A text as YAML writes it."""
    is_plain = _SAFE.fullmatch(text) is not None and text.isascii() and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _feed_lines(feed: FirstFeed) -> Iterable[str]:
    guess, sample = feed.guess, feed.guess.sample
    yield f"  - file: {scalar(feed.glob)}"
    yield f"    object: {guess.object_name}  # guessed"
    if guess.object_name == "opportunities":
        yield "    # extract: full  # where every file holds every deal, so that a missing one was deleted"
    options = {"delimiter": sample.delimiter, "encoding": sample.encoding}
    told = [f"{name}: {json.dumps(value)}" for name, value in options.items() if value is not None]
    if told:
        yield f"    csv: {{{', '.join(told)}}}  # guessed"
    if guess.key is not None:
        names = f"[{', '.join(scalar(name) for name in guess.key)}]" if guess.key else "content"
        yield f"    key: {names}  # guessed: no column is an id; name the columns that never change for one deal"
    yield "    columns:"
    for column in guess.columns:
        mark = "" if column.is_sure else "  # guessed"
        yield f"      {column.declared}: {scalar(column.name)}{mark}"
    if feed.constants:
        yield f"    constants: {{{', '.join(f'{name}: {scalar(value)}' for name, value in feed.constants)}}}  # guessed"
    if guess.object_name == "opportunities" and guess.column("currency") is None:
        yield "    # No column says the currency; where it isn't the reporting one, add to constants: {currency: EUR}"
    yield from _format_lines(guess.columns)
    yield from _number_lines(guess.columns)
    if guess.rest:
        shown = ", ".join(name for name in guess.rest if "@" not in name)
        yield f"    # Kept and mapped to nothing: {' '.join(shown.split())}"


def _format_lines(columns: Sequence[GuessedColumn]) -> Iterable[str]:
    written = [column for column in columns if column.moments and column.moments.formats]
    if written:
        yield "    formats:"
    for column in written:
        assert column.moments is not None
        formats = column.moments.formats
        text = json.dumps(formats[0]) if len(formats) == 1 else json.dumps(list(formats))
        other = f", could be {column.moments.otherwise}" if column.moments.otherwise else ""
        yield f"      {column.declared}: {text}  # guessed{other}"


def _number_lines(columns: Sequence[GuessedColumn]) -> Iterable[str]:
    numbers = [column.numbers for column in columns if column.numbers]
    written = [number for number in numbers if not number.is_plain]
    unclear = [number.otherwise for number in numbers if number.otherwise]
    if not written:
        if unclear:
            yield f"    # guessed: amounts are read with a decimal point; {unclear[0]}"
        return
    first = max(written, key=lambda number: (number.group is not None, number.decimal == ","))
    parts = [f"decimal: {json.dumps(first.decimal)}"]
    parts += [f"group: {json.dumps(first.group)}"] if first.group else []
    parts += ["currency: true"] if any(number.has_currency for number in written) else []
    suffixes = sorted({suffix for number in written for suffix in number.suffixes})
    if suffixes:
        parts.append(f"suffixes: {{{', '.join(f'{name}: {factor}' for name, factor in suffixes)}}}")
    yield f"    numbers: {{{', '.join(parts)}}}  # guessed{f'; {unclear[0]}' if unclear else ''}"


def _escaped(text: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", text)
