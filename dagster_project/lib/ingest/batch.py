"""One file as a table of typed rows with their verdicts: the SQL between a relation of text and the raw table.

The temporary table `plumbline_batch` has _record, _line, _keep (the mapping's conditions hold), _is_footer (a line that
is no record, so not kept), _bad_column, _bad_value, _reason, _bad_record (null on good rows), _is_fallback (no
extract-time column gave a value), _ended_at (when the record was deleted after this version, as history mode tells),
_unread (JSON {column: text} of instants that are none, null where there is none) and every column of the raw table that
depends on the row.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from dagster_project.lib.contracts import COLUMN_TYPES, TEXT_TYPES, Column, Feed, SourceObject
from dagster_project.lib.contracts.loaders import HISTORY
from dagster_project.lib.ingest import casting, sql, times
from dagster_project.lib.ingest.made import currency_problems, in_file_order, is_footer, made_texts
from dagster_project.lib.ingest.matching import ColumnPlan
from dagster_project.lib.ingest.numbers import NUMBER_TYPES, OTHER_CURRENCY, plain
from dagster_project.lib.ingest.readers import Relation
from dagster_project.lib.ingest.told import keep, told_texts

BATCH = "plumbline_batch"
ROWS = f"(select * replace (coalesce(_record, rowid + 1) as _record) from {BATCH})"
"""The batch with every record number filled in: DuckDB keeps file order, so a row's position is its number."""
ROW_COLUMNS = ("_key", "_version_at", "_sequence", "_extracted_at", "_is_extract_time_declared", "_times")
_SEPARATOR = "chr(31)"
_UNIT = "chr(29)"
_HIDDEN = "_extract_"
SUCCESSION = "1 second"
"""A version that begins within this after the end of another one follows it."""


@dataclass(frozen=True)
class Fallback:
    """The extract time of rows whose extract-time columns are empty or absent."""

    at: datetime
    is_declared: bool


def batch_sql(target: SourceObject, feed: Feed, plan: ColumnPlan, relation: Relation, fallback: Fallback) -> str:
    """`create or replace temp table plumbline_batch as …` for one file."""
    hidden = [_hidden(index) for index in range(len(plan.extract))]
    typed = [*target.columns, *hidden]
    relation = in_file_order(relation, feed)
    texts = told_texts(target, feed, plan, hidden)
    texts |= made_texts(target, feed, plan, texts, keep(feed.where, plan.where))
    is_given = {column.name: column.name in texts for column in typed}
    casts = ",\n".join(_typed(column, feed, is_given[column.name]) for column in typed)
    text_columns = "".join(f", {expression} as {_text_name(name)}" for name, expression in texts.items())
    shown = dict(zip((column.name for column in hidden), plan.extract, strict=True))
    others = currency_problems(target, feed, texts)
    problems = [*_problems(target, typed, is_given, shown), *_other_currencies(others), *_span_problems(plan)]
    return f"""
        create or replace temp table {BATCH} as
        with source as ({relation.sql}),
        texts as (
            select r as _r, l as _l, raw as _raw,
                {keep(feed.where, plan.where)} as _is_wanted,
                {is_footer(target, feed, plan)} as _is_footer,
                {_custom(feed, plan)} as _custom{_span_texts(plan)}{text_columns}
            from source
        ),
        typed as (
            select _r, _l, _raw, _is_wanted and not _is_footer as _keep, _is_footer, _custom{_spans(plan)}
                {"".join(f", {_text_name(name)}" for name in texts)},
                {casts}
            from texts
        ),
        timed as (
            select *, {_extracted_at(target, plan, hidden, fallback)},
                {_times(target, feed, is_given)} as _times
            from typed
        ),
        judged as (
            select *, {" or ".join(condition for _, condition, _, _ in problems)} as _is_bad,
                {_content(target)} as _content,
                {_ended_at(target, plan)} as _ended_at,
                {_unread(target, is_given, dict(zip(plan.extract, hidden, strict=True)))} as _unread
            from timed
        )
        select _r as _record, _l as _line, _keep, _is_footer, _is_fallback, _ended_at, _custom, _times, _unread,
            {_verdict(problems)},
            {", ".join(f"{_value(target, column)} as {sql.name(column.name)}" for column in target.columns)},
            {_record_columns(target)}
        from judged
    """


def _hidden(index: int) -> Column:
    """An extract-time column that is read like a declared one but not stored."""
    return Column(f"{_HIDDEN}{index}", "timestamp")


def _text_name(name: str) -> str:
    return sql.name(f"t:{name}")


