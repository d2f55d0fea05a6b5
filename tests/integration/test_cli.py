"""The command line as a person or a scheduler meets it: exit codes, messages, the way back, rows taken back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project.cli import main
from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.publish import current_version
from dagster_project.lib.settings import PROJECT_ROOT, Settings


def test_the_version_and_unusable_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, said in (
        (["--version"], 0, "plumbline 0."),
        (["run", "--as-of", "31.03.2026"], 2, "'31.03.2026' is not a date"),
        (["ui", "--port", "70000"], 2, "'70000' is not a port"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        shown = capsys.readouterr()
        assert ended.value.code == code
        assert said in shown.out + shown.err


def test_folders_mean_the_same_to_a_process_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = Settings.from_env({"PLUMBLINE_HOME": "state", "PLUMBLINE_MAPPINGS": "maps"})
    monkeypatch.chdir("/")
    assert named.folders["PLUMBLINE_HOME"] == str(tmp_path / "state")
    assert Settings.from_env(named.folders) == named


def test_an_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLUMBLINE_AS_OF", "31.03.2026")
    assert main(["run"]) == 2
    assert "PLUMBLINE_AS_OF='31.03.2026' is not a date" in capsys.readouterr().err


def test_going_back_without_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    for arguments in (["rollback"], ["rollback", "v000001"], ["versions"]):
        assert main(arguments) == 2
        assert "Nothing has been published" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_sample_company_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    out = tmp_path / "company"
    assert main(["simulate", str(out), "--opportunities", "20", "--quarters", "2"]) == 0
    assert list(out.rglob("*.csv"))
    assert main(["simulate", str(out), "--opportunities", "20", "--quarters", "2"]) == 2
    assert "isn't an empty folder" in capsys.readouterr().err
    assert main(["simulate", str(out), "--opportunities", "0"]) == 2
    assert "opportunities=0" in capsys.readouterr().err


def test_quarantined_rows_go_out_and_come_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    folder = settings.landing / "generic" / "opportunities"
    folder.mkdir(parents=True)
    (folder / "2026-01-05.csv").write_text("opportunity_id,amount\n1,5\n2,5 EUR\n", encoding="utf-8")
    with warehouse.connect(settings) as connection:
        sources = load_sources(settings)
        ingest.prepare_raw(connection, sources)
        ingest.load_object(connection, settings, sources, "generic", "opportunities", 1)
    out = tmp_path / "rows.csv"
    export = ["quarantine", "export", "--source", "generic", "--object", "opportunities", "--out"]
    assert main([*export, str(settings.published_path / "rows.csv")]) == 2
    assert "lies under what is published" in capsys.readouterr().err
    assert main([*export, str(out)]) == 0
    assert "Wrote 1 quarantined records of generic opportunities" in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(out)]) == 2
    assert "record 2, column amount, value '5 EUR': not a decimal number." in capsys.readouterr().err
    out.write_text(out.read_text(encoding="utf-8").replace('"5 EUR"', '"5"'), encoding="utf-8")
    assert main(["quarantine", "readmit", str(out)]) == 0
    assert "Re-admitted 1 rows into generic opportunities." in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(out)]) == 0
    assert "re-admitted before" in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(tmp_path / "none.csv")]) == 2
    assert "none.csv can't be read" in capsys.readouterr().err


def test_a_home_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path / "a-file"))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(tmp_path / "landing"))
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "NOT PUBLISHED" in said
    assert f"The run could not go on under {tmp_path / 'a-file'}" in said
    assert "Free space or correct the rights" in said


def test_a_landing_folder_that_does_not_exist_stops_the_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(tmp_path / "landnig"))
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "NOT PUBLISHED" in said
    assert f"{tmp_path / 'landnig'} doesn't exist (nearest: 'landing')" in said
    assert not settings.warehouse_path.exists()


def test_a_landing_folder_without_any_opportunity_stops_the_run_before_dbt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    (settings.landing / "deals.csv").write_text("Deal,Amount\n1,5\n", encoding="utf-8")
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "no contract or mapping matches (deals.csv)" in said
    assert "plumbline init --out myrules" in said
    assert "Building marts" not in said
    assert "Models:" not in said


def test_check_tells_without_loading(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    assert main(["check"]) == 1
    assert "A RUN WOULD STOP. There is no opportunity to publish" in capsys.readouterr().out
    folder = settings.landing / "generic" / "opportunities"
    folder.mkdir(parents=True)
    (folder / "2026-03-31.csv").write_text("opportunity_id,amount\n1,5\n2,x\n", encoding="utf-8")
    assert main(["check"]) == 0
    assert "A run would publish: 1 opportunities can be read." in capsys.readouterr().out
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing / "none"))
    assert main(["check"]) == 1
    assert "A RUN WOULD STOP. The landing folder" in capsys.readouterr().out
    assert not settings.warehouse_path.exists()


def test_init_writes_rules_that_a_run_takes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    out = tmp_path / "rules"
    assert main(["init", "--out", str(out)]) == 2
    assert "holds no file" in capsys.readouterr().err
    (settings.landing / "deals-2026-03-31.csv").write_text(
        "Deal,Phase,Value,Opened,Closed\n"
        "1,Talking,100,05/01/2026,\n2,Won,200,06/01/2026,01/03/2026\n3,Lost,200,07/01/2026,02/03/2026\n",
        encoding="utf-8",
    )
    assert main(["init", "--out", str(out)]) == 0
    assert "mappings/ourcrm.yml: deals-*.csv -> opportunities" in capsys.readouterr().out
    assert main(["init", "--out", str(out)]) == 2
    assert "nothing is written over" in capsys.readouterr().err

    monkeypatch.setenv("PLUMBLINE_MAPPINGS", str(out / "mappings"))
    monkeypatch.setenv("PLUMBLINE_SEEDS", str(out / "seeds"))
    assert main(["check"]) == 0
    assert "A run would publish: 3 opportunities" in capsys.readouterr().out
    assert main(["run"]) == 0
    assert current_version(settings.published_path) == "v000001"


def test_all_mistakes_of_settings_mappings_and_seeds_are_one_list_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = shutil.copytree(PROJECT_ROOT / "seeds", tmp_path / "rules")
    (seeds / "plumbline.yml").write_text("reporting_currency: euro\n", encoding="utf-8")
    with (seeds / "roles.csv").open("a", encoding="utf-8") as stream:
        stream.write("Boss,manager,perhaps,false,,,\n")
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "crm.yml").write_text("source: crm\nextends: generik\nownr: me\n", encoding="utf-8")
    for name, value in {"HOME": tmp_path / "home", "SEEDS": seeds, "MAPPINGS": mappings}.items():
        monkeypatch.setenv(f"PLUMBLINE_{name}", str(value))
    assert main(["run"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "NOT PUBLISHED. Nothing has been published yet."
    assert said[1] == "  4 mistakes to correct, nothing was started:"
    assert [line.split(":")[0].strip() for line in said[2:]] == [
        str(seeds / "plumbline.yml"),
        "crm.yml",
        "crm.yml",
        f"{seeds / 'roles.csv'}, line {said[-1].split('line ')[1].split(',')[0]}, column is_ae, value 'perhaps'",
    ]
    assert not (tmp_path / "home").exists()
    assert main(["replay", "--from", "2026-01-01", "--to", "2026-01-02"]) == 2
    assert "4 mistakes to correct" in capsys.readouterr().err
