"""The Dagster UI in a real browser, after a run: the graph from extracts to published marts, what each holds, its checks."""

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

from dagster_project.lib.docs_server import serve_data_docs
from dagster_project.lib.gate.freshness import FRESHNESS_CHECK
from dagster_project.lib.settings import PROJECT_ROOT
from tests.conftest import DailyRun

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
def address(company_run: DailyRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Dagster webserver over a company whose daily run has ended, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("webserver") / "webserver.log"
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
            env=os.environ
            | {
                "DAGSTER_HOME": str(company_run.settings.dagster_home),
                "PLUMBLINE_HOME": str(company_run.home),
            },
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
    wait_for_text(browser, "daily_schedule", "new_extracts")


def test_a_mart_shows_its_rows_columns_types_and_inputs(
    company_run: DailyRun, address: str, browser: webdriver.Chrome
) -> None:
    ((rows,),) = company_run.rows("select count(*) from coverage.fct_ae_coverage")
    browser.get(f"{address}/assets/coverage/fct_ae_coverage?view=overview")
    text = wait_for_text(browser, "Row count", "quota_amount", "decimal(18,2)")
    assert re.search(rf"Row count\n{rows:,}\n", text)
    assert "User id; '(unassigned)' holds what has no owner." in text
    browser.get(f"{address}/assets/coverage/fct_ae_coverage?view=events")
    wait_for_text(browser, "made_from", "intermediate.int_quotas.quota_amount")


def test_a_check_links_to_its_page_of_the_data_docs(
    company_run: DailyRun, address: str, browser: webdriver.Chrome
) -> None:
    browser.get(f"{address}/assets/core/dim_opportunities?view=checks&checkDetail={FRESHNESS_CHECK}")
    wait_for_text(browser, "data_docs")
    link = browser.find_element(By.XPATH, "//a[contains(@href, '.html')]").get_attribute("href")
    assert link is not None
    page = link.removeprefix(company_run.settings.data_docs_url)
    with serve_data_docs(company_run.settings.data_docs_path, "127.0.0.1", 0) as docs:
        browser.get(docs + page)
        assert "days_behind" in wait_for_text(browser, "core.sources")


def test_a_run_says_what_it_was_for(address: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{address}/runs")
    wait_for_text(browser, "plumbline/as_of: newest", "plumbline/load: ", "plumbline/marts_as_of: ")
