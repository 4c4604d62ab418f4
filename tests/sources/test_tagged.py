"""Field-tagged exports and PubMed's XML: what each format writes, invented records in its layout."""

from __future__ import annotations

import datetime

import pytest

from firstlight.errors import InputError
from firstlight.sources import read_documents
from firstlight.sources.documents import Documents

TODAY = datetime.date(2026, 1, 1)


def read(text: str, name: str = "export.txt", encoding: str = "utf-8") -> Documents:
    found = read_documents({name: text.encode(encoding)}, as_of_today=TODAY)
    assert found.table.frame.height + found.set_aside.height == found.rows
    return found


def only(found: Documents) -> dict[str, object]:
    assert found.rows == 1, found.set_aside
    return found.table.frame.row(0, named=True)


WIND = {
    "title": "Wind power at sea",
    "abstract": "Turbines float. They turn.",
    "authors": ["Li, Mu", "Wu, Bei"],
    "categories": ["wind", "offshore energy"],
    "source": "Journal of Made-Up Energy",
    "date": datetime.date(2016, 9, 5),
}
SCOPUS = """TY  - JOUR
TI  - Wind power at sea
T2  - Journal of Made-Up Energy
J2  - J. Made-Up Energ.
PY  - 2016
DA  - 2016/09/05/
DO  - 10.1/x
AU  - Li, Mu
AU  - Wu, Bei
AB  - Turbines float. They turn.
KW  - wind
KW  - offshore energy
N1  - References: A line
TI would be a tag in another format
ER  -

"""
OVID = """1.
TY  - JOUR
DO  - 10.1/x
T1  - Wind power at sea
A1  - Li, Mu
A1  - Wu, Bei
Y1  - 2016/09/05/Autumn
N2  - Turbines float.
They turn.
KW  - wind
offshore energy
JF  - Journal of Made-Up Energy
ER  -
NL  - J Made Up
Link to the text: https://example.org/a
"""
PUBMED = """
PMID- 123
OWN - NLM
DP  - 2016 Sep 5
TI  - Wind power
      at sea
AB  - Turbines float. They
      turn.
FAU - Li, Mu
AU  - Li M
FAU - Wu, Bei
AU  - Wu B
OT  - wind
OT  - offshore
      energy
JT  - Journal of Made-Up Energy
"""
ENDNOTE = """%0 Journal Article
%A Li, Mu
%A Wu, Bei
%T Wind power at sea
%J Journal of Made-Up Energy
%D 2016
%8 2016-09-05
%X Turbines float. They turn.
%K wind
offshore energy
"""
REFWORKS = """RT Journal Article
SR 1
A1 Li, Mu;Wu, Bei;
T1 Wind power at sea
JF Journal of Made-Up Energy
YR 2016
FD 2016-09-05
K1 wind;offshore energy
AB Turbines float.
They turn.
DS CNKI
"""
NOTEEXPRESS = """{Reference Type}: Journal Article
{Title}: Wind power at sea
{Author}: Li, Mu;Wu, Bei;
{Journal}: Journal of Made-Up Energy
{Year}: 2016
{Date}: 2016-09-05
{Keywords}: wind;offshore energy
{Abstract}: Turbines float. They turn.
{Database Provider}: CNKI
"""


