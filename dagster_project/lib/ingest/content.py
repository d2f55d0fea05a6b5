"""A file's bytes before any parsing: hash, size, whether it is whole and what its name says; the header of a CSV."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from dagster_project.lib.contracts import CsvOptions
from dagster_project.lib.ingest.discovery import LandingFile

_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_MAX_HEADER = 1 << 24
_MAGIC = (
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"%PDF-", "a PDF"),
)


_HINT = "Save the file as UTF-8, or say which it is in its mapping, such as `csv: {encoding: cp1252}`."


class FileRefusedError(Exception):
    """A whole file can't be loaded; the message says what was found and what to do."""


@dataclass(frozen=True)
class Content:
    """The bytes of a file: hash over them as they lie there, their number, and whether it holds nothing to read."""

    content_hash: str
    byte_count: int
    is_empty: bool


@dataclass(frozen=True)
class CsvShape:
    """How a CSV is to be read. `is_clean_start`: the header is the first line, as DuckDB's reader expects it.
    `skipped`: lines above the header that are none of the table's."""

    columns: tuple[str, ...]
    delimiter: str
    quote: str
    has_header: bool
    is_clean_start: bool
    skipped: int = 0


def fingerprint(file: LandingFile, encoding: str | None = None) -> Content:
    """Hash a file and check that it is what its name says, a gzip to its last checksum. Raises FileRefusedError.

    `encoding` is what the file's mapping says of its text.
    """
    digest = hashlib.sha256()
    byte_count = 0
    first = b""
    inflate = _Inflate() if file.is_gzip else None
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                byte_count += len(chunk)
                plain = inflate.feed(chunk) if inflate else chunk
                first = first if len(first) >= 16 else (first + plain)[:16]
    except OSError as error:
        raise FileRefusedError(f"the file can't be read: {error.strerror}. Check its permissions.") from error
    if inflate and byte_count:
        inflate.finish()
    _check_magic(file, first, encoding)
    return Content(digest.hexdigest(), byte_count, is_empty=not first)


