"""The command `plumbline`: run the daily job, open the UI, go back a version, repair rows, write a sample company.

Only arguments, messages and exit codes belong here. Dagster is imported when a command needs it, since that takes
seconds.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib.metadata import version as installed_version
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from dagster_project.lib.check.stop_early import NothingToPublishError, require_landing
from dagster_project.lib.contracts import ContractError
from dagster_project.lib.docs_server import serve_data_docs
from dagster_project.lib.first_sample import write_sample
from dagster_project.lib.gate import GateError
from dagster_project.lib.preflight import MistakesError, find_mistakes
from dagster_project.lib.programs import INTERRUPTED, run_program, why_not_free
from dagster_project.lib.publish import PublishError
from dagster_project.lib.run_lock import RunLockTimeoutError, hold_run_lock
from dagster_project.lib.settings import PROJECT_ROOT, Settings, SettingsError
from dagster_project.lib.summary import not_published_lines, render_summary
from dagster_project.lib.versions import go_to, version_lines

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 where it did what it says."""
    parser = _parser()
    asked, further = parser.parse_known_args(arguments)
    if asked.command is simulate:
        return simulate(further)
    if further:
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    try:
        return asked.command(Settings.from_env(), asked)
    except (SettingsError, ContractError, GateError, PublishError, RunLockTimeoutError) as error:
        print(f"plumbline: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(
            f"plumbline: {place}{error.strerror or error}. Correct the path or its rights and try again.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(
            "\nplumbline: interrupted. What was loaded is kept, what is published is whole; the same command goes on.",
            file=sys.stderr,
        )
        return INTERRUPTED


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """The daily job in this process, then its summary. A sample company is written first where nothing has landed."""
    started = time.monotonic()
    if asked.as_of is not None:
        settings = replace(settings, as_of=asked.as_of)
    mistakes = find_mistakes(settings)
    if mistakes:
        print("\n".join(not_published_lines(settings, str(MistakesError(mistakes)))))
        return 1
    print("Plumbline: starting the daily job", flush=True)
    write_sample(settings, _print_now)
    try:
        require_landing(settings)
    except NothingToPublishError as error:
        print("\n".join(["", *not_published_lines(settings, str(error))]))
        return 1

    from sqlalchemy.exc import SQLAlchemyError

    from dagster_project.daily_run import run_daily
    from dagster_project.instance import open_instance
    from dagster_project.lib.dbt_process import DbtError

    try:
        with open_instance(settings) as instance:
            finished = run_daily(settings, instance)
    except (OSError, SQLAlchemyError, DbtError) as error:
        # Dagster keeps its own records under the home folder; where they can't be written there is no run to report on.
        print("\n".join(["", *not_published_lines(settings, _no_records(settings, error))]))
        return 1
    print(render_summary(settings, finished.report, finished.error))
    outcome = "succeeded" if finished.success else "FAILED"
    print(f"\nThe daily job {outcome} in {time.monotonic() - started:.0f} s.")
    return 0 if finished.success else 1


def check(settings: Settings, asked: argparse.Namespace) -> int:
    """Say what a run over the landing folder would find, without loading; 0 where it could publish."""
    from dagster_project.lib.check.verdict import check as judge
    from dagster_project.lib.check.verdict import render_verdict

    try:
        verdict = judge(settings)
    except (NothingToPublishError, MistakesError) as error:
        print(f"A RUN WOULD STOP. {error}")
        return 1
    print(render_verdict(settings, verdict))
    return 0 if verdict.can_publish else 1


def init(settings: Settings, asked: argparse.Namespace) -> int:
    """Write first mappings and seeds for what lies in the landing folder, guesses marked."""
    from dagster_project.lib.first_rules.write import NOTES, FirstRulesError, write_first_rules

    try:
        written = write_first_rules(settings, asked.out.expanduser().resolve())
    except (NothingToPublishError, MistakesError, FirstRulesError) as error:
        print(f"plumbline init: {error}", file=sys.stderr)
        return 2
    for name, object_name, glob in written.feeds:
        print(f"mappings/{name}.yml: {glob} -> {object_name}")
    for name in written.untold:
        print(f"could not be told: {name}")
    print(f"Wrote {written.out}, with {written.guesses} guesses to look at in {NOTES}. Then:")
    print(f"  export PLUMBLINE_MAPPINGS={written.out / 'mappings'} PLUMBLINE_SEEDS={written.out / 'seeds'}")
    print("  plumbline check")
    return 0


