"""The Dagster UI in a real browser: the graph from extracts to published marts, with its checks."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from dagster_project.daily_run import INSTANCE_CONFIG
from dagster_project.lib.settings import PROJECT_ROOT

pytestmark = [pytest.mark.browser]

START_SECONDS = 120
PAGE_SECONDS = 60
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--window-size=1600,1200",
)


def until(met: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.3)


@pytest.fixture(scope="module")
def address(parsed_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Dagster webserver over the project, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("dagster_home")
    (home / "dagster.yaml").write_text(INSTANCE_CONFIG)
    log = home / "webserver.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dagster-webserver")),
                "-w",
                str(PROJECT_ROOT / "workspace.yaml"),
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
            ],
            cwd=PROJECT_ROOT,
            env=os.environ | {"DAGSTER_HOME": str(home), "PLUMBLINE_HOME": str(parsed_project)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5) as response:
                return response.status == 200
        except (URLError, ConnectionError, TimeoutError):
            return False

    try:
        until(answers, START_SECONDS, "the webserver answers")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def page_text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def wait_for_text(browser: webdriver.Chrome, *wanted: str) -> str:
    def shown() -> bool:
        text = page_text(browser)
        return all(part in text for part in wanted)

    until(shown, PAGE_SECONDS, f"the page {browser.current_url} shows {wanted}")
    return page_text(browser)


def test_the_graph_leads_from_extracts_to_published_marts(address: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{address}/asset-groups")
    layers = ("extracts", "raw", "staging", "seeds", "intermediate", "coverage", "attribution", "governance")
    wait_for_text(browser, *layers, "published")
    drawn = {node.text for node in browser.find_elements(By.TAG_NAME, "foreignObject")}
    assert {*layers, "published"} <= {text.split("\n")[0] for text in drawn}


def test_the_lineage_of_a_published_mart_reaches_back_to_its_extracts(address: str, browser: webdriver.Chrome) -> None:
    browser.get(
        f"{address}/assets/published/coverage/fct_ae_coverage?view=lineage&lineageScope=upstream&lineageDepth=50"
    )
    wait_for_text(browser, "fct_ae_coverage", "int_users", "stg_generic__leads", "extracts", "raw")


def test_the_checks_of_a_mart_are_listed(address: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{address}/assets/coverage/fct_ae_coverage?view=checks")
    text = wait_for_text(browser, "Checks (", "ae_coverage_id_unique")
    listed = re.search(r"Checks \((\d+)\)", text)
    assert listed is not None
    assert int(listed[1]) > 10


def test_a_published_mart_names_its_owner_and_kinds(address: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{address}/assets/published/coverage/fct_ae_coverage?view=overview")
    wait_for_text(browser, "fct_ae_coverage", "DuckDB", "Parquet")


def test_the_daily_job_and_its_schedule_are_there(address: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{address}/jobs")
    wait_for_text(browser, "daily")
    browser.get(f"{address}/automation")
    wait_for_text(browser, "daily_schedule")
