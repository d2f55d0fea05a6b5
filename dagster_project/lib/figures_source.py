"""Published figures as a source of the next run: each Parquet file under `<home>/figures/` is loaded once into `raw`.

A file that can't be read is left out and named; the good ones are loaded all the same.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.lib.figures import PARTS_FOLDER
from dagster_project.lib.ingest.schema import BOOKKEEPING
from dagster_project.lib.warehouse import transaction

FIGURES, PARTS = "plumbline_figures", "plumbline_figure_parts"
NEEDED = {FIGURES: {"as_of", "published_at", "figure", "dimension", "value", "unit"}}
NEEDED[PARTS] = {"figure", "opportunity_id", "owner_id", "amount"}


class FigureFileError(ValueError):
    """A file of published figures can't be used; the message names it and says why."""


def load_figures(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Make `raw.plumbline_figures` and `raw.plumbline_figure_parts` hold what the files under `folder` hold.

    Returns one sentence per file that was left out. Parts whose figures can't be read are left out with them; figures
    whose parts can't be read stay, and what became of them can't be told by cause.
    """
    files = {path.name: path for path in sorted(folder.glob("*.parquet"))}
    loaded = _loaded(connection)
    for gone in loaded.keys() - files.keys():
        _forget(connection, gone)
    left_out = []
    for name, path in files.items():
        if loaded.get(name):
            continue
        try:
            with transaction(connection):
                _forget(connection, name)
                _insert(connection, FIGURES, path, name)
        except (FigureFileError, duckdb.Error) as error:
            left_out.append(_sentence(path, error, "It shows no more in what was published"))
            continue
        try:
            if _has_parts(connection, name):
                _insert(connection, PARTS, folder / PARTS_FOLDER / name, name)
        except (FigureFileError, duckdb.Error) as error:
            kept = "Its figures are compared, without causes"
            left_out.append(_sentence(folder / PARTS_FOLDER / name, error, kept))
    return left_out


def keep_settings(connection: duckdb.DuckDBPyConnection, config_hash: str, *, owns_seeds: bool) -> None:
    """Put where SQL finds it: the hash of what shapes this run's models, beside those of earlier publishes, and whether
    the seeds are the company's own."""
    with transaction(connection):
        connection.execute("delete from raw.plumbline_settings")
        connection.execute(
            "insert into raw.plumbline_settings (config_hash, owns_seeds) values (?, ?)", [config_hash, owns_seeds]
        )


def _loaded(connection: duckdb.DuckDBPyConnection) -> dict[str, bool]:
    """Names of the files in `raw`, and whether all of their parts are there too."""
    rows = connection.execute(
        f"""
        select figures.file_name, max(coalesce(figures.n_parts, 0)) = coalesce(max(parts.n), 0)
        from raw.{FIGURES} as figures
        left join (select file_name, count(*) as n from raw.{PARTS} group by file_name) as parts
            on figures.file_name = parts.file_name
        group by figures.file_name
        """
    ).fetchall()
    return dict(rows)


def _has_parts(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    row = connection.execute(f"select max(n_parts) from raw.{FIGURES} where file_name = ?", [name]).fetchone()
    return bool(row and row[0])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, path: Path, name: str) -> None:
    source = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}', hive_partitioning = false)"
    found = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    missing = sorted(NEEDED[table] - found)
    if missing:
        raise FigureFileError(f"it lacks the column {', '.join(missing)}")
    wanted = {column: kind for column, kind in BOOKKEEPING[table].items() if column in found}
    columns = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in wanted.items())
    connection.execute(f"insert into raw.{table} by name select ? as file_name, {columns} from {source}", [name])


def _forget(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    for table in (FIGURES, PARTS):
        connection.execute(f"delete from raw.{table} where file_name = ?", [name])


def _sentence(path: Path, error: Exception, consequence: str) -> str:
    said = str(error).splitlines()[0].rstrip(".")
    return f"{path}: {said}. {consequence}: put it back from a backup, or remove it."
