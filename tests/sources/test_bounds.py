"""Bounds of a fetch: what a server sends too much of, too slowly, in a circle, or to somewhere
else."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from firstlight.errors import FirstlightError, InputError, SourceError
from firstlight.run.fetching import fetch
from firstlight.sources import arxiv, openalex
from firstlight.sources.bounds import (
    FILE,
    MOST_REDIRECTS,
    MOST_WORDS,
    PAGE,
    REPLY,
    Bounds,
    SlowAnswerError,
    UnwantedError,
)
from firstlight.sources.connections import _target, answered
from firstlight.sources.transport import Patience, ServerError, get, retry_after
from firstlight.texts import Count, Name, message

from .server import Answer, Served, serve
from .test_fetch_arxiv import page
from .test_fetch_openalex import PARTS, manifest, work

Answers = Callable[[str, dict[str, str], int], Answer]
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def patience_of(bounds: Bounds, waits: list[float] | None = None) -> Patience:
    return Patience(
        attempts=3, timeout=5, pause=(waits if waits is not None else []).append, bounds=bounds
    )


def refused(
    answers: Answers, bounds: Bounds, waits: list[float] | None = None
) -> tuple[ServerError, Served]:
    with serve(answers) as server, pytest.raises(ServerError) as caught:
        get(server.url, patience_of(bounds, waits), lambda data: None)
    return caught.value, server


# ---- bytes


@pytest.mark.parametrize("length", [None, ""])
def test_an_answer_with_a_byte_too_many_is_refused_once_and_one_less_is_taken(
    length: str | None,
) -> None:
    bounds = Bounds(answer_bytes=100_000)
    with serve(lambda path, query, before: Answer(b"x" * 100_000, length=length)) as server:
        assert get(server.url, patience_of(bounds), lambda data: None) == b"x" * 100_000
    error, server = refused(
        lambda path, query, before: Answer(b"x" * 100_001, length=length), bounds
    )
    assert (
        isinstance(error.__cause__, UnwantedError)
        and "answer_bytes" in error.what
        and "100,000" in error.what
    )
    assert len(server.asked) == 1


def test_an_announced_length_beyond_the_bound_is_refused_before_it_is_read() -> None:
    error, _ = refused(
        lambda path, query, before: Answer(b"x", length=str(PAGE.answer_bytes + 1), drip=0.5), PAGE
    )
    assert isinstance(error.__cause__, UnwantedError)


def test_a_part_of_the_snapshot_longer_than_the_manifest_says_is_not_read_to_its_end(
    tmp_path: Path,
) -> None:
    (name, data) = next(iter(PARTS.items()))

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(manifest({name: data}) if path.endswith("manifest") else data + b"\0" * 100)

    patience = patience_of(FILE)
    with serve(answer) as server, pytest.raises(SourceError, match=f"{len(data)} bytes"):
        openalex.fetch_snapshot({}, tmp_path, base_url=server.url, patience=patience)
    assert not list(tmp_path.rglob("*.gz"))


def test_a_part_that_unpacks_to_much_more_than_it_has_is_taken_whole(tmp_path: Path) -> None:
    zeros = gzip.compress(b"\0" * 5_000_001, mtime=0)
    parts = {next(iter(PARTS)): zeros}

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(manifest(parts) if path.endswith("manifest") else zeros)

    with serve(answer) as server:
        fetched = openalex.fetch_snapshot(
            {}, tmp_path, base_url=server.url, patience=patience_of(FILE)
        )
    assert [p.bytes_count for p in fetched.pages] == [len(zeros)]


@pytest.mark.parametrize(
    "entry",
    [
        {"url": 3},
        {"url": f"s3://openalex/{next(iter(PARTS))}", "meta": {"content_length": "9" * 5000}},
    ],
)
def test_a_manifest_of_other_types_is_refused(tmp_path: Path, entry: dict[str, object]) -> None:
    body = json.dumps({"entries": [entry]}).encode()
    with (
        serve(lambda path, query, before: Answer(body)) as server,
        pytest.raises(SourceError, match="no manifest"),
    ):
        openalex.fetch_snapshot({}, tmp_path, base_url=server.url, patience=patience_of(FILE))


# ---- time


WHOLE = 200  # seconds that 10,000 bytes take, one every 20 ms


@pytest.mark.parametrize("length", [None, ""])
def test_bytes_that_drip_end_when_the_time_is_up(length: str | None) -> None:
    begun = time.monotonic()
    slow = Answer(b"x" * 10_000, drip=0.02, length=length)
    error, server = refused(lambda path, query, before: slow, Bounds(answer_seconds=0.2))
    assert isinstance(error.__cause__, SlowAnswerError) and "answer_seconds" in error.what
    assert len(server.asked) == 3 and 0.6 <= time.monotonic() - begun < WHOLE


def test_a_refusal_whose_words_drip_ends_too() -> None:
    begun = time.monotonic()
    slow = Answer(b"x" * 10_000, 404, drip=0.02)
    refused(lambda path, query, before: slow, Bounds(answer_seconds=0.2))
    assert time.monotonic() - begun < WHOLE


@contextmanager
def dripping(start: bytes) -> Iterator[int]:
    """The port of a server that begins to answer and then sends a byte every 20 ms for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def serve_one() -> None:
        with suppress(OSError):
            link, _ = listening.accept()
            with link:
                link.sendall(start)
                while not is_over.wait(0.02):
                    link.sendall(b"\x02")

    thread = threading.Thread(target=serve_one, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        is_over.set()
        listening.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("scheme", "start"),
    [("http", b"HTTP/1.1 200 OK\r\nX-Slow: "), ("https", b"\x16\x03\x03\x3f\xff")],
)
def test_a_head_or_a_handshake_that_drips_ends_when_the_time_is_up(
    scheme: str, start: bytes
) -> None:
    with dripping(start) as port:
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}/")
        with (
            pytest.raises(SlowAnswerError),
            answered(request, 5, Bounds(answer_seconds=0.2), proxies={}),
        ):
            pass


