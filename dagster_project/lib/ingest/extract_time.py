"""When a file says that it was taken, by its path or by a constant of its contract; what its rows say is SQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dagster_project.lib.contracts import Feed
from dagster_project.lib.contracts.loaders import LOAD_ID_NAME
from dagster_project.lib.ingest.content import FileRefusedError
from dagster_project.lib.ingest.discovery import path_extract_time


def file_extract_time(feed: Feed, shown: str) -> datetime | None:
    """What path or constant declare. Raises FileRefusedError where the path holds no possible date."""
    for rule in feed.extract_time:
        if rule.kind == "constant":
            return rule.at
        if rule.kind == "path":
            try:
                found = path_extract_time(rule, shown)
            except ValueError as error:
                raise FileRefusedError(f"the path's extract time can't be read: {error}. Rename the file.") from error
            if found is not None:
                return found
    return _load_id_time(shown) if feed.columns is None else None


def _load_id_time(shown: str) -> datetime | None:
    """When the load began that names the file."""
    found = re.search(LOAD_ID_NAME, shown)
    return datetime.fromtimestamp(float(found[1]), UTC).replace(tzinfo=None) if found else None
