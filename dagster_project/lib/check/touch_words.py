"""Touch types and statuses that seeds/channel_taxonomy.csv has no row for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.check.seed_files import key, seed_rows
from dagster_project.lib.privacy import hide

ANY_STATUS = "*"
_TOUCHES = """
    select t._source as source_name, coalesce(t.touch_type, c.campaign_type) as touch_type, t.touch_status
    from raw.generic__touches as t
    left join (
        select campaign_id, arg_max(campaign_type, _version_at) as campaign_type
        from raw.generic__campaigns
        group by all
    ) as c
        on t.campaign_id = c.campaign_id
    where t._load_sequence >= $1
    union all
    select m._source, c.type, m.status
    from raw.salesforce__campaign_member as m
    left join (select id, arg_max(type, _version_at) as type from raw.salesforce__campaign group by all) as c
        on m.campaign_id = c.id
    where m._load_sequence >= $1
    union all
    select m._source, coalesce(c.type, p.channel), m.status
    from raw.marketo__program_membership as m
    left join (
        select id, arg_max(channel, _version_at) as channel, arg_max(sfdc_id, _version_at) as sfdc_id
        from raw.marketo__program
        group by all
    ) as p on m.program_id = p.id
    left join (select id, arg_max(type, _version_at) as type from raw.salesforce__campaign group by all) as c
        on p.sfdc_id = c.id
    where m._load_sequence >= $1
"""


@dataclass(frozen=True)
class TouchWords:
    """A type and status of touches of one source, and on how many rows they stand."""

    source_name: str
    touch_type: str
    touch_status: str
    rows: int


def touch_words(con: duckdb.DuckDBPyConnection, load_sequence: int) -> list[TouchWords]:
    """What the touches and campaign members of one load, and of later ones, are called; the most frequent first."""
    rows = con.execute(
        f"""
        select source_name, trim(touch_type), coalesce(trim(touch_status), ''), count(*) as n
        from ({_TOUCHES})
        where coalesce(trim(touch_type), '') <> ''
        group by all
        order by n desc, 1, 2, 3
        """,
        [load_sequence],
    ).fetchall()
    return [TouchWords(*row) for row in rows]


def unknown_touch_words(words: Iterable[TouchWords], seeds: Path) -> list[str]:
    """One sentence per type, or status of a known type, without a row in the taxonomy."""
    known: dict[str, dict[str, str]] = {}
    types: dict[str, str] = {}
    for row in seed_rows(seeds, "channel_taxonomy"):
        name, status = row.get("touch_type", ""), row.get("touch_status", "")
        types.setdefault(key(name), name)
        known.setdefault(key(name), {}).setdefault(key(status), status)
    counts: dict[tuple[str, str, str | None], int] = {}
    for word in words:
        statuses = known.get(key(word.touch_type))
        if statuses is None:
            place = (word.source_name, word.touch_type, None)
        elif ANY_STATUS in statuses or key(word.touch_status) in statuses:
            continue
        else:
            place = (word.source_name, word.touch_type, word.touch_status)
        counts[place] = counts.get(place, 0) + word.rows
    said = []
    for (source, name, status), rows in sorted(counts.items(), key=lambda entry: (-entry[1], str(entry[0]))):
        if status is None:
            near = nearest_said(name, types.values())
            said.append(f"{source}: touch type {_shown(name)}, {rows:,} touches, is not in channel_taxonomy.csv{near}.")
        else:
            near = nearest_said(status, known[key(name)].values())
            said.append(
                f"{source}: status {_shown(status)} of touch type {_shown(name)}, {rows:,} touches, is not in "
                f"channel_taxonomy.csv{near}."
            )
    return said


def _shown(word: str) -> str:
    return str(hide(word)) if "@" in word else repr(word)
