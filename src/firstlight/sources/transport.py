"""Bytes from a publisher's server, asked for politely: waits when told to, and never takes half an
answer."""

from __future__ import annotations

import datetime
import email.utils
import http.client
import io
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from firstlight.errors import InputError, SourceError
from firstlight.sources.bounds import MOST_WORDS, PAGE, Bounds, SlowAnswerError, UnwantedError
from firstlight.sources.connections import answered, pieces, whole_number
from firstlight.texts import Count, Message, Name, Phrase, message, names

FOLDER = Path(__file__).parent
USER_AGENT = "firstlight (open observatory; urllib)"
T = TypeVar("T")
Pause = Callable[[float], None]

# Answers after which the same request may succeed; 425 (RFC 8470) asks for it in so many words.
BUSY = (408, 425, 429, 500, 502, 503, 504)
SECRETS = ("api_key", "mailto")


class ServerError(SourceError):
    """A server refused, or still failed after the last try; `status` is what it answered then, if
    it did."""

    status: int | None = None


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


@dataclass(frozen=True)
class Patience:
    """How often to try, how long to wait between tries and for the next byte, in seconds, and what
    waits.

    The wait doubles at each try, up to ten minutes; a publisher's Retry-After goes first, up to the
    longest wait. A wait that goes beyond ``bounds.waiting_seconds`` is not begun.
    """

    attempts: int = 6
    first_wait: float = 2.0
    timeout: float = 120.0
    pause: Pause = _sleep
    busy: tuple[int, ...] = BUSY
    longest_wait: float = math.inf
    bounds: Bounds = PAGE


Open = Callable[[str, Patience], AbstractContextManager[http.client.HTTPResponse]]
"""(address, patience) -> the answer, within a `with`."""


def check_query(query: Mapping[str, str], known: Sequence[str], of: str) -> None:
    """Raise InputError for a key that a publisher's query doesn't have; what stands under it may be
    a secret, and is not repeated.

    >>> check_query({"set": "cs"}, ("set", "from"), "arxiv")
    """
    if unknown := sorted(set(query) - set(known)):
        about = {"unknown": names(unknown), "known": names(known, most=len(known))}
        raise InputError(message("no_query_key", publisher=Name(of), **about), FOLDER)


def check_base_url(url: str) -> str:
    """The address without a slash at its end.

    Raises  InputError where it isn't http or https, since urllib would read local files too, or
            where it has room for a key: it is kept and shown.

    >>> check_base_url("https://example.org/oai/")
    'https://example.org/oai'
    """
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        parts = urllib.parse.SplitResult("", "", "", "", "")  # such as brackets that don't close
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query:
        raise InputError(message("no_web_address"), FOLDER)
    return url.rstrip("/")


def address(base: str, query: Mapping[str, str]) -> str:
    """An address with its query, encoded.

    >>> address("https://example.org", {"a": "x y"})
    'https://example.org?a=x+y'
    """
    if not query:
        return base
    return f"{base}?{urllib.parse.urlencode(query)}"


def without_secrets(url: str) -> str:
    """An address as it may be shown: keys, mail addresses and users are hidden.

    >>> without_secrets("https://example.org?api_key=1&page=2")
    'https://example.org?api_key=***&page=2'
    """
    parts = urllib.parse.urlsplit(url)
    pairs = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    hidden = dict.fromkeys(SECRETS, "***")
    shown = "&".join(f"{key}={hidden.get(key, value)}" for key, value in pairs)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"***@{netloc.rpartition('@')[2]}"
    return urllib.parse.urlunsplit(parts._replace(query=shown, netloc=netloc))


def _scrubbed(text: str, url: str) -> str:
    """What a server says of a request, without the secrets that it was sent."""
    for key, value in urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query):
        if key in SECRETS:
            text = text.replace(value, "***")
    return text


@contextmanager
def _asked(url: str, patience: Patience) -> Iterator[http.client.HTTPResponse]:
    request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT})
    with answered(request, patience.timeout, patience.bounds) as answer:
        if answer.status != http.HTTPStatus.OK:
            said = io.BytesIO()
            with suppress(OSError, http.client.HTTPException):  # a refusal stands without its words
                said = io.BytesIO(answer.read(MOST_WORDS))
            raise urllib.error.HTTPError(url, answer.status, answer.reason, answer.headers, said)
        yield answer


