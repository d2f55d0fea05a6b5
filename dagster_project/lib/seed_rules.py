"""What the seeds must hold beyond the types of their columns, which stand in `dbt/dbt_project.yml`.

One entry per seed: the columns that are never empty, the values that a column takes, the key of a row, and the seed
that a column's values stand in. Reading and complaining is `lib.seed_check`; the rules of `stage_rules.csv` and the
tolerances are checked by `lib.gate`, which asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from dagster_project.lib.gate.results import SEVERITIES
from dagster_project.lib.gate.stage_rules import EVENTS, OPERATORS
from dagster_project.lib.gate.tolerances import MEASURES

Bounds = tuple[Decimal | None, Decimal | None]


def _from(least: str, most: str | None = None) -> Bounds:
    return Decimal(least), Decimal(most) if most is not None else None


@dataclass(frozen=True)
class Seed:
    """One seed. `key` are the columns that tell rows apart, without case and outer blanks; where rows hold for a time
    (valid_from, valid_to) two rows of one key must not hold at once. `refers_to`: column -> (seed, column)."""

    needed: tuple[str, ...]
    key: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    refers_to: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()


PARENTS = ("outbound", "marketing_inbound", "partner", "expansion", "unknown")
FUNCTION = ("sourcing_functions", "sourcing_function")

SEEDS: Mapping[str, Seed] = {
    "pipelines": Seed(
        needed=("source_name", "source_pipeline", "pipeline_id"),
        key=("source_name", "source_pipeline"),
    ),
    "stage_policy": Seed(
        needed=("pipeline_id", "stage", "stage_order", "is_open", "is_pipeline", "is_qualified", "is_won"),
        key=("pipeline_id", "stage"),
        bounds={"default_probability": _from("0", "100"), "maximum_days": _from("0")},
    ),
    "stage_rules": Seed(
        needed=(
            *("rule_id", "pipeline_id", "stage", "on_event", "field", "operator", "severity", "tolerated_rate"),
            *("owner", "reason"),
        ),
        key=("rule_id",),
        choices={"on_event": EVENTS, "operator": OPERATORS, "severity": SEVERITIES},
    ),
    "governance_tolerances": Seed(
        needed=("measure", "tolerated_rate", "severity", "owner", "reason"),
        key=("measure",),
        choices={"measure": MEASURES, "severity": SEVERITIES},
    ),
    "roles": Seed(needed=("raw_role", "role", "is_ae", "is_sdr"), key=("raw_role",)),
    "source_taxonomy": Seed(
        needed=("claimed_source", "sourcing_function"),
        key=("claimed_source",),
        refers_to={"sourcing_function": FUNCTION},
    ),
    "sourcing_functions": Seed(
        needed=("sourcing_function", "parent_function"),
        key=("sourcing_function",),
        choices={"parent_function": PARENTS},
    ),
    "channel_taxonomy": Seed(
        needed=(
            *("touch_type", "touch_status", "channel", "sourcing_function"),
            *("is_material", "is_hand_raise", "is_partner"),
        ),
        key=("touch_type", "touch_status"),
        refers_to={"sourcing_function": FUNCTION},
    ),
    "loss_reasons": Seed(needed=("loss_reason", "reason_class"), key=("loss_reason",)),
    "lead_stage_policy": Seed(
        needed=("field", "raw_value", "lead_stage", "is_handoff", "is_accepted", "is_rejected", "is_converted"),
        key=("field", "raw_value"),
        choices={"field": ("status", "lifecycle_stage")},
    ),
    "lead_handoff_targets": Seed(
        needed=("handoff_kind", "sla_hours", "expiry_days"),
        key=("handoff_kind",),
        choices={"handoff_kind": ("hand_raise", "mql")},
        bounds={"sla_hours": _from("0"), "expiry_days": _from("0")},
    ),
    "business_hours": Seed(
        needed=("weekday", "opens_hour", "closes_hour"),
        key=("weekday",),
        bounds={"weekday": _from("1", "7"), "opens_hour": _from("0", "24"), "closes_hour": _from("0", "24")},
    ),
    "holidays": Seed(needed=("holiday",), key=("holiday",)),
    "fx_rates": Seed(
        needed=("currency", "rate_to_reporting"),
        key=("currency",),
        bounds={"rate_to_reporting": _from("0.00000000000001")},
        currencies=("currency",),
    ),
    "free_mail_domains": Seed(needed=("email_domain",), key=("email_domain",)),
    "coverage_targets": Seed(
        needed=("horizon", "segment", "from_week", "yellow_below", "red_below"),
        key=("horizon", "segment", "from_week"),
        bounds={"horizon": _from("0", "2"), "from_week": _from("1", "13")},
    ),
    "ramp_profiles": Seed(
        needed=("role", "month_number", "ramp_share"),
        key=("role", "month_number"),
        bounds={"month_number": _from("1"), "ramp_share": _from("0", "1")},
        refers_to={"role": ("roles", "role")},
    ),
    "required_coverage_overrides": Seed(
        needed=("ae_id", "segment", "fiscal_period_id", "required_coverage", "reason"),
        key=("ae_id", "segment", "fiscal_period_id"),
        bounds={"required_coverage": _from("0")},
    ),
    "quotas": Seed(
        needed=("user_id", "period_type", "period_start", "quota_amount"),
        key=("user_id", "period_type", "period_start"),
        choices={"period_type": ("year", "quarter", "month")},
        bounds={"quota_amount": _from("0")},
        currencies=("currency",),
    ),
    # The catalogue of metrics is the project's own; dbt's tests hold it together.
    "metrics": Seed(needed=()),
}
