"""OpenAlex: cursor paging with back-off, and the snapshot's parts, whole or not at all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from firstlight.errors import InputError, SourceError
from firstlight.sources import openalex, read_documents
from firstlight.sources.transport import Patience

from .server import Answer, serve


def work(number: int) -> dict[str, object]:
    return {
        "id": f"https://openalex.org/W{number}",
        "display_name": f"Title {number}",
        "publication_date": f"2016-05-0{number}",
        "abstract_inverted_index": {"text": [1], f"made-up-{number}": [0]},
    }


def listing(number: int, last: int = 3) -> bytes:
    cursor = f"cursor-{number + 1}" if number <= last else None
    results = [work(number)] if number <= last else []
    return json.dumps(
        {"meta": {"count": last * 100, "next_cursor": cursor}, "results": results}
    ).encode()


def asked_listing(query: dict[str, str]) -> bytes:
    cursor = query["cursor"]
    return listing(1 if cursor == "*" else int(cursor.split("-")[1]))


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(attempts=3, timeout=60, pause=waits.append, busy=(403, 429, 500, 503))


def test_follows_the_cursor_to_the_empty_page(tmp_path: Path, patience: Patience) -> None:
    seen: list[tuple[int, int | None]] = []
    with serve(lambda path, query, before: Answer(asked_listing(query))) as server:
        fetched = openalex.fetch(
            {"filter": "publication_year:2016"},
            tmp_path,
            base_url=server.url,
            progress=lambda done, total: seen.append((done, total)),
            patience=patience,
            mailto="someone@example.org",
            api_key="hidden",
        )
    assert (
        fetched.is_complete and len(fetched.pages) == 3 and seen == [(1, 3), (2, 3), (3, 3), (3, 3)]
    )
    assert [query["cursor"] for _, query in server.asked] == [
        "*",
        "cursor-2",
        "cursor-3",
        "cursor-4",
    ]
    first = server.asked[0][1]
    assert (
        first["per_page"] == "100"
        and first["mailto"] == "someone@example.org"
        and first["api_key"] == "hidden"
    )
    text = (tmp_path / "state.json").read_text()
    assert "hidden" not in text and "someone@example.org" not in text
    frame = read_documents(tmp_path).table.frame
    assert frame["abstract"].to_list() == [f"made-up-{n} text" for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_backs_off_then_succeeds(
    tmp_path: Path, patience: Patience, waits: list[float], status: int
) -> None:
    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(status=status) if before < 2 else Answer(listing(4))

    with serve(answer) as server:
        assert openalex.fetch({}, tmp_path, base_url=server.url, patience=patience).is_complete
    assert waits == [2.0, 4.0]


def test_a_refusal_is_not_repeated_and_hides_the_key(tmp_path: Path, patience: Patience) -> None:
    body = b'{"error": "Invalid query parameters error."}'
    with (
        serve(lambda path, query, before: Answer(body, 400)) as server,
        pytest.raises(SourceError) as caught,
    ):
        openalex.fetch(
            {"filter": "x:1"}, tmp_path, base_url=server.url, patience=patience, api_key="hidden"
        )
    assert (
        len(server.asked) == 1
        and "Invalid query" in str(caught.value)
        and "hidden" not in str(caught.value)
    )


@pytest.mark.parametrize("bad", [b"{", b"[]", b'{"results": 3, "meta": {}}', b"<html>"])
def test_wrong_content_is_never_stored(tmp_path: Path, patience: Patience, bad: bytes) -> None:
    with serve(lambda path, query, before: Answer(bad)) as server, pytest.raises(SourceError):
        openalex.fetch({}, tmp_path, base_url=server.url, patience=patience)
    assert list(tmp_path.iterdir()) == []


def test_resumes_at_the_cursor_where_it_broke(tmp_path: Path, patience: Patience) -> None:
    is_broken = [True]

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        sent = 20 if is_broken[0] and query["cursor"] == "cursor-2" else None
        return Answer(asked_listing(query), sent=sent)

    with serve(answer) as server:
        with pytest.raises(SourceError, match="connection failed"):
            openalex.fetch({}, tmp_path, base_url=server.url, patience=patience)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["page_000001.json", "state.json"]
        is_broken[0] = False
        before = len(server.asked)
        assert openalex.fetch({}, tmp_path, base_url=server.url, patience=patience).is_complete
    assert server.asked[before][1]["cursor"] == "cursor-2"


PARTS = {
    f"data/works/updated_date=2024-01-0{n}/part_000.gz": gzip.compress(
        (json.dumps(work(n)) + "\n").encode() + json.dumps(work(n + 4)).encode(), mtime=0
    )
    for n in (1, 2)
}


def manifest(parts: dict[str, bytes] = PARTS) -> bytes:
    entries = [
        {"url": f"s3://openalex/{p}", "meta": {"content_length": len(b)}} for p, b in parts.items()
    ]
    return json.dumps({"entries": entries, "meta": {}}).encode()


def test_snapshot_whole_parts_and_resumption(tmp_path: Path, patience: Patience) -> None:
    broken = ["data/works/updated_date=2024-01-02/part_000.gz"]

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        if path == "/data/works/manifest":
            return Answer(manifest())
        return Answer(PARTS[path[1:]], sent=30 if path[1:] in broken else None)

    with serve(answer) as server:
        with pytest.raises(SourceError, match="3 tries"):
            openalex.fetch_snapshot({}, tmp_path, base_url=server.url, patience=patience)
        stored = sorted(
            p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()
        )
        assert stored == ["state.json", "works/updated_date=2024-01-01/part_000.gz"]
        broken.clear()
        before = len(server.asked)
        fetched = openalex.fetch_snapshot({}, tmp_path, base_url=server.url, patience=patience)
        assert [path for path, _ in server.asked[before:]][1:] == [
            "/data/works/updated_date=2024-01-02/part_000.gz"
        ]
    assert fetched.is_complete and [s.source for s in fetched.snapshots()] == ["openalex"] * 2
    assert read_documents(tmp_path).table.frame.height == 4


@pytest.mark.parametrize(
    "bad", [b"not gzip at all", PARTS["data/works/updated_date=2024-01-01/part_000.gz"][:-4]]
)
def test_snapshot_refuses_wrong_content(tmp_path: Path, patience: Patience, bad: bytes) -> None:
    parts = {"data/works/updated_date=2024-01-01/part_000.gz": bad}

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(manifest(parts) if path.endswith("manifest") else bad)

    with serve(answer) as server, pytest.raises(SourceError):
        openalex.fetch_snapshot({}, tmp_path, base_url=server.url, patience=patience)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_snapshot_since_and_hostile_manifest(tmp_path: Path, patience: Patience) -> None:
    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(manifest() if path.endswith("manifest") else PARTS[path[1:]])

    with serve(answer) as server:
        fetched = openalex.fetch_snapshot(
            {"since": "2024-01-02"}, tmp_path / "a", base_url=server.url, patience=patience
        )
    assert [p.file for p in fetched.pages] == ["works/updated_date=2024-01-02/part_000.gz"]
    hostile = {"data/works/../../x.gz": b"x"}
    with (
        serve(lambda path, query, before: Answer(manifest(hostile))) as server,
        pytest.raises(SourceError, match="unexpected file"),
    ):
        openalex.fetch_snapshot({}, tmp_path / "b", base_url=server.url, patience=patience)
    with pytest.raises(InputError, match="by colour"):
        openalex.fetch({"colour": "red"}, tmp_path)
