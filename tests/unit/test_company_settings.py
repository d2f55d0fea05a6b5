"""What a company sets in its file or the environment reaches dbt, a run's hash and its manifest; mistakes are all named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dagster_project.lib.company_settings import KINDS, company_vars, default_vars, settings_mistakes
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH, copy_project, project_files
from dagster_project.lib.settings import PROJECT_ROOT, Settings, SettingsError


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "roles.csv").write_text("role\nae\n", encoding="utf-8")
    return folder


def settings_of(seeds: Path, text: str | None = None, **env: str) -> Settings:
    if text is not None:
        (seeds / "plumbline.yml").write_text(text, encoding="utf-8")
    return Settings.from_env({"PLUMBLINE_HOME": str(seeds.parent / "home"), "PLUMBLINE_SEEDS": str(seeds), **env})


def test_every_var_of_the_project_is_a_setting_and_every_default_is_one_of_its_values() -> None:
    defaults = default_vars()
    assert sorted(defaults) == sorted(KINDS)
    for name, value in defaults.items():
        texts = value if KINDS[name].is_list else [str(value)]
        read = [KINDS[name].read(text) for text in texts]
        assert (read if KINDS[name].is_list else read[0]) == value


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(seeds: Path) -> None:
    text = "reporting_currency: EUR\nfiscal_year_start_month: 2\nautomation_roles: [Robot, api user]\n"
    settings = settings_of(seeds, text, PLUMBLINE_FISCAL_YEAR_START_MONTH="7")
    asked = company_vars(settings)
    assert asked["reporting_currency"] == "EUR"
    assert asked["fiscal_year_start_month"] == 7
    assert asked["automation_roles"] == ["robot", "api user"]
    assert asked["reporting_timezone"] == "UTC"
    assert company_vars(settings_of(seeds, "", PLUMBLINE_AUTOMATION_ROLES="robot, api user"))["automation_roles"] == [
        "robot",
        "api user",
    ]


def test_a_file_of_another_place_can_be_named(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text("reporting_timezone: America/Los_Angeles\n", encoding="utf-8")
    settings = settings_of(seeds, "reporting_timezone: Asia/Tokyo\n", PLUMBLINE_SETTINGS=str(tmp_path / "ours.yml"))
    assert company_vars(settings)["reporting_timezone"] == "America/Los_Angeles"
    gone = replace(settings, named_settings_file=tmp_path / "gone.yml")
    assert [line for line in settings_mistakes(gone) if "gone.yml: the settings file (PLUMBLINE_SETTINGS)" in line]


def test_the_copy_of_the_project_has_the_settings_as_its_vars(seeds: Path) -> None:
    plain = copy_project(settings_of(seeds)) / "dbt_project.yml"
    assert plain.read_bytes() == (DBT_PROJECT_PATH / "dbt_project.yml").read_bytes()
    copied = copy_project(settings_of(seeds, "reporting_timezone: Asia/Tokyo\n"))
    project = yaml.safe_load((copied / "dbt_project.yml").read_text(encoding="utf-8"))
    shipped = yaml.safe_load((DBT_PROJECT_PATH / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"].pop("reporting_timezone") == "Asia/Tokyo"
    assert shipped["vars"].pop("reporting_timezone") == "UTC"
    assert project == shipped
    assert [path.name for path in project_files(copied.parent / "seeds")] == ["roles.csv"]


def test_a_changed_setting_is_a_new_hash_and_a_comment_is_none(seeds: Path) -> None:
    plain = config_hash(settings_of(seeds))
    assert config_hash(settings_of(seeds, "# nothing yet\n")) == plain
    assert config_hash(settings_of(seeds, "reporting_currency: USD\n")) == plain
    euro = config_hash(settings_of(seeds, "reporting_currency: EUR\n"))
    assert len({plain, euro, config_hash(settings_of(seeds, "reporting_currency: GBP\n"))}) == 3
    assert config_hash(settings_of(seeds, "reporting_currency: EUR # ours\n")) == euro


def test_every_mistake_is_named_with_its_line_and_what_to_write(seeds: Path) -> None:
    text = (
        "reporting_currency: euro\n"
        "fiscal_year_start_mont: 2\n"
        "reporting_timezone: Europe/Amsterdm\n"
        "missing_amount_tolerance: 5\n"
        "yield_quarters: 0\n"
        "publish_staff_names: sometimes\n"
        "coverage_step: 0\n"
        'automation_roles: ["it\'s"]\n'
        "reported_basis: {a: b}\n"
    )
    settings = settings_of(seeds, text, PLUMBLINE_REPORTING_CURRENY="EUR", PLUMBLINE_ADVANCE_DAYS="1.5")
    mistakes = settings_mistakes(settings)
    file = str(seeds / "plumbline.yml")
    wanted = [
        (f"{file}: reporting_currency = 'euro' (line 1)", "three capital letters, such as EUR"),
        (f"{file}: fiscal_year_start_mont = '2' (line 2)", "did you mean fiscal_year_start_month"),
        (f"{file}: reporting_timezone = 'Europe/Amsterdm' (line 3)", "Did you mean Europe/Amsterdam?"),
        (f"{file}: missing_amount_tolerance = '5' (line 4)", "a number from 0 to 1"),
        (f"{file}: yield_quarters = '0' (line 5)", "a whole number of 1 or more"),
        (f"{file}: publish_staff_names = 'sometimes' (line 6)", "true or false"),
        (f"{file}: coverage_step = '0' (line 7)", "a number above 0"),
        (f'{file}: automation_roles = ["it\'s"] (line 8)', "without quotes"),
        (f"{file}: reported_basis = {{'a': 'b'}} (line 9)", "this is not a text"),
        ("environment: PLUMBLINE_ADVANCE_DAYS = '1.5'", "a whole number of 1 or more"),
        ("PLUMBLINE_REPORTING_CURRENY='EUR'", "did you mean PLUMBLINE_REPORTING_CURRENCY"),
    ]
    assert len(mistakes) == len(wanted)
    for mistake, (place, advice) in zip(mistakes, wanted, strict=True):
        assert mistake.startswith(place)
        assert advice in mistake
        assert "\n" not in mistake
    with pytest.raises(SettingsError, match=r"line 1(.|\n)*line 9"):
        company_vars(settings)


def test_bounds_that_contradict_each_other_are_a_mistake(seeds: Path) -> None:
    assert settings_mistakes(settings_of(seeds, "shrinkage_kappa_minimum: 101\n"))[0].startswith(
        "shrinkage_kappa_minimum = 101 lies above shrinkage_kappa_maximum = 100."
    )


def test_a_settings_file_that_is_no_yaml_is_a_mistake(seeds: Path) -> None:
    assert "not valid YAML" in settings_mistakes(settings_of(seeds, "a: [\n"))[0]
    assert "not a mapping" in settings_mistakes(settings_of(seeds, "- a\n"))[0]


def test_the_project_itself_has_no_settings_of_a_company() -> None:
    assert settings_mistakes(Settings.from_env({})) == []
    assert company_vars(Settings.from_env({})) == default_vars()
    assert not (PROJECT_ROOT / "seeds" / "plumbline.yml").exists()