def ui(settings: Settings, asked: argparse.Namespace) -> int:
    """The Dagster UI and daemon over the folders of the settings, until interrupted."""
    from dagster_project.instance import open_instance

    taken = why_not_free(asked.host, asked.port)
    if taken is not None:
        print(
            f"plumbline: {asked.host}:{asked.port} can't be served ({taken}). Stop what runs there, or take another "
            f"port: make ui PORT={asked.port + 10}",
            file=sys.stderr,
        )
        return 2

    with open_instance(settings):  # so that the UI and the daemon find its files made
        pass
    command = ["dagster", "dev", "-w", str(PROJECT_ROOT / "workspace.yaml"), "-h", asked.host, "-p", str(asked.port)]
    docs = urlsplit(settings.data_docs_url)
    if docs.hostname not in LOOPBACK:
        return run_program(command, settings)
    try:
        with serve_data_docs(settings.data_docs_path, docs.hostname, docs.port or 80) as address:
            print(f"Data Docs on {address}", flush=True)
            return run_program(command, settings)
    except OSError as error:
        print(
            f"plumbline: Data Docs are not served on {settings.data_docs_url} ({error.strerror}). Links to them won't "
            "open; set PLUMBLINE_DATA_DOCS_URL to another port.",
            file=sys.stderr,
        )
        return run_program(command, settings)


def replay(settings: Settings, asked: argparse.Namespace) -> int:
    """The daily job once per day of a range, each with the extracts that were known at its end."""

    from dagster_project.daily_run import run_replay
    from dagster_project.defs.automation.replay import read_day
    from dagster_project.instance import open_instance

    with open_instance(settings) as instance:
        for day, finished in run_replay(settings, instance, read_day(asked.first), read_day(asked.last), _print_now):
            place = f"day {day.number}/{day.of}, {day.day}"
            if finished.error is not None:
                print(f"FAILED at {place}: {finished.error}")
                return 1
            published = finished.report.publish
            print(f"Published {place}: {published.version if published else 'nothing'}", flush=True)
    return 0


def validate(settings: Settings, asked: argparse.Namespace) -> int:
    """Load all definitions as Dagster does."""
    from dagster_project.instance import write_instance_config

    write_instance_config(settings)
    return run_program(["dagster", "definitions", "validate", "-w", str(PROJECT_ROOT / "workspace.yaml")], settings)


def rollback(settings: Settings, asked: argparse.Namespace) -> int:
    """Point the published marts at a version that is kept, the one before the current one where none is named."""
    if not settings.published_path.exists():
        raise PublishError(f"Nothing has been published under {settings.published_path} yet.")
    with hold_run_lock(settings.lock_path, "rollback", settings.lock_wait_seconds, print):
        lines = go_to(settings.published_path, asked.version)
    print("\n".join(lines))
    return 0


def versions(settings: Settings, asked: argparse.Namespace) -> int:
    """List the published versions that are kept."""
    print("\n".join(version_lines(settings.published_path)))
    return 0


def export_quarantine(settings: Settings, asked: argparse.Namespace) -> int:
    """Write the quarantined records of an object for a person to correct."""
    from dagster_project.lib import ingest
    from dagster_project.lib.contracts import load_sources
    from dagster_project.lib.ingest.readmit import ReadmitError
    from dagster_project.lib.ingest.readmit import export_quarantine as export

    out = asked.out.resolve()
    sources = load_sources(settings)
    try:
        if any(out.is_relative_to(folder) for folder in (settings.published_path, settings.data_docs_path)):
            raise ReadmitError(f"{out} lies under what is published. Records in clear don't belong there.")
        with _open_warehouse(settings, "quarantine export") as connection:
            ingest.prepare_raw(connection, sources)
            count = export(connection, sources, asked.source, asked.object, out)
    except (ReadmitError, OSError) as error:
        print(f"plumbline quarantine export: {error}", file=sys.stderr)
        return 2
    print(f"Wrote {count:,} quarantined records of {asked.source} {asked.object} to {out}")
    print("The file may hold personal data. Correct it, then: plumbline quarantine readmit <file>")
    return 0


