"""What a page saves: the file of a click, the cells of a workbook, the pixels of a picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from browser import Browser


def saved(browser: Browser, folder: Path, selector: str) -> Path:
    """The one file that a click on a button saves."""
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    before = set(folder.iterdir())
    browser.run(f"document.querySelector({selector!r}).click()")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        new = [
            file
            for file in set(folder.iterdir()) - before
            if not file.name.endswith((".crdownload", ".tmp"))
        ]
        if new and new[0].stat().st_size:
            return new[0]
        browser.run("1")
        time.sleep(0.05)
    raise AssertionError(f"{selector} saved nothing")


def cells(file: Path) -> list[list[Any]]:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(file)
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def idat(png: bytes) -> bytes:
    at, whole = 8, b""
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        whole += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    return whole
