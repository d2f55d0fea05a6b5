"""A small company publishes; then a late file, a backdated edit, a deletion, a merger and a new owner arrive.

Each shows to the cent as published, now, difference and cause. Models are built without the rest of the daily job.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.figures import append_figures, read_known, read_restated
from dagster_project.lib.figures_source import keep_settings, load_figures
from dagster_project.lib.settings import Settings
from tests.integration.test_increments import build, load
from tests.parsed_project import SEEDS, reuse_parse

DAY = date(2025, 8, 10)
OPPORTUNITY = "opportunity_id,pipeline_id,stage,amount,close_date,owner_id,created_at,modified_at,is_deleted"
DEAL = (
    "deal_id,deal_pipeline_id,deal_pipeline_stage_id,property_amount,owner_id,property_createdate,"
    "property_hs_lastmodifieddate,property_hs_merged_object_ids"
)
CREATED = "2025-07-05 09:00:00"
FIRST_DAY = {
    "generic/users/2025-08-10T180000Z.csv": ["user_id,user_name,role", "a1,A,ae", "a2,B,ae"],
    # The newest extract of the day; the deals were extracted before anything of what is told later happened.
    "generic/accounts/2025-08-10T180000Z.csv": ["account_id,account_name", "acc,Account"],
    "generic/opportunities/2025-08-08T060000Z.csv": [
        OPPORTUNITY,
        f"late,default,Sales Accepted,1000,2025-09-30,a1,{CREATED},{CREATED},false",
        f"backdated,default,Sales Accepted,2000,2025-09-30,a1,{CREATED},{CREATED},false",
        f"deleted,default,Sales Accepted,4000,2025-09-30,a1,{CREATED},{CREATED},false",
        "owned,default,Discovery,8000,2025-09-30,a1,2025-06-05 09:00:00,2025-06-05 09:00:00,false",
        f"evening,default,Discovery,16000,2025-09-30,a1,{CREATED},{CREATED},false",
        f"plain,default,Discovery,128000,2025-08-01,a1,{CREATED},{CREATED},false",
        f"won,default,Closed Won,512000,2025-08-05,a1,{CREATED},2025-08-05 09:00:00,false",
    ],
    "hubspot/deal/2025-08-08T060000Z.csv": [
        DEAL,
        f"kept,default,Discovery,32000,a1,{CREATED},{CREATED},",
        f"merged,default,Discovery,64000,a1,{CREATED},{CREATED},",
    ],
}
SECOND_DAY = {
    "generic/opportunity_changes/2025-08-10T170000Z.csv": [
        "opportunity_id,field,old_value,new_value,changed_at",
        "late,amount,1000,1100,2025-08-09 10:00:00",
    ],
    "generic/opportunities/2025-08-11T180000Z.csv": [
        OPPORTUNITY,
        f"backdated,default,Sales Accepted,2200,2025-09-30,a1,{CREATED},2025-08-08 12:00:00,false",
        f"deleted,default,Sales Accepted,4000,2025-09-30,a1,{CREATED},2025-08-09 12:00:00,true",
        "owned,default,Discovery,8000,2025-09-30,a2,2025-06-05 09:00:00,2025-08-09 12:00:00,false",
        f"evening,default,Discovery,16160,2025-09-30,a1,{CREATED},2025-08-10 20:00:00,false",
        f"won,default,Closed Won,512064,2025-08-05,a1,{CREATED},2025-08-09 12:00:00,false",
        "new,default,Discovery,256,2025-09-30,a1,2025-08-01 09:00:00,2025-08-01 09:00:00,false",
        f"plain,default,Negotiation,128000,2025-08-01,a1,{CREATED},2025-08-11 12:00:00,false",
    ],
    "hubspot/deal/2025-08-11T180000Z.csv": [
        DEAL,
        f"kept,default,Discovery,32000,a1,{CREATED},2025-08-10 12:00:00,merged",
    ],
}
CAUSES = (
    "re_owned",
    "merged",
    "deleted",
    "late_change",
    "backdated_change",
    "after_extract",
    "settings",
    "unexplained",
)
OF_FIGURES = (
    "int_published_parts",
    "int_attributable_publishes",
    "int_figure_part_changes",
    "int_figure_differences",
    "fct_figure_restatements",
    "fct_published_figures",
)
TESTS = ("assert_figure_parts_tie", "assert_restatements_tie")


@dataclass(frozen=True)
class Company:
    settings: Settings

    def deliver(self, files: dict[str, list[str]]) -> None:
        for name, lines in files.items():
            path = self.settings.landing / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def build(self) -> None:
        """Load, read back what was published, and build what published figures are made from."""
        load(self.settings)
        assert self.read_figures() == []
        build(self.settings, "--select", "+fct_published_figures", "int_figure_part_changes")

    def read_figures(self) -> list[str]:
        with warehouse.connect(self.settings) as connection:
            keep_settings(connection, config_hash(self.settings), owns_seeds=False)
            return load_figures(connection, self.settings.figures_path)

    def dbt(self, *arguments: str) -> None:
        DbtRun([*arguments], environment(self.settings, self.settings.dbt_target_path)).wait()

    def publish(self, content_hash: str) -> Path | None:
        path = self.settings.warehouse_path
        (as_of,) = self.rows("select as_of_date from intermediate.int_run_settings")[0]
        known = read_known(path)
        return append_figures(self.settings.figures_path, path, path, as_of, content_hash, "run", content_hash, known)

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.settings, read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def figure(self, name: str, publish: int = 1, owner: str | None = None) -> tuple[Any, ...]:
        """Published, now, difference, cause, and the shares of causes that aren't 0."""
        shares = ", ".join(f"from_{cause}" for cause in CAUSES)
        (row,) = self.rows(
            f"select published_value, value_now, difference, cause, {shares} from stage_transitions.fct_published_figures"
            " where figure = ? and publish_number = ? and owner_id is not distinct from ?"
            " and dimension in ('company', 'owner')",
            [name, publish, owner],
        )
        return *row[:4], {cause: float(share) for cause, share in zip(CAUSES, row[4:], strict=True) if share}


