"""The section ``[naming]`` of a project: the user's own model server that may name technologies."""

from __future__ import annotations

import os
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, shown, unknown
from firstlight.texts import LANGUAGES, Name, Value, message

RUN = Path(__file__).parent
MOST_SECONDS = 600
MOST_TECHNOLOGIES = 500
EXAMPLES: Mapping[str, str] = {
    "url": 'url = "http://localhost:11434/v1"',
    "model": 'model = "qwen3:8b"',
    "key_env": 'key_env = "NAMING_KEY"',
    "timeout": "timeout = 60",
    "technologies": "technologies = 50",
    "languages": 'languages = ["en", "zh"]',
}
_SECTION = re.compile(r"^\s*\[\s*naming\s*\]")
_OTHER_SECTION = re.compile(r"^\s*\[")


@dataclass(frozen=True)
class Naming:
    """Which server names technologies, and how many.

    url          : where the OpenAI chat-completions protocol is spoken, up to and without
                   ``/chat/completions``
    model        : the model's name as the server knows it
    key_env      : environment variable that holds the key; None where the server needs none
    timeout      : seconds for one answer, whole
    technologies : how many, from the first of the list down
    languages    : in which names are shown
    """

    url: str
    model: str
    key_env: str | None = None
    timeout: float = 60.0
    technologies: int = 50
    languages: tuple[str, ...] = LANGUAGES


def naming_of(given: Mapping[str, Any]) -> Naming:
    """The settings, checked.

    Raises  InputError naming the key that is unknown, lacking or of the wrong kind, its ``name``.
    """
    for key in sorted(set(given) - set(EXAMPLES)):
        raise InputError(unknown("no_setting", key, EXAMPLES, section=Name("naming")), RUN)
    for key in ("url", "model"):
        if key not in given:
            raise _of("naming_lacks", key)
    for key, value in given.items():
        if not _CHECKS[key](value):
            told = repr(value)
            if value and key in ("url", "key_env"):  # which may hold the key itself
                told = "***"
            raise _of("naming_unusable", key, value=shown(told))
    _check_address(given["url"])
    settings = dict(given)
    settings["url"] = given["url"].rstrip("/")
    settings["timeout"] = float(given.get("timeout", Naming.timeout))
    settings["languages"] = tuple(
        one for one in LANGUAGES if one in given.get("languages", LANGUAGES)
    )
    return Naming(**settings)


def key_in(variable: str) -> str:
    """The key in an environment variable.

    Raises  InputError, which doesn't repeat the name, since that may be the key itself, where there
            is none that a header of HTTP can hold.
    """
    key = os.environ.get(variable, "").strip()
    if not (key and key.isascii() and key.isprintable()):
        raise InputError(message("no_key"), RUN)
    return key


def line_of(text: str, key: str | None) -> int | None:
    """The line of a key of the section in a file that is valid TOML, or of its heading; None where
    neither is found.

    >>> line_of('[observe]\\nurl = 1\\n[naming]\\nurl = 2', "url"), line_of("[naming]", "model")
    (4, 1)
    """
    heading, is_inside = None, False
    for number, line in enumerate(text.splitlines(), start=1):
        if _SECTION.match(line):
            heading, is_inside = number, True
        elif _OTHER_SECTION.match(line):
            is_inside = False
        elif is_inside and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number
    return heading


def _of(code: str, name: str, **values: Value[Any]) -> InputError:
    """The error for a key of the section, with an example of it."""
    about = {"name": Name(name), "example": Name(EXAMPLES[name]), **values}
    return InputError(message(code, **about), RUN)


def _check_address(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        is_server = parts.hostname is not None and parts.port != 0
    except ValueError:
        raise _of("no_address", "url") from None
    if parts.scheme not in ("http", "https") or not is_server:
        raise _of("no_web_address", "url")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _of("long_address", "url")


def _is_line(value: object) -> bool:
    return (
        isinstance(value, str)
        and value == value.strip()
        and value.isprintable()
        and 0 < len(value) <= 300
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_languages(value: object) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(one in LANGUAGES for one in value) and len(set(value)) == len(value)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "url": lambda value: _is_line(value) and value.isascii() and " " not in value,
    "model": _is_line,
    "key_env": lambda value: (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value) is not None
    ),
    "timeout": lambda value: _is_number(value) and 0 < value <= MOST_SECONDS,
    "technologies": lambda value: type(value) is int and 1 <= value <= MOST_TECHNOLOGIES,
    "languages": _is_languages,
}
