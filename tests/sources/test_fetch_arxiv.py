"""Harvesting through OAI-PMH: whole pages only, resumed after any break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firstlight.errors import InputError, SourceError
from firstlight.sources import arxiv, read_documents
from firstlight.sources.transport import Patience

from .server import Answer, serve

_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>"""
_RECORD = """<record><header><identifier>oai:arXiv.org:{id}</identifier></header><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{id}</id><created>2016-05-0{id}</created>
<authors><author><keyname>Made</keyname><forenames>Up</forenames></author></authors>
<title>Title {id}</title><categories>cs.AI cs.LG</categories><abstract>Text {id}</abstract></arXiv>
</metadata></record>"""


def page(number: int, last: int = 3) -> bytes:
    token = (
        f"<resumptionToken>token-{number + 1}</resumptionToken>"
        if number < last
        else "<resumptionToken/>"
    )
    return _PAGE.format(
        body=f"<ListRecords>{_RECORD.format(id=number)}{token}</ListRecords>"
    ).encode()


def asked_page(query: dict[str, str]) -> bytes:
    return page(int(query.get("resumptionToken", "token-1").split("-")[1]))


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(attempts=3, timeout=60, pause=waits.append)


def test_harvests_all_pages_in_order(
    tmp_path: Path, patience: Patience, waits: list[float]
) -> None:
    seen: list[tuple[int, int | None]] = []
    with serve(lambda path, query, before: Answer(asked_page(query))) as server:
        fetched = arxiv.fetch(
            {"set": "cs", "from": "2016-05-01"},
            tmp_path,
            base_url=server.url,
            progress=lambda done, total: seen.append((done, total)),
            patience=patience,
        )
    assert fetched.is_complete and [p.file for p in fetched.pages] == [
        f"page_{n:06d}.xml" for n in (1, 2, 3)
    ]
    assert [(tmp_path / p.file).read_bytes() for p in fetched.pages] == [page(n) for n in (1, 2, 3)]
    assert server.asked[0][1] == {
        "verb": "ListRecords",
        "metadataPrefix": "arXiv",
        "set": "cs",
        "from": "2016-05-01",
    }
    assert server.asked[1][1] == {"verb": "ListRecords", "resumptionToken": "token-2"}
    assert waits == [3.0, 3.0] and seen == [(1, None), (2, None), (3, None)]
    documents = read_documents(tmp_path)
    assert documents.table.frame["id"].to_list() == ["1", "2", "3"]
    assert documents.table.frame["categories"].to_list() == [["cs.AI", "cs.LG"]] * 3


def test_waits_as_long_as_told_then_succeeds(
    tmp_path: Path, patience: Patience, waits: list[float]
) -> None:
    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(status=503, headers={"Retry-After": "17"}) if before == 0 else Answer(page(3))

    with serve(answer) as server:
        assert arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience).is_complete
    assert waits == [17.0]


def test_a_connection_dropped_in_mid_page_stores_nothing_and_resumes(
    tmp_path: Path, patience: Patience
) -> None:
    def dropping(path: str, query: dict[str, str], before: int) -> Answer:
        return Answer(asked_page(query), sent=120 if "resumptionToken" in query else None)

    with serve(dropping) as server:
        url = server.url
        with pytest.raises(SourceError, match="3 tries"):
            arxiv.fetch({}, tmp_path, base_url=url, patience=patience)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page_000001.xml", "state.json"]
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["next_page"] == "token-2" and not state["is_complete"]
    with serve(lambda path, query, before: Answer(asked_page(query))) as server:
        state["asked"]["base_url"] = server.url
        (tmp_path / "state.json").write_text(json.dumps(state))
        fetched = arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
        assert [query.get("resumptionToken") for _, query in server.asked] == ["token-2", "token-3"]
        again = arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
        assert len(server.asked) == 2
    assert fetched == again and fetched.is_complete and len(fetched.pages) == 3


@pytest.mark.parametrize(
    "bad",
    [
        b"<OAI-PMH>not closed",
        b"<html>busy</html>",
        b"\x00\x01\x02",
        b'<!DOCTYPE x [<!ENTITY a "b">]><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>',
    ],
)
def test_a_malformed_page_is_asked_for_again_and_never_stored(
    tmp_path: Path, patience: Patience, bad: bytes
) -> None:
    with serve(lambda path, query, before: Answer(bad)) as server, pytest.raises(SourceError):
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
    assert len(server.asked) == 3 and list(tmp_path.iterdir()) == []


def test_a_malformed_page_followed_by_a_good_one(tmp_path: Path, patience: Patience) -> None:
    with serve(lambda path, query, before: Answer(page(3) if before else page(3)[:-9])) as server:
        assert arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience).is_complete


@pytest.mark.parametrize(
    ("code", "hint"), [("badResumptionToken", "expired"), ("badArgument", "check from")]
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, patience: Patience, code: str, hint: str
) -> None:
    body = _PAGE.format(body=f'<error code="{code}">no</error>').encode()
    with (
        serve(lambda path, query, before: Answer(body)) as server,
        pytest.raises(SourceError, match=code) as caught,
    ):
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
    assert hint in caught.value.try_next and len(server.asked) == 1


def test_nothing_matches(tmp_path: Path, patience: Patience) -> None:
    body = _PAGE.format(body='<error code="noRecordsMatch"/>').encode()
    with serve(lambda path, query, before: Answer(body)) as server:
        fetched = arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
    assert fetched.is_complete and fetched.pages == ()


def test_an_endless_token_is_an_error(tmp_path: Path, patience: Patience) -> None:
    with (
        serve(lambda path, query, before: Answer(page(1))) as server,
        pytest.raises(SourceError, match="for ever"),
    ):
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)


def test_another_query_or_a_changed_page_is_refused(tmp_path: Path, patience: Patience) -> None:
    with serve(lambda path, query, before: Answer(page(3))) as server:
        arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
        with pytest.raises(InputError, match="another fetch"):
            arxiv.fetch({"set": "cs"}, tmp_path, base_url=server.url, patience=patience)
        (tmp_path / "page_000001.xml").write_bytes(page(2))
        with pytest.raises(SourceError, match="no longer what was fetched"):
            arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)


def test_addresses_and_queries_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="http"):
        arxiv.fetch({}, tmp_path, base_url="file:///etc/passwd")
    with pytest.raises(InputError, match="by colour"):
        arxiv.fetch({"colour": "red"}, tmp_path)
