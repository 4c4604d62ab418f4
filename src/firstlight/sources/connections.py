"""A connection to a server over http or https alone: it ends when its time is up, and follows no
redirect elsewhere.

There is no handler for any other scheme, so that neither ftp nor a local file can be reached by
whatever a server says.
"""

from __future__ import annotations

import http.client
import socket
import string
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from firstlight.errors import SourceError
from firstlight.sources.bounds import (
    MOST_REDIRECTS,
    MOST_WORDS,
    Bounds,
    SlowAnswerError,
    UnwantedError,
    too_large,
)
from firstlight.texts import Count, Name, Value, message

FOLDER = Path(__file__).parent
_CHUNK = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_LONGEST_NUMBER = 18  # digits; Python refuses to read thousands of them


@contextmanager
def answered(
    request: urllib.request.Request,
    timeout: float,
    bounds: Bounds,
    *,
    follows: bool = True,
    proxies: Mapping[str, str] | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, whatever its status.

    timeout : seconds without a byte
    follows : whether a redirect is followed, on the same server or to those that
              ``bounds.follow_to`` names
    proxies : scheme -> proxy; None for those of the environment
    Raises  SlowAnswerError where the answer isn't whole in time; UnwantedError for a redirect that
            isn't followed.
    """
    cut = _Cut()
    opener = _opener(cut, proxies)
    timer = threading.Timer(min(bounds.answer_seconds, threading.TIMEOUT_MAX), cut)
    timer.daemon = True
    timer.start()
    try:
        answer = _followed(opener, request, min(timeout, bounds.answer_seconds), bounds, follows)
        with answer:
            yield answer
        if cut.is_over:  # a cut connection can look like the end of an answer
            raise TimeoutError
    except (OSError, http.client.HTTPException, SourceError) as error:
        if cut.is_over:  # what broke then broke by our hand
            raise SlowAnswerError(bounds.answer_seconds) from error
        raise
    finally:
        timer.cancel()
        cut.close()


def pieces(answer: http.client.HTTPResponse, bounds: Bounds) -> Iterator[bytes]:
    """The bytes of an answer as they come.

    Raises  UnwantedError where they are too many; IncompleteRead where fewer came than the server
            announced; SourceError where what it announced is no number.
    """
    length, size = announced_length(answer), 0
    if length is not None and length > bounds.answer_bytes:
        raise too_large(bounds)
    while piece := answer.read1(_CHUNK):
        size += len(piece)
        if size > bounds.answer_bytes:
            raise too_large(bounds)
        yield piece
    if length is not None and length != size:
        raise http.client.IncompleteRead(b"", length - size)


def announced_length(answer: http.client.HTTPResponse) -> int | None:
    """The bytes that a server announces; None where it doesn't."""
    said = answer.headers.get("Content-Length")
    if said is None or answer.chunked:
        return None
    length = whole_number(said)
    if length is None:
        raise SourceError(message("length_no_number"), FOLDER)
    return length


def whole_number(text: str) -> int | None:
    """A number as headers write it, of digits 0 to 9 and at most 18 of them; None for anything
    else.

    >>> whole_number(" 20 "), whole_number("²"), whole_number("-1"), whole_number("9" * 5000)
    (20, None, None, None)
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _LONGEST_NUMBER:
        return None
    return int(digits)


# ---- redirects


def _followed(
    opener: urllib.request.OpenerDirector,
    request: urllib.request.Request,
    timeout: float,
    bounds: Bounds,
    follows: bool,
) -> http.client.HTTPResponse:
    """The first answer that points nowhere else."""
    url, headers = request.full_url, dict(request.header_items())
    for _ in range(MOST_REDIRECTS + 1):
        answer: http.client.HTTPResponse = opener.open(request, timeout=timeout)
        if not follows or answer.status not in _REDIRECTS:
            return answer
        answer.close()
        url = _target(url, answer, bounds)
        request = urllib.request.Request(url, headers=headers)
    raise _unwanted(answer, "redirects_without_end", most=Count(MOST_REDIRECTS))


def _target(url: str, answer: http.client.HTTPResponse, bounds: Bounds) -> str:
    """The address that a redirect points to."""
    said = answer.headers.get("Location", "")
    try:
        target = urllib.parse.urljoin(url, urllib.parse.quote(said, safe=string.punctuation))
        there, here = _server(target), _server(url)
    except ValueError:
        raise _unwanted(answer, "redirect_to_no_address", said=Name(said[:MOST_WORDS])) from None
    scheme, host, port = there
    shown_port = ""
    if port not in (None, _PORTS.get(scheme)):
        shown_port = f":{port}"
    place = Name(f"{scheme}://{host}"[:MOST_WORDS] + shown_port)
    if scheme not in _PORTS:
        raise _unwanted(answer, "redirect_to_another_protocol", there=place)
    if here[0] == "https" and scheme == "http":
        raise _unwanted(answer, "redirect_from_https", there=place)
    is_same = there[1:] == here[1:]
    # From http to https at the usual ports: the same server, more safely.
    is_upgrade = here == ("http", host, 80) and there == ("https", host, 443)
    names = [f"{host}:{port}"]
    if port == _PORTS[scheme]:
        names.append(host)
    is_named = not {name.lower() for name in bounds.follow_to}.isdisjoint(names)
    if not (is_same or is_upgrade or is_named):
        raise _unwanted(answer, "redirect_to_another_server", there=place, host=Name(names[-1]))
    return target


def _server(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address.

    Raises  ValueError where it is malformed or holds a user's name.
    """
    parts = urllib.parse.urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def _unwanted(answer: http.client.HTTPResponse, code: str, **values: Value[Any]) -> UnwantedError:
    error = UnwantedError(message(code, **values), FOLDER)
    error.status = answer.status
    return error


# ---- a connection that ends when its time is up, however slowly its bytes drip


class _Cut:
    """Shuts a connection when the time is up, whether its head, its handshake or its body drips."""

    def __init__(self) -> None:
        self._link: socket.socket | None = None
        self.is_over = False

    def __call__(self) -> None:
        self.is_over = True
        if self._link is not None:
            with suppress(OSError):  # it is closed already
                self._link.shutdown(socket.SHUT_RDWR)

    def connected(self, *told: Any) -> socket.socket:
        """A new connection, as `socket.create_connection` makes it, of which a double is kept:
        encryption takes the first over."""
        link = socket.create_connection(*told)
        self.close()
        self._link = link.dup()
        if self.is_over:
            link.close()
            raise TimeoutError
        return link

    def close(self) -> None:
        """Let go of the double."""
        if self._link is not None:
            self._link.close()


def _noted(kind: type[http.client.HTTPConnection], cut: _Cut) -> type[http.client.HTTPConnection]:
    """A kind of connection that is known to what may cut it."""

    class Noted(kind):  # type: ignore[valid-type, misc]
        def __init__(self, *told: Any, **settings: Any) -> None:
            super().__init__(*told, **settings)
            self._create_connection = cut.connected

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


def _opener(cut: _Cut, proxies: Mapping[str, str] | None) -> urllib.request.OpenerDirector:
    """What opens http and https, and hands on every answer as it is."""
    opener = urllib.request.OpenerDirector()
    proxy = urllib.request.ProxyHandler(None if proxies is None else dict(proxies))
    for handler in (proxy, _Plain(cut), _Secure(cut), urllib.request.UnknownHandler()):
        opener.add_handler(handler)
    return opener
