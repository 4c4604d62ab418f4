"""Pages with addresses: each thing has one, each link leads somewhere, nothing that came from
documents acts, and files hold exactly what is selected."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hostile_take_off import TEXTS
from hypothesis import given
from hypothesis import strategies as some
from invented_site import CREATED, application_of, get, observed, shelf_of, site_of
from invented_take_off import Observation, nothing, without_forecast
from polars.testing import assert_frame_equal

from firstlight.document import Document, Grid, Heading, Item, Paragraph, Sentence
from firstlight.errors import InputError
from firstlight.store.name_index import Named, NameIndex
from firstlight.texts import LANGUAGES
from firstlight.views.document_files import Kept, keep_document, kept_documents
from firstlight.views.site.addresses import slug
from firstlight.views.site.briefs import brief_thing
from firstlight.views.site.feed import feed
from firstlight.views.site.files import TYPES, bibtex, cited, thing_file
from firstlight.views.site.page import Site
from firstlight.views.site.shelf import Shelf
from firstlight.views.site.thing import Thing

VOID = {"meta", "link", "input", "br", "img", "wbr"}
MARKUP = {
    *("html", "head", "title", "body", "header", "main", "footer", "nav", "section", "form"),
    *("label", "ul", "ol", "li", "p", "a", "h1", "h2", "h3", "button", "div", "span", "strong"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "figure", "script"),
    *("figcaption", "details", "summary", "pre", "code", "bdi", "svg", "g", "line", "text", "rect"),
    *("polyline", "polygon", "circle", "path", *VOID),
}


class Read(HTMLParser):
    """Tags, attributes, links and the text of a page; fails where tags don't close."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def links(self) -> set[str]:
        return {value for _, name, value in self.attributes if name in ("href", "src", "action")}


def test_every_thing_has_a_page_in_each_language_and_every_link_leads_somewhere(
    take_off: Observation,
) -> None:
    app = application_of(take_off)
    asked, to_ask = set[str](), {"/en/", "/zh/"}
    while to_ask:
        address = to_ask.pop()
        asked.add(address)
        status, headers, body = get(app, address)
        assert status == 200, address
        if not headers["content-type"].startswith("text/html"):
            continue
        page = Read(body.decode("utf-8"))
        assert page.tags <= MARKUP
        forms = {value for _, name, value in page.attributes if name == "action"}
        links = {link for link in page.links - forms if link.startswith("/")}
        to_ask |= links - asked
    things = {f"/{lang}/{path}" for lang in LANGUAGES for path in shelf_of(take_off).paths()}
    listed = {address for address in things if "/technology/" not in address}
    assert listed <= asked
    assert sum("/technology/" in address for address in asked) > 100


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_in_its_language_alone(take_off: Observation, lang: str) -> None:
    site = site_of(take_off)
    for path in ("papers/technologies", "papers/record", "papers/source"):
        page = Read(site.page(site.shelf.find(path), lang))  # type: ignore[arg-type]
        assert ("html", "lang", {"en": "en", "zh": "zh-Hans"}[lang]) in page.attributes
        headings = "".join(page.text)
        assert ("许可" in headings) == (lang == "zh")
        assert ("Download" in headings or "Licence" in headings) == (lang == "en")


def test_what_documents_hold_never_acts(hostile: Observation) -> None:
    site = site_of(hostile)
    for path in site.shelf.paths():
        if "measurement" in path:
            continue
        page = Read(site.page(site.shelf.find(path), "zh"))  # type: ignore[arg-type]
        assert page.tags <= MARKUP
        names = {name for _, name, _ in page.attributes}
        assert not {name for name in names if name.startswith("on")} and "style" not in names
        assert all(re.match(r"(/|#|https?://)", link) for link in page.links), page.links
        assert sum(tag == "script" for tag, name, _ in page.attributes if name == "src") == 1
    for text in TEXTS:
        assert Read(site.search("en", text)).tags <= MARKUP


def test_an_observation_without_a_forecast_and_one_of_nothing_have_their_pages() -> None:
    for given_one in (without_forecast(), nothing()):
        site = site_of(given_one)
        paths = list(site.shelf.paths())
        for path in [*paths[:40], *paths[-3:]]:
            Read(site.page(site.shelf.find(path), "en"))  # type: ignore[arg-type]
        Read(site.home("zh"))