@pytest.mark.parametrize(
    "text", [SCOPUS, OVID, PUBMED, ENDNOTE, REFWORKS, NOTEEXPRESS], ids=lambda text: text[:12]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_record_is_the_same_in_every_format(text: str, encoding: str) -> None:
    row = only(read(text, encoding=encoding))
    assert {column: row[column] for column in WIND} == WIND
    assert row["date_precision"] == "day"


def test_records_follow_one_another_and_none_is_lost() -> None:
    second = SCOPUS.replace("10.1/x", "10.1/y").replace("TI  -", "T1  -").replace("PY  -", "Y1  -")
    unclosed = "TY  - CHAP\nTI  - Not closed\nPY  - 2015\n"
    cut = "TY  - JOUR\nTI  - Cut sho"
    found = read(SCOPUS + second + unclosed + SCOPUS.replace("10.1/x", "10.1/z") + cut, "a.ris")
    titles = sorted(found.table.frame["title"])
    assert titles == ["Not closed", *["Wind power at sea"] * 3]
    assert found.set_aside.select("row", "value", "code").rows() == [
        (5, "Cut sho", "record_cut_short")
    ]
    twice = read(PUBMED + PUBMED.replace("123", "124"), "a.nbib")
    assert twice.table.frame["id"].to_list() == ["123", "124"]


@pytest.mark.parametrize("text", [SCOPUS, OVID, PUBMED, ENDNOTE], ids=lambda text: text[:12])
def test_the_comma_in_the_name_of_a_single_author_parts_nothing(text: str) -> None:
    alone = [line for line in text.splitlines() if "Wu" not in line and "Li M" not in line]
    assert only(read("\n".join(alone)))["authors"] == ["Li, Mu"]


def test_cnki_writes_its_own_text() -> None:
    text = (
        "SrcDatabase-来源库: 期刊\nTitle-题名: 海上风电\nAuthor-作者: 李木; 吴北\nOrgan-单位: 某大学\n"
        "Source-文献来源: 虚构能源\nKeyword-关键词: 风电; 海上能源\nSummary-摘要: 风机漂浮。\n"
        "PubTime-发表时间: 2016-09-05\nYear-年: 2016\n\n"
        "SrcDatabase-来源库: 硕士\nTitle-题名: 光伏\nYear-年: 2017\n"
    )
    for encoding in ("utf-8", "gb18030"):
        found = read(text, encoding=encoding)
        first, second = found.table.frame.rows(named=True)
        assert (first["title"], first["authors"]) == ("海上风电", ["李木", "吴北"])
        assert first["categories"] == ["风电", "海上能源"]
        assert (first["date"], second["date"].year) == (datetime.date(2016, 9, 5), 2017)


def test_a_column_has_its_best_tag_record_by_record() -> None:
    text = (
        "TY  - JOUR\nT1  - A\nPY  - 2016///\nJO  - J. A\nDO  - \nAN  - WOS:1\nER  - \n"
        "TY  - JOUR\nTI  - B\nT1  - b\nY1  - 2017//\nJF  - Journal B\nJO  - J. B\nER  - \n"
    )
    columns = read(text, "a.ris").table.frame.sort("title").select("title", "year", "source")
    assert columns.rows() == [("A", 2016, "J. A"), ("B", 2017, "Journal B")]
    named = read_documents({"a.ris": text.encode()}, columns={"id": "TY"}, as_of_today=TODAY)
    assert named.mapping["id"] == "TY"


def test_a_translated_title_is_a_title() -> None:
    text = PUBMED.replace("Wind power", "[Wind power").replace(
        "at sea", "at sea (author's transl)]."
    )
    assert only(read(text, "a.nbib"))["title"] == WIND["title"]


def test_a_table_is_not_taken_for_records() -> None:
    assert read("PMID-,title,year\n1,A,2016\n", "a.csv").table.frame["title"].to_list() == ["A"]
    assert read("%0\ttitle\tyear\n1\tA\t2016\n", "a.tsv").table.frame["title"].to_list() == ["A"]


XML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "x.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">1</PMID>
  <Article><Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue>
    <Title>Journal of Made-Up Energy</Title></Journal>
    <ArticleTitle>Wind <i>power</i> at sea</ArticleTitle>
    <Abstract><AbstractText Label="AIM">Turbines float.</AbstractText>
      <AbstractText>They turn.</AbstractText></Abstract>
    <AuthorList><Author><LastName>Li</LastName><ForeName>Mu</ForeName>
        <AffiliationInfo><Affiliation>Made-Up University</Affiliation></AffiliationInfo></Author>
      <Author><CollectiveName>The Wind Group</CollectiveName></Author></AuthorList>
  </Article>
  <KeywordList><Keyword>wind</Keyword><Keyword>offshore energy</Keyword></KeywordList>
</MedlineCitation>
<PubmedData><ReferenceList><Reference><ArticleIdList>
  <ArticleId IdType="pubmed">7</ArticleId><ArticleId IdType="doi">10.1/x</ArticleId>
</ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID>2</PMID></BookDocument></PubmedBookArticle>
</PubmedArticleSet>
"""


@pytest.mark.parametrize(
    ("date", "day", "precision"),
    [
        ("<Year>2016</Year><Month>Sep</Month><Day>05</Day>", (9, 5), "day"),
        ("<Year>2016</Year><Season>Fall</Season>", (9, 1), "month"),
        ("<MedlineDate>2016 Sep-Oct</MedlineDate>", (9, 1), "month"),
        ("<MedlineDate>2016 Dec 30-2017 Jan 5</MedlineDate>", (1, 1), "year"),
    ],
)
def test_pubmed_in_xml(date: str, day: tuple[int, int], precision: str) -> None:
    found = read(XML.format(date=date), "pubmed.xml")
    row = found.table.frame.row(0, named=True)
    assert (row["date"], row["date_precision"]) == (datetime.date(2016, *day), precision)
    assert (row["id"], row["title"]) == ("1", "Wind power at sea")
    assert row["abstract"] == WIND["abstract"] and row["source"] == WIND["source"]
    assert row["authors"] == ["Mu Li", "The Wind Group"]
    assert row["affiliations"] == ["Made-Up University"] and row["references"] == ["7"]
    assert found.set_aside.select("row", "code").rows() == [(2, "not_an_article")]


def test_what_pubmed_calls_retracted_is_retracted() -> None:
    told = "PT  - Journal Article\nPT  - Retracted Publication\n"
    assert only(read(PUBMED + told))["status"] == "retracted"
    types = "".join(
        f"<PublicationType>{own}</PublicationType>" for own in ("Letter", "Retracted Publication")
    )
    xml = XML.format(date="<Year>2016</Year>").replace(
        "</AuthorList>", f"</AuthorList><PublicationTypeList>{types}</PublicationTypeList>"
    )
    assert read(xml, "pubmed.xml").table.frame["status"].to_list() == ["retracted"]


def test_a_file_of_pubmed_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    text = XML.format(date="<Year>2016</Year>").encode()
    whole = read_documents({"a.xml": text}, as_of_today=TODAY)
    monkeypatch.setattr("firstlight.sources.pubmed_xml._PIECE", 7)
    pieces = read_documents({"a.xml": text}, as_of_today=TODAY)
    assert pieces.table.frame.equals(whole.table.frame) and pieces.rows == 2
    grown = text.replace(b'"x.dtd">', b'"x.dtd" [<!ENTITY a "aaaa">]>')
    for data, code in ((grown, "xml_of_a_type"), (text[:-30], "not_xml")):
        with pytest.raises(InputError) as refused:
            read_documents({"a.xml": data}, as_of_today=TODAY)
        assert refused.value.code == code
