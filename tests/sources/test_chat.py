"""Questions to a model server: asked within bounds, of nobody else, and every fault has its kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from firstlight.errors import SourceError
from firstlight.sources import chat
from firstlight.sources.bounds import REPLY
from firstlight.sources.chat import ChatServer, patience_of
from firstlight.sources.transport import ServerError

from .chat_server import Answer, Served, said, serve_chat

QUESTION = [{"role": "user", "content": "what is it? 这是什么？"}]


def asking(
    served: Served, pauses: list[float] | None = None, timeout: float = 5.0, key: str | None = None
) -> ChatServer:
    noted = [] if pauses is None else pauses
    return ChatServer(served.url, "a model", key, replace(patience_of(timeout), pause=noted.append))


def failing(
    answer: Callable[[dict[str, Any], int], Answer], timeout: float = 5.0
) -> tuple[ServerError, Served]:
    with serve_chat(answer) as served, pytest.raises(ServerError) as failed:
        asking(served, timeout=timeout).ask(QUESTION)
    return failed.value, served


def test_what_is_sent_and_what_comes_back() -> None:
    with serve_chat(lambda asked, before: said("an answer 答", "exact-model-7")) as served:
        reply = asking(served, key="a key").ask(QUESTION)
    assert (reply.text, reply.model) == ("an answer 答", "exact-model-7")
    (asked,) = served.asked
    assert asked["messages"] == QUESTION and asked["model"] == "a model"
    assert (asked["temperature"], asked["seed"], asked["stream"]) == (0, chat.SEED, False)
    assert asked["response_format"] == {"type": "json_object"}
    assert served.headers[0]["Authorization"] == "Bearer a key" and served.paths == [
        "/v1/chat/completions"
    ]


def test_without_a_key_none_is_sent() -> None:
    with serve_chat(lambda asked, before: said("x")) as served:
        asking(served).ask(QUESTION)
    assert "Authorization" not in served.headers[0]


def test_a_server_that_refuses_response_format_is_asked_without_it_from_then_on() -> None:
    def answer(asked: dict[str, Any], before: int) -> Answer:
        return Answer(b"{}", 400) if "response_format" in asked else said(f"answer {before}")

    with serve_chat(answer) as served:
        server = asking(served)
        assert [server.ask(QUESTION).text for _ in range(2)] == ["answer 1", "answer 2"]
    assert ["response_format" in asked for asked in served.asked] == [True, False, False]


def test_a_refusal_that_is_not_about_the_format_stays_one() -> None:
    failed, served = failing(lambda asked, before: Answer(b"no such model", 400))
    assert failed.status == 400 and len(served.asked) == 2
    failed, served = failing(lambda asked, before: Answer(b"who are you?", 401))
    assert failed.status == 401 and len(served.asked) == 1


def test_a_failing_server_is_asked_three_times() -> None:
    failed, served = failing(lambda asked, before: Answer(b"broken", 500))
    assert failed.status == 500 and len(served.asked) == 3


def test_a_busy_server_is_waited_for_as_long_as_it_says_and_no_longer_than_a_minute() -> None:
    def answer(asked: dict[str, Any], before: int) -> Answer:
        waits = ("7", "86400")
        return (
            Answer(status=429, headers={"Retry-After": waits[before]})
            if before < 2
            else said("at last")
        )

    pauses: list[float] = []
    with serve_chat(answer) as served:
        assert asking(served, pauses).ask(QUESTION).text == "at last"
    assert pauses == [7.0, chat.LONGEST_WAIT]


@pytest.mark.parametrize(
    "slow",
    [
        Answer(b"x" * 10_000, drip=0.02),
        Answer(b"x" * 10_000, drip=0.02, has_length=False),
        Answer(drip=0.02, drips_head=True),
    ],
)
def test_bytes_that_drip_end_when_the_time_is_up(slow: Answer) -> None:
    failed, served = failing(lambda asked, before: slow, timeout=0.3)
    assert isinstance(failed.__cause__, TimeoutError) and len(served.asked) == 3


@pytest.mark.parametrize("has_length", [True, False])
def test_an_answer_without_end_is_not_read_to_the_end(has_length: bool) -> None:
    huge = Answer(b'{"choices": "' + b"x" * (3 * REPLY.answer_bytes), has_length=has_length)
    failed, _ = failing(lambda asked, before: huge)
    assert isinstance(failed.__cause__, SourceError) and failed.status is None


def test_a_long_text_is_cut() -> None:
    with serve_chat(lambda asked, before: said("x" * (2 * chat.MOST_LETTERS))) as served:
        assert len(asking(served).ask(QUESTION).text) == chat.MOST_LETTERS


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": 3}}]}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_what_is_none_of_the_protocol(body: bytes) -> None:
    failed, _ = failing(lambda asked, before: Answer(body))
    assert isinstance(failed.__cause__, SourceError)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with serve_chat(lambda asked, before: said("elsewhere")) as elsewhere:
        there = {"Location": f"{elsewhere.url}/chat/completions"}
        failed, _ = failing(lambda asked, before: Answer(status=status, headers=there))
    assert failed.status == status and not elsewhere.paths


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    by_proxy, itself = (
        lambda asked, before, text=text: said(text) for text in ("by proxy", "itself")
    )
    with serve_chat(by_proxy) as proxy, serve_chat(itself) as served:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "")
        assert asking(served).ask(QUESTION).text == "itself"
    assert not proxy.paths


def test_nobody_there() -> None:
    with serve_chat(lambda asked, before: said("x")) as served:
        pass
    with pytest.raises(ServerError) as failed:
        asking(served).ask(QUESTION)
    assert failed.value.status is None and isinstance(failed.value.__cause__, OSError)


def test_the_same_question_is_sent_in_the_same_bytes() -> None:
    with serve_chat(lambda asked, before: said("x")) as served:
        for _ in range(2):
            asking(served).ask(QUESTION)
    one, other = (json.dumps(asked) for asked in served.asked)
    assert one == other
