"""A site of invented observations and of a measurement on its sample."""

from __future__ import annotations

import asyncio
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from invented_take_off import Observation as Given

import firstlight as fl
from firstlight.run.observed import Observation
from firstlight.store.name_index import NameIndex
from firstlight.views.site.measured import measured_thing
from firstlight.views.site.observed import Observed
from firstlight.views.site.page import Site
from firstlight.views.site.shelf import Shelf
from firstlight.web.app import Application
from firstlight.web.limits import Rate

CREATED = "2026-01-02T03:04:05+00:00"
Headers = dict[str, str]


def observed(given: Given, code: str = "papers") -> Observed:
    """The things of an observation."""
    return Observed(code, Observation.of(*given), CREATED)


@cache
def measured() -> Any:
    """Measurements on their samples, as a project keeps them: curves, a matrix, networks."""
    with TemporaryDirectory() as folder:
        names = ("growth", "mobility", "collaboration")
        return [fl.measure(name, project=folder) for name in names]


def shelf_of(given: Given) -> Shelf:
    """A shelf with one observation and three measurements."""
    things = [measured_thing("papers", each, CREATED) for each in measured()]
    return Shelf({"papers": observed(given)}, {thing.path: thing for thing in things})


def site_of(given: Given, **settings: Any) -> Site:
    """Its pages."""
    shelf = shelf_of(given)
    return Site(shelf, search=NameIndex(shelf.names()).find, **settings)


def application_of(given: Given, **settings: Any) -> Application:
    """The same as an application of ASGI."""
    site = site_of(given, address="https://observatory.example")
    return Application(lambda: site, rate=settings.pop("rate", Rate(0)), **settings)


def get(
    app: Application,
    address: str,
    headers: Headers | None = None,
    method: str = "GET",
    sent: list[dict[str, Any]] | None = None,
) -> tuple[int, Headers, bytes]:
    """Status, headers and bytes of what an application answers; sent holds what it sent until it
    failed."""
    path, _, query = address.partition("?")
    given = {"host": "observatory.example", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.1", 5000),
    }
    sent = [] if sent is None else sent

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(app(scope, receive, send))
    names = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    assert len(dict(names)) == len(names)  # no header twice
    body = b"".join(event.get("body", b"") for event in sent[1:])
    return sent[0]["status"], dict(names), body