class _Inflate:
    """Follows the members of a gzip stream and checks each; memory stays at one chunk's expansion."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._is_between = True

    def feed(self, data: bytes) -> bytes:
        first = b""
        try:
            while data:
                if self._member.eof:
                    if not data.strip(b"\0"):
                        return first
                    self._member = zlib.decompressobj(wbits=31)
                out = self._member.decompress(data, _CHUNK * 4)
                first = first or out[:16]
                data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        except zlib.error as error:
            raise FileRefusedError(f"the gzip stream is damaged ({error}). Fetch the file again.") from error
        return first

    def finish(self) -> None:
        if not self._member.eof:
            raise FileRefusedError("the gzip stream ends early: the file is truncated. Fetch the file again.")


def _check_magic(file: LandingFile, first: bytes, encoding: str | None) -> None:
    found = next((what for magic, what in _MAGIC if first.startswith(magic)), None)
    wanted = {"csv": "CSV text", "jsonl": "JSON lines", "parquet": "Parquet"}[file.format]
    if file.format == "parquet" and found != "Parquet":
        raise FileRefusedError(
            f"the name says Parquet, the content is {found or _describe(first)}. Rename or re-export it."
        )
    if file.format != "parquet" and found is not None:
        raise FileRefusedError(f"the name says {wanted}, the content is {found}. Rename or re-export it.")
    is_utf16 = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not first.startswith(
        codecs.BOM_UTF32_LE
    )
    if file.format != "parquet" and b"\0" in first and not is_utf16 and not _is_wide(encoding):
        raise FileRefusedError(
            f"the name says {wanted}, the content begins with zero bytes, as UTF-16 without a byte-order mark does. "
            "Save the file as UTF-8, or say `csv: {encoding: utf-16-le}` in its mapping."
        )
    if file.format == "jsonl" and first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise FileRefusedError("the name says JSON lines, the content is a JSON array. Write one object per line.")


def _is_wide(encoding: str | None) -> bool:
    """Whether text in the encoding has zero bytes of itself."""
    return encoding is not None and b"\0" in "a".encode(encoding)


def _describe(first: bytes) -> str:
    return "something else" if first else "empty"


@contextmanager
def open_bytes(file: LandingFile) -> Iterator[BinaryIO]:
    """The uncompressed bytes of a file."""
    with file.path.open("rb") as raw:
        if file.is_gzip:
            with gzip.GzipFile(fileobj=raw) as inflated:
                yield io.BufferedReader(inflated)
        else:
            yield raw


@contextmanager
def open_text(file: LandingFile, newline: str = "") -> Iterator[TextIO]:
    """The text of a file, UTF-8 with or without byte-order mark, line ends as they are.

    Raises FileRefusedError, with the line, where it is read and isn't UTF-8.
    """
    try:
        with open_bytes(file) as stream:
            yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline=newline)
    except UnicodeDecodeError as error:
        raise FileRefusedError(_undecodable(file, error)) from error


def csv_shape(file: LandingFile, options: CsvOptions) -> CsvShape:
    """Read the header of a CSV and say how to read the rest. Raises FileRefusedError where there is none."""
    with open_text(file) as stream:
        named = _named_delimiter(stream)
        skipped = options.skip + (named is not None)
        for _ in range(options.skip):
            stream.readline()
        head = stream.read(_MAX_HEADER)
    if not head.strip():
        raise FileRefusedError("the file is empty, without a header. Export it again with its header line.")
    if options.header is not None:
        is_clean = not head.startswith(("\n", "\r"))
        return CsvShape(
            options.header,
            options.delimiter or _usual_delimiter(file),
            options.quote,
            has_header=False,
            is_clean_start=is_clean and not skipped,
            skipped=skipped,
        )
    delimiter = options.delimiter or named or _guess_delimiter(file, head, options.quote)
    columns = _header(head, delimiter, options.quote)
    # Below a header of several lines DuckDB's reader may skip a record.
    is_clean = not head.startswith(("\n", "\r")) and not any("\n" in name or "\r" in name for name in columns)
    return CsvShape(
        _distinct(columns),
        delimiter,
        options.quote,
        has_header=True,
        is_clean_start=is_clean and not skipped,
        skipped=skipped,
    )


def _named_delimiter(stream: TextIO) -> str | None:
    """What a first line `sep=;`, as spreadsheets know it, says; the stream then stands behind that line."""
    first = stream.readline(16)
    found = re.fullmatch(r"sep=([^\r\n])(\r\n|\n|\r)", first, re.IGNORECASE)
    if found is None:
        stream.seek(0)
    return found.group(1) if found else None


def _undecodable(file: LandingFile, error: UnicodeDecodeError) -> str:
    """Why a file that isn't UTF-8 is refused: the first such byte and its line."""
    with open_bytes(file) as stream:
        for line, data in enumerate(stream, start=1):
            try:
                data.decode()
            except UnicodeDecodeError as found:
                return f"line {line}: byte {data[found.start]:#04x} is not valid UTF-8. {_HINT}"
    return f"byte {error.object[error.start]:#04x} is not valid UTF-8. {_HINT}"


def _usual_delimiter(file: LandingFile) -> str:
    return "\t" if ".tsv" in file.path.suffixes else ","


def _guess_delimiter(file: LandingFile, head: str, quote: str) -> str:
    """What the file's name says where that splits the header, else the character that splits it most."""
    usual = _usual_delimiter(file)
    counts = {delimiter: len(_header(head, delimiter, quote)) for delimiter in _DELIMITERS}
    return usual if counts[usual] > 1 else max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _header(head: str, delimiter: str, quote: str) -> list[str]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    try:
        return next((row for row in reader if row), [])
    except csv.Error as error:
        raise FileRefusedError(f"the header can't be read ({error}). Export the file again.") from error


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Header names as they are; an empty one gets its position, the second of one name a number."""
    found: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        wanted = name or f"column {position}"
        candidate, number = wanted, 1
        while candidate in found:
            number += 1
            candidate = f"{wanted} ({number})"
        found[candidate] = None
    return tuple(found)


def temporary_link(path: Path, folder: Path) -> Path:
    """A name without characters that DuckDB would read as a pattern or can't be told."""
    if str(path).isprintable() and not any(character in str(path) for character in "*?[]{}\\"):
        return path
    link = folder / "input"
    link.symlink_to(path.resolve())
    return link
