"""What the site answers over HTTP: languages, copies, errors, limits, the API and an assistant's
tools; and what is tried against it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from invented_site import application_of, get, observed, shelf_of, site_of
from invented_take_off import observation

from firstlight.web.answers import accepted_language
from firstlight.web.app import Application
from firstlight.web.desk import MOST_PATH, MOST_VALUE
from firstlight.web.limits import Metrics, Rate


@pytest.fixture(scope="module")
def app() -> Application:
    """The invented site."""
    return application_of(observation())


def first_technology() -> str:
    """The address of the first of the invented technologies."""
    return next(path for path in shelf_of(observation()).paths() if "/technology/" in path)


def test_the_first_page_is_in_the_language_that_a_reader_prefers(app: Application) -> None:
    for header, there in (("zh-CN,zh;q=0.9", "/zh/"), ("fr", "/en/"), ("", "/en/")):
        status, headers, _ = get(app, "/", {"accept-language": header})
        assert (status, headers["location"]) == (302, there)
        assert "Accept-Language" in headers["vary"]


@given(some.text(max_size=80))
def test_any_header_gives_a_language(header: str) -> None:
    assert accepted_language(header) in ("en", "zh")


def test_an_unchanged_page_is_not_sent_again(app: Application) -> None:
    address = f"/en/{first_technology()}"
    status, headers, body = get(app, address)
    assert status == 200 and headers["etag"] and len(body) == int(headers["content-length"])
    again, told, nothing_sent = get(app, address, {"if-none-match": f'W/{headers["etag"]}, "x"'})
    assert (again, nothing_sent) == (304, b"") and told["etag"] == headers["etag"]
    _, packed, small = get(app, address, {"accept-encoding": "gzip, br"})
    assert packed["content-encoding"] == "gzip" and gzip.decompress(small) == body
    assert len(small) < len(body) / 2 and "Accept-Encoding" in packed["vary"]
    _, head, none = get(app, address, method="HEAD")
    assert none == b"" and head["content-length"] == headers["content-length"]


def test_a_page_allows_its_own_style_and_script_alone(app: Application) -> None:
    for address in ("/en/", "/zh/papers/record", "/nothing", "/en/papers/measurement/growth"):
        _, headers, body = get(app, address)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert b"http://" not in body.replace(b"http://www.w3.org", b"")
    _, of_chart, _ = get(app, f"/en/{first_technology()}.svg")
    assert "script-src" not in of_chart["content-security-policy"]
    assert "default-src 'none'" in of_chart["content-security-policy"]


ATTEMPTS = (
    *(
        "/../../etc/passwd",
        "/en/../../../etc/passwd",
        "/assets/../page.css",
        "/data/..%2f..%2fx.csv",
    ),
    *(
        "/assets/%2e%2e/%2e%2e/site.css",
        "/en/papers/technology/../../../etc/passwd",
        "//evil.example",
    ),
    *(
        "/en//evil.example/",
        "/en/papers/technology/%00",
        "/en/%0d%0aset-cookie:%20a=b",
        "/data/.csv",
    ),
    *(
        "/en/papers/technology/<script>alert(1)</script>",
        "/en/{{7*7}}",
        "/en/papers/%7B%7B7*7%7D%7D",
    ),
    *("/data/file:///etc/passwd.csv", "/api/v1/http://169.254.169.254/latest", "/api/v2/", "/api/"),
    *(
        "/en/papers/measurement/growth.svg?chart=../../x",
        "/mcp/../en/",
        "/en/papers/technology/a/b",
    ),
)


@pytest.mark.parametrize("address", ATTEMPTS)
def test_what_is_tried_finds_nothing(app: Application, address: str) -> None:
    status, headers, body = get(app, address)
    assert status in (400, 404)
    assert "set-cookie" not in headers and "location" not in headers
    assert b"root:" not in body and b"<script>alert" not in body and b"49" not in body[:200]


def test_errors_are_pages_for_readers_and_json_for_programs(app: Application) -> None:
    status, headers, body = get(app, "/zh/papers/technology/none")
    assert status == 404 and "没有这个页面" in body.decode() and "html" in headers["content-type"]
    technology = first_technology()
    status, headers, body = get(app, f"/data/{technology}.json?histroy=1")
    assert status == 400 and json.loads(body)["error"]
    status, _, body = get(app, "/en/papers/technologies?area=energy&from=x")
    assert status == 400 and b"x is no year" in body
    status, _, _ = get(app, "/" + "a" * (MOST_PATH + 1))
    assert status == 414
    status, _, body = get(app, f"/search?q={'a' * (MOST_VALUE + 1)}")
    assert status == 400 and json.loads(body)["error"]
    status, _, body = get(app, "/api/v1/compare?of=papers/technology/none&of=x")
    assert status == 404 and json.loads(body)["error"]
    status, _, _ = get(app, "/en/papers/technologies?" + "&".join(f"a{k}=1" for k in range(500)))
    assert status == 414
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        status, headers, _ = get(app, "/en/", method=method)
        assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_a_conditions_page_names_what_is_selected(app: Application) -> None:
    status, _, body = get(app, "/en/papers/technologies?area=energy~space")
    page = body.decode()
    assert status == 200 and "energy~space" in page
    assert "/data/papers/technologies.csv?area=energy%7Espace" in page or (
        "/data/papers/technologies.csv?area=energy~space" in page
    )
    assert "/zh/papers/technologies?area=energy" in page


def test_one_reader_may_ask_so_much() -> None:
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    assert [rate.allows("a") for _ in range(9)] == [True] * 8 + [False]
    assert rate.allows("b")
    now[0] = 0.5
    assert [rate.allows("a"), rate.allows("a")] == [True, False]
    app = application_of(observation(), rate=Rate(1, clock=lambda: 0.0))
    statuses = [get(app, "/en/")[0] for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    assert get(app, "/healthz")[0] == 200


def test_requests_are_counted_and_logged_without_what_was_asked() -> None:
    lines: list[str] = []
    app = application_of(observation(), log=lines.append)
    get(app, "/search?q=a-secret-word")
    get(app, "/en/\x1b[31m")
    get(app, "/healthz")
    told = [json.loads(line) for line in lines]
    assert [each["status"] for each in told] == [200, 404]
    assert "a-secret-word" not in "".join(lines) and "\x1b" not in "".join(lines)
    text = get(app, "/metrics")[2].decode()
    assert 'firstlight_requests_total{status="200"} 2' in text
    assert 'firstlight_request_seconds_bucket{le="+Inf"} 3' in text


def test_what_breaks_is_a_page_for_the_reader_and_an_exception_for_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = application_of(observation())

    def broken(*given: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(app.desk, "answer", broken)
    sent: list[Any] = []
    with pytest.raises(RuntimeError):
        get(app, "/zh/", {"accept-language": "zh"}, sent=sent)
    assert sent[0]["status"] == 500 and "服务器出错" in sent[1]["body"].decode()
    assert "a fault" not in sent[1]["body"].decode()


def test_metrics_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.02, 9.0):
        metrics.add(200, seconds)
    lines = dict(line.rsplit(" ", 1) for line in metrics.text().splitlines() if line[0] != "#")
    assert lines['firstlight_request_seconds_bucket{le="0.005"}'] == "1"
    assert lines['firstlight_request_seconds_bucket{le="0.025"}'] == "2"
    assert float(lines["firstlight_request_seconds_sum"]) == pytest.approx(9.021)


def test_results_that_are_added_show_without_a_new_start(monkeypatch: pytest.MonkeyPatch) -> None:
    now, stamps = [0.0], [1]
    monkeypatch.setattr("firstlight.web.app.time.monotonic", lambda: now[0])
    sites = iter([site_of(observation()), site_of(observation(seed=8))])
    app = Application(lambda: next(sites), stamp=lambda: stamps[0])
    before = get(app, "/data/papers/technologies.csv")[2]
    stamps[0], now[0] = 2, 1.0
    assert get(app, "/data/papers/technologies.csv")[2] == before  # it looks every few seconds
    now[0] = 60.0
    assert get(app, "/data/papers/technologies.csv")[2] != before


# ---- the API


def _told(app: Application, address: str) -> dict[str, Any]:
    status, headers, body = get(app, address)
    assert status == 200 and headers["content-type"].startswith("application/json"), address
    return dict(json.loads(body))


def test_pages_of_a_table_together_are_the_table(app: Application) -> None:
    whole = observed(observation()).tables["technologies"].sort("rank", nulls_last=True)
    address: str | None = "/api/v1/papers/technologies?table=technologies&limit=17"
    names = []
    while address:
        answer = _told(app, address)
        names += [row["technology_id"] for row in answer["tables"]["technologies"]]
        assert answer["rows_count"]["technologies"] == whole.height
        address = answer["next"]
    assert names == whole["technology_id"].to_list()


def test_the_api_tells_chance_record_and_source(app: Application) -> None:
    answer = _told(app, f"/api/v1/{first_technology()}?lang=zh")
    assert answer["said"] and any("概率" in line for line in answer["said"])
    assert answer["origin"]["licence"] and answer["page"].startswith(
        "https://observatory.example/zh/"
    )
    index = _told(app, "/api/v1/")
    assert [each["collection"] for each in index["observations"]] == ["papers"]
    assert "papers/measurement/growth" in [each["path"] for each in index["others"]]
    paths: list[str] = []
    address: str | None = "/api/v1/things?kind=technology&limit=25"
    while address:
        page = _told(app, address)
        paths += page["paths"]
        address = page["next"]
    assert paths == [path for path in shelf_of(observation()).paths() if "/technology/" in path]
    both = _told(app, "/api/v1/compare?" + urlencode([("of", path) for path in paths[:2]]))
    assert len(both["tables"]["technologies"]) == 2


def test_the_description_names_what_there_is(app: Application) -> None:
    described = _told(app, "/openapi.json")
    assert described["openapi"].startswith("3.1")
    filled = {"{collection}": "papers", "{kind}": "record"}
    for path, operations in described["paths"].items():
        address = path
        for place, value in filled.items():
            address = address.replace(place, value)
        query = ""
        if "{identifier}" in address:
            address = f"/api/v1/{first_technology()}"
        if path.endswith("compare"):
            two = [each for each in shelf_of(observation()).paths() if "/technology/" in each][:2]
            query = "?" + urlencode([("of", each) for each in two])
        assert get(app, address + query)[0] == 200, path
        assert set(operations) == {"get"}


APP = application_of(observation())
PATHS = tuple(_told(APP, "/openapi.json")["paths"])
PARTS = some.sampled_from(
    ["papers", "record", "technology", "technologies", "area", "energy", "é/..", ""]
)
NAMES = some.sampled_from(
    ["q", "of", "table", "offset", "limit", "from", "to", "lang", "kind", "area"]
)
VALUES = some.one_of(
    some.text(max_size=30),
    some.integers().map(str),
    some.sampled_from(["papers/record", "technologies", "~", "2015", "zh", "0", "10"]),
)


@settings(max_examples=150)
@given(some.sampled_from(PATHS), PARTS, PARTS, some.lists(some.tuples(NAMES, VALUES), max_size=6))
def test_no_query_of_any_kind_breaks_the_api(
    path: str, kind: str, identifier: str, query: list[tuple[str, str]]
) -> None:
    for place, value in (
        ("{collection}", "papers"),
        ("{kind}", kind),
        ("{identifier}", identifier),
    ):
        path = path.replace(place, quote(value))
    asked = urlencode([(name, value.encode("utf-8", "replace")) for name, value in query])
    status, headers, body = get(APP, f"{path}?{asked}")
    assert status in (200, 400, 404, 414)
    assert headers["content-type"].startswith("application/json") and json.loads(body) is not None


# ---- an assistant's tools, by a real client over a real connection


@contextlib.contextmanager
def served(app: Application) -> Iterator[str]:
    """The address of an application on this machine."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)


def test_an_assistant_finds_a_technology_its_chance_and_its_source() -> None:
    from mcp import Client

    async def ask(address: str) -> None:
        async with Client(f"{address}/mcp") as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert {"search", "technology", "forecast_record", "compare", "explain"} <= set(tools)
            assert all(tool.annotations.read_only_hint for tool in tools.values())

            async def told(name: str, **given: Any) -> dict[str, Any]:
                answer = await client.call_tool(name, given)
                assert not answer.is_error
                return dict(answer.structured_content)

            name = observed(observation()).technology_path("x").split("/")[0]
            assert name == "papers"
            technology = first_technology()
            known = await told("technology", path=technology, language="zh")
            assert known["said"] and known["origin"]["licence"]
            hits = (await told("search", question=known["name"]["en"]))["hits"]
            assert technology in {hit["path"] for hit in hits}
            record = await told("forecast_record", collection="papers")
            assert record["tables"]["record"]
            assert "error" in await told("technology", path="papers/technology/none")
            assert (await told("explain", path=technology))["origin"]["explain"]

    with served(application_of(observation())) as address:
        asyncio.run(ask(address))
