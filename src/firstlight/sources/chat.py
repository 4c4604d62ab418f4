"""One question to a model server of the user's that speaks the OpenAI chat-completions protocol,
within bounds.

No proxy is used and no redirect followed: what is sent reaches the server that was named, or
nobody.
"""

from __future__ import annotations

import http.client
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from firstlight.errors import SourceError
from firstlight.sources.bounds import REPLY
from firstlight.sources.connections import answered, pieces
from firstlight.sources.transport import USER_AGENT, Patience, ServerError, ask
from firstlight.texts import message

FOLDER = Path(__file__).parent
MOST_LETTERS = 20_000  # of the text that is kept of an answer
MOST_TOKENS = 4_000  # room for models that think aloud first
SEED = 0
LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says
TRIES = 3
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
    key: str | None = field(default=None, repr=False)
    patience: Patience = field(default_factory=lambda: patience_of(60.0))
    is_json_asked: bool = True

    def ask(self, messages: Messages) -> Reply:
        """The answer to one question, always the same question in the same bytes.

        Raises  ServerError where the server can't be reached, refuses, or answers nothing of the
                protocol.
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
            # As far as a server heeds them: the same question, the same answer.
            "temperature": 0,
            "seed": SEED,
            "max_tokens": MOST_TOKENS,
            "stream": False,
            **more,
        }
        headers = {
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        body = json.dumps(asked, ensure_ascii=False).encode()
        return ask(
            f"{self.url}/chat/completions", self.patience, _reply, partial(_posted, body, headers)
        )


def patience_of(timeout: float) -> Patience:
    """Two retries where the server is busy, fails or doesn't answer in time."""
    return Patience(
        attempts=TRIES, first_wait=1.0, timeout=timeout, longest_wait=LONGEST_WAIT, bounds=REPLY
    )


def _reply(answer: http.client.HTTPResponse) -> Reply:
    """The text of an answer.

    Raises  SourceError where the answer is too large or none of the protocol, IncompleteRead where
            it is cut short.
    """
    data = b"".join(pieces(answer, REPLY))
    try:
        told = json.loads(data)
        text = told["choices"][0]["message"]["content"]
        model = told.get("model")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(message("not_chat"), FOLDER) from error
    if not isinstance(text, str):
        raise SourceError(message("not_chat"), FOLDER)
    return Reply(text[:MOST_LETTERS], model[:300] if isinstance(model, str) else "")


@contextmanager
def _posted(
    body: bytes, headers: Mapping[str, str], url: str, patience: Patience
) -> Iterator[http.client.HTTPResponse]:
    """The answer to what is posted.

    Raises  HTTPError, without the answer's text, for every status but 200; SlowAnswerError where
            the answer isn't whole in time, however slowly its bytes drip.
    """
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
    bounds = replace(REPLY, answer_seconds=patience.timeout)
    with answered(request, patience.timeout, bounds, follows=False, proxies={}) as answer:
        if answer.status != http.HTTPStatus.OK:
            raise urllib.error.HTTPError(url, answer.status, "", answer.headers, io.BytesIO())
        yield answer
