"""The page: one index.html that holds everything, loads nothing, and reads the same from disk as from a server."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib.resources import files

import polars as pl

from firstlight.views.contract import Facts, Tables, checked, required_facts
from firstlight.views.figures import visible
from firstlight.views.page_data import embedded_json, page_data
from firstlight.views.summary import answer
from firstlight.views.words import say, words

__all__ = ["asset", "page", "policy", "template"]

SCRIPTS = (
    *("ground", "controls", "chart", "timeline", "map", "table", "precedents", "sections"),
    *("convergence", "record", "cases", "reading", "start"),
)
STYLES = ("page", "parts")
HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def page(tables: Tables, facts: Facts, *, lang: str = "en") -> str:
    """A self-contained index.html: both languages, light and dark, for the screen and for paper.

    lang : the language that it opens in; a reader can switch in place
    Raises InputError where a table or a fact that the page needs is absent.

    The page carries a Content-Security-Policy that allows its own script and style by their hashes and nothing else.
    Titles, labels and everything else from documents reach the reader as text only.
    """
    words(lang)
    required_facts(facts, "title", "as_of", "horizon", "threshold_growth")
    kept = checked(tables)
    script, style = asset("js", SCRIPTS), asset("css", STYLES)
    parts = {
        "POLICY": policy(script, style),
        "LANG": HTML_LANGUAGE[lang],
        "TITLE": html.escape(visible(facts["title"])),
        "PURPOSE": html.escape(say(lang, "site.purpose")),
        "STYLE": style,
        "BODY": _body_without_script(kept, facts, lang),
        "DATA": embedded_json(page_data(kept, facts)),
        "SCRIPT": script,
    }
    # one pass, so that nothing which was put in is read as a place to put something
    return re.sub(r"@@([A-Z]+)@@", lambda place: parts[place[1]], template())


def _body_without_script(tables: dict[str, pl.DataFrame], facts: Facts, lang: str) -> str:
    """Title, answer and findings as plain markup: what there is to read where scripts don't run."""
    lines = [
        f"<h1>{html.escape(visible(facts['title']))}</h1>",
        f"<p>{html.escape(say(lang, 'as_of', year=facts['as_of']))}</p>",
    ]
    lines.append(f"<p>{html.escape(visible(answer(tables['technologies'], facts, lang)))}</p>")
    for row in tables["findings"].iter_rows(named=True):
        text, sureness = (html.escape(visible(row[f"{name}_{lang}"])) for name in ("text", "sureness"))
        lines.append(f"<p>{text} <em>{sureness}</em></p>")
    lines.append(f"<noscript><p>{html.escape(say(lang, 'noscript'))}</p></noscript>")
    return "\n".join(lines)


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy that allows one script and one style, by their hashes, and nothing else."""
    own = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def template() -> str:
    """The page around everything, with ``@@NAME@@`` where parts are put in."""
    return files(__package__).joinpath("assets/page.html").read_text(encoding="utf-8")


@cache
def asset(kind: str, names: tuple[str, ...]) -> str:
    """Scripts ("js", in one closed scope) or styles ("css") of the folder of assets, joined."""
    folder = files(__package__).joinpath("assets")
    text = "\n".join(folder.joinpath(f"{name}.{kind}").read_text(encoding="utf-8") for name in names)
    # the hash is taken over what the parser hands on, with line ends as \n
    text = text.replace("\r\n", "\n")
    return f'"use strict";\n(() => {{\n{text}\n}})();\n' if kind == "js" else text
