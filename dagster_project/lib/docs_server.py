"""Data Docs over HTTP for this machine, while the UI is open: no browser follows a web page's link to a local file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name that its base class gave it)
        """Say nothing: the terminal is Dagster's."""


@contextmanager
def serve_data_docs(folder: Path, host: str, port: int) -> Iterator[str]:
    """Serve `folder` for the duration of the block and give its address; port 0 takes a free one.

    Raises OSError where the port is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer((host, port), partial(_QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="data-docs", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
