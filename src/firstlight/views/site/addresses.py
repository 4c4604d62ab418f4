"""What a thing's address is made of: the folder that holds it, its kind, and its identifier."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MOST_BYTES = 120  # of an identifier in an address, so that a file may be called so on any system
UNSAFE = re.compile(r"[^\w.-]|^\.+|\.+$|~")


def slug(identifier: str) -> str:
    """An identifier as a part of an address and a file's name, another for each.

    >>> slug("5g"), slug("C/C++"), slug("芯片"), slug("..")
    ('5g', 'C~2f~C~2b~~2b~', '芯片', '~2e2e~')
    """
    composed = unicodedata.normalize("NFC", identifier)
    written = UNSAFE.sub(lambda mark: f"~{mark[0].encode('utf-8').hex()}~", composed)
    if len(written.encode("utf-8")) <= MOST_BYTES:
        return written or "~"
    digest = hashlib.sha256(identifier.encode("utf-8")).hexdigest()[:16]
    kept = written.encode("utf-8")[: MOST_BYTES - 20].decode("utf-8", "ignore")
    return f"{kept}~{digest}~"


def path_of(*parts: str) -> str:
    """The path of a thing, from the beginning of the site: folder, kind, identifier.

    >>> path_of("arxiv", "technology", "5g")
    'arxiv/technology/5g'
    """
    return "/".join(parts)
