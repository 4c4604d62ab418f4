"""A small model server on this machine that speaks the chat-completions protocol, with whatever
faults a test scripts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """One answer. Of `body`, a byte goes out every `drip` seconds where that isn't 0; of the head,
    where `drips_head`."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    drips_head: bool = False
    has_length: bool = True


@dataclass
class Served:
    """The address of a running server, what it was asked, in order, and the headers of the
    questions."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def said(text: str, model: str = "served") -> Answer:
    """An answer of the protocol that holds a text."""
    told = {"model": model, "choices": [{"message": {"role": "assistant", "content": text}}]}
    return Answer(json.dumps(told).encode())


def evidence_in(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a question tells of a technology."""
    told: dict[str, Any] = json.loads(asked["messages"][1]["content"])
    return told


@contextmanager
def serve_chat(answer: Callable[[dict[str, Any], int], Answer], port: int = 0) -> Iterator[Served]:
    """Serve on 127.0.0.1, at any port that is free unless told; `answer` gets the question and how
    many came before."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = answer(asked, len(served.asked))
            served.asked.append(asked)
            served.headers.append(dict(self.headers.items()))
            served.paths.append(self.path)
            with suppress(OSError):  # the client has gone, which is what some tests are about
                self.send(given)

        def do_GET(self) -> None:
            served.paths.append(f"GET {self.path}")
            self.send_error(404)

        def send(self, given: Answer) -> None:
            if given.drips_head:
                self.drop(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000, given.drip)
                return
            self.send_response(given.status)
            if given.has_length:
                self.send_header("Content-Length", str(len(given.body)))
            else:
                self.send_header("Connection", "close")
                self.close_connection = True
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.drop(given.body, given.drip)

        def drop(self, data: bytes, seconds: float) -> None:
            if not seconds:
                self.wfile.write(data)
                return
            for place in range(len(data)):
                self.wfile.write(data[place : place + 1])
                self.wfile.flush()
                time.sleep(seconds)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    served = Served(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
