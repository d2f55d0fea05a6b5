"""Loading all new files of one object: what is known already is reported, everything else read, judged and stored."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import duckdb

from dagster_project.lib.contracts import Feed, InlineRows, Source, SourceObject, feeds_of, find_object
from dagster_project.lib.ingest.batch import Fallback
from dagster_project.lib.ingest.content import Content, FileRefusedError, fingerprint
from dagster_project.lib.ingest.discovery import LandingFile, find_files
from dagster_project.lib.ingest.drift import drift, retyped_columns
from dagster_project.lib.ingest.extract_time import file_extract_time
from dagster_project.lib.ingest.layouts import plain_names
from dagster_project.lib.ingest.matching import MissingColumnError
from dagster_project.lib.ingest.nested import NestedRefusedError, NothingNestedError, has_list
from dagster_project.lib.ingest.older import mend_older
from dagster_project.lib.ingest.reading import Job, Reading, read_batch, write_missing_places
from dagster_project.lib.ingest.repairs import apply_repairs
from dagster_project.lib.ingest.report import FileReport, ObjectReport
from dagster_project.lib.ingest.schema import INLINE_PREFIX
from dagster_project.lib.ingest.store import (
    bad_records,
    batch_stats,
    drop_batch,
    file_columns,
    forget,
    read_ledger,
    store_entry,
    store_quarantine,
    store_rows,
    with_quarantine,
)
from dagster_project.lib.privacy import shown_name
from dagster_project.lib.settings import Settings
from dagster_project.lib.warehouse import transaction


def load_object(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    sources: Iterable[Source],
    source_name: str,
    object_name: str,
    load_sequence: int,
    *,
    loaded_at: datetime | None = None,
) -> ObjectReport:
    """Load every new file of an object of a shipped contract, mappings that feed it included.

    Needs `prepare_raw` before. `loaded_at` (UTC, naive; default now) is the extract time of files that declare none.
    Each file is one transaction, so a crash leaves whole files only and the next call goes on. A bad file is a
    `refused` entry of the report, not an error. Raises KeyError for an unknown object.
    """
    sources = list(sources)
    target = find_object(sources, source_name, object_name)
    now = loaded_at or datetime.now(UTC).replace(tzinfo=None)
    feeds = feeds_of(sources, target)
    loader = _Loader(con, settings, target, load_sequence, now)
    names = {target.source, *(source.name for source in sources if source.extends == target.source)}
    loader.open_ledger(feeds, names)
    for feed in feeds:
        loader.load_feed(feed)
    found = apply_repairs(con, settings.repairs_path, target, feeds, load_sequence, now)
    drop_batch(con)
    reports = [found.corrected(report) for report in loader.reports]
    drift = [*loader.drift, *found.problems]
    return ObjectReport(target.source, target.name, target.raw_table, reports, drift, loader.later)


@dataclass(frozen=True)
class _Sight:
    """A file as it is met: which feed claims it, and what identifies it among all loads."""

    feed: Feed
    file: LandingFile
    definition: str
    is_inline: bool = False


class _Loader:
    """One call of `load_object`: the ledger of the object as far as it is known, and the reports so far."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        target: SourceObject,
        load_sequence: int,
        now: datetime,
    ) -> None:
        self._con = con
        self._settings = settings
        self._target = target
        self._load_sequence = load_sequence
        self._now = now
        self._known: dict[str, FileReport] = {}
        self._observed: dict[tuple[object, ...], FileReport] = {}
        self._previous: dict[tuple[str, ...], FileReport] = {}
        self.reports: list[FileReport] = []
        self.drift: list[str] = []
        self.later: list[str] = []

    def open_ledger(self, feeds: list[Feed | InlineRows], sources: set[str]) -> None:
        """Read the ledger; files that were read under another definition and are still there load afresh.

        So do files that couldn't be opened: what kept them shut says nothing about their content.
        """
        definitions = {self._target.definition_hash(feed) for feed in feeds}
        inline = {_inline_id(feed, self._target) for feed in feeds if isinstance(feed, InlineRows)}
        entries = read_ledger(self._con, self._target.name, sources)
        outdated = [
            entry.file_id
            for entry in entries
            if entry.content_hash is None
            or (entry.file_path.startswith(INLINE_PREFIX) and entry.file_id not in inline)
            or (entry.definition_hash not in definitions and (self._settings.landing / entry.file_path).exists())
        ]
        if outdated:
            forget(self._con, self._target, outdated)
        gone = [
            entry
            for entry in entries
            if entry.status == "loaded" and entry.file_id not in outdated and entry.definition_hash not in definitions
        ]
        mend_older(self._con, self._target, gone)
        for entry in entries:
            if entry.file_id not in outdated:
                self._remember(entry)

    def load_feed(self, feed: Feed | InlineRows) -> None:
        """Load all files of a feed, or the rows of a mapping."""
        definition = self._target.definition_hash(feed)
        with tempfile.TemporaryDirectory(prefix="plumbline-") as name:
            if isinstance(feed, InlineRows):
                file = LandingFile(_write_inline(feed, Path(name)), feed.label)
                plain = Feed(feed.source, feed.object_name, (), is_full_extract=False, extract_time=feed.extract_time)
                self._load_sight(_Sight(plain, file, definition, is_inline=True), Path(name))
                return
            for file in find_files(self._settings.landing, feed):
                self._load_sight(_Sight(feed, file, definition), Path(name))

    def _load_sight(self, sight: _Sight, folder: Path) -> None:
        content: Content | None = None
        try:
            if sight.file.problem:
                raise FileRefusedError(f"{sight.file.problem}.")
            content = _fingerprint(sight.file, sight.feed.csv.encoding)
            declared = file_extract_time(sight.feed, sight.file.shown)
            if declared is not None and self._is_later(sight, declared):
                self.later.append(sight.file.shown)
                return
            entry = self._entry(sight, content, declared)
            known = self._known.get(entry.file_id)
            if known is not None:
                self.reports.append(_seen_again(known, entry))
                return
            if self._is_known_without_list(sight.feed, content):
                return
            with tempfile.TemporaryDirectory(dir=folder) as name:
                self._load_new(sight, content, entry, declared, Path(name))
        except NothingNestedError:
            return
        except FileRefusedError as refusal:
            if sight.feed.is_optional and isinstance(refusal, MissingColumnError):
                return
            if sight.feed.nesting is not None and not isinstance(refusal, NestedRefusedError):
                return  # It is refused for the object whose records it holds.
            entry = self._entry(sight, content, _known_extract_time(sight))
            if isinstance(refusal, MissingColumnError):
                self.drift.append(f"{entry.file_path}: {refusal}")
            self._finish(replace(entry, status="refused", reason=str(refusal)))

    def _load_new(
        self, sight: _Sight, content: Content, entry: FileReport, declared: datetime | None, folder: Path
    ) -> None:
        fallback = Fallback(declared or self._now, is_declared=declared is not None)
        job = Job(self._target, sight.feed, sight.file, content, fallback, sight.is_inline)
        reading = read_batch(self._con, job, folder)
        stats = batch_stats(self._con)
        if self._is_later(sight, stats.last_extract or fallback.at):
            self.later.append(sight.file.shown)
            return
        entry = replace(
            entry,
            extracted_at=stats.last_extract or fallback.at,
            is_extract_time_declared=stats.is_declared and (stats.rows > 0 or fallback.is_declared),
            rows_read=stats.rows + reading.unread_count + reading.footer_count,
            rows_filtered=stats.filtered,
            rows_footer=stats.footers + reading.footer_count,
            rows_in=stats.rows - stats.filtered - stats.footers + reading.unread_count,
            rows_loaded=stats.rows - stats.filtered - stats.footers - stats.bad,
            rows_quarantined=stats.bad + reading.unread_count,
            missing_columns=reading.plan.missing,
            file_columns=reading.columns,
        )
        same = self._same_observation(entry) if reading.plan.extract and not stats.fallbacks else None
        if same is not None:
            self.reports.append(_seen_again(same, entry))
            return
        entry = self._with_drift(entry, reading)
        places = write_missing_places(reading, bad_records(self._con), folder) if stats.bad else None
        with transaction(self._con):
            entry = replace(entry, rows_stored=store_rows(self._con, self._target, entry, stats))
            if entry.rows_quarantined:
                store_quarantine(self._con, entry, places, reading.unread)
            store_entry(self._con, entry)
        self._remember(entry)
        shown = with_quarantine(self._con, entry, self._personal()) if entry.rows_quarantined else entry
        self.reports.append(shown)

    def _is_known_without_list(self, feed: Feed, content: Content) -> bool:
        """Whether the ledger tells, by the object whose records the file holds, that it has none of the lists."""
        if feed.nesting is None:
            return False
        found = file_columns(self._con, feed.source, feed.nesting.parent, content.content_hash)
        return found is not None and not has_list(feed.nesting, sorted(plain_names(found)))

    def _is_later(self, sight: _Sight, extracted_at: datetime) -> bool:
        """Whether a file was taken past the limit of a replay; rows that stand in a mapping are known at any time."""
        until = self._settings.extracts_until
        return until is not None and not sight.is_inline and extracted_at >= until

    def _finish(self, entry: FileReport) -> None:
        with transaction(self._con):
            store_entry(self._con, entry)
        self._remember(entry)
        self.reports.append(entry)

    def _remember(self, entry: FileReport) -> None:
        if entry.content_hash is not None:
            self._known[entry.file_id] = entry
        if entry.status == "loaded":
            self._observed[_observation(entry)] = entry
            self._previous[_stream(entry)] = entry

    def _entry(self, sight: _Sight, content: Content | None, declared: datetime | None) -> FileReport:
        identity = content.content_hash if content else f"path:{sight.file.shown}"
        moment = "" if content is None else _moment_text(sight)
        return FileReport(
            file_id=_md5(sight.feed.source, self._target.name, sight.definition, moment, identity),
            source_name=sight.feed.source,
            object_name=self._target.name,
            file_path=sight.file.shown,
            content_hash=content.content_hash if content else None,
            extracted_at=declared,
            is_extract_time_declared=declared is not None,
            is_full_extract=sight.feed.is_full_extract,
            byte_count=content.byte_count if content else 0,
            status="loaded",
            reason=None,
            load_sequence=self._load_sequence,
            loaded_at=self._now,
            definition_hash=sight.definition,
        )

    def _same_observation(self, entry: FileReport) -> FileReport | None:
        """A file of the same content and extract time, its time being in its rows and not in its path."""
        return self._observed.get(_observation(entry))

    def _with_drift(self, entry: FileReport, reading: Reading) -> FileReport:
        previous = self._previous.get(_stream(entry))
        if previous is None or not reading.columns or not previous.file_columns:
            return entry
        known = plain_names(previous.file_columns)
        new = tuple(shown_name(name) for name in reading.plan.undeclared if name not in known)
        retyped = retyped_columns(self._con, entry) if entry.rows_quarantined else []
        self.drift += drift(previous, replace(entry, new_columns=new), retyped)
        return replace(entry, new_columns=new)

    def _personal(self) -> set[str | None]:
        return {column.name for column in self._target.columns if column.personal}


