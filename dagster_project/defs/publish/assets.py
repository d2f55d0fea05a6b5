"""One op publishes all marts as one version; each published table is an asset below the mart it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from dagster_project.defs.keys import published_key, table_key
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib.build_record import NotPublishableError
from dagster_project.lib.dbt_manifest import mart_tables
from dagster_project.lib.publish import MartTable, PublishedTable, PublishedVersion, PublishError
from dagster_project.lib.publish_run import publish_build
from dagster_project.lib.run_report import write_part


def build_published_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The published tables of every mart in `manifest`."""
    marts = mart_tables(manifest)
    descriptions = {(mart.schema, mart.name): mart.descriptions or {} for mart in marts}

    @dg.multi_asset(
        name="publish",
        description="Writes a new version of all marts and switches `current` to it, if the gate passed this build.",
        specs=[_spec(mart) for mart in marts],
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        session: RunSession = context.resources.run_session
        context.log.info(f"Publishing {len(marts)} marts")
        try:
            version, report = publish_build(session.settings, manifest, context.run.run_id)
        except (NotPublishableError, PublishError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        write_part(session.settings, context.run.run_id, report)
        for table in version.tables:
            yield dg.MaterializeResult(
                asset_key=published_key(table.schema, table.name),
                metadata=_metadata(version, table, descriptions[table.schema, table.name]),
            )

    return publish


def _spec(mart: MartTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        published_key(mart.schema, mart.name),
        deps=[table_key(mart.schema, mart.name)],
        group_name="published",
        kinds={"duckdb", "parquet"},
        description=mart.description,
    )


def _metadata(version: PublishedVersion, table: PublishedTable, descriptions: Mapping[str, str]) -> dict[str, Any]:
    mart = table_key(table.schema, table.name)
    columns = [dg.TableColumn(name, type_name.lower(), descriptions.get(name)) for name, type_name in table.columns]
    return {
        "dagster/row_count": table.rows,
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/column_lineage": dg.TableColumnLineage(
            {name: [dg.TableColumnDep(mart, name)] for name, _ in table.columns}
        ),
        "content_hash": table.content_hash,
        "version": version.version,
        "duckdb": dg.MetadataValue.path(str(version.marts_path)),
        "parquet": dg.MetadataValue.path(str(version.path / table.parquet)),
    }
