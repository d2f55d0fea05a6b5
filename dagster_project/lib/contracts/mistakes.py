"""Every mistake of a user's mappings at once.

Parsing ends at the first mistake. Here a file is read again as if it lacked what was wrong, until nothing more is
found; what is only wrong because of that is not told.
"""

from __future__ import annotations

from dagster_project.lib.contracts.load import load_sources
from dagster_project.lib.contracts.yaml_text import ContractError, Keys, leaving_out
from dagster_project.lib.settings import Settings

MOST = 40


def mapping_mistakes(settings: Settings) -> list[str]:
    """One line per mistake of the contracts and mappings of `settings`, file by file; none where all can be used."""
    found: list[str] = []
    left_out: dict[str, list[Keys]] = {}
    while len(found) < MOST:
        try:
            with leaving_out(left_out):
                load_sources(settings)
            return found
        except ContractError as error:
            if not _follows(error, left_out.get(error.file, [])):
                found.append(" ".join(str(error).split()))
            if not error.file or not _leave_out(error, left_out):
                return found
    return [*found, f"These are the first {MOST} mistakes of the mappings; correct them and try again."]


def _follows(error: ContractError, left_out: list[Keys]) -> bool:
    """Whether the mistake is only there because something else was left out.

    Then a value that holds it misses it by name, or another key of the same feed is about the same column.
    """
    return any(
        (error.keys == keys[: len(error.keys)] and repr(keys[-1]) in str(error))
        or (len(keys) > 2 and error.keys[:2] == keys[:2] and error.keys[-1] == keys[-1])
        for keys in left_out
        if keys
    )


def _leave_out(error: ContractError, left_out: dict[str, list[Keys]]) -> bool:
    """Leave out what is wrong; whether that is anything new."""
    mine = left_out.setdefault(error.file, [])
    if error.keys in mine or () in mine:
        return False
    mine[:] = [keys for keys in mine if keys[: len(error.keys)] != error.keys]
    mine.append(error.keys)
    return True