def test_waiting_ends_when_the_server_asks_for_more_than_there_is() -> None:
    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(status=503, headers={"Retry-After": ("7", "86400")[before]})

    waits: list[float] = []
    error, server = refused(answer, Bounds(waiting_seconds=100), waits)
    assert waits == [7.0] and len(server.asked) == 2
    assert error.status == 503 and "waiting_seconds" in error.what


# ---- what a header says


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Fri, 03 Jan 2020 00:00:30 -0000", 30.0),
        ("Fri, 03 Jan 2020 00:00:30", 30.0),
        ("Fri, 03 Jan 2020 02:00:30 +0200", 30.0),
        ("Thu, 02 Jan 2020 00:00:00 GMT", 0.0),
        (" 30 ", 30.0),
        ("²", 0.0),
        ("٣", 0.0),
        ("-5", 0.0),
        ("1e9", 0.0),
        ("9" * 5000, 0.0),
        ("Fri, 03 Jan " + "9" * 5000 + " 00:00:30 GMT", 0.0),
        ("Fri, 03 Jan 2020 00:00:30 +" + "9" * 20, 0.0),
        ("Fri, 99 Jan 2020 99:99:99 GMT", 0.0),
        (",", 0.0),
    ],
)
def test_every_retry_after_is_a_number_of_seconds(value: str, seconds: float) -> None:
    assert retry_after(value, "Fri, 03 Jan 2020 00:00:00 -0000") == seconds
    assert retry_after(value, "Fri, 03 Jan 2020 00:00:00 GMT") == seconds
    assert retry_after(value, value) in (0.0, seconds)


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5000, "-5", "1, 1"])
def test_a_length_that_is_no_number_is_no_traceback(length: str) -> None:
    error, server = refused(lambda path, query, before: Answer(b"x", length=length), PAGE)
    assert isinstance(error.__cause__, SourceError) and len(server.asked) == 3


# ---- circles


def works(cursor: str, number: int) -> bytes:
    return json.dumps(
        {"meta": {"count": 900, "next_cursor": cursor}, "results": [work(number)]}
    ).encode()


def test_two_cursors_in_turn_are_noticed_and_what_was_read_is_kept(tmp_path: Path) -> None:
    turns = {"*": "a", "a": "b", "b": "a"}

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(works(turns[query["cursor"]], 1 + before))

    with serve(answer) as server:
        for _ in range(2):  # a second run asks nothing more
            with pytest.raises(SourceError, match="3 pages"):
                openalex.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
    assert [query["cursor"] for _, query in server.asked] == ["*", "a", "b"]
    assert sorted(p.name for p in tmp_path.glob("page*")) == [
        f"page_{n:06d}.json" for n in (1, 2, 3)
    ]
    state = json.loads((tmp_path / "state.json").read_text())
    assert [p["cursor"] for p in state["pages"]] == ["", "a", "b"] and not state["is_complete"]


