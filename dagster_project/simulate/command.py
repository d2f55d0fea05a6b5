"""Command line of the sample company: `plumbline simulate --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import get_args

from dagster_project.simulate import Options, OptionsError, Rates, simulate
from dagster_project.simulate.options import SYSTEMS, Format


def _rate(text: str) -> tuple[str, float]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} isn't NAME=SHARE, such as padding=0.1")
    return name, float(value)


def parser() -> argparse.ArgumentParser:
    """The options of the command line, with the defaults of `Options`."""
    default = Options()
    rates = ", ".join(f"{item.name} {getattr(default.rates, item.name):g}" for item in fields(Rates))
    result = argparse.ArgumentParser(
        prog="plumbline simulate",
        description="Write a seeded sample company as extracts of its systems. Same options, same bytes.",
    )
    result.add_argument("out", type=Path, help="landing folder to write into")
    result.add_argument("--truth", type=Path, help="folder for what really happened (default: 'truth' beside OUT)")
    result.add_argument("--opportunities", type=int, default=default.opportunities, help="default %(default)s")
    result.add_argument("--quarters", type=int, default=default.quarters, help="default %(default)s")
    result.add_argument("--seed", type=int, default=default.seed, help="default %(default)s")
    result.add_argument(
        "--start", type=date.fromisoformat, default=default.start, help="first day of a quarter, default %(default)s"
    )
    result.add_argument("--layout", choices=("bulk", "daily"), default=default.layout, help="default %(default)s")
    result.add_argument(
        "--daily-days", type=int, default=default.daily_days, help="with bulk: the last days as one extract each"
    )
    result.add_argument(
        "--withheld-days", type=int, default=default.withheld_days, help="last days that no extract covers"
    )
    result.add_argument("--dirt", type=float, default=default.dirt, help="share of unusable rows, default %(default)s")
    result.add_argument("--format", choices=get_args(Format), default=default.format, help="default %(default)s")
    result.add_argument(
        "--resent", type=float, default=default.resent, help="share of files sent twice, default %(default)s"
    )
    result.add_argument(
        "--overlap-days",
        type=int,
        default=default.overlap_days,
        help="days that an extract repeats, default %(default)s",
    )
    result.add_argument(
        "--late", type=float, default=default.late, help="share of versions that arrive days later, default %(default)s"
    )
    result.add_argument("--hard-deletes", action="store_true", help="deleted opportunities vanish from whole extracts")
    result.add_argument("--custom-columns", action="store_true", help="two new columns in mid-history")
    result.add_argument("--shuffled", action="store_true", help="rows in random order")
    result.add_argument(
        "--systems",
        type=lambda text: tuple(text.split(",")),
        default=default.systems,
        metavar="NAME,NAME",
        help=f"sources to write, of {', '.join(SYSTEMS)}; default {','.join(default.systems)}",
    )
    result.add_argument("--no-field-history", action="store_true", help="as an org that tracks no fields")
    result.add_argument("--clean", action="store_true", help="no planted behaviour and no unusable rows")
    result.add_argument(
        "--rate", type=_rate, action="append", default=[], metavar="NAME=SHARE", help=f"repeatable; defaults: {rates}"
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    asked = parser().parse_args(arguments)
    try:
        rates = (Rates.none() if asked.clean else Rates()).with_changes(dict(asked.rate))
        options = Options(
            opportunities=asked.opportunities,
            quarters=asked.quarters,
            seed=asked.seed,
            start=asked.start,
            rates=rates,
            dirt=0.0 if asked.clean else asked.dirt,
            layout=asked.layout,
            daily_days=asked.daily_days,
            withheld_days=asked.withheld_days,
            field_history=not asked.no_field_history,
            systems=asked.systems,
            format=asked.format,
            resent=asked.resent,
            overlap_days=asked.overlap_days,
            late=asked.late,
            hard_deletes=asked.hard_deletes,
            custom_columns=asked.custom_columns,
            shuffled=asked.shuffled,
        )
    except OptionsError as error:
        sys.stderr.write(f"plumbline simulate: {error}\n")
        return 2
    if asked.out.exists() and (not asked.out.is_dir() or any(asked.out.iterdir())):
        sys.stderr.write(
            f"plumbline simulate: {asked.out} isn't an empty folder, and two companies don't belong into one. "
            "Name a new one.\n"
        )
        return 2
    report = simulate(options, asked.out, asked.truth, _tell)
    for name, rows in sorted(report.rows.items()):
        sys.stdout.write(f"{rows:>10,}  {name}\n")
    sys.stdout.write(f"{len(report.files)} files under {report.out}, truth in {report.truth[0].parent}\n")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
