"""The views through which Great Expectations writes Data Docs pages that open without a network.

Great Expectations imports this module itself, by the names in `context.py`; the templates are in
expectations/data_docs/.
"""

from __future__ import annotations

from great_expectations.render.view.view import DefaultJinjaPageView


class OfflinePageView(DefaultJinjaPageView):
    """A page of a suite or of its results."""

    _template = "plumbline_page.j2"


class OfflineIndexView(DefaultJinjaPageView):
    """The site's entry, which leads to the list of all checks."""

    _template = "plumbline_index.j2"
