"""An answer over HTTP, with what keeps a reader safe and a copy fresh."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from firstlight.texts import ENGLISH, LANGUAGES

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
# of a page: its own style and script, and nothing from elsewhere
POLICY = "; ".join(
    (
        *("default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'"),
        *("img-src 'self' data:", "form-action 'self'", "base-uri 'none'"),
        "frame-ancestors 'none'",
    )
)
# of a chart, which others may embed: its own style, and no script
OF_DRAWINGS = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
LEAST_PACKED = 1024  # bytes from which an answer is sent packed
FOR_EVER = "public, max-age=31536000, immutable"
AGAIN = "no-cache"  # kept, and asked about each time


@dataclass(frozen=True)
class Answer:
    """A status, a type, the bytes, and headers beside those that every answer has.

    packed : the same bytes by gzip; b"" where they are not packed
    """

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bytes = b""
    etag: str = ""

    def finished(self) -> Answer:
        """The answer with its tag and, where that is worth it, its packed bytes."""
        packed = b""
        if len(self.body) >= LEAST_PACKED and not self.kind.startswith("image/png"):
            packed = gzip.compress(self.body, 6, mtime=0)
        etag = f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'
        return replace(self, packed=packed, etag=etag)

    def sent(self, asked: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and bytes, for what a request says that it has and can unpack."""
        headers = {"content-type": self.kind, **SAFE, "cache-control": AGAIN, **self.headers}
        if self.kind == HTML:
            headers["content-security-policy"] = POLICY
        if self.etag:
            headers["etag"] = self.etag
            if _has(asked.get("if-none-match", ""), self.etag):
                return 304, list(headers.items()), b""
        body = self.body
        if self.packed:
            headers["vary"] = ", ".join(filter(None, (headers.get("vary"), "Accept-Encoding")))
            if "gzip" in asked.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                body = self.packed
        headers["content-length"] = str(len(body))
        return self.status, list(headers.items()), body


def redirect(to: str, *, vary: str = "") -> Answer:
    """An answer that leads to another address of this site."""
    headers = {"location": to}
    if vary:
        headers["vary"] = vary
    return Answer(302, TEXT, b"", headers)


def accepted_language(header: str) -> str:
    """The language with words that a reader prefers; English where there is none.

    >>> accepted_language("fr, zh-CN;q=0.9, en;q=0.8"), accepted_language("de;q=x")
    ('zh', 'en')
    """
    weighed = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.strip().partition(";")
        lang = tag.strip().lower().partition("-")[0]
        number = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        quality = float(number[1]) if number else float(not weight)
        if lang in LANGUAGES and quality > 0:
            weighed.append((-quality, place, lang))
    return min(weighed)[2] if weighed else ENGLISH


def _has(header: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or "*" in tags