def readmit_quarantine(settings: Settings, asked: argparse.Namespace) -> int:
    """Take corrected records back in their own place; the next run builds and publishes."""
    from dagster_project.lib import ingest
    from dagster_project.lib.contracts import load_sources
    from dagster_project.lib.ingest.readmit import ReadmitError, readmit

    sources = load_sources(settings)
    try:
        with _open_warehouse(settings, "quarantine readmit") as connection:
            ingest.prepare_raw(connection, sources)
            done = readmit(connection, settings, sources, asked.file)
    except (ReadmitError, OSError) as error:
        print(f"plumbline quarantine readmit: {error}", file=sys.stderr)
        return 2
    for entry in done:
        known = entry.rows - entry.rows_stored
        repeated = f", {known:,} of them known from other files" if known else ""
        print(f"Re-admitted {entry.rows:,} rows into {entry.source_name} {entry.object_name}{repeated}.")
    print("The next run builds and publishes them." if done else "Nothing new: these rows were re-admitted before.")
    return 0


def simulate(arguments: Sequence[str]) -> int:
    """Write a sample company's extracts; the options are the sample company's own."""
    from dagster_project.simulate.command import main as write_company

    return write_company(arguments)


def _no_records(settings: Settings, error: Exception) -> str:
    """Why a run could not even keep its records, in a line or two."""
    from dagster_project.lib.dbt_process import DbtError

    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    said = " ".join(lines) if isinstance(error, DbtError) else lines[0]
    free = shutil.disk_usage(settings.home).free if settings.home.exists() else 0
    return (
        f"The run could not go on under {settings.home} ({free / 1e6:,.0f} MB free): {said}\n"
        "Free space or correct the rights, or what dbt names, then run again: nothing that was loaded is lost."
    )


@contextmanager
def _open_warehouse(settings: Settings, purpose: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build warehouse, owned as a run owns it."""
    from dagster_project.lib import warehouse

    lock = hold_run_lock(settings.lock_path, purpose, settings.lock_wait_seconds, print)
    with lock, warehouse.connect(settings) as connection:
        yield connection


def _print_now(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plumbline", description="A warehouse of honest pipeline numbers.")
    parser.add_argument("--version", action="version", version=f"plumbline {installed_version('plumbline')}")
    commands = parser.add_subparsers(required=True, metavar="command")
    begun = commands.add_parser("run", help="load, build, check, publish")
    begun.add_argument(
        "--as-of",
        type=_day,
        metavar="YYYY-MM-DD",
        help="compute everything as of the end of that day (default: the data's)",
    )
    begun.set_defaults(command=run)
    commands.add_parser("check", help="say what a run would find, without loading").set_defaults(command=check)
    written = commands.add_parser("init", help="write a first mapping, stage policy, taxonomies and rates")
    written.add_argument("--out", type=Path, required=True, help="a new folder for them")
    written.set_defaults(command=init)
    commands.add_parser("validate", help="check the Dagster definitions").set_defaults(command=validate)
    listed = commands.add_parser("versions", help="list the published versions that are kept, and how they differ")
    listed.set_defaults(command=versions)
    gone_back = commands.add_parser("rollback", help="publish an earlier version again")
    gone_back.add_argument(
        "version", nargs="?", help="as `plumbline versions` lists it; default: the one before the current one"
    )
    gone_back.set_defaults(command=rollback)
    replayed = commands.add_parser("replay", help="publish each day of a range with what was known then")
    replayed.add_argument("--from", dest="first", required=True, metavar="YYYY-MM-DD", help="first day")
    replayed.add_argument("--to", dest="last", required=True, metavar="YYYY-MM-DD", help="last day")
    replayed.set_defaults(command=replay)
    opened = commands.add_parser("ui", help="Dagster UI and daemon")
    opened.add_argument("--host", default="127.0.0.1", help="address to serve on, default %(default)s")
    opened.add_argument("--port", type=_port, default=3000, help="port to serve on, default %(default)s")
    opened.set_defaults(command=ui)
    commands.add_parser("simulate", help="write a sample company", add_help=False).set_defaults(command=simulate)
    quarantine = commands.add_parser("quarantine", help="correct records that couldn't be read, and take them back")
    steps = quarantine.add_subparsers(required=True, metavar="step")
    exported = steps.add_parser("export", help="write the quarantined records of an object to a CSV")
    exported.add_argument("--source", required=True, help="as in the contract or mapping, such as salesforce")
    exported.add_argument("--object", required=True, help="as in the contract, such as Opportunity")
    exported.add_argument("--out", type=Path, required=True, help="the CSV to write; it may hold personal data")
    exported.set_defaults(command=export_quarantine)
    corrected = steps.add_parser("readmit", help="load the corrected rows of such a CSV in their own place")
    corrected.add_argument("file", type=Path, help="the corrected CSV")
    corrected.set_defaults(command=readmit_quarantine)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-03-31") from None


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 1 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
