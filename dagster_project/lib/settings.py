"""Where things live and what the environment asks for: one frozen object, read once per process.

Only paths and run-time options belong here. What a company sets for itself (fiscal year, currency, windows) is read and
checked by `lib.company_settings`; here is only where it is set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import overload

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DATA_DOCS_URL = "http://127.0.0.1:3001"
SAMPLE_SEEDS = PROJECT_ROOT / "seeds"
"""The seeds that come with the project, the sample company's."""
SETTINGS_FILE = "plumbline.yml"
_PREFIX = "PLUMBLINE_"
_OPTIONS = frozenset(
    {
        *("HOME", "LANDING", "MAPPINGS", "SEEDS", "SETTINGS", "AS_OF", "LOCK_WAIT_SECONDS", "KEEP_VERSIONS", "SALT"),
        *("DATA_DOCS_URL", "WAREHOUSE"),
    }
)
"""Variables that are no settings of a company. WAREHOUSE is dbt's own, set for it by a run."""


class SettingsError(ValueError):
    """An environment variable holds a value that can't be used; the message names it and what it takes."""


@dataclass(frozen=True)
class Settings:
    """Paths and options of one run.

    `home` holds all state; `landing` the extracts; `mappings` optional mapping YAMLs of the user; `seeds` what RevOps
    edits; `as_of` the asked as-of date (None: the newest system timestamp in the data decides); `lock_wait_seconds`
    how long a run waits for another to end; `keep_versions` how many published versions stay; `salt` goes into the
    hashes that stand for personal values (None: one is made once and kept in the home folder); `data_docs_url` where
    Data Docs are served for links to them. `extracts_until` (UTC, naive; None: no limit) is only asked by a run's tags:
    extracts taken then or later are left alone. `named_settings_file` is the settings file that PLUMBLINE_SETTINGS
    names; `asked_vars` are the company's settings that the environment holds, name and text, unchecked.
    """

    home: Path
    landing: Path
    mappings: Path | None
    seeds: Path
    as_of: date | None = None
    lock_wait_seconds: int = 900
    keep_versions: int = 5
    salt: str | None = field(default=None, repr=False)
    data_docs_url: str = DATA_DOCS_URL
    extracts_until: datetime | None = None
    named_settings_file: Path | None = None
    asked_vars: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read settings from `env` (default: the process environment).

        Raises SettingsError where a variable's value is unusable.
        """
        env = os.environ if env is None else env
        home = _path(env, "PLUMBLINE_HOME", PROJECT_ROOT / "var")
        return cls(
            home=home,
            landing=_path(env, "PLUMBLINE_LANDING", home / "landing"),
            mappings=_path(env, "PLUMBLINE_MAPPINGS", None),
            seeds=_path(env, "PLUMBLINE_SEEDS", SAMPLE_SEEDS),
            as_of=_date(env, "PLUMBLINE_AS_OF"),
            lock_wait_seconds=_count(env, "PLUMBLINE_LOCK_WAIT_SECONDS", 900, least=0),
            keep_versions=_count(env, "PLUMBLINE_KEEP_VERSIONS", 5, least=1),
            salt=env.get("PLUMBLINE_SALT") or None,
            data_docs_url=(env.get("PLUMBLINE_DATA_DOCS_URL") or DATA_DOCS_URL).rstrip("/"),
            named_settings_file=_path(env, "PLUMBLINE_SETTINGS", None),
            asked_vars=_asked_vars(env),
        )

    @property
    def settings_file(self) -> Path | None:
        """The company's settings file: the named one, else `plumbline.yml` in the seeds folder; None without either."""
        beside_seeds = self.seeds / SETTINGS_FILE
        return self.named_settings_file or (beside_seeds if beside_seeds.is_file() else None)

    @property
    def folders(self) -> dict[str, str]:
        """The variables that name these folders for another process, whatever folder that runs in."""
        named = {
            "HOME": self.home, "LANDING": self.landing, "MAPPINGS": self.mappings, "SEEDS": self.seeds,
            "SETTINGS": self.named_settings_file,
        }  # fmt: skip
        return {f"{_PREFIX}{name}": str(path) for name, path in named.items() if path is not None}

    @property
    def owns_seeds(self) -> bool:
        """Whether the seeds are the company's own, not those of the sample company that come with the project."""
        return self.seeds != SAMPLE_SEEDS

    @property
    def warehouse_path(self) -> Path:
        return self.home / "warehouse" / "build.duckdb"

    @property
    def lock_path(self) -> Path:
        return self.home / "run.lock"

    @property
    def published_path(self) -> Path:
        return self.home / "published"

    @property
    def figures_path(self) -> Path:
        return self.home / "figures"

    @property
    def repairs_path(self) -> Path:
        return self.home / "repairs"

    @property
    def salt_path(self) -> Path:
        return self.home / "salt"

    @property
    def data_docs_path(self) -> Path:
        return self.home / "data_docs"

    @property
    def dbt_target_path(self) -> Path:
        return self.home / "dbt" / "target"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


@overload
def _path(env: Mapping[str, str], name: str, default: Path) -> Path: ...
@overload
def _path(env: Mapping[str, str], name: str, default: None) -> Path | None: ...
def _path(env: Mapping[str, str], name: str, default: Path | None) -> Path | None:
    value = env.get(name)
    return Path(value).expanduser().resolve() if value else default


def _asked_vars(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Every other variable of ours that isn't empty, as (setting, text)."""
    names = sorted(name for name in env if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) not in _OPTIONS)
    return tuple((name.removeprefix(_PREFIX).lower(), env[name].strip()) for name in names if env[name].strip())


def _date(env: Mapping[str, str], name: str) -> date | None:
    value = env.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SettingsError(
            f"{name}={value!r} is not a date. Give it as YYYY-MM-DD, for example 2026-03-31."
        ) from error


def _count(env: Mapping[str, str], name: str, default: int, least: int) -> int:
    value = env.get(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise SettingsError(f"{name}={value!r} is not a whole number of {least} or more.")
    return int(value)