def _typed(column: Column, feed: Feed, is_given: bool) -> str:
    if not is_given:
        return f"null::{COLUMN_TYPES[column.type]} as {sql.name(column.name)}"
    formats = dict(feed.formats).get(column.name, ())
    is_tools = feed.columns is None and column.type == "timestamp"
    if column.name.startswith(_HIDDEN) or (is_tools and not formats):
        expression = casting.load_time(_text_name(column.name), feed.timezone)
        if feed.time_formats:
            written = casting.cast(_text_name(column.name), "timestamp", feed.time_formats, feed.timezone)
            expression = f"coalesce({written}, {expression})"
    elif feed.numbers is not None and column.type in NUMBER_TYPES:
        expression = casting.cast(plain(_text_name(column.name), feed.numbers), column.type)
    else:
        expression = casting.cast(_text_name(column.name), column.type, formats, feed.timezone)
    return f"{expression} as {sql.name(column.name)}"


def _problems(
    target: SourceObject, typed: list[Column], is_given: dict[str, bool], shown: dict[str, str]
) -> list[tuple[str, str, str, str]]:
    """(column, SQL that is true where it is bad, SQL of its text, reason), in the order in which they are reported.

    `shown` names the file column of an extract-time column.
    """
    found: list[tuple[str, str, str, str]] = []
    for column in typed:
        value = sql.name(column.name)
        if column.required:
            raw = _text_name(column.name) if is_given[column.name] else "null::varchar"
            is_blank = f"coalesce(trim({raw}), '') = ''"
            found.append((column.name, f"({is_blank})", "null::varchar", "a required value is missing"))
        if column.type not in TEXT_TYPES and is_given[column.name]:
            raw = _text_name(column.name)
            name = shown.get(column.name, column.name)
            found.append((name, f"({raw} is not null and {value} is null)", raw, casting.REASONS[column.type]))
            if column.required and column.system:
                reason = times.reason(target.earliest_date)
                found.append((name, times.is_none(value, target.earliest_date), raw, reason))
    keys = " and ".join(f"{sql.name(name)} is null" for name in target.key)
    found.append((target.key[0], f"({keys})", "null::varchar", "the key is missing"))
    return found


