"""Input contracts: what a source's files hold and how they become raw tables, read from YAML.

Here belong the typed model of contracts and mappings and their validation. Reading files and casting values is
`lib.ingest`; what the columns mean is dbt's.
"""

from dagster_project.lib.contracts.load import CONTRACTS_PATH, definitions_hash, feeds_of, find_object, load_sources
from dagster_project.lib.contracts.mistakes import mapping_mistakes
from dagster_project.lib.contracts.model import (
    COLUMN_TYPES,
    META_COLUMNS,
    TEXT_TYPES,
    Column,
    Condition,
    CsvOptions,
    ExtractRule,
    Feed,
    InlineRows,
    Lift,
    Numbers,
    Source,
    SourceObject,
    normalize_name,
)
from dagster_project.lib.contracts.yaml_text import ContractError

__all__ = [
    "COLUMN_TYPES",
    "CONTRACTS_PATH",
    "META_COLUMNS",
    "TEXT_TYPES",
    "Column",
    "Condition",
    "ContractError",
    "CsvOptions",
    "ExtractRule",
    "Feed",
    "InlineRows",
    "Lift",
    "Numbers",
    "Source",
    "SourceObject",
    "definitions_hash",
    "feeds_of",
    "find_object",
    "load_sources",
    "mapping_mistakes",
    "normalize_name",
]