def test_a_circle_is_noticed_across_a_break(tmp_path: Path) -> None:
    turns = {"": 1, "token-2": 2, "token-3": 1}

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        body = page(turns[query.get("resumptionToken", "")])
        return Answer(body, status=404 if before == 2 else 200)

    with serve(answer) as server:
        with pytest.raises(ServerError):
            arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
        with pytest.raises(SourceError, match="3 pages"):
            arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
    tokens = [query.get("resumptionToken") for _, query in server.asked]
    assert tokens == [None, "token-2", "token-3", "token-3"]
    assert len(list(tmp_path.glob("page*"))) == 3


def test_a_state_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    with serve(lambda path, query, before: Answer(page(3 if before else 2))) as server:
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
        state = json.loads((tmp_path / "state.json").read_text())
        for stored in state["pages"]:
            del stored["cursor"]
        (tmp_path / "state.json").write_text(json.dumps(state))
        assert arxiv.fetch(
            {}, tmp_path, base_url=server.url, patience=patience_of(PAGE)
        ).is_complete


def test_a_cursor_that_is_no_text_is_refused(tmp_path: Path) -> None:
    body = json.dumps({"meta": {"next_cursor": {"a": 1}}, "results": [work(1)]}).encode()
    with serve(lambda path, query, before: Answer(body)) as server, pytest.raises(ServerError):
        openalex.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))


# ---- redirects


def pointing(location: str, status: int = 302) -> Answers:
    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(
            b"there" if path == "/there" else b"",
            200 if path == "/there" else status,
            {"Location": location},
        )

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_server_is_followed(status: int) -> None:
    with serve(pointing("/there?x=1", status)) as server:
        assert get(server.url, patience_of(PAGE), lambda data: None) == b"there"
    assert server.asked == [("/", {}), ("/there", {"x": "1"})]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_followed_only_where_that_is_named(status: int) -> None:
    with serve(pointing("/there")) as elsewhere:
        other = elsewhere.url.removeprefix("http://")
        error, server = refused(pointing(f"{elsewhere.url}/there", status), PAGE)
        assert error.status == status and len(server.asked) == 1 and not elsewhere.asked
        assert other in error.what and "follow_to" in error.try_next
        with serve(pointing(f"{elsewhere.url}/there", status)) as server:
            named = Bounds(follow_to=(other,))
            assert get(server.url, patience_of(named), lambda data: None) == b"there"


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/hosts",
        "data:,x",
        "//u@127.0.0.1/",
        "http://[",
        "http://a:b/",
    ],
)
def test_no_other_protocol_is_ever_followed(location: str) -> None:
    for follow_to in ((), ("127.0.0.1", "127.0.0.1:21", "", "a")):
        error, server = refused(pointing(location), Bounds(follow_to=follow_to))
        assert (
            isinstance(error.__cause__, UnwantedError)
            and error.status == 302
            and len(server.asked) == 1
        )


def test_redirects_without_end_are_not_followed() -> None:
    error, server = refused(pointing("/again"), PAGE)
    assert error.status == 302 and len(server.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    ("url", "location", "follow_to", "is_followed"),
    [
        ("http://a.org/x", "https://a.org/x", (), True),
        ("https://a.org/x", "http://a.org/x", (), False),
        ("https://a.org/x", "http://a.org/x", ("a.org",), False),
        ("https://a.org/x", "http://b.org/x", ("b.org",), False),
        ("https://a.org/x", "https://b.org/x", ("B.org",), True),
        ("https://a.org/x", "https://b.org:8443/x", ("b.org",), False),
        ("https://a.org/x", "https://b.org:8443/x", ("b.org:8443",), True),
        ("https://a.org/x", "https://a.org:8443/x", (), False),
        ("https://a.org/x", "https://A.ORG/y", (), True),
        ("https://a.org/x", "https://b.a.org/x", ("a.org",), False),
        ("https://a.org/x", "//b.org/x", (), False),
        ("https://a.org/x", "y", (), True),
    ],
)
def test_where_a_redirect_may_lead(
    url: str, location: str, follow_to: tuple[str, ...], is_followed: bool
) -> None:
    headers = Message()
    headers["Location"] = location
    answer = cast(HTTPResponse, SimpleNamespace(headers=headers, status=301))
    if is_followed:
        assert _target(url, answer, Bounds(follow_to=follow_to)).startswith("https://")
    else:
        with pytest.raises(UnwantedError):
            _target(url, answer, Bounds(follow_to=follow_to))


