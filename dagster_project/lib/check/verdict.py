"""All that `plumbline check` says of a landing folder: what a run would find, sorted by what matters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dagster_project.lib.check.bad_values import bad_values
from dagster_project.lib.check.lacks import marts_lack
from dagster_project.lib.check.look import Look, loaded_before, look_at
from dagster_project.lib.check.rules import idle_rules
from dagster_project.lib.check.stage_words import listed_stages, told_stages, unknown_stages_said
from dagster_project.lib.check.stop_early import has_opportunity, nothing_found, opportunity_tables, require_landing
from dagster_project.lib.check.taken import taken
from dagster_project.lib.check.words import currencies_said, reporting_currency, unknown_sources_said
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.gate.stage_rules import RULES_SEED
from dagster_project.lib.ingest_report import report_ingest
from dagster_project.lib.preflight import require_usable
from dagster_project.lib.run_report import IngestReport
from dagster_project.lib.settings import Settings

SHOWN = 10
SHOWN_VALUES = 5


@dataclass(frozen=True)
class Section:
    """A heading and its lines. Of long lists the first `shown` are printed, and how many there are."""

    title: str
    lines: Sequence[str]
    shown: int = SHOWN


@dataclass(frozen=True)
class Verdict:
    """What a run would find. `stops` says why it would publish nothing; None: it would publish."""

    opportunities: int
    stops: str | None
    sections: Sequence[Section] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def can_publish(self) -> bool:
        return self.stops is None


def check(settings: Settings) -> Verdict:
    """Look at the landing folder, mappings and seeds of `settings`; load nothing.

    Raises NothingToPublishError where there is no landing folder, MistakesError where settings, mappings or seeds can't
    be used.
    """
    started = time.monotonic()
    require_landing(settings)
    require_usable(settings)
    sources = load_sources(settings)
    with look_at(settings, sources) as look:
        report = report_ingest(look.con, settings, sources, look.loads)
        sections = list(_sections(look, report))
        earlier = False
        stops = None
        if not has_opportunity(look.con, sources):
            earlier = loaded_before(settings, sources)
            stops = nothing_found(settings, report) if earlier is False else None
        stops = stops or _held_back(look)
        return Verdict(_opportunities(look), stops, sections, time.monotonic() - started)


def render_verdict(settings: Settings, verdict: Verdict) -> str:
    """The text that `plumbline check` prints."""
    lines = [f"Plumbline check of {settings.landing}, in {verdict.seconds:.1f} s; nothing was loaded."]
    lines.append(f"  mappings {settings.mappings or 'none'}, seeds {settings.seeds}")
    if verdict.stops is not None:
        lines += ["", f"A RUN WOULD STOP. {verdict.stops}"]
    elif verdict.opportunities:
        lines += ["", f"A run would publish: {verdict.opportunities:,} opportunities can be read."]
    else:
        lines += ["", "A run would publish what earlier loads hold: the folder holds no opportunity that can be read."]
    for section in verdict.sections:
        if section.lines:
            lines += ["", section.title, *(f"  {line}" for line in section.lines[: section.shown])]
            rest = len(section.lines) - section.shown
            lines += [f"  … and {rest} more"] if rest > 0 else []
    return "\n".join(lines)


def _sections(look: Look, report: IngestReport) -> Iterator[Section]:
    con, settings = look.con, look.settings
    seeds = settings.seeds
    told = told_stages(con, seeds)
    yield Section("Refused files", [f"{row['file']}: {row['reason']}" for row in report.refused])
    yield Section("Files that no contract or mapping matches", report.unmatched)
    yield Section("Values that can't be read", bad_values(con, look.sources), SHOWN_VALUES)
    yield Section("Asked for or told, and not found", report.losses)
    yield Section("Stages that no list names", unknown_stages_said(told, listed_stages(con, seeds)))
    yield Section("Currencies without a rate", currencies_said(con, seeds, reporting_currency(settings)))
    yield Section("Sources that no seed knows", unknown_sources_said(con, seeds))
    yield Section("Stage rules that can't judge", [str(rules) for rules in idle_rules(con, seeds, told)])
    yield Section("What the marts will lack", marts_lack(con, seeds), 2 * SHOWN)
    yield Section("What is read", [line for one in taken(look) for line in one.lines()], 3 * SHOWN)


def _held_back(look: Look) -> str | None:
    """What the gate would say of rules of the company's own that name what the data don't have."""
    if not look.settings.owns_seeds:
        return None
    seeds = look.settings.seeds
    unfit = [str(rules) for rules in idle_rules(look.con, seeds, told_stages(look.con, seeds)) if not rules.fits]
    if not unfit:
        return None
    return (
        f"{seeds / RULES_SEED} has rules that fit nothing, so the gate would hold the publish back: {' '.join(unfit)}"
    )


def _opportunities(look: Look) -> int:
    tables = " union all ".join(f'select _key from raw."{table}"' for table in opportunity_tables(look.sources))
    row = look.con.execute(f"select count(distinct _key) from ({tables})").fetchone()
    return int(row[0]) if row else 0
