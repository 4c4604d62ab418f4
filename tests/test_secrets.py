"""A key is never printed, logged or kept, wherever it was put: by mistake, or where it belongs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firstlight.cli import main
from firstlight.errors import FirstlightError
from firstlight.run.fetching import fetch
from firstlight.run.project import open_project
from firstlight.sources.chat import ChatServer
from firstlight.sources.transport import without_secrets
from sources.server import Answer, serve

KEY = "S3CRETS3CRET"
PAGE = {"meta": {"count": 1, "next_cursor": None}, "results": [{"id": "W1", "display_name": "A"}]}
FETCH = ["fetch", "openalex", "FOLDER"]


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a command, and all that it prints."""
    try:
        code = main(words)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    told = capsys.readouterr()
    return code, told.out + told.err


def kept(folder: Path) -> str:
    """Every byte of a folder as text."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join(f"{path} {path.read_bytes()!r}" for path in files)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [
        [*FETCH, f"api_key={KEY}"],
        [*FETCH, "filter=publication_year:2024", f"apikey={KEY}", "search=x"],
        [*FETCH, f"api_key:{KEY}"],
        [*FETCH, "filter=x", "--api-key", KEY],
        [*FETCH, "filter=x", f"--token={KEY}"],
        [*FETCH, "filter=x", "--key-env", KEY],
        [*FETCH, "filter=x", "--base-url", f"http://user:{KEY}@localhost:1"],
        [*FETCH, "filter=x", "--base-url", f"http://localhost:1/?api_key={KEY}"],
        [*FETCH, "filter=x", "--base-url", f"user:{KEY}@localhost"],
        ["fetch", "arxiv", "FOLDER", f"api_key={KEY}"],
        ["fetch", "files", "FOLDER", f"api_key={KEY}"],
        ["fetch", "arxiv", "FOLDER", "set=cs", "--key-env", "FIRSTLIGHT_TEST_KEY"],
        ["observe", "--api-key", KEY],
        ["measure", "gini", f"--api-key={KEY}"],
    ],
    ids=lambda words: " ".join(words[1:]),
)
def test_a_key_put_in_the_wrong_place_is_refused_and_not_repeated(
    words: list[str],
    lang: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRSTLIGHT_TEST_KEY", KEY)
    asked = [word.replace("FOLDER", str(tmp_path / "works")) for word in words]
    code, told = said([*asked, "--lang", lang], capsys)
    assert code == 2 and KEY not in told
    assert KEY not in kept(tmp_path)


def test_a_key_comes_from_the_environment_and_stays_out_of_all_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENALEX_KEY", f" {KEY}\n")
    with serve(lambda path, query, before: Answer(json.dumps(PAGE).encode())) as server:
        words = ["fetch", "openalex", "works", "filter=x", "--base-url", server.url]
        code, told = said(
            [*words, "--key-env", "OPENALEX_KEY", "--mailto", "who@example.org"], capsys
        )
    assert code == 0 and KEY not in told and "who@example.org" not in told
    assert [(query["api_key"], query["mailto"]) for _, query in server.asked] == [
        (KEY, "who@example.org")
    ]
    assert KEY not in kept(tmp_path) and "who@example.org" not in kept(tmp_path)
    _, told = said(["fetch", "--help"], capsys)
    assert "--key-env" in told and "--mailto" in told


@pytest.mark.parametrize("status", [400, 503])
def test_a_server_that_repeats_the_key_is_not_repeated(status: int, tmp_path: Path) -> None:
    answer = Answer(f"no such key: {KEY}".encode(), status)
    with (
        serve(lambda path, query, before: answer) as server,
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(FirstlightError) as refused,
    ):
        patch.setenv("OPENALEX_KEY", KEY)
        patch.setattr("firstlight.sources.transport.time.sleep", lambda seconds: None)
        fetch("openalex", {}, tmp_path, base_url=server.url, key_env="OPENALEX_KEY")
    told = [refused.value.told(lang) for lang in ("en", "zh")]
    assert KEY not in str(told) and "***" in str(told)


def test_an_address_hides_who_asks() -> None:
    shown = without_secrets(f"https://user:{KEY}@example.org:8080/a?api_key={KEY}&page=2")
    assert shown == "https://***@example.org:8080/a?api_key=***&page=2"
    assert KEY not in repr(ChatServer("http://localhost", "m", key=KEY))


@pytest.mark.parametrize(
    "lines",
    [
        f'key_env = "sk-{KEY}"',
        f'key = "{KEY}"',
        f'url = "http://user:{KEY}@localhost/v1"',
        f'url = "http://local host/v1?key={KEY}"',
        f'url = "{KEY}"',
    ],
)
def test_a_key_in_a_project_file_is_not_repeated(
    lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_there = {"url": 'url = "http://localhost/v1"', "model": 'model = "m"'}
    set_there[lines.partition(" ")[0]] = lines
    text = "\n".join(['[observe]\nsource = "a.csv"\n[naming]', *set_there.values()])
    (tmp_path / "observatory.toml").write_text(text, encoding="utf-8")
    (tmp_path / "a.csv").write_text("title,year\nA,2001\n")
    with pytest.raises(FirstlightError) as refused:
        open_project(tmp_path)
    assert all(KEY not in refused.value.told(lang) for lang in ("en", "zh"))
    for words in (["observe", str(tmp_path)], ["doctor", str(tmp_path)], ["run", str(tmp_path)]):
        code, told = said(words, capsys)
        assert code == 2 and KEY not in told


def test_a_key_in_place_of_the_name_of_its_variable_is_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It could be the name of a variable: the observation is made without a server."""
    from firstlight.run.naming import Stopped, _why

    assert not _why(Stopped("no_key")).values
