"""All of the dbt project as one op: one `dbt build`, models as assets, tests as checks, progress as log lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from dagster_project.defs.dbt.metadata import materialization_metadata
from dagster_project.defs.dbt.selection import selected_names
from dagster_project.defs.dbt.translator import UNIQUE_ID, PlumblineTranslator
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib.build_record import finish_build, start_build
from dagster_project.lib.dbt_build import BuildOutcome, plan_build, read_as_of, report_build
from dagster_project.lib.dbt_process import DbtRun, NodeResult, build_arguments, environment
from dagster_project.lib.model_lineage import ModelLineage
from dagster_project.lib.run_report import write_part
from dagster_project.lib.run_tags import LOAD, MARTS_AS_OF

DbtEvent = dg.MaterializeResult[Any] | dg.AssetCheckResult


@dataclass(frozen=True)
class _Nodes:
    """Dagster keys by dbt unique id."""

    assets: Mapping[str, dg.AssetKey]
    checks: Mapping[str, dg.AssetCheckKey]
    sources: Mapping[str, dg.AssetKey]

    def event(self, result: NodeResult, lineage: ModelLineage) -> DbtEvent | None:
        """The Dagster event of a finished node; None where Dagster has nothing to say about it."""
        if result.is_skipped:
            return None
        if result.unique_id in self.assets and not result.has_failed:
            return dg.MaterializeResult(
                asset_key=self.assets[result.unique_id],
                metadata=materialization_metadata(result, lineage.of(result), {**self.assets, **self.sources}),
            )
        if result.unique_id in self.checks:
            key = self.checks[result.unique_id]
            return dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=not (result.has_failed or result.has_warned),
                severity=dg.AssetCheckSeverity.WARN if result.has_warned else dg.AssetCheckSeverity.ERROR,
                metadata={"seconds": result.seconds, "failing_rows": result.failures or 0, "message": result.message},
            )
        return None


def build_dbt_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The dbt project of `manifest`, built into the warehouse of the run's session."""
    translator = PlumblineTranslator()

    @dbt_assets(
        manifest=manifest,
        name="dbt_build",
        dagster_dbt_translator=translator,
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def dbt_build(context: dg.AssetExecutionContext) -> Iterator[DbtEvent]:
        selected = selected_names(
            manifest,
            {key: unique_id for unique_id, key in nodes.assets.items()},
            {key: unique_id for unique_id, key in nodes.checks.items()},
            context.selected_asset_keys,
            context.selected_asset_check_keys,
        )
        session: RunSession = context.resources.run_session
        settings = session.settings
        plan = plan_build(settings)
        session.tag({LOAD: str(plan.load_sequence)})
        build = start_build(settings, context.run.run_id, plan.config_hash)
        context.log.info(f"Building marts with dbt, {'in full' if plan.full_refresh else 'incrementally'}")
        dbt = DbtRun(
            build_arguments(plan.full_refresh, selected),
            environment(settings, settings.dbt_target_path),
            keep_open=[session.lock.descriptor],
        )
        outcome = BuildOutcome(build.build_id, plan.full_refresh)
        lineage = ModelLineage(settings, manifest)
        for result in dbt.results():
            outcome.add(result)
            if result.kind != "test" or result.has_failed or result.has_warned:
                context.log.info(f"dbt {result.position}/{result.total} {result.status}: {_label(result)}")
            event = nodes.event(result, lineage)
            if event is not None:
                yield event
        lineage.save()
        report = report_build(settings, manifest, outcome, dbt)
        write_part(settings, context.run.run_id, report)
        if dbt.exit_code != 0:
            failed = [f"{line.on} {line.name}" for line in report.findings if line.status == "failed"]
            raise dg.Failure(
                "dbt build failed: " + "; ".join([*failed, *report.errors] or dbt.errors),
                metadata={"findings": [line.__dict__ for line in report.findings], "errors": report.errors},
                allow_retries=False,
            )
        if selected is None:
            as_of = read_as_of(settings)
            session.tag({MARTS_AS_OF: str(as_of)})
            finish_build(settings, build, plan.load_sequence, as_of)

    nodes = _Nodes(
        assets={spec.metadata[UNIQUE_ID]: spec.key for spec in dbt_build.specs},
        checks={(spec.metadata or {})[UNIQUE_ID]: spec.key for spec in dbt_build.check_specs},
        sources={unique_id: translator.get_asset_key(source) for unique_id, source in manifest["sources"].items()},
    )
    return dbt_build


def _label(result: NodeResult) -> str:
    return f"{result.relation} ({result.seconds:.1f} s)" if result.relation else result.name
