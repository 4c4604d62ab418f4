"""The section [naming] of a project: off by default, and refused by file, line and key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from firstlight.errors import InputError
from firstlight.run.naming_section import EXAMPLES, Naming, naming_of
from firstlight.run.observing import observe
from firstlight.run.project import FILE, TEMPLATE, open_project

SERVER = '[naming]\nurl = "http://localhost:11434/v1/"\nmodel = "m"\n'


def opened(folder: Path, text: str) -> Naming | None:
    (folder / FILE).write_text(text, encoding="utf-8")
    return open_project(folder).naming


def test_it_is_off_unless_it_is_written(tmp_path: Path) -> None:
    assert opened(tmp_path, TEMPLATE.read_text("utf-8")) is None and opened(tmp_path, "") is None


def test_what_the_template_shows_can_be_used_as_it_is(tmp_path: Path) -> None:
    settings = re.sub(
        r"^# (?=\[naming\]|(?:" + "|".join(EXAMPLES) + r") = )",
        "",
        TEMPLATE.read_text("utf-8"),
        flags=re.M,
    )
    found = opened(tmp_path, settings)
    assert found == Naming(
        "http://localhost:11434/v1", "qwen3:8b", "NAMING_KEY", 60.0, 50, ("en", "zh")
    )


def test_defaults(tmp_path: Path) -> None:
    found = opened(tmp_path, SERVER)
    assert found == Naming("http://localhost:11434/v1", "m")
    assert (found.key_env, found.timeout, found.technologies, found.languages) == (
        None,
        60.0,
        50,
        ("en", "zh"),
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("modle = 'm'", "unknown setting 'modle'"),
        ("timeout = 0", "timeout = 0"),
        ("timeout = nan", "timeout = nan"),
        ("timeout = 99999", "timeout = 99999"),
        ("timeout = '60'", "timeout = '60'"),
        ("technologies = 0", "technologies = 0"),
        ("technologies = 2.5", "technologies = 2.5"),
        ("technologies = true", "technologies = True"),
        ("technologies = 501", "technologies = 501"),
        ("languages = []", "languages = []"),
        ("languages = ['fr']", "languages = ['fr']"),
        ("languages = ['en', 'en']", "languages"),
        ("languages = 'en'", "languages = 'en'"),
        ("key_env = 'sk-secret key'", "key_env"),
        ("key_env = ''", "key_env = ''"),
    ],
)
def test_a_bad_setting_is_named_with_its_line(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(InputError, match=re.escape(what)) as refused:
        opened(tmp_path, f"[observe]\nhorizon = 3\n\n{SERVER}{line}\n[columns]\n")
    assert refused.value.where.startswith(f"{tmp_path / FILE}: line 7: [naming]")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("localhost:11434/v1", "no_web_address"),
        ("ftp://localhost/v1", "no_web_address"),
        ("file:///etc/passwd", "no_web_address"),
        ("http://", "no_web_address"),
        ("http://localhost:99999/v1", "no_address"),
        ("http://[::1/v1", "no_address"),
        ("http://user:key@localhost/v1", "long_address"),
        ("http://localhost/v1?api_key=1", "long_address"),
        ("http://localhost/v1#x", "long_address"),
        ("http://local host/v1", "naming_unusable"),
        ("http://本机/v1", "naming_unusable"),
        ("", "naming_unusable"),
    ],
)
def test_a_bad_address_is_refused(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        opened(tmp_path, SERVER.replace("http://localhost:11434/v1/", url))
    assert refused.value.code == code
    assert "line 2: [naming] url" in refused.value.where


@pytest.mark.parametrize("key", ["url", "model"])
def test_what_is_needed_is_asked_for_at_the_heading(tmp_path: Path, key: str) -> None:
    lines = [line for line in SERVER.splitlines() if not line.startswith(key)]
    with pytest.raises(InputError, match=f"{key} is missing") as refused:
        opened(tmp_path, "\n".join(lines))
    assert refused.value.where == f"{tmp_path / FILE}: line 1: [naming]"


def test_a_value_in_place_of_the_section(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands where a section is expected"):
        opened(tmp_path, "naming = 3")


@pytest.mark.parametrize("given", [{}, {"url": "http://localhost/v1"}, {"url": 3, "model": "m"}])
def test_the_library_refuses_before_anything_is_read(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        observe(tmp_path / "none.csv", naming=given, project=tmp_path / "kept")
    assert refused.value.where.startswith("[naming]")
    with pytest.raises(InputError):
        naming_of(given)
