"""A source that the project has never heard of: what docs/architecture.md says it takes, tried with a made-up CRM."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dagster_project.lib.contracts.load import CONTRACTS_PATH
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH
from tests.small_companies import SmallCompany, build_company, compile_project

LIST = "macros/sources/source_systems.sql"
CONTRACT = """
source: ledger
description: A made-up CRM that knows opportunities and their owners.
owner: revops-data
landing: ledger
extract_time:
  - path: '(\\d{4}-\\d{2}-\\d{2})'
freshness_days: 2
objects:
  bid:
    description: One row per bid per extract.
    files: ["bid/**/*"]
    extract: full
    required: true
    key: [bid_no]
    version: touched
    columns:
      bid_no: {type: text, required: true}
      step: {type: text}
      worth: {type: decimal}
      due: {type: date}
      seller: {type: text}
      begun: {type: timestamp}
      touched: {type: timestamp}
"""
STAGING = {
    "models/staging/ledger/_ledger__sources.yml": """
version: 2
sources:
  - name: ledger
    schema: raw
    tables: [{name: ledger__bid}]
""",
    "models/staging/ledger/stg_ledger__bid.sql": """
select bid_no as bid_id, step, worth, due, seller as seller_id, begun as created_at, touched as modified_at,
{{ record_meta() }}
from {{ source('ledger', 'ledger__bid') }}
""",
}
FOLDER = {
    "models/intermediate/sources/ledger/int_ledger__opportunity_versions.sql": """
{{ config(materialized='ephemeral') }}
{%- set known = {
    'opportunity_id': 'bid_id', 'pipeline_key': "'default'", 'source_pipeline': "'default'", 'stage': 'step', 'amount': 'worth',
    'close_date': 'due', 'owner_id': 'seller_id'
} -%}
{%- set same = [
    'source_name', 'created_at', 'custom_fields', 'version_at', 'version_sequence', 'extracted_at', 'record_number', 'row_hash',
    'is_record_deleted', 'record_key', 'file_id', 'load_sequence'
] %}
select
    {%- for column, type in entity_shape('opportunity_versions').columns.items() %}
    {{ known.get(column, column if column in same else 'cast(null as ' ~ type ~ ')') }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{- lifted_columns('opportunities', 'stg_ledger__bid') }}
from {{ ref('stg_ledger__bid') }}
""",
    "macros/sources/ledger.sql": """
{% macro ledger_source() -%}
    {{ return({
        'entities': ['opportunity_versions'],
        'opportunity_objects': ['bid'],
        'contact_role_objects': [],
        'opportunity_columns': {'stage': ['step'], 'amount': ['worth'], 'close_date': ['due'], 'owner_id': ['seller']},
        'raw_columns': {'stage': ['step'], 'amount': ['worth'], 'close_date': ['due'], 'owner_id': ['seller']},
        'references': [('stg_ledger__bid', [('bid_id', 'opportunity')])],
        'company_wide': [],
        'system_columns': {'stg_ledger__bid': ['created_at', 'modified_at']}
    }) }}
{%- endmacro %}
""",
}
HEADER = "bid_no,step,worth,due,seller,begun,touched\n"
FILES = {
    "ledger/bid/2026-01-10.csv": HEADER
    + "b1,Discovery,100,2026-03-01,ann,2026-01-05 09:00:00,2026-01-05 09:00:00\n"
    + "b2,Discovery,50,2026-03-01,bob,2026-01-06 09:00:00,2026-01-06 09:00:00\n",
    # b1 went on and is worth more; b2 is in no extract any more.
    "ledger/bid/2026-01-20.csv": HEADER + "b1,Proposal,120,2026-03-01,ann,2026-01-05 09:00:00,2026-01-15 09:00:00\n",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Iterator[SmallCompany]:
    """The made-up CRM's opportunities through all models; nothing of the project is changed but the one list."""
    systems = (DBT_PROJECT_PATH / LIST).read_text(encoding="utf-8")
    listed = systems.replace("'marketo': marketo_source()", "'marketo': marketo_source(), 'ledger': ledger_source()")
    assert listed != systems
    contracts = tmp_path_factory.mktemp("contracts")
    for path in CONTRACTS_PATH.glob("*.yml"):
        shutil.copy(path, contracts)
    (contracts / "ledger.yml").write_text(CONTRACT, encoding="utf-8")
    project = compile_project(
        tmp_path_factory.mktemp("compiled"), parsed_project, {}, {**STAGING, **FOLDER, LIST: listed}
    )
    built = build_company(
        tmp_path_factory.mktemp("company"), project, FILES, {}, date(2026, 1, 31), {}, contracts=contracts
    )
    yield built
    built.connection.close()


def test_its_opportunities_reach_the_marts(company: SmallCompany) -> None:
    found = company.rows(
        "select opportunity_id, source_name, stage, amount, close_date, owner_id from core.dim_opportunities"
    )
    assert [(*row[:3], int(row[3]), *row[4:]) for row in found] == [
        ("b1", "ledger", "Proposal", 120, date(2026, 3, 1), "ann")
    ]


def test_its_history_is_that_of_its_extracts(company: SmallCompany) -> None:
    changes = company.rows(
        "select field, old_value, new_value, cast(changed_at as date), origin from intermediate.int_opportunity_changes"
        " where opportunity_id = 'b1' and field in ('stage', 'amount') order by change_number"
    )
    began, moved = date(2026, 1, 5), date(2026, 1, 15)
    assert changes == [
        ("amount", None, "100.00", began, "creation"),
        ("stage", None, "Discovery", began, "creation"),
        ("amount", "100.00", "120.00", moved, "extract_difference"),
        ("stage", "Discovery", "Proposal", moved, "extract_difference"),
    ]


def test_a_full_extract_without_a_record_deletes_it(company: SmallCompany) -> None:
    assert company.rows("select record_key, cast(absent_at as date) from intermediate.int_opportunity_absences") == [
        ("b2", date(2026, 1, 20))
    ]


def test_the_newest_stamp_of_its_system_is_known(company: SmallCompany) -> None:
    newest = company.value("select cast(newest_system_at as date) from intermediate.int_run_settings")
    assert newest >= date(2026, 1, 15)


def test_every_blocking_check_passes(company: SmallCompany) -> None:
    assert company.broken_checks() == {}