def ask(
    url: str,
    patience: Patience,
    take: Callable[[http.client.HTTPResponse], T],
    open_address: Open = _asked,
) -> T:
    """What `take` makes of the answer to a request; asked again while the server is busy or the
    answer is broken.

    take : reads the answer; raises SourceError where it is malformed
    open_address : asks, once; raises HTTPError where the server answers with a failure
    Raises  ServerError where the server refuses, still fails after the last try, or goes beyond a
            bound.
    """
    shown, waited, tries = without_secrets(url), 0.0, 0
    while True:
        try:
            with open_address(url, patience) as answer:
                return take(answer)
        except (SourceError, OSError, http.client.HTTPException) as error:
            failure = _failure(error, patience.busy)
        tries += 1
        if failure.is_final:
            raise failure.error(failure.given, shown) from failure.cause
        if tries >= patience.attempts:
            told = message(failure.at_last, failure=failure.what, count=Count(tries))
            raise failure.error(told, shown) from failure.cause
        wait = max(min(patience.first_wait * 2 ** (tries - 1), 600.0), failure.wait)
        wait = min(wait, patience.longest_wait)
        waited += wait
        if waited > patience.bounds.waiting_seconds:
            most = Name(f"{patience.bounds.waiting_seconds:g}")
            told = message("waited_enough", failure=failure.what, seconds=most)
            raise failure.error(told, shown) from failure.cause
        patience.pause(wait)


@dataclass(frozen=True)
class _Failure:
    """Why a try failed, what the server answered, how long it asks to wait, and whether to give up.

    given   : the message of an error of this room
    at_last : code of the error where no try is left
    """

    given: Message
    cause: Exception
    status: int | None = None
    wait: float = 0.0
    is_final: bool = False
    at_last: str = "still_failing"

    @property
    def what(self) -> Phrase:
        """What went wrong, as a part of another message."""
        return Phrase(Message(f"errors.{self.given.code}.what", self.given.values))

    def error(self, told: Message, shown: str) -> ServerError:
        failed = ServerError(told, FOLDER)
        failed.met_in(Name(shown))
        failed.status = self.status
        return failed


def _failure(error: Exception, busy: tuple[int, ...]) -> _Failure:
    if isinstance(error, urllib.error.HTTPError):
        return _failed_answer(error, error.code in busy)
    if isinstance(error, UnwantedError):
        return _Failure(error.given, error, error.status, is_final=True)
    if isinstance(error, SourceError):
        return _Failure(error.given, error)
    if isinstance(error, SlowAnswerError):
        slow = message("slow_answer", seconds=Name(f"{error.args[0]:g}"))
        return _Failure(slow, error, at_last="still_slow")
    return _Failure(message("connection_failed", said=Name(repr(error))), error)


def _failed_answer(error: urllib.error.HTTPError, is_busy: bool) -> _Failure:
    status = Name(_scrubbed(f"{error.code} {str(error.reason)[:MOST_WORDS]}".strip(), error.url))
    if is_busy:
        wait = retry_after(error.headers.get("Retry-After"), error.headers.get("Date"))
        return _Failure(message("server_answered", status=status), error, error.code, wait)
    said = _scrubbed(error.read().decode("utf-8", "replace").strip(), error.url)
    told = message("server_answered", status=status)
    if said:
        told = message("server_said", status=status, said=Name(said))
    return _Failure(told, error, error.code, is_final=True)


def get(url: str, patience: Patience, check: Callable[[bytes], object]) -> bytes:
    """The whole answer to a request, once `check` accepts it."""

    def take(answer: http.client.HTTPResponse) -> bytes:
        data = b"".join(pieces(answer, patience.bounds))
        check(data)
        return data

    return ask(url, patience, take)


def retry_after(value: str | None, date: str | None = None) -> float:
    """Seconds to wait, from a Retry-After header: a number, or a date set against the server's own
    clock.

    >>> retry_after("20"), retry_after(None), retry_after("soon"), retry_after("²")
    (20.0, 0.0, 0.0, 0.0)
    >>> retry_after("Fri, 03 Jan 2020 00:00:30 GMT", "Fri, 03 Jan 2020 00:00:00 -0000")
    30.0
    """
    if not value:
        return 0.0
    seconds = whole_number(value)
    if seconds is not None:
        return float(seconds)
    try:
        return max((_moment(value) - _moment(date or "")).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        # A header that says nothing: the doubling wait holds.
        return 0.0


def _moment(text: str) -> datetime.datetime:
    """A date of a header; the zone -0000, which says that none is known, counts as Greenwich's."""
    found = email.utils.parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
