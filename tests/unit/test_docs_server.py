"""Serving Data Docs: their pages and nothing beside them, for as long as asked."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from dagster_project.lib.docs_server import serve_data_docs


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:
        return response.read().decode()


def test_pages_are_served_while_the_block_lasts(tmp_path: Path) -> None:
    docs = tmp_path / "data_docs"
    docs.mkdir()
    (docs / "index.html").write_text("all checks")
    (tmp_path / "secret.txt").write_text("not for reading")
    with serve_data_docs(docs, "127.0.0.1", 0) as address:
        assert read(f"{address}/index.html") == "all checks"
        with pytest.raises(HTTPError):
            read(f"{address}/../secret.txt")
        with pytest.raises(HTTPError):
            read(f"{address}/%2e%2e/secret.txt")
    with pytest.raises(URLError):
        read(f"{address}/index.html")
