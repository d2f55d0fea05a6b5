"""The truth's files: blocks come one after the other; rows of records follow each other, totals add up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column
from dagster_project.simulate.truth.opportunities import change_truth, opportunity_truth
from dagster_project.simulate.truth.totals import owner_quarters, quarter_totals, touch_totals, transition_totals
from dagster_project.simulate.world.build import World

# Columns that tell the rows of a table of totals apart; the others are summed over blocks.
_TOTALS = {
    "quarters": ("quarter_start",),
    "owner_quarters": ("owner_id", "quarter_start"),
    "transitions": ("quarter_start", "from_stage", "to_stage"),
    "touches": ("campaign_id",),
}


class Truth:
    """The truth of one simulation under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._totals: dict[str, list[pa.Table]] = {name: [] for name in _TOTALS}

    def add(self, world: World, ids: Ids) -> None:
        """Add a block."""
        self._write("opportunities", opportunity_truth(world, ids))
        self._write("changes", change_truth(world, ids))
        for name, columns in (
            ("quarters", quarter_totals(world)),
            ("owner_quarters", owner_quarters(world, ids)),
            ("transitions", transition_totals(world)),
            ("touches", touch_totals(world, ids)),
        ):
            self._totals[name].append(_plain(columns))

    def close(self) -> list[Path]:
        """Finish the files; their paths."""
        for writer in self._writers.values():
            writer.close()
        paths = [self._path(name, "parquet") for name in self._writers]
        for name, keys in _TOTALS.items():
            paths.append(self._path(name, "csv"))
            pa_csv.write_csv(_summed(pa.concat_tables(self._totals[name]), keys), paths[-1])
        return paths

    def _path(self, name: str, suffix: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{name}.{suffix}"

    def _write(self, name: str, columns: Mapping[str, Column]) -> None:
        rows = _plain(columns)
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self._path(name, "parquet"), rows.schema)
        self._writers[name].write_table(rows)


def _plain(columns: Mapping[str, Column]) -> pa.Table:
    """Columns as Arrow, dictionaries resolved so that every block has the same types."""
    arrays = {name: column.as_arrow() for name, column in columns.items()}
    return pa.table(
        {
            name: pc.cast(array, pa.string()) if pa.types.is_dictionary(array.type) else array
            for name, array in arrays.items()
        }
    )


def _summed(rows: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """Totals of the rows with equal keys, in key order; amounts keep their two decimals."""
    values = [name for name in rows.column_names if name not in keys]
    total = rows.group_by(list(keys), use_threads=False).aggregate([(name, "sum") for name in values])
    total = total.select([*keys, *(f"{name}_sum" for name in values)]).rename_columns(rows.column_names)
    total = total.cast(rows.schema)
    return total.sort_by([(key, "ascending") for key in keys])
