"""seeds/metrics.csv against the marts' contracts: what ops.dim_metrics says is published has to be there."""

from __future__ import annotations

import csv

import yaml

from dagster_project.lib.settings import PROJECT_ROOT

SOURCES = {"S0", "S1", "S2", "S3", "S4", "own"}


def _metrics() -> list[dict[str, str]]:
    with (PROJECT_ROOT / "seeds" / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _published_columns() -> set[str]:
    marts = PROJECT_ROOT / "dbt" / "models" / "marts"
    return {
        f"{path.parent.name}.{model['name']}.{column['name']}"
        for path in marts.glob("*/_*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model.get("columns", [])
    }


def test_every_metric_names_a_published_column() -> None:
    published = _published_columns()
    assert [row for row in _metrics() if row["published_in"] not in published] == []


def test_every_metric_is_defined_and_sourced() -> None:
    for row in _metrics():
        assert row["definition"].endswith("."), row["metric"]
        assert row["formula"], row["metric"]
        assert row["source"] in SOURCES, row["metric"]
