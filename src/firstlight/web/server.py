"""Serve what some folders keep, by one process of uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from firstlight.errors import InputError, installing
from firstlight.texts import message
from firstlight.web.holdings import open_site, stamp

__all__ = ["EXTRA", "application", "check_extra", "serve"]

WEB = Path(__file__).parent
EXTRA = "serve"
NEEDED = ("jinja2", "mcp", "uvicorn")
HOST = "127.0.0.1"
PORT = 8000
A_SECOND = 50.0  # requests that one reader may make, over time
MOST_AT_ONCE = 512  # connections


def check_extra() -> None:
    """Raise InputError where the packages of the extra are not installed."""
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(message("needs_extra", command=installing(EXTRA)), WEB)


def application(
    folders: Sequence[Path], *, address: str = "", a_second: float = A_SECOND, log: bool = False
) -> object:
    """The application of ASGI, for a server of one's own.

    folders  : that keep results
    address  : of the site, as citations have it
    a_second : requests of one reader; 0 for as many as wanted
    """
    from firstlight.web.app import Application
    from firstlight.web.limits import Rate

    return Application(
        lambda: open_site(folders, address=address),
        stamp=lambda: stamp(folders),
        rate=Rate(a_second),
        log=(lambda line: print(line, file=sys.stderr, flush=True)) if log else None,
    )


def serve(
    folders: Sequence[Path],
    *,
    host: str = HOST,
    port: int = PORT,
    address: str = "",
    a_second: float = A_SECOND,
    log: bool = False,
) -> None:
    """Serve until interrupted."""
    import uvicorn

    app = application(
        folders, address=address or f"http://{host}:{port}", a_second=a_second, log=log
    )
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=10,
        lifespan="on",
    )
