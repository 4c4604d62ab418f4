"""Bytes from a publisher's server, asked for politely: waits when told to, and never takes half an answer."""

from __future__ import annotations

import email.utils
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from firstlight.errors import InputError, SourceError

USER_AGENT = "firstlight (open observatory; urllib)"
T = TypeVar("T")
Pause = Callable[[float], None]
Open = Callable[[str, float], AbstractContextManager[http.client.HTTPResponse]]
"""(address, seconds to wait for an answer) -> the answer, within a `with`."""
Progress = Callable[[int, int | None], None]
"""Called after each stored page or file: how many are stored, and how many there will be if the publisher says."""

_BUSY = (408, 425, 429, 500, 502, 503, 504)
SECRETS = ("api_key", "mailto")
_LONGEST_WAIT = 3600.0


class ServerError(SourceError):
    """A server refused, or still failed after the last try; `status` is what it answered then, if it did."""

    status: int | None = None


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


@dataclass(frozen=True)
class Patience:
    """How often to try, how long to wait between tries and for an answer, in seconds, and what waits.

    The wait doubles at each try, up to ten minutes; a publisher's Retry-After goes first, up to the longest wait.
    """

    attempts: int = 6
    first_wait: float = 2.0
    timeout: float = 120.0
    pause: Pause = _sleep
    busy: tuple[int, ...] = _BUSY
    longest_wait: float = _LONGEST_WAIT


def check_base_url(url: str) -> str:
    """The address without a slash at its end.

    Raises  InputError where it isn't http or https: urllib would read local files too.

    >>> check_base_url("https://example.org/oai/")
    'https://example.org/oai'
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise InputError("the address must begin with http:// or https://", where=url, try_next="check base_url=")
    return url.rstrip("/")


def address(base: str, query: Mapping[str, str]) -> str:
    """An address with its query, encoded.

    >>> address("https://example.org", {"a": "x y"})
    'https://example.org?a=x+y'
    """
    return f"{base}?{urllib.parse.urlencode(query)}" if query else base


def without_secrets(url: str) -> str:
    """An address as it may be shown: keys and mail addresses are hidden.

    >>> without_secrets("https://example.org?api_key=1&page=2")
    'https://example.org?api_key=***&page=2'
    """
    parts = urllib.parse.urlsplit(url)
    pairs = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    shown = "&".join(f"{key}={'***' if key in SECRETS else value}" for key, value in pairs)
    return urllib.parse.urlunsplit(parts._replace(query=shown))


@contextmanager
def _opened(url: str, timeout: float) -> Iterator[http.client.HTTPResponse]:
    request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        yield answer


def ask(url: str, patience: Patience, take: Callable[[http.client.HTTPResponse], T], open_address: Open = _opened) -> T:
    """What `take` makes of the answer to a request; asked again while the server is busy or the answer is broken.

    take : reads the answer; raises SourceError where it is malformed
    open_address : asks, once; raises HTTPError where the server answers with a failure
    Raises  ServerError where the server refuses, or still fails after the last try.
    """
    shown, failure = without_secrets(url), ""
    status: int | None = None
    cause: Exception | None = None
    for attempt in range(patience.attempts):
        wait = min(patience.first_wait * 2**attempt, 600.0)
        try:
            with open_address(url, patience.timeout) as answer:
                return take(answer)
        except urllib.error.HTTPError as error:
            failure, status, cause = f"the server answered {error.code} {error.reason}", error.code, error
            if error.code not in patience.busy:
                raise _refused(failure, error, shown) from error
            wait = max(wait, retry_after(error.headers.get("Retry-After"), error.headers.get("Date")))
        except SourceError as error:
            failure, status, cause = error.what, None, error
        except (OSError, http.client.HTTPException) as error:
            failure, status, cause = f"the connection failed: {error!r}", None, error
        if attempt + 1 < patience.attempts:
            patience.pause(min(wait, patience.longest_wait))
    failed = ServerError(
        f"{failure}; {patience.attempts} tries",
        where=shown,
        try_next="run the same command again later: it goes on where it stopped",
    )
    failed.status = status
    raise failed from cause


def _refused(failure: str, error: urllib.error.HTTPError, shown: str) -> ServerError:
    said = error.read(300).decode("utf-8", "replace").strip()
    refused = ServerError(f"{failure}: {said}" if said else failure, where=shown, try_next="check the query")
    refused.status = error.code
    return refused


def get(url: str, patience: Patience, check: Callable[[bytes], object]) -> bytes:
    """The whole answer to a request, once `check` accepts it."""

    def take(answer: http.client.HTTPResponse) -> bytes:
        data = answer.read()
        check_length(answer, len(data))
        check(data)
        return data

    return ask(url, patience, take)


def check_length(answer: http.client.HTTPResponse, size: int) -> None:
    """Raise IncompleteRead where fewer bytes came than the server announced."""
    length = answer.headers.get("Content-Length", "")
    if length.isdigit() and int(length) != size:
        raise http.client.IncompleteRead(b"", int(length) - size)


def retry_after(value: str | None, date: str | None = None) -> float:
    """Seconds to wait, from a Retry-After header: a number, or a date set against the server's own clock.

    >>> retry_after("20"), retry_after(None), retry_after("soon")
    (20.0, 0.0, 0.0)
    >>> retry_after("Fri, 03 Jan 2020 00:00:30 GMT", "Fri, 03 Jan 2020 00:00:00 GMT")
    30.0
    """
    if not value:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
        now = email.utils.parsedate_to_datetime(date or "")
    except ValueError:
        # A header that says nothing: the doubling wait holds.
        return 0.0
    return max((until - now).total_seconds(), 0.0)