def company(home: Path, parsed_project: Path) -> Company:
    settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    return Company(settings)


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Company:
    """Published as of the first day, then built anew with what the second day brought."""
    made = company(tmp_path_factory.mktemp("restated"), parsed_project)
    made.deliver(FIRST_DAY)
    made.build()
    assert made.publish("aaaa") is not None
    made.deliver(SECOND_DAY)
    made.build()
    made.dbt("test", "--select", *OF_FIGURES, "int_figure_parts", *TESTS, "--exclude", "test_type:unit")
    return made


@pytest.fixture
def copied(restated: Company, tmp_path: Path) -> Company:
    """The same company in a home that a test may spoil."""
    shutil.copytree(restated.settings.home, tmp_path / "var")
    return Company(replace(restated.settings, home=tmp_path / "var"))


def test_each_cause_has_its_share_to_the_cent(restated: Company) -> None:
    assert restated.figure("open_pipeline_total") == (
        255000.0,
        187716.0,
        -67284.0,
        "merged",
        {
            "merged": -64000.0,
            "deleted": -4000.0,
            "late_change": 100.0,
            "backdated_change": 456.0,
            "after_extract": 160.0,
        },
    )
    assert restated.figure("open_pipeline_qualified") == (
        7000.0,
        3300.0,
        -3700.0,
        "deleted",
        {"deleted": -4000.0, "late_change": 100.0, "backdated_change": 200.0},
    )
    assert restated.figure("opportunities") == (
        9.0,
        8.0,
        -1.0,
        "merged",
        {"merged": -1.0, "deleted": -1.0, "backdated_change": 1.0},
    )
    assert restated.figure("won_amount") == (512000.0, 512064.0, 64.0, "backdated_change", {"backdated_change": 64.0})
    assert restated.figure("won_opportunities")[2] == 0.0
    assert restated.figure("open_pipeline_overdue") == (128000.0, 128000.0, 0.0, None, {})
    growth = restated.figure("net_pipeline_growth_total")
    assert growth[:3] == (247000.0, 179716.0, -67284.0)
    assert growth[4]["merged"] == -64000.0


def test_what_only_changed_hands_shows_by_owner(restated: Company) -> None:
    assert restated.figure("open_pipeline_total", owner="a2") == (0.0, 8000.0, 8000.0, "re_owned", {"re_owned": 8000.0})
    assert restated.figure("open_pipeline_total", owner="a1")[4]["re_owned"] == -8000.0
    assert "re_owned" not in restated.figure("open_pipeline_total")[4]