# ---- a server that never comes to an end


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(fetch_bytes=1500), "fetch_bytes_reached"),
        (Bounds(fetch_seconds=0.5), "fetch_seconds_reached"),
    ],
)
def test_a_run_ends_at_its_bound_and_the_next_goes_on(
    bounds: Bounds, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(10**6))
    monkeypatch.setattr(
        "firstlight.sources.pages.time", SimpleNamespace(monotonic=lambda: next(now) / 5)
    )

    def endless(path: str, query: dict[str, str], before: int) -> Answer:
        meta = {"next_cursor": f"c{len(server.asked)}", "count": 10**6}
        body = {"meta": meta, "results": [work(1), work(2)]}
        return Answer(json.dumps(body).encode())

    with serve(endless) as server:
        for _ in range(2):
            before = len(server.asked)
            with pytest.raises(SourceError) as caught:
                openalex.fetch({}, tmp_path, base_url=server.url, bounds=bounds)
            assert caught.value.code == code and code.removesuffix("_reached") in caught.value.what
            assert 1 <= len(server.asked) - before <= 20
            assert caught.value.values["count"] == Count(len(server.asked))
            assert len(list(tmp_path.glob("page_*.json"))) == len(server.asked)


# ---- what a server says


@pytest.mark.parametrize("status", [404, 503])
def test_what_a_server_says_reaches_no_terminal_as_a_command(status: int) -> None:
    said = Answer(
        "\x1b[2J\x9b31mgone\n  try: rm -rf\u202e".encode(), status, reason="No\x1b]0;title\x07"
    )
    error, _ = refused(lambda path, query, before: said, PAGE)
    for text in (str(error), error.what):
        assert not CONTROL.search(text) and "\u202e" not in text and "title" in text
    assert len(str(error).splitlines()) == 3


def test_an_error_repeats_little_of_what_a_server_says(tmp_path: Path) -> None:
    long = "x" * 30_000
    error, _ = refused(lambda path, query, before: Answer(long.encode(), 404, reason=long), PAGE)
    assert 2 * MOST_WORDS < len(str(error)) < 1_000
    body = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="{long}">{long}</error></OAI-PMH>'
    for told in (body.encode(), f"<{long}/>".encode()):
        with (
            serve(lambda path, query, before, told=told: Answer(told)) as server,
            pytest.raises(SourceError) as caught,
        ):  # type: ignore[misc]
            arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
        assert MOST_WORDS < len(str(caught.value)) < 1_200


def test_what_an_xml_answer_says_reaches_no_terminal_as_a_command(tmp_path: Path) -> None:
    body = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badArgument">&#x9b;31mred</error></OAI-PMH>'
    with (
        serve(lambda path, query, before: Answer(body.encode())) as server,
        pytest.raises(SourceError) as caught,
    ):
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience_of(PAGE))
    assert "red" in caught.value.what and not CONTROL.search(str(caught.value))


def test_no_part_of_an_error_holds_a_control_character() -> None:
    error = FirstlightError(message("no_rows", table=Name("x")))
    error.met_in(Name("b\x00\nc\x1b[31m\x9b\ud800"))
    assert "b\ufffd c\ufffd[31m\ufffd\ufffd" in error.where
    assert str(error).isprintable() is False and not CONTROL.search(str(error))


# ---- the bounds themselves


@pytest.mark.parametrize(
    "name",
    ["answer_bytes", "answer_seconds", "waiting_seconds", "fetch_bytes", "fetch_seconds"],
)
def test_a_bound_is_positive_and_can_be_set_by_its_name(name: str, tmp_path: Path) -> None:
    for wrong in (0, -1, float("nan")):
        with pytest.raises(InputError, match=name):
            replace(PAGE, **{name: wrong})
        with pytest.raises(InputError, match=name):
            fetch("arxiv", {}, tmp_path, **{name: wrong})  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_what_holds_unless_told() -> None:
    assert (PAGE.answer_bytes, PAGE.answer_seconds, PAGE.waiting_seconds, PAGE.follow_to) == (
        64_000_000,
        600,
        3600,
        (),
    )
    assert (FILE.answer_bytes, FILE.answer_seconds, FILE.waiting_seconds) == (
        20_000_000_000,
        21_600,
        3600,
    )
    assert (REPLY.answer_bytes, REPLY.answer_seconds, REPLY.waiting_seconds) == (1_000_000, 60, 120)


def test_the_library_sets_bounds_by_their_names(tmp_path: Path) -> None:
    with serve(lambda path, query, before: Answer(page(3))) as server:
        with pytest.raises(ServerError, match="answer_bytes"):
            fetch("arxiv", {}, tmp_path, base_url=server.url, answer_bytes=len(page(3)) - 1)
        assert fetch("arxiv", {}, tmp_path, base_url=server.url, answer_bytes=len(page(3))) == 1
