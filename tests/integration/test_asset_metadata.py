"""What a run tells Dagster of the tables it made: rows, columns and types, and where each column comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from dagster_project.instance import open_instance
from tests.conftest import DailyRun

Metadata = Mapping[str, Any]
KNOWN = [
    "intermediate.int_ae_periods.ae_id",
    *(f"intermediate.int_known_facts.{column}" for column in ("has_amounts", "has_owners", "has_stages")),
]
"""What decides whether anything of an AE's pipeline is known."""


@pytest.fixture(scope="module")
def materialized(company_run: DailyRun) -> dict[str, Metadata]:
    """Metadata values of each asset's newest materialization, by dotted key."""
    with open_instance(company_run.settings) as instance:
        events = {key: instance.get_latest_materialization_event(key) for key in instance.get_asset_keys()}
    return {
        ".".join(key.path): {name: value.value for name, value in event.asset_materialization.metadata.items()}
        for key, event in events.items()
        if event is not None and event.asset_materialization is not None
    }


def inputs(metadata: Metadata, column: str) -> list[str]:
    deps: Mapping[str, list[dg.TableColumnDep]] = metadata["dagster/column_lineage"].deps_by_column
    return [f"{'.'.join(dep.asset_key.path)}.{dep.column_name}" for dep in deps.get(column, [])]


def test_every_table_tells_its_rows_and_columns(company_run: DailyRun, materialized: dict[str, Metadata]) -> None:
    tables = company_run.warehouse_rows(
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name not in ('test_failures', 'main') and not starts_with(table_name, 'plumbline_')"
    )
    assert len(tables) > 100
    for schema, table in tables:
        ((rows,),) = company_run.warehouse_rows(f'select count(*) from "{schema}"."{table}"')
        assert materialized[f"{schema}.{table}"]["dagster/row_count"] == rows, f"{schema}.{table}"
    described = company_run.warehouse_rows("describe coverage.fct_ae_coverage")
    told = materialized["coverage.fct_ae_coverage"]["dagster/column_schema"].columns
    assert [(column.name, column.type) for column in told] == [(row[0], row[1].lower()) for row in described]


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("coverage.fct_ae_coverage", "quota_amount", ["intermediate.int_quotas.quota_amount"]),
        ("coverage.fct_ae_coverage", "open_pipeline_qualified",
         ["intermediate.int_ae_open_pipeline.open_amount_qualified", *KNOWN]),
        ("coverage.fct_ae_coverage", "remaining_quota",
         ["intermediate.int_ae_closed_pipeline.won_amount", *KNOWN, "intermediate.int_quotas.quota_amount"]),
        ("coverage.fct_ae_coverage", "reported_basis", []),
        ("intermediate.int_opportunity_changes", "source_name", ["intermediate.int_opportunity_events.source_name"]),
        ("staging.stg_generic__accounts", "record_key", ["raw.generic__accounts._key"]),
        # Through the ephemeral models of three sources.
        ("intermediate.int_accounts", "account_id",
         ["staging.stg_generic__accounts.account_id", "staging.stg_hubspot__company.company_id",
          "staging.stg_salesforce__account.account_id"]),
        ("published.coverage.fct_ae_coverage", "quota_amount", ["coverage.fct_ae_coverage.quota_amount"]),
    ],
)  # fmt: skip
def test_known_columns_come_from_known_columns(
    materialized: dict[str, Metadata], table: str, column: str, expected: list[str]
) -> None:
    assert inputs(materialized[table], column) == expected


def test_every_column_named_as_an_input_is_one(company_run: DailyRun, materialized: dict[str, Metadata]) -> None:
    columns = company_run.warehouse_rows(
        "select concat_ws('.', schema_name, table_name, lower(column_name)) from duckdb_columns() where not internal"
    )
    known = {name for (name,) in columns}
    traced = {
        (table, column): inputs(metadata, column)
        for table, metadata in materialized.items()
        if "dagster/column_lineage" in metadata
        for column in metadata["dagster/column_lineage"].deps_by_column
    }
    assert len(traced) > 1_500
    assert {name for found in traced.values() for name in found} - known == set()