def test_rows_behind_a_difference_name_the_opportunity_and_its_change(restated: Company) -> None:
    found = restated.rows(
        "select opportunity_id, cause, amount_then, amount_now, difference, cast(changed_at as varchar)"
        " from stage_transitions.fct_figure_restatements where figure = 'open_pipeline_total' and owner_id = 'a1'"
        " and 1 between first_publish_number and last_publish_number order by amount_then"
    )
    # Who is deleted is in no published mart, so that neither is its id.
    assert [(*row[:2], *map(float, row[2:5]), row[5]) for row in found] == [
        ("new", "backdated_change", 0.0, 256.0, 256.0, "2025-08-01 09:00:00"),
        ("late", "late_change", 1000.0, 1100.0, 100.0, "2025-08-09 10:00:00"),
        ("backdated", "backdated_change", 2000.0, 2200.0, 200.0, "2025-08-08 12:00:00"),
        (None, "deleted", 4000.0, 0.0, -4000.0, "2025-08-09 12:00:00"),
        ("owned", "re_owned", 8000.0, 0.0, -8000.0, None),
        ("evening", "after_extract", 16000.0, 16160.0, 160.0, "2025-08-10 20:00:00"),
        (None, "merged", 64000.0, 0.0, -64000.0, "2025-08-10 12:00:00"),
    ]


def test_ratios_have_no_cause(restated: Company) -> None:
    found = restated.rows(
        "select distinct now_basis, value_now, is_restated, cause from stage_transitions.fct_published_figures"
        " where unit = 'ratio'"
    )
    assert found == [("not known", None, None, None)]


def test_the_summary_tells_the_largest(restated: Company) -> None:
    told = read_restated(restated.settings.warehouse_path)
    assert told is not None
    assert told.restated == len(
        restated.rows(
            "select 1 from stage_transitions.fct_published_figures where is_restated and dimension <> 'owner'"
        )
    )
    assert (told.as_of, told.cause) == ("2025-08-10", "merged")


def test_an_identical_publish_adds_nothing_and_a_new_one_only_what_changed(copied: Company) -> None:
    assert copied.publish("bbbb") is not None
    assert copied.publish("bbbb") is None
    assert copied.read_figures() == []
    before = copied.figure("open_pipeline_total")
    copied.dbt("run", "--select", *OF_FIGURES)
    assert copied.rows("select count(*) from intermediate.int_figure_part_changes") == [(0,)]
    kept = dict(copied.rows("select file_name, count(*) from raw.plumbline_figure_parts group by 1"))
    assert 0 < kept["2025-08-11_bbbb.parquet"] < kept["2025-08-10_aaaa.parquet"]
    assert copied.figure("open_pipeline_total") == before
    assert copied.figure("net_pipeline_growth_total", publish=2)[2] == 0.0


def test_files_of_before_parts_were_kept_count_and_bad_ones_are_named(copied: Company) -> None:
    folder = copied.settings.figures_path
    (whole,) = folder.glob("*_aaaa.parquet")
    corrupt, lacking = folder / "2025-08-09_corrupt.parquet", folder / "2025-08-08_lacking.parquet"
    corrupt.write_bytes(b"PAR1 not a file")
    rewrite(whole, "select * exclude (figure)", lacking)
    parts = folder / "parts" / whole.name
    parts.write_bytes(b"nothing")
    forget_raw(copied)
    for _ in range(2):
        left_out = copied.read_figures()
        assert [sentence.split(":")[0] for sentence in left_out] == [str(lacking), str(corrupt), str(parts)]
        assert "it lacks the column figure" in left_out[0]
    parts.unlink()
    rewrite(whole, "select * exclude (load_sequence, newest_extracted_at, config_hash, n_parts)", whole)
    forget_raw(copied)
    assert len(copied.read_figures()) == 2
    copied.dbt("run", "--select", *OF_FIGURES)
    unexplained = (255000.0, 187716.0, -67284.0, "unexplained", {"unexplained": -67284.0})
    assert copied.figure("open_pipeline_total") == unexplained
    for path in (whole, corrupt, lacking):
        path.unlink()
    assert copied.read_figures() == []
    assert copied.rows("select count(*) from raw.plumbline_figures") == [(0,)]


def rewrite(path: Path, query: str, target: Path) -> None:
    """Write what a query finds in a Parquet file as another one, or in its place."""
    temporary = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query} from read_parquet('{path}')) to '{temporary}' (format parquet)")
    temporary.replace(target)


def forget_raw(of: Company) -> None:
    """Forget what was read of the figures files, as a warehouse that is built anew does."""
    with warehouse.connect(of.settings) as connection:
        for table in ("plumbline_figures", "plumbline_figure_parts"):
            connection.execute(f"delete from raw.{table}")
