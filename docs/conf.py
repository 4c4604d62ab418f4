"""Configuration of the documentation site: nothing in the built pages is loaded from another host."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generate import (  # noqa: E402
    commands,
    docstrings,
    link_tables,
    reference,
    take_off_comparison,
    take_off_tables,
)

import firstlight  # noqa: E402

project = "Firstlight"
author = "The Firstlight maintainers"
project_copyright = author
version = release = firstlight.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = [
    "_build",
    "generate",
    "explanation/rankings_table.md",
    "zh/rankings_table.md",
    "explanation/record_table.md",
    "zh/record_table.md",
    "reference/generated/take_off_comparison.md",
    "reference/generated/take_off_comparison_zh.md",
    "reference/generated/take_off_tables.md",
    "reference/generated/take_off_tables_zh.md",
    "reference/generated/link_tables.md",
    "reference/generated/link_tables_zh.md",
    "reference/generated/precedent_tables.md",
    "reference/generated/precedent_tables_zh.md",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# "Number" and "Year" are a role of a column and a value of a text, both shown by their short name
suppress_warnings = ["ref.python"]

autodoc_default_options = {"members": True, "member-order": "bysource", "ignore-module-all": True}
autodoc_typehints_format = "short"
autodoc_type_aliases = {
    name: name
    for name in ("Array", "Floats", "Ints", "IntArray", "Words", "Tables", "Facts", "Row")
}
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = "Firstlight"
html_copy_source = False
html_show_copyright = False
html_theme_options: dict[str, Any] = {"top_of_page_buttons": []}


def setup(app: Any) -> None:
    """Write the generated pages before the build reads, and read docstrings in the house's shape."""
    folder = HERE / "reference" / "generated"
    reference.write_pages(HERE.parent / "src" / "firstlight", folder)
    commands.write_page(folder / "commands.md")
    take_off_comparison.write_pages(folder)
    take_off_tables.write_pages(folder)
    link_tables.write_pages(folder)
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("html-page-context", _language_of_page)


def _language_of_page(
    _app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    if page.startswith("zh/"):
        context["language"] = "zh-CN"
