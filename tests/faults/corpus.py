"""The corpus of bad files: how the bytes are made, and what becomes of them.

One table of cases per outcome. A file is refused whole with a reason, or its records are counted: rows loaded, and for
every quarantined one its record, line, column, value and the reason. Files are made in memory; none is kept.
"""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

HEADER = "opportunity_id,stage,amount,close_date,created_at,is_deleted"
GOOD = f"{HEADER}\n1,New,1,2026-02-01,2026-01-01,false\n"
LAST = "3,Won,3,,,"
NO_DATE = "not a date (YYYY-MM-DD)"
NO_TIMESTAMP = "not a timestamp (YYYY-MM-DD HH:MM:SS, with or without offset)"
NO_BOOLEAN = "not a boolean (true, false, 1, 0, t, f, yes, no)"
NO_DECIMAL = "not a decimal number"
MISSING = "a required value is missing"
HEADERLESS = "none has a known name: does it begin with a header line?"

BadRow = tuple[int, int | None, str | None, str | None, str]
"""Record, line, column, value, reason."""


@dataclass(frozen=True)
class Refused:
    """A file that is refused whole: its name, its bytes, a part of the reason."""

    name: str
    content: bytes
    reason: str


@dataclass(frozen=True)
class Counted:
    """A file whose records are counted. `rows`: rows loaded. `ids`: what they are, where that isn't plain."""

    name: str
    content: bytes
    rows: int
    bad: tuple[BadRow, ...] = ()
    ids: tuple[str, ...] | None = None


