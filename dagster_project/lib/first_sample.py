"""The sample company that a first run begins with where nobody has put extracts yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from dagster_project.lib.run_lock import hold_run_lock
from dagster_project.lib.sample_use import note_sample
from dagster_project.lib.settings import Settings


def write_sample(settings: Settings, tell: Callable[[str], None]) -> None:
    """Fill the default landing folder where it is empty; a user's own is never written to."""
    landing = settings.landing
    if landing != settings.home / "landing":
        return
    with hold_run_lock(settings.lock_path, "sample", settings.lock_wait_seconds, tell):
        if landing.exists() and any(landing.iterdir()):
            return
        from dagster_project.simulate import Options
        from dagster_project.simulate import simulate as write_company

        tell(f"The landing folder is empty: writing a sample company to {landing}")
        aside = settings.home / ".landing-writing"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        # Seven quarters of which the last is halfway through: a quarter that can still be won is worth a look.
        write_company(Options(quarters=7, withheld_days=46), aside)
        if landing.exists():
            landing.rmdir()
        aside.rename(landing)
        note_sample(settings)
