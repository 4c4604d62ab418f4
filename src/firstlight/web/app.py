"""The site as an application of ASGI, which any of its servers runs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qsl

from firstlight.errors import visible
from firstlight.views.site.page import Site
from firstlight.web.answers import TEXT, Answer, accepted_language
from firstlight.web.assistant import Tools, server_of
from firstlight.web.desk import MOST_ASKED, Desk
from firstlight.web.limits import Metrics, Rate

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Log = Callable[[str], None]
SECONDS = 30  # that an answer may take
FRESH = 5.0  # seconds after which it is looked whether results were added
WATCHED = ("/healthz", "/metrics")  # asked by machines: neither limited nor logged


class Application:
    """Pages, files, API and an assistant's tools of one site.

    open_site : opens what is kept
    stamp     : changes when what is kept has changed, upon which it is opened again
    rate      : of one reader
    log       : takes a line of JSON for each request
    """

    def __init__(
        self,
        open_site: Callable[[], Site],
        *,
        stamp: Callable[[], object] = lambda: None,
        rate: Rate | None = None,
        log: Log | None = None,
    ) -> None:
        self._open_site = open_site
        self._stamp = stamp
        self._stamped = stamp()
        self._looked = time.monotonic()
        self.desk = Desk(open_site())
        self.metrics = Metrics()
        self._rate = rate or Rate(0)
        self._log = log
        self._door = server_of(Tools(self.desk.api)).streamable_http_app(
            json_response=True, stateless_http=True
        )
        self._opened = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or begin and end with the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                await self._opened.enter_async_context(
                    self._door.router.lifespan_context(self._door)
                )
            else:
                await self._opened.aclose()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        path = scope["path"]
        asked = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        reader = (scope.get("client") or ("",))[0]
        if path == "/mcp" and self._rate.allows(reader):
            await self._door(scope, receive, send)
            self._count(scope, 200, began)
            return
        try:
            answer = await self._made(scope, asked, reader)
        except Exception:  # a reader gets a page, the server's log the reason
            lang = accepted_language(asked.get("accept-language", ""))
            failed = self.desk.refused(500, path, lang)
            await self._send(scope, failed, asked, send, began)
            raise
        await self._send(scope, answer, asked, send, began)

    async def _send(
        self, scope: Scope, answer: Answer, asked: Mapping[str, str], send: Send, began: float
    ) -> None:
        status, headers, body = answer.sent(asked)
        if scope["method"] == "HEAD":
            body = b""
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})
        self._count(scope, status, began)

    async def _made(self, scope: Scope, asked: Mapping[str, str], reader: str) -> Answer:
        path = scope["path"]
        language = asked.get("accept-language", "")
        lang = accepted_language(language)
        if path == "/healthz":
            return Answer(200, TEXT, b"ok\n")
        if path == "/metrics":
            return Answer(200, TEXT, self.metrics.text().encode("ascii"))
        if not self._rate.allows(reader):
            return self.desk.refused(429, path, lang)
        if scope["method"] not in ("GET", "HEAD"):
            return self.desk.refused(405, path, lang)
        await self._refresh()
        if not scope["query_string"]:
            kept = self.desk.kept(path)
            if kept is not None:
                return kept
        try:
            text = scope["query_string"].decode("utf-8", "replace")
            query = parse_qsl(text, keep_blank_values=True, max_num_fields=4 * MOST_ASKED)
        except ValueError:
            return self.desk.refused(414, path, lang)
        work = asyncio.to_thread(self.desk.answer, path, query, language)
        return await asyncio.wait_for(work, SECONDS)

    async def _refresh(self) -> None:
        """Open what is kept again where results were added."""
        now = time.monotonic()
        if now - self._looked < FRESH:
            return
        self._looked = now
        stamped = await asyncio.to_thread(self._stamp)
        if stamped == self._stamped:
            return
        self._stamped = stamped
        self.desk = Desk(await asyncio.to_thread(self._open_site))

    def _count(self, scope: Scope, status: int, began: float) -> None:
        seconds = time.perf_counter() - began
        self.metrics.add(status, seconds)
        if scope["path"] not in WATCHED:
            told = {"path": scope["path"], "status": status, "ms": round(1000 * seconds, 1)}
            self._write({"level": "info", "method": scope["method"], **told})

    def _write(self, line: Mapping[str, Any]) -> None:
        """A line for the log: never a query, which may hold what somebody typed."""
        if self._log is not None:
            told = {"time": round(time.time(), 3), **line, "path": visible(line["path"])}
            self._log(json.dumps(told, ensure_ascii=False))
