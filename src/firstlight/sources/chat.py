"""One question to a model server of the user's that speaks the OpenAI chat-completions protocol, within bounds.

No proxy is used and no redirect followed: what is sent reaches the server that was named, or nobody.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from firstlight.errors import SourceError
from firstlight.sources.transport import USER_AGENT, Patience, ServerError, ask, check_length

MOST_BYTES = 1_000_000  # of an answer, with all that is around the text
MOST_LETTERS = 20_000  # of the text that is kept of an answer
MOST_TOKENS = 4_000  # room for models that think aloud first
SEED = 0
LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says
TRIES = 3
_CHUNK = 65_536
_NO_SUCH_OPTION = (400, 415, 422)  # what servers answer to a response_format that they don't know

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Reply:
    """What a model said, and the model as the server names it."""

    text: str
    model: str


@dataclass
class ChatServer:
    """A model on a server.

    url     : up to and without ``/chat/completions``
    key     : sent as a bearer token; None for none
    patience : tries, waits and seconds for one answer
    is_json_asked : whether ``response_format`` is sent; not again once the server has refused it
    """

    url: str
    model: str
    key: str | None = None
    patience: Patience = field(default_factory=lambda: patience_of(60.0))
    is_json_asked: bool = True

    def ask(self, messages: Messages) -> Reply:
        """The answer to one question, always the same question in the same bytes.

        Raises  ServerError where the server can't be reached, refuses, or answers nothing of the protocol.
        """
        if self.is_json_asked:
            try:
                return self._ask({"response_format": {"type": "json_object"}}, messages)
            except ServerError as error:
                if error.status not in _NO_SUCH_OPTION:
                    raise
        reply = self._ask({}, messages)
        self.is_json_asked = False
        return reply

    def _ask(self, more: Mapping[str, Any], messages: Messages) -> Reply:
        asked = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "seed": SEED,
            "max_tokens": MOST_TOKENS,
            "stream": False,
            **more,
        }
        headers = {"User-Agent": USER_AGENT, "Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        body = json.dumps(asked, ensure_ascii=False).encode()
        return ask(f"{self.url}/chat/completions", self.patience, _reply, partial(_posted, body, headers))


def patience_of(timeout: float) -> Patience:
    """Two retries where the server is busy, fails or doesn't answer in time."""
    return Patience(attempts=TRIES, first_wait=1.0, timeout=timeout, longest_wait=LONGEST_WAIT)


def _reply(answer: http.client.HTTPResponse) -> Reply:
    """The text of an answer.

    Raises  SourceError where the answer is too large or none of the protocol, IncompleteRead where it is cut short.
    """
    data = _bounded(answer)
    try:
        told = json.loads(data)
        text = told["choices"][0]["message"]["content"]
        model = told.get("model")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError("the answer isn't one of the chat-completions protocol") from error
    if not isinstance(text, str):
        raise SourceError("the answer isn't one of the chat-completions protocol")
    return Reply(text[:MOST_LETTERS], model[:300] if isinstance(model, str) else "")


def _bounded(answer: http.client.HTTPResponse) -> bytes:
    parts, size = [], 0
    while part := answer.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise SourceError("the answer is too large")
    check_length(answer, size)
    return b"".join(parts)


# ---- a connection that ends when its time is up, however slowly its bytes drip


class _Cut:
    """Shuts a connection when the time is up."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.is_over = False

    def __call__(self) -> None:
        self.is_over = True
        if self.socket is not None:
            with suppress(OSError):  # it is closed already
                self.socket.shutdown(socket.SHUT_RDWR)


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Hands on every answer, a redirect or a failure too."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


def _noted(kind: type[http.client.HTTPConnection], cut: _Cut) -> type[http.client.HTTPConnection]:
    """A kind of connection whose socket is known to what may cut it."""

    class Noted(kind):  # type: ignore[valid-type, misc]
        def connect(self) -> None:
            super().connect()
            cut.socket = self.sock
            if cut.is_over:
                raise TimeoutError("the connection takes too long")

    return Noted


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, cut: _Cut) -> None:
        super().__init__()
        self.kind: Any = _noted(http.client.HTTPConnection, cut)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self.kind, req)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, cut: _Cut) -> None:
        super().__init__()
        self.kind: Any = _noted(http.client.HTTPSConnection, cut)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self.kind, req)


@contextmanager
def _posted(body: bytes, headers: Mapping[str, str], url: str, timeout: float) -> Iterator[http.client.HTTPResponse]:
    """The answer to what is posted.

    Raises  HTTPError, without the answer's text, for every status but 200; TimeoutError where the answer isn't whole in
            time, however slowly its bytes drip.
    """
    cut = _Cut()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _AsItIs(), _Plain(cut), _Secure(cut))
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
    timer = threading.Timer(timeout, cut)
    timer.daemon = True
    timer.start()
    try:
        with opener.open(request, timeout=timeout) as answer:
            if answer.status != http.HTTPStatus.OK:
                raise urllib.error.HTTPError(url, answer.status, "", answer.headers, io.BytesIO())
            yield answer
    except (OSError, http.client.HTTPException, SourceError) as error:
        if cut.is_over:  # what broke then broke by our hand
            raise TimeoutError("the answer takes too long") from error
        raise
    finally:
        timer.cancel()
