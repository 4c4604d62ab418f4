"""How many readers the site serves: pages from their kept bytes, beside a bare application that
sends the same number of bytes, each in a process of its own, asked by 50 readers who never wait.

    python -m benchmarks.site_load FOLDER [SECONDS]

FOLDER keeps results, or holds folders that do (as ``firstlight observe`` leaves them).
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

READERS = 50
PAGES = 500
SECONDS = 20.0
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Measured:
    """Requests a second, milliseconds within which half and 95% were answered, answers that were no
    page, and MiB of memory at the beginning and at the end."""

    a_second: float
    p50: float
    p95: float
    failed: int
    memory: tuple[float, float]


def serve_site(folder: str, port: int) -> None:
    """Serve the site, without a limit for one reader."""
    import uvicorn

    from firstlight.web.holdings import kept_in
    from firstlight.web.server import application

    app: Any = application(kept_in(Path(folder)), a_second=0)
    uvicorn.run(app, host=HOST, port=port, log_config=None, access_log=False)


def serve_bytes(size: str, port: int) -> None:
    """Serve as many bytes without doing anything for them."""
    import uvicorn

    body = b"x" * int(size)
    head = [(b"content-type", b"text/html"), (b"content-length", size.encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(app, host=HOST, port=port, log_config=None, access_log=False)


async def _read(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and bytes of the answer that comes next."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
    size = int(lengths[0].split(b":")[1])
    await reader.readexactly(size)
    return int(lines[0].split()[1]), size


async def _ask(port: int, path: str) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    answer = await _read(reader)
    writer.close()
    return answer


async def _reader(port: int, paths: Sequence[str], until: float, times: list[float]) -> int:
    """Ask for one page after another; return how many answers were no page."""
    reader, writer = await asyncio.open_connection(HOST, port)
    failed = 0
    while time.monotonic() < until:
        began = time.perf_counter()
        path = random.choice(paths)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        status, _ = await _read(reader)
        failed += status != 200
        times.append(time.perf_counter() - began)
    writer.close()
    return failed


async def _load(port: int, paths: Sequence[str], seconds: float, process: int) -> Measured:
    for path in paths:
        await _ask(port, path)  # so that every page is kept
    before = _memory(process)
    times: list[float] = []
    until = time.monotonic() + seconds
    began = time.perf_counter()
    failed = await asyncio.gather(*(_reader(port, paths, until, times) for _ in range(READERS)))
    spent = time.perf_counter() - began
    times.sort()
    half, most = (1000 * times[int(len(times) * part)] for part in (0.5, 0.95))
    return Measured(len(times) / spent, half, most, sum(failed), (before, _memory(process)))


def _memory(process: int) -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def measured(serve: Any, given: str, paths: Sequence[str], seconds: float) -> Measured:
    """What a server in a process of its own does under load."""
    port = free_port()
    process = get_context("spawn").Process(target=serve, args=(given, port), daemon=True)
    process.start()
    wait_for(port)
    try:
        return asyncio.run(_load(port, paths, seconds, process.pid or 0))
    finally:
        process.terminate()
        process.join()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def wait_for(port: int, seconds: float = 60) -> None:
    """Wait until something listens on a port."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def main(folder: str, seconds: float = SECONDS) -> None:
    """Print what both servers do, and the ratio."""
    from firstlight.web.holdings import kept_in, open_holdings

    things = [
        path for path in open_holdings(kept_in(Path(folder))).paths() if "technology/" in path
    ]
    chosen = random.Random(0).sample(things, min(PAGES, len(things)))
    paths = [f"/{lang}/{path}" for path in chosen for lang in ("en", "zh")]
    ours = measured(serve_site, folder, paths, seconds)
    bare = measured(serve_bytes, str(25_000), ["/"], seconds)
    print(f"{len(things):,} technologies, {len(paths):,} pages, {READERS} readers, {seconds:g} s")
    for name, one in (("site", ours), ("bare", bare)):
        first, last = one.memory
        print(
            f"{name}: {one.a_second:,.0f} a second, half in {one.p50:.1f} ms, 95% in {one.p95:.1f} ms, "
            f"{one.failed} failed, {first:.0f} MiB, then {last:.0f}"
        )
    print(f"the site serves {ours.a_second / bare.a_second:.2f} of what the bare one does")


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