def _technology(take_off: Observation) -> Thing:
    seen = observed(take_off)
    named = seen.tables["technologies"].sort("rank")["technology_id"][0]
    return seen.technology(named)


def test_files_hold_what_is_selected_and_nothing_else(take_off: Observation) -> None:
    thing = _technology(take_off)
    years = sorted(thing.tables["history"]["year"])
    chosen = thing.selected({"from": str(years[3]), "to": str(years[6])})
    expected = thing.tables["history"].filter(pl.col("year").is_between(years[3], years[6]))
    csv = thing_file(chosen, "csv", "en", "history")
    assert csv.startswith(b"\xef\xbb\xbf")
    read = pl.read_csv(io.BytesIO(csv), schema_overrides=expected.schema)
    assert_frame_equal(read, expected)
    told = json.loads(thing_file(chosen, "json", "en"))
    assert told["selection"] == {"from": str(years[3]), "to": str(years[6])}
    assert told["tables"]["history"] == expected.to_dicts()
    assert told["rows_count"]["history"] == expected.height
    assert {"licence", "sources", "created", "code_version"} <= told["origin"].keys()


def test_several_values_of_a_condition_are_parted_by_a_tilde(take_off: Observation) -> None:
    thing = observed(take_off).technologies()
    chosen = thing.selected({"area": "energy~space"})
    assert set(chosen.table()["area"]) == {"energy", "space"}
    assert chosen.table().height < thing.table().height
    with pytest.raises(InputError) as refused:
        thing.selected({"aera": "energy"})
    assert "area" in refused.value.told("en")
    with pytest.raises(InputError) as refused:
        _technology(take_off).selected({"from": "19x0"})
    assert "19x0" in refused.value.told("zh")


def test_a_workbook_holds_each_table_and_where_it_comes_from(take_off: Observation) -> None:
    import openpyxl

    thing = _technology(take_off)
    book = openpyxl.load_workbook(io.BytesIO(thing_file(thing, "xlsx", "en")))
    sheet = book["history"]
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == thing.tables["history"].columns
    assert [row[1] for row in rows[1:]] == thing.tables["history"]["year"].to_list()
    origin = dict(row[:2] for row in book["origin"].iter_rows(values_only=True))
    assert origin["licence"] == thing.origin.licence


def test_a_dictionary_says_what_every_column_means(take_off: Observation) -> None:
    thing = _technology(take_off)
    package = json.loads(thing_file(thing, "metadata.json", "en"))
    fields = {
        resource["name"]: [field["name"] for field in resource["schema"]["fields"]]
        for resource in package["resources"]
    }
    assert fields == {name: frame.columns for name, frame in thing.tables.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chart_is_a_file_with_its_title_and_source(take_off: Observation, lang: str) -> None:
    thing = _technology(take_off)
    svg = thing_file(thing, "svg", lang).decode("utf-8")
    drawn = ElementTree.fromstring(svg)
    words = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0] == thing.name[lang] and thing.origin.title[lang] in str(words[-1])
    assert "var(" not in svg  # programs that draw know no variables
    png = thing_file(thing, "png", lang)
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20], "big")
    assert width == pytest.approx(3 * float(drawn.get("width", "0")), abs=2)


def test_what_a_thing_does_not_have_is_named(take_off: Observation) -> None:
    seen = observed(take_off)
    for ending, part in (("csv", "historie"), ("svg", "curse"), ("png", "")):
        thing = seen.record() if ending == "png" else _technology(take_off)
        with pytest.raises(InputError):
            thing_file(thing, ending, "en", part)
    empty = _technology(take_off).selected({"from": "2100"})
    with pytest.raises(InputError) as refused:
        thing_file(empty, "svg", "en")
    assert refused.value.code == "not_drawn"


def test_citations_say_what_when_from_where(take_off: Observation) -> None:
    thing = _technology(take_off)
    address = "https://observatory.example/en/papers/technology/x"
    for lang in LANGUAGES:
        sentence = cited(thing, lang, address)
        assert address in sentence and "2026-01-02" in sentence
    entry = bibtex(thing, address)
    assert entry.startswith("@misc{firstlight-") and entry.count("{") == entry.count("}")


def test_every_form_of_every_name_finds_its_technology(take_off: Observation) -> None:
    shelf = shelf_of(take_off)
    index = NameIndex(shelf.names())
    for address, form, _ in shelf.names():
        assert address in {hit.address for hit in index.find(form, 500)}, form