@cache
def parquet(query: str) -> bytes:
    """The result of a query as a Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.parquet")
        duckdb.execute(f"copy ({query}) to '{path}' (format parquet)")
        return path.read_bytes()


def damaged(data: bytes, position: int, count: int = 1) -> bytes:
    """The same bytes with some of them inverted."""
    changed = bytearray(data)
    start = position % len(data)
    for index in range(start, start + count):
        changed[index] ^= 0xFF
    return bytes(changed)


def _text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _one(line: str) -> bytes:
    """A file whose second record is `line`, on line 5 after a record of two lines and a blank one."""
    return f'{HEADER}\n1,"New\nline",1,,,\n\n{line}\n{LAST}\n'.encode()


def _bad(line: str, column: str | None, value: str | None, reason: str) -> Counted:
    return Counted("a.csv", _one(line), 2, ((2, 5, column, value, reason),))


def _bad_json(line: str, column: str | None, value: str | None, reason: str) -> Counted:
    text = f'{{"opportunity_id": "1", "amount": 1}}\n\n{line}\n{{"opportunity_id": "3", "amount": 3}}\n'
    return Counted("a.jsonl", text.encode(), 2, ((2, 3, column, value, reason),))


_LONG = _text("opportunity_id,stage", *(f"{number},{number * 7919 % 10007}" for number in range(20000)))
_ZIPPED = gzip.compress(_LONG, mtime=0)
_TABLE = parquet("select md5(i::varchar) as opportunity_id from range(2000) t(i)")
_CAFE = "2,Café,1,,,\n".encode("latin-1")

REFUSED: dict[str, Refused] = {
    "no required column": Refused(
        "a.csv",
        b"stage,amount\nNew,1\n",
        "the column 'opportunity_id' (or id, deal_id) is missing, needed for the required column 'opportunity_id' "
        "of opportunities. The file has: stage, amount.",
    ),
    "two columns for one": Refused(
        "a.csv",
        b"opportunity_id,StageName,stage_name\n1,a,b\n",
        "2 columns of the file are 'stage_name': 'StageName', 'stage_name'. Keep one of them.",
    ),
    "one header name twice": Refused(
        "a.csv",
        b"opportunity_id,stage,stage\n1,a,b\n",
        "2 columns of the file are 'stage': 'stage', 'stage (2)'. Keep one of them.",
    ),
    "two accepted names": Refused(
        "a.csv",
        b"id,deal_id\n1,2\n",
        "2 columns of the file are accepted as 'opportunity_id': 'id', 'deal_id'. Keep one of them.",
    ),
    "one key in two spellings": Refused(
        "a.jsonl",
        b'{"opportunity_id": 1}\n{"OpportunityId": 2}\n',
        "2 columns of the file are 'opportunity_id': 'OpportunityId', 'opportunity_id'. Keep one of them.",
    ),
    "empty": Refused("a.csv", b"", "the file is empty, without a header."),
    "blank": Refused("a.csv", b"\n  \n", "the file is empty, without a header."),
    "empty gzip": Refused("a.csv.gz", gzip.compress(b""), "the file is empty, without a header."),
    "gzip of no bytes": Refused("a.csv.gz", b"", "the file is empty, without a header."),
    "empty Parquet": Refused("a.parquet", b"", "the name says Parquet, the content is empty."),
    "quotes alone": Refused("a.csv", b'"', HEADERLESS),
    "delimiters alone": Refused("a.csv", b",,,,\n,,,\n", HEADERLESS),
    "a delimiter that nobody uses": Refused("a.csv", GOOD.replace(",", "~").encode(), HEADERLESS),
    "a title above the header": Refused("a.csv", b"Report of 2026\n\n" + GOOD.encode(), HEADERLESS),
    "no header line": Refused("a.csv", b"003,ann@example.com,Ann Smith\n", HEADERLESS),
    "two byte-order marks": Refused(
        "a.csv", ("\ufeff\ufeff" + GOOD).encode(), "The file has: \\ufeffopportunity_id, stage, amount"
    ),
    "half of UTF-16": Refused("a.csv", GOOD.encode("utf-16")[:-1], "line 2: byte 0x0a is no text in utf-16."),
    "UTF-16 without mark": Refused("a.csv", GOOD.encode("utf-16-le"), "the content begins with zero bytes"),
    "UTF-16 big-endian": Refused("a.csv", GOOD.encode("utf-16-be"), "the content begins with zero bytes"),
    "UTF-32": Refused("a.jsonl", '{"opportunity_id":1}'.encode("utf-32-le"), "the content begins with zero bytes"),
    "zero bytes": Refused("a.csv", bytes(1000), "the content begins with zero bytes"),
    "Latin-1": Refused("a.csv", GOOD.encode() + _CAFE, "line 3: byte 0xe9 is not valid UTF-8. Save the file as UTF-8,"),
    "Latin-1 header": Refused("a.csv", "opportunity_id,Größe\n1,2\n".encode("latin-1"), "line 1: byte 0xf6"),
    "mixed encodings": Refused(
        "a.csv", GOOD.encode() + "1,Café,1,,,\n".encode() * 20000 + _CAFE, "line 20003: byte 0xe9 is not valid UTF-8."
    ),
    "Latin-1 in gzip": Refused("a.csv.gz", gzip.compress(GOOD.encode() + _CAFE), "line 3: byte 0xe9"),
    "a surrogate as UTF-8": Refused("a.csv", GOOD.encode() + b"2,\xed\xa0\x80,,,,\n", "line 3: byte 0xed"),
    "JSON that is not UTF-8": Refused("a.jsonl", b'{"opportunity_id": "1"}\n{"x": "caf\xe9"}\n', "line 2: byte 0xe9"),
    "truncated gzip": Refused("a.csv.gz", _ZIPPED[:-9], "the gzip stream ends early: the file is truncated."),
    "half a gzip": Refused("a.csv.gz", _ZIPPED[: len(_ZIPPED) // 2], "the gzip stream ends early"),
    "gzip with a wrong checksum": Refused("a.csv.gz", damaged(_ZIPPED, -7), "the gzip stream is damaged"),
    "gzip with a wrong byte": Refused("a.csv.gz", damaged(_ZIPPED, len(_ZIPPED) // 2), "the gzip stream is damaged"),
    "gzip with something behind": Refused("a.csv.gz", _ZIPPED + b"more", "the gzip stream is damaged"),
    "gzip that is none": Refused("a.csv.gz", GOOD.encode(), "the gzip stream is damaged"),
    "gzip under a plain name": Refused("a.csv", _ZIPPED, "the name says CSV text, the content is gzip."),
    "gzip in gzip": Refused("a.csv.gz", gzip.compress(_ZIPPED), "the name says CSV text, the content is gzip."),
    "Parquet under a CSV name": Refused("a.csv", _TABLE, "the name says CSV text, the content is Parquet."),
    "Parquet in gzip": Refused("a.csv.gz", gzip.compress(_TABLE), "the content is Parquet."),
    "CSV under a Parquet name": Refused("a.parquet", GOOD.encode(), "the content is something else"),
    "truncated Parquet": Refused("a.parquet", _TABLE[: len(_TABLE) // 2], "the Parquet file can't be read:"),
    "Parquet that is only its mark": Refused("a.parquet", b"PAR1PAR1", "the Parquet file can't be read:"),
    "Parquet with a broken page": Refused("a.parquet", damaged(_TABLE, 200, 60), "the Parquet file can't be read:"),
    "Parquet with a broken footer": Refused("a.parquet", _TABLE[:-20] + b"\xff" * 12 + _TABLE[-8:], "the Parquet file can't be read:"),
    "a spreadsheet": Refused("a.csv", b"PK\x03\x04rest", "the content is a zip archive or a spreadsheet."),
    "an old spreadsheet": Refused("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the content is an old spreadsheet."),
    "Zstandard": Refused("a.csv", b"\x28\xb5\x2f\xfd\x20\x00", "the content is Zstandard."),
    "a PDF": Refused("a.csv", b"%PDF-1.4\n1 0 obj\n", "the content is a PDF."),
    "a page of HTML": Refused("a.csv", b"<html><body>No</body></html>", HEADERLESS),
    "an error in JSON": Refused("a.csv", b'{"error": "rate limit"}', HEADERLESS),
    "JSON lines under a CSV name": Refused("a.csv", b'{"opportunity_id":"1","stage":"x"}\n', HEADERLESS),
    "CSV under a JSON name": Refused("a.jsonl", GOOD.encode(), "no line is a JSON object; line 1: not a JSON object"),
    "a JSON array": Refused("a.jsonl", b'[{"opportunity_id": 1}]', "the content is a JSON array."),
    "JSON over several lines": Refused("a.jsonl", b'{\n"opportunity_id": 1\n}\n', "no line is a JSON object; line 1:"),
    "JSON without the key": Refused("a.jsonl", b'{"stage": "x"}\n', "the column 'opportunity_id' (or id, deal_id) is"),
    "an impossible date in the name": Refused(
        "2026-13-45.csv", GOOD.encode(), "the path's extract time can't be read: month must be in 1..12. Rename the"
    ),
}  # fmt: skip

ROWS: dict[str, Counted] = {
    "a number with a letter": _bad("2,New,12x,2026-02-01,2026-01-01,false", "amount", "12x", NO_DECIMAL),
    "a word for nothing as the key": _bad("null,New,1,,,", "opportunity_id", None, MISSING),
    "minus NaN": _bad("2,New,-nan,,,", "amount", "-nan", NO_DECIMAL),
    "minus infinity": _bad("2,New,-inf,,,", "amount", "-inf", NO_DECIMAL),
    "infinity": _bad("2,New,Infinity,,,", "amount", "Infinity", NO_DECIMAL),
    "a decimal comma": _bad('2,New,"1,5",,,', "amount", "1,5", NO_DECIMAL),
    "dollars with K": _bad('2,New,"$1,117.10K",,,', "amount", "$1,117.10K", NO_DECIMAL),
    "continental money": _bad('2,New,"1.117,10",,,', "amount", "1.117,10", NO_DECIMAL),
    "an accountant's minus": _bad("2,New,(5),,,", "amount", "(5)", NO_DECIMAL),
    "too large": _bad("2,New,1e40,,,", "amount", "1e40", NO_DECIMAL),
    "a formula for a number": _bad("2,New,=SUM(A1:A9),,,", "amount", "=SUM(A1:A9)", NO_DECIMAL),
    "a zero byte in a number": _bad("2,New,1\0,,,", "amount", "1\0", NO_DECIMAL),
    "a day that isn't": _bad("2,New,1,2026-02-30,,", "close_date", "2026-02-30", NO_DATE),
    "a German date": _bad("2,New,1,01.02.2026,,", "close_date", "01.02.2026", NO_DATE),
    "an American date": _bad("2,New,1,02/01/2026,,", "close_date", "02/01/2026", NO_DATE),
    "a compact date": _bad("2,New,1,20260201,,", "close_date", "20260201", NO_DATE),
    "a date in words": _bad('2,New,1,"Feb 1, 2026",,', "close_date", "Feb 1, 2026", NO_DATE),
    "a spreadsheet's day number": _bad("2,New,1,46054,,", "close_date", "46054", NO_DATE),
    "a date with something behind": _bad("2,New,1,2026-02-01x,,", "close_date", "2026-02-01x", NO_DATE),
    "an instant in words": _bad("2,New,1,,yesterday,", "created_at", "yesterday", NO_TIMESTAMP),
    "days since 1970": _bad("2,New,1,,20454,", "created_at", "20454", NO_TIMESTAMP),
    "half a day": _bad("2,New,1,,2026-02-01 10:00:00 PM,", "created_at", "2026-02-01 10:00:00 PM", NO_TIMESTAMP),
    "a year before the first": _bad("2,New,1,,0000-01-01 00:00:00,", "created_at", "0000-01-01 00:00:00", NO_TIMESTAMP),
    "neither true nor false": _bad("2,New,1,,,perhaps", "is_deleted", "perhaps", NO_BOOLEAN),
    "no key": _bad(",New,1,,,", "opportunity_id", None, MISSING),
    "a key of blanks": _bad("  ,New,1,,,", "opportunity_id", None, MISSING),
    "too few fields": _bad("2,New", None, None, "2 fields where the header has 6"),
    "too many fields": _bad("2,New,1,,,,more", None, None, "7 fields where the header has 6"),
    "another delimiter": _bad("2;New;1;;;", None, None, "1 fields where the header has 6"),
    "an open quote": _bad('2,"New,1,,,', None, None, "a quote is not closed"),
    "text behind a quote": _bad('2,"New"er,1,,,', None, None, "a quote is not closed"),
    "a backslash before a quote": _bad('2,"New \\"x\\"",1,,,', None, None, "a quote is not closed"),
    "a footer": _bad("just text", None, None, "1 fields where the header has 6"),
    "a second header": _bad(HEADER, "amount", "amount", NO_DECIMAL),
    "JSON: not a number": _bad_json('{"opportunity_id": "2", "amount": "x"}', "amount", "x", NO_DECIMAL),
    "JSON: past every double": _bad_json('{"opportunity_id": "2", "amount": 1e400}', "amount", "1e400", NO_DECIMAL),
    "JSON: null for the key": _bad_json('{"opportunity_id": null}', "opportunity_id", None, MISSING),
    "JSON: no key": _bad_json('{"amount": 1}', "opportunity_id", None, MISSING),
    "JSON: an array": _bad_json("[1, 2]", None, None, "not a JSON object but list"),
    "JSON: a text": _bad_json('"text"', None, None, "not a JSON object but str"),
    "JSON: cut off": _bad_json(
        '{"opportunity_id": "2"', None, None, "not a JSON object: Expecting ',' delimiter: line 1 column 23 (char 22)"
    ),
    "JSON: two on a line": _bad_json(
        '{"opportunity_id": 2} {"opportunity_id": 4}', None, None,
        "not a JSON object: Extra data: line 1 column 23 (char 22)",
    ),
    "JSON: a key twice": _bad_json(
        '{"opportunity_id": "2", "opportunity_id": "4"}', None, None, "the key 'opportunity_id' occurs twice"
    ),
    "JSON: half a surrogate": _bad_json('{"opportunity_id": "\\ud800"}', None, None, "not valid JSON"),
    "JSON: a zero byte": _bad_json(
        '{"opportunity_id": "2\0"}', None, None,
        "not a JSON object: Invalid control character at: line 1 column 22 (char 21)",
    ),
}  # fmt: skip

COUNTED: dict[str, Counted] = {
    **ROWS,
    "a line that names the delimiter": Counted("a.csv", b"sep=;\r\n" + GOOD.replace(",", ";").encode(), 1),
    "UTF-16": Counted("a.csv", GOOD.encode("utf-16"), 1),
    "UTF-16 in gzip": Counted("a.csv.gz", gzip.compress(GOOD.encode("utf-16")), 1),
    "JSON lines in UTF-16": Counted("a.jsonl", '{"opportunity_id": "1"}\n'.encode("utf-16"), 1),
    "semicolons": Counted("a.csv", GOOD.replace(",", ";").encode(), 1),
    "tabs": Counted("a.csv", GOOD.replace(",", "\t").encode(), 1),
    "bars": Counted("a.csv", GOOD.replace(",", "|").encode(), 1),
    "another delimiter below the header": Counted(
        "a.csv", _text(HEADER, "1;New;1;;;"), 0, ((1, 2, None, None, "1 fields where the header has 6"),)
    ),
    "a byte-order mark": Counted("a.csv", ("\ufeff" + GOOD).encode(), 1, ids=("1",)),
    "a byte-order mark before a quote": Counted("a.csv", '\ufeff"opportunity_id","stage"\n1,x\n'.encode(), 1, ids=("1",)),
    "line ends of CR": Counted("a.csv", GOOD.replace("\n", "\r").encode(), 1),
    "line ends of two kinds": Counted("a.csv", GOOD.encode() + f"{LAST}\r\n".encode(), 2),
    "embedded newlines and quotes": Counted("a.csv", _text(HEADER, '1,"New ""x""\r\nline, two",1,,,', LAST), 2),
    "a zero byte in a text": Counted("a.csv", _text(HEADER, "1,Ne\0w,1,,,", LAST), 2),
    "padded with zero bytes": Counted(
        "a.csv", GOOD.encode() + bytes(512), 1, ((2, 3, None, None, "1 fields where the header has 6"),)
    ),
    "gzip padded with zero bytes": Counted("a.csv.gz", gzip.compress(GOOD.encode()) + bytes(512), 1),
    "gzip of two members": Counted("a.csv.gz", gzip.compress(GOOD.encode()) + gzip.compress(f"{LAST}\n".encode()), 2),
    "JSON lines, gzip padded": Counted("a.jsonl.gz", gzip.compress(b'{"opportunity_id": 1}\n') + bytes(9), 1),
    "a line of 40 MB": Counted(
        "a.csv", _text(HEADER, f"1,{'x' * 40_000_000},1,,,", LAST), 1,
        ((1, 2, None, None, "the record is too long"),), ids=("3",),
    ),
    "a JSON line of 40 MB": Counted(
        "a.jsonl", _text(f'{{"opportunity_id": "1", "x": "{"x" * 40_000_000}"}}', '{"opportunity_id": "3"}'), 1,
        ((1, 1, None, None, "the record is too long"),), ids=("3",),
    ),
    "header only": Counted("a.csv", _text(HEADER), 0),
    "header only, gzip": Counted("a.csv.gz", gzip.compress(HEADER.encode()), 0),
    "Parquet without rows": Counted("a.parquet", parquet("select '1' as opportunity_id where false"), 0),
    "JSON lines without a line": Counted("a.jsonl", b"", 0),
    "blank JSON lines": Counted("a.jsonl", b"\n \n", 0),
    "ids with spaces": Counted("a.csv", _text("opportunity_id", " 1", "1 ", "1 2"), 3, ids=(" 1", "1 ", "1 2")),
    "ids with SQL": Counted(
        "a.csv",
        _text("opportunity_id,stage", "'); drop table raw.plumbline_files; --,x", '"x"" or 1=1 --",x', "${x}{{ y }},x"),
        3,
        ids=("${x}{{ y }}", "'); drop table raw.plumbline_files; --", 'x" or 1=1 --'),
    ),
    "ids with formulas": Counted("a.csv", _text("id", "=1+1", "@x", "+1", "-y"), 4, ids=("+1", "-y", "=1+1", "@x")),
    "an id twice": Counted("a.csv", _text("opportunity_id,stage", "1,New", "1,Won", "1,New"), 3, ids=("1", "1")),
    "texts with ingest's separator": Counted(
        "a.csv", _text("opportunity_id,stage,owner_id", "1,a\x1f,b", "1,a,\x1fb", "1,a\x1e1,b"), 3, ids=("1", "1", "1")
    ),
    "columns named like ingest's own": Counted(
        "a.parquet", parquet("select '1' as opportunity_id, 5 as file_row_number, 6 as _record, 7 as c0, 8 as p0"), 1
    ),
    "column names with SQL": Counted(
        "a.csv", b'opportunity_id,"a""; drop table x; --",\'q\',"new\nline",{x},rowid,t:stage,r\n1,a,b,c,d,e,f,g\n', 1
    ),
    "a header of several lines": Counted("a.csv", b'opportunity_id,"a\r\nb"\n1,x\n2,y\n', 2, ids=("1", "2")),
    "nested JSON": Counted(
        "a.jsonl", b'{"opportunity_id": "1", "stage": {"name": "New"}, "owner": {"tags": ["a", null]}}\n', 1
    ),
    "deeply nested JSON": Counted("a.jsonl", b'{"opportunity_id": "1", "d": ' + b"[" * 5000 + b"]" * 5000 + b"}\n", 1),
    "nested Parquet": Counted(
        "a.parquet", parquet("select '1' as opportunity_id, {'a': [1, 2]} as d, map {'k': 'v'} as m, 'x'::blob as b"), 1
    ),
    "NaN": Counted("a.csv", _one("2,New,NaN,,,"), 3),
    "words for nothing": Counted("a.csv", _one("2,None,n/a,NULL,null,\\N"), 3),
    "JSON: NaN": Counted("a.jsonl", b'{"opportunity_id": "2", "amount": NaN}\n', 1),
    "Parquet: infinite values": Counted(
        "a.parquet",
        parquet("select i::varchar as opportunity_id, v as amount from (values (1, 1.5::double), (2, 'nan'), "
                "(null, 2), (4, '-inf')) t(i, v)"),
        2,
        ((3, None, "opportunity_id", None, MISSING),
         (4, None, "amount", "-inf", NO_DECIMAL)),
    ),
}  # fmt: skip