def _other_currencies(found: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """As `_problems`, of amounts in another currency than their row's."""
    return [(name, f"({is_bad})", _text_name(name), OTHER_CURRENCY) for name, is_bad in found.items()]


def _verdict(problems: list[tuple[str, str, str, str]]) -> str:
    def chain(values: list[str]) -> str:
        cases = " ".join(f"when {problem[1]} then {value}" for problem, value in zip(problems, values, strict=True))
        return f"case when _is_bad then case {cases} end end"

    columns = [sql.text(column) for column, _, _, _ in problems]
    return f"""
            {chain(columns)} as _bad_column,
            {chain([value for _, _, value, _ in problems])} as _bad_value,
            {chain([sql.text(reason) for _, _, _, reason in problems])} as _reason,
            case when _is_bad then _raw end as _bad_record
    """.strip()


def _custom(feed: Feed, plan: ColumnPlan) -> str:
    """The JSON object of undeclared columns that have a value, in order of their names."""
    if not plan.custom or not feed.keeps_undeclared:
        return "'{}'"
    parts = []
    for name, position in plan.custom:
        value = f"nullif(c{position}, '')"
        parts.append(f"to_json({sql.text(name)})::varchar || ':' || to_json({value})::varchar")
    return f"'{{' || concat_ws(',', {', '.join(parts)}) || '}}'"


def _times(target: SourceObject, feed: Feed, is_given: dict[str, bool]) -> str:
    formats = dict(feed.formats)
    given = [column for column in target.columns if is_given[column.name]]
    columns = [(column, _text_name(column.name), formats.get(column.name, ())) for column in given]
    return times.told(columns, feed.timezone, target)


def _value(target: SourceObject, column: Column) -> str:
    """A column as it is stored: null where a system instant is none."""
    name = sql.name(column.name)
    return f"case when not {times.is_none(name, target.earliest_date)} then {name} end" if column.system else name


def _unread(target: SourceObject, is_given: dict[str, bool], extract: dict[str, Column]) -> str:
    """What was told as an instant and is none, by declared or, of extract times, file column."""
    found = [
        (column.name, _text_name(column.name), times.is_none(sql.name(column.name), target.earliest_date))
        for column in target.columns
        if column.system and is_given[column.name]
    ]
    found += [
        (name, _text_name(column.name), times.is_too_early(sql.name(column.name), target.earliest_date))
        for name, column in extract.items()
    ]
    if not found:
        return "null::varchar"
    entries = [
        f"case when {is_none} then {sql.text(json.dumps(name) + ':')} || to_json({text})::varchar end"
        for name, text, is_none in found
    ]
    return f"nullif('{{' || concat_ws(',', {', '.join(entries)}) || '}}', '{{}}')"


def _extracted_at(target: SourceObject, plan: ColumnPlan, hidden: list[Column], fallback: Fallback) -> str:
    literal = f"timestamp {sql.text(fallback.at.isoformat(sep=' '))}"
    if not plan.extract:
        return (
            f"{literal} as _extracted_at, {sql.flag(fallback.is_declared)} as _is_extract_time_declared, "
            "true as _is_fallback"
        )
    names = ", ".join(
        f"case when not {times.is_too_early(sql.name(column.name), target.earliest_date)} "
        f"then {sql.name(column.name)} end"
        for column in hidden
    )
    given = f"coalesce({names})" if len(hidden) > 1 else names
    return (
        f"coalesce({given}, {literal}) as _extracted_at, "
        f"({given} is not null or {sql.flag(fallback.is_declared)}) as _is_extract_time_declared, "
        f"({given} is null) as _is_fallback"
    )


def _span_texts(plan: ColumnPlan) -> str:
    names = ("_from_text", "_until_text", "_newest_text")
    pairs = zip(names, plan.history, strict=False)
    return "".join(f", nullif(c{position}, '') as {name}" for name, position in pairs)


def _spans(plan: ColumnPlan) -> str:
    """Since when and until when a row was its record's version, and whether it is the newest."""
    if not plan.history:
        return ""
    since, until = casting.load_time("_from_text"), casting.load_time("_until_text")
    newest = casting.cast("_newest_text", "boolean")
    return f", _from_text, _until_text, _newest_text, {since} as _from, {until} as _until, {newest} as _is_newest"


def _span_problems(plan: ColumnPlan) -> list[tuple[str, str, str, str]]:
    """As `_problems`, of the columns of history mode."""
    if not plan.history:
        return []
    found = zip(HISTORY, ("_from", "_until", "_is_newest"), ("_from_text", "_until_text", "_newest_text"), strict=True)
    kinds = ("timestamp", "timestamp", "boolean")
    return [
        (name, f"({text} is not null and {value} is null)", text, casting.REASONS[kind])
        for (name, value, text), kind in zip(found, kinds, strict=True)
    ]


def _ended_at(target: SourceObject, plan: ColumnPlan) -> str:
    """The end of a version that none followed: there the record was deleted. History mode has no row that says so."""
    if not plan.history:
        return "null::timestamp"
    following = (
        f"min(_from) over (partition by {', '.join(sql.name(name) for name in target.key)} order by _from "
        "range between interval 1 microsecond following and unbounded following)"
    )
    return f"case when not _is_newest and coalesce({following} > _until + interval {SUCCESSION}, true) then _until end"


def _record_columns(target: SourceObject) -> str:
    column = target.column(target.version) if target.version else None
    version = f"coalesce({_value(target, column)}, _extracted_at)" if column else "_extracted_at"
    deleted = f"coalesce({sql.name(target.deleted)}, false)" if target.deleted else "false"
    return f"""
            {key_of(target)} as _key,
            {version} as _version_at,
            {_sequence(target)} as _sequence,
            _extracted_at,
            _is_extract_time_declared,
            {deleted} as _is_deleted,
            {_row_hash(target)} as _row_hash
    """.strip()


def key_of(target: SourceObject) -> str:
    """SQL of the key's values as one text, in which no two different keys look alike."""
    values = [f"coalesce({sql.name(name)}::varchar, '')" for name in target.key]
    if len(values) == 1:
        return values[0]
    key = f"concat_ws({_SEPARATOR}, {', '.join(_escaped(value) for value in values)})"
    # What tells repeats apart is what the row says, and that may be personal.
    return f"md5({key})" if target.keeps_repeats else key


def _sequence(target: SourceObject) -> str:
    column = target.column(target.sequence) if target.sequence else None
    if column is None:
        return "null::varchar"
    value = f"{sql.name(column.name)}::varchar"
    return f"lpad({value}, 20, '0')" if column.type == "integer" else value


def _content(target: SourceObject) -> str:
    """What a row says, as one text: declared values in contract order, undeclared ones, but not when it was taken."""
    return f"concat({f', {_SEPARATOR}, '.join(_contents(target))})"


def _row_hash(target: SourceObject) -> str:
    """Hash of `_content`. A separator within a value, which could make two rows look alike, is escaped."""
    values = _contents(target)
    more_separators = f"('%' || {' || '.join([_SEPARATOR, sql.text('%')] * len(values))})"
    escaped = f"concat({_SEPARATOR}, {f', {_SEPARATOR}, '.join(_escaped(value) for value in values)})"
    return f"case when _content like {more_separators} then md5({escaped}) else md5(_content) end"


def _contents(target: SourceObject) -> list[str]:
    timing = {rule.value for rule in target.feed.extract_time if rule.kind == "column"} | set(target.feed.meta_columns)
    return [
        *(f"{sql.name(column.name)}::varchar" for column in target.columns if column.name not in timing),
        f"_custom || coalesce({_UNIT} || _times, '')",
    ]


def _escaped(value: str) -> str:
    """The text without separators, different texts staying different."""
    return f"replace(replace({value}, chr(30), chr(30) || '0'), {_SEPARATOR}, chr(30) || '1')"