def test_the_index_knows_chinese_by_pairs_and_words_by_their_beginnings() -> None:
    rows = [
        Named("chip", "人工智能芯片", 5),
        Named("cell", "钙钛矿太阳能电池"),
        Named("net", "Réseaux 网络"),
    ]
    index = NameIndex(
        [*rows, Named("chip", "AI chips", 5), Named("other", "chips made elsewhere", 9)]
    )
    assert [hit.address for hit in index.find("芯片")] == ["chip"]
    assert [hit.address for hit in index.find("芯")] == ["chip"]
    assert [hit.address for hit in index.find("太阳能 电池")] == ["cell"]
    assert [hit.address for hit in index.find("reseau")] == ["net"]
    assert [hit.address for hit in index.find("ai chip")] == ["chip"]
    assert [hit.address for hit in index.find("CHIPS")] == ["other", "chip"]
    for nothing_asked in ("", "  ", '"*"', "芯电", "' OR 1=1 --", "NEAR(", "\x00"):
        assert index.find(nothing_asked) == [], nothing_asked


@given(some.lists(some.text(min_size=1, max_size=60), min_size=2, max_size=6, unique=True))
def test_no_two_identifiers_share_an_address(identifiers: list[str]) -> None:
    import unicodedata

    composed = {unicodedata.normalize("NFC", each) for each in identifiers}
    assert len({slug(each) for each in identifiers}) == len(composed)
    for each in identifiers:
        assert not set(slug(each)) & set('/\\?#%:*"<>|\x00') and slug(each) not in (".", "..")
        assert len(slug(each).encode("utf-8")) <= 160


def test_the_feed_tells_each_change_once(take_off: Observation) -> None:
    shelf = shelf_of(take_off)
    space = "{http://www.w3.org/2005/Atom}"
    for lang in LANGUAGES:
        read = ElementTree.fromstring(feed(shelf, lang, "https://observatory.example"))
        entries = read.findall(f"{space}entry")
        assert len(entries) == min(take_off[0]["changes"].height, 200)
        ids = [entry.findtext(f"{space}id") for entry in entries]
        assert len(set(ids)) == len(ids)


def test_a_brief_is_kept_in_every_language_and_has_an_address(tmp_path: Path) -> None:
    told = (Sentence("Chips <b>", (1, 2), "Lead"), Sentence("and more"))
    blocks = (
        *(Heading("First", 2, True), Paragraph(told), (Item("芯片", told), Item("x", ()))),
        Grid(("name", "share"), (("a", "1"), ("b", "–")), (False, True)),
    )
    documents = {
        lang: Document(lang, f"{lang} <title>", "made from", blocks, ("one", "two"), "Sources")
        for lang in LANGUAGES
    }
    tables = {"candidates": pl.DataFrame({"name": ["a", "b"], "share": [0.5, None]})}
    given_one = Kept("长江 / Delta", CREATED, "firstlight brief", documents, tables)
    file = keep_document(given_one, tmp_path)
    (file.parent / "notes.json").write_text("[]")
    (kept,) = kept_documents(tmp_path)
    assert dict(kept.documents) == documents
    assert_frame_equal(kept.tables["candidates"], tables["candidates"])
    thing = brief_thing("papers", kept)
    site = Site(Shelf({}, {thing.path: thing}))
    for lang in LANGUAGES:
        page = site.page(thing, lang)
        assert Read(page).tags <= MARKUP | {"em", "sup"}
        assert "Chips &lt;b&gt;" in page and "<title>" in page
    assert thing_file(thing, "csv", "en").decode("utf-8-sig").splitlines()[0] == "name,share"
    assert "zh &lt;title&gt;" in site.home("zh")


def test_technologies_are_compared_two_to_six_at_a_time(take_off: Observation) -> None:
    shelf = shelf_of(take_off)
    paths = [path for path in shelf.paths() if "/technology/" in path]
    thing = shelf.compare(paths[:3])
    assert thing is not None and shelf.compare([*paths[:2], "papers/technology/none"]) is None
    assert thing.table().height == 3
    assert thing.tables["history"]["name"].n_unique() == 3
    assert thing.charts["shared"](thing, "en").count("<polyline") >= 3
    for wrong in (paths[:1], paths[:7], ["papers/record", "papers/changes"], []):
        with pytest.raises(InputError):
            shelf.compare(wrong)
    assert TYPES.keys() == {"csv", "json", "xlsx", "metadata.json", "svg", "png"}
