"""Loading alone, as the daily job does it: every file of a landing folder into the raw tables of a new home.

A program of its own so that its time and memory are nobody else's: `python -m tests.bench.load HOME LANDING`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.settings import PROJECT_ROOT, Settings


def main(home: Path, landing: Path) -> int:
    """Load everything; prints the rows that were loaded."""
    settings = Settings(home=home, landing=landing, mappings=None, seeds=PROJECT_ROOT / "seeds")
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    sources = load_sources(settings)
    with warehouse.connect(settings) as connection:
        ingest.prepare_raw(connection, sources)
        sequence = ingest.next_load_sequence(connection)
        for source in sources:
            for item in source.objects:
                ingest.load_object(connection, settings, sources, source.name, item.name, sequence)
        counted = connection.execute("select sum(rows_loaded) from raw.plumbline_files").fetchall()
    print(counted[0][0])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
