"""What a load tells its caller: one report per object, one entry per file seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

FileStatus = Literal["loaded", "refused", "repeated"]


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was not loaded. `value` is given only where the column isn't personal, else its length is told.

    `record_number` counts data records from 1, `line_number` lines of the file from 1 (None where a format has none).
    """

    file_path: str
    record_number: int
    line_number: int | None
    column_name: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class FileReport:
    """The ledger row of a file, and its first quarantined rows.

    rows_read = rows_filtered + rows_footer + rows_in; rows_in = rows_loaded + rows_quarantined; rows_stored leaves out
    rows that another file, or an earlier record, had brought already.
    """

    file_id: str
    source_name: str
    object_name: str
    file_path: str
    content_hash: str | None
    extracted_at: datetime | None
    is_extract_time_declared: bool
    is_full_extract: bool
    byte_count: int
    status: FileStatus
    reason: str | None
    load_sequence: int
    loaded_at: datetime
    definition_hash: str
    rows_read: int = 0
    rows_filtered: int = 0
    rows_footer: int = 0
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_stored: int = 0
    missing_columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    file_columns: tuple[str, ...] = ()
    quarantine: tuple[QuarantinedRow, ...] = ()


@dataclass(frozen=True)
class ObjectReport:
    """All files of one object in one load. `drift` are sentences about columns that came or went; `later` names files
    left alone because they were taken after `extracts_until`."""

    source: str
    object: str
    raw_table: str
    files: list[FileReport] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    def _with(self, status: FileStatus) -> list[FileReport]:
        return [entry for entry in self.files if entry.status == status]

    @property
    def loaded(self) -> list[FileReport]:
        """Files loaded now."""
        return self._with("loaded")

    @property
    def refused(self) -> list[FileReport]:
        """Files refused, now or in an earlier load."""
        return self._with("refused")

    @property
    def repeated(self) -> list[FileReport]:
        """Files seen and loaded before."""
        return self._with("repeated")

    @property
    def rows_in(self) -> int:
        return sum(entry.rows_in for entry in self.loaded)

    @property
    def rows_loaded(self) -> int:
        return sum(entry.rows_loaded for entry in self.loaded)

    @property
    def rows_quarantined(self) -> int:
        return sum(entry.rows_quarantined for entry in self.loaded)

    @property
    def rows_stored(self) -> int:
        return sum(entry.rows_stored for entry in self.loaded)
