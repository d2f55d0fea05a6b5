"""Text that isn't UTF-8: which encoding a file has, by its byte-order mark or its mapping, and its copy in UTF-8.

DuckDB's readers and the exact one take UTF-8; everything else is copied first, character by character the same, so that
lines keep their numbers.
"""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

from dagster_project.lib.ingest.content import FileRefusedError, open_bytes
from dagster_project.lib.ingest.discovery import LandingFile

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def in_utf8(file: LandingFile, declared: str | None, folder: Path) -> LandingFile:
    """The file, or its copy in `folder` where its text isn't UTF-8. `declared` is what its mapping says.

    Raises FileRefusedError, with the line, where the bytes are no text in that encoding.
    """
    encoding = _encoding(file, declared)
    if encoding == "utf-8":
        return file
    copy = folder / "text"
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with open_bytes(file) as stream, copy.open("w", encoding="utf-8", newline="") as out:
        try:
            while chunk := stream.read(_CHUNK):
                text = decoder.decode(chunk)
                line += text.count("\n")
                out.write(text)
            out.write(decoder.decode(b"", final=True))
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, "ignore").count("\n")
            found = f"byte {error.object[error.start]:#04x}" if error.start < len(error.object) else "the end"
            raise FileRefusedError(
                f"line {line}: {found} is no text in {encoding}. Say under `csv` which `encoding` the file has, or "
                "save it as UTF-8."
            ) from error
        except UnicodeEncodeError as error:
            raise FileRefusedError(f"line {line}: half a character. Save the file as UTF-8.") from error
    plain = file.shown.lower().removesuffix(".gz")
    suffix = next((suffix for suffix in (".csv", ".tsv", ".jsonl") if plain.endswith(suffix)), ".csv")
    named = copy.rename(copy.with_suffix(suffix))
    return replace(file, path=named, shown=file.shown[: len(plain)])


def _encoding(file: LandingFile, declared: str | None) -> str:
    """What the first bytes say, else the mapping, else UTF-8."""
    with open_bytes(file) as stream:
        first = stream.read(4)
    marked = next((encoding for mark, encoding in _MARKS if first.startswith(mark)), None)
    return marked or declared or "utf-8"
