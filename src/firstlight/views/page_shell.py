"""What every page is put into: one file that holds everything, loads nothing, and reads the same
from disk as from a server."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib.resources import files

from firstlight.errors import checked_language, visible
from firstlight.views.words import say

HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def whole_page(
    lang: str,
    title: str,
    body: str,
    scripts: tuple[str, ...],
    styles: tuple[str, ...],
    data: str = "null",
    *,
    images: str = "",
) -> str:
    """A self-contained page for the screen and for paper, light and dark.

    lang  : the language that it opens in
    title : text; body, data : markup and JSON, made safe already
    scripts, styles : names in the folder of assets
    images : where images may come from, as in a Content-Security-Policy; from nowhere where it is
             empty
    Raises  InputError for another language.

    The page carries a Content-Security-Policy that allows its own script and style by their hashes
    and nothing else.
    """
    checked_language(lang)
    script = asset("js", scripts)
    style = asset("css", styles)
    parts = {
        "POLICY": _policy(script, style, images),
        "LANG": HTML_LANGUAGE[lang],
        "TITLE": html.escape(visible(title)),
        "PURPOSE": html.escape(say(lang, "site.purpose")),
        "STYLE": style,
        "BODY": body,
        "DATA": data,
        "SCRIPT": script,
    }
    # one pass, so that nothing which was put in is read as a place to put something
    return re.sub(r"@@([A-Z]+)@@", lambda place: parts[place[1]], _template())


def _policy(script: str, style: str, images: str) -> str:
    """The Content-Security-Policy that allows one script and one style, by their hashes, and these
    images alone."""
    own = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    if images:
        own += f"; img-src {images}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def _template() -> str:
    """The page around everything, with ``@@NAME@@`` where parts are put in."""
    return files(__package__).joinpath("assets/page.html").read_text(encoding="utf-8")


@cache
def asset(kind: str, names: tuple[str, ...]) -> str:
    """Scripts ("js", in one closed scope) or styles ("css") of the folder of assets, joined."""
    folder = files(__package__).joinpath("assets")
    text = "\n".join(
        folder.joinpath(f"{name}.{kind}").read_text(encoding="utf-8") for name in names
    )
    # the hash is taken over what the parser hands on, with line ends as \n
    text = text.replace("\r\n", "\n")
    if kind == "css":
        return text
    return f'"use strict";\n(() => {{\n{text}\n}})();\n'
