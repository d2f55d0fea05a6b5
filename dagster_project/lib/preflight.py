"""What a person wrote for a run, looked through before it starts: settings, mappings and seeds, all mistakes at once.

What can only be judged beside the data (a rule's stage, a mapped column) is asked once the files are loaded.
"""

from __future__ import annotations

from dagster_project.lib.company_settings import settings_mistakes
from dagster_project.lib.contracts import ContractError, load_sources, mapping_mistakes
from dagster_project.lib.seed_check import seed_mistakes
from dagster_project.lib.settings import Settings, SettingsError


class MistakesError(SettingsError):
    """Settings, mappings or seeds can't be used; the message is a list, `mistakes` its lines."""

    def __init__(self, mistakes: list[str]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{count} to correct, nothing was started:", *(f"  {line}" for line in mistakes)]))
        self.mistakes = mistakes


def find_mistakes(settings: Settings) -> list[str]:
    """One line per mistake, each with its file, line, key, value and what to write; none where a run can begin."""
    try:
        names = {source.name for source in load_sources(settings)}
        of_mappings: list[str] = []
    except ContractError:
        names, of_mappings = None, mapping_mistakes(settings)
    return [*settings_mistakes(settings), *of_mappings, *seed_mistakes(settings.seeds, names)]


def require_usable(settings: Settings) -> None:
    """Raise MistakesError where anything that a person wrote for a run can't be used."""
    mistakes = find_mistakes(settings)
    if mistakes:
        raise MistakesError(mistakes)
