"""A small web server on this machine that plays a publisher, with whatever faults a test scripts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Answer:
    """One answer; `sent` bytes of it go out before the connection drops (all, unless given).

    Of the body a byte goes out every `drip` seconds where that isn't 0. `length` stands in the
    place of the length of the body; "" for none.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    drip: float = 0.0
    length: str | None = None
    reason: str | None = None


@dataclass
class Served:
    """The address of a running server and what it was asked, in order."""

    url: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serve(answer: Callable[[str, dict[str, str], int], Answer]) -> Iterator[Served]:
    """Serve on 127.0.0.1; `answer` gets the path, the query and how many requests came before."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            given = answer(parts.path, query, len(served.asked))
            served.asked.append((parts.path, query))
            self.send_response(given.status, given.reason)
            length = str(len(given.body)) if given.length is None else given.length
            if length:
                self.send_header("Content-Length", length)
            self.close_connection = length != str(len(given.body))
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the client has gone, which is what some tests are about
                self.drop(
                    given.body if given.sent is None else given.body[: given.sent], given.drip
                )
            if given.sent is not None:
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(1)

        def drop(self, data: bytes, seconds: float) -> None:
            step = 1 if seconds else max(len(data), 1)
            for place in range(0, len(data), step):
                self.wfile.write(data[place : place + step])
                self.wfile.flush()
                time.sleep(seconds)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        with mock.patch.dict(
            os.environ, no_proxy="127.0.0.1"
        ):  # a machine behind a proxy would ask that for its own pages
            yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