def _observation(entry: FileReport) -> tuple[object, ...]:
    return entry.definition_hash, entry.content_hash, entry.extracted_at


def _fingerprint(file: LandingFile, encoding: str | None) -> Content:
    """The content of a file, looked at once however many objects it feeds."""
    try:
        state = file.path.stat()
    except OSError:
        return fingerprint(file, encoding)
    return _fingerprint_of(file, encoding, state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=50_000)
def _fingerprint_of(file: LandingFile, encoding: str | None, *state: int) -> Content:
    return fingerprint(file, encoding)


def _stream(entry: FileReport) -> tuple[str, ...]:
    """What a file is compared with: the same reading of the same folder. Each stream of a tool has its own columns."""
    return entry.definition_hash, *Path(entry.file_path).parent.parts[:2]


def _seen_again(known: FileReport, entry: FileReport) -> FileReport:
    """The report of a file that the ledger has: a refusal stays one, anything else is a repetition without rows."""
    if known.status == "refused":
        return replace(known, file_path=entry.file_path)
    reason = f"loaded by load {known.load_sequence} as {known.file_path}"
    repeated = replace(known, file_path=entry.file_path, status="repeated", reason=reason)
    counts = ("rows_read", "rows_filtered", "rows_footer", "rows_in", "rows_loaded", "rows_quarantined", "rows_stored")
    return replace(repeated, **dict.fromkeys(counts, 0))


def _known_extract_time(sight: _Sight) -> datetime | None:
    try:
        return file_extract_time(sight.feed, sight.file.shown)
    except FileRefusedError:
        return None


def _moment_text(sight: _Sight) -> str:
    try:
        declared = file_extract_time(sight.feed, sight.file.shown)
    except FileRefusedError:
        return sight.file.shown
    return declared.isoformat() if declared else ""


def _inline_text(rows: InlineRows) -> str:
    return "".join(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in rows.rows)


def _write_inline(rows: InlineRows, folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text(_inline_text(rows), encoding="utf-8")
    return path


def _inline_id(rows: InlineRows, target: SourceObject) -> str:
    moment = next((rule.at.isoformat() for rule in rows.extract_time if rule.at), "")
    content = hashlib.sha256(_inline_text(rows).encode()).hexdigest()
    return _md5(rows.source, target.name, target.definition_hash(rows), moment, content)


def _md5(*parts: str) -> str:
    return hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()
