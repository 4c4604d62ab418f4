"""Every number explains itself back to the publisher's bytes, and the whole provenance can be
handed on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.nouns import Instrument, Result, Snapshot, Source
from firstlight.run.listing import instruments
from firstlight.texts import load

TERMS = pl.DataFrame({"term": ["graphene", "perovskite"], "count": [3, 5]})
ARXIV = Source(
    "made_up", "A made-up publisher", "Papers", "https://example.org", "CC0-1.0", "Nobody (2020)"
)
INSTRUMENTS = {
    "count_terms": Instrument(
        "count_terms", len, ("documents",), {"en": "documents that name the term"}, "Luhn 1957"
    ),
    "growth": Instrument(
        "growth", len, ("terms",), {"en": "(last / first)^(1/years) - 1"}, "Price 1963"
    ),
}


def keep(catalogue: Catalogue, name: str, frame: pl.DataFrame = TERMS, **told: Any) -> Result:
    asked: dict[str, Any] = {
        "instrument": "count_terms",
        "parameters": {"as_of": 2016},
        "inputs": {},
    }
    asked |= {"source": "made up", "licence": "CC0-1.0", "units": {"terms": {"count": "documents"}}}
    facts = told.pop("facts", {})
    return catalogue.keep(name, compute=lambda: ({"terms": frame}, facts), **(asked | told))


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "observatory")


# -- explain ---------------------------------------------------------------------------------------


@pytest.fixture
def sky(catalogue: Catalogue) -> Catalogue:
    """Papers -> terms -> growth, the papers being a file in the project folder."""
    (catalogue.project / "papers.csv").write_bytes(b"id,title\n1,graphene\n")
    sha256 = hashlib.sha256(b"id,title\n1,graphene\n").hexdigest()
    papers = catalogue.keep_snapshots(
        "snapshot.papers", ARXIV, [Snapshot("made_up", "papers.csv", sha256, 20, "2020-01-01")]
    )
    terms = keep(catalogue, "terms", inputs={"documents": papers.key, "stop": "sha256:" + "0" * 64})
    both = {"terms": terms.key, "raw": papers.key, "bytes": f"sha256:{sha256}"}
    keep(
        catalogue,
        "growth",
        instrument="growth",
        parameters={"span": [2010, 2016]},
        inputs=both,
        facts={"n": 2},
    )
    return catalogue


def test_explain_walks_back_to_the_bytes(sky: Catalogue) -> None:
    explained = sky.explain("growth", instruments=INSTRUMENTS)
    assert (explained.formula["en"], explained.citation) == (
        "(last / first)^(1/years) - 1",
        "Price 1963",
    )
    terms, raw, same_bytes = explained.inputs
    assert (
        terms.explanation is not None
        and terms.explanation.formula["en"] == "documents that name the term"
    )
    papers, stop = terms.explanation.inputs
    assert papers.explanation is not None and papers.explanation.citation == "Nobody (2020)"
    assert [(file.name, file.state, file.retrieved) for file in papers.explanation.snapshots] == [
        ("papers.csv", "unchanged", "2020-01-01")
    ]
    assert (stop.explanation, stop.is_repeated) == (None, False)
    assert raw.is_repeated and same_bytes.is_repeated
    assert [file.state for file in explained.files()] == ["unchanged"] * 3
    assert (
        json.loads(json.dumps(explained.to_dict()))["inputs"][0]["explanation"]["name"] == "terms"
    )


@pytest.mark.parametrize(
    ("content", "state", "english", "chinese"),
    [
        (b"id,title\n1,graphene\n", "unchanged", "file unchanged", "文件未变"),
        (b"id,title\n1,GRAPHENE\n", "changed", "file changed since", "文件已改动"),
        (b"", "changed", "file changed since", "文件已改动"),
        (None, "gone", "file not found here", "此处未找到该文件"),
    ],
)
def test_explain_says_how_the_file_stands(
    sky: Catalogue, content: bytes | None, state: str, english: str, chinese: str
) -> None:
    path = sky.project / "papers.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    explained = sky.explain("snapshot.papers")
    assert [file.state for file in explained.snapshots] == [state]
    assert english in explained.lines()[-1]
    assert chinese in explained.lines("zh")[-1]


def test_explain_in_words(sky: Catalogue) -> None:
    text = "\n".join(sky.explain("growth", instruments=INSTRUMENTS).lines())
    for said in (
        "Price 1963",
        "span = [2010, 2016]",
        "Luhn 1957",
        "CC0-1.0",
        "Nobody (2020)",
        "papers.csv: 20 bytes",
    ):
        assert said in text
    assert text.count("explained above") == 2
    assert text.count("not kept in this catalogue") == 1
    assert len(sky.explain("growth").lines("zh")) == len(sky.explain("growth").lines("en"))
    with pytest.raises(InputError) as caught:
        sky.explain("growth").lines("fr")
    assert caught.value.code == "no_language"


def test_the_publishers_file_is_told_first(catalogue: Catalogue) -> None:
    """Below the name and the row that was asked for, before any step; of many files the first."""
    files = [Snapshot("made_up", f"{at}.csv", f"{at:064}", 20, "2020-01-01") for at in range(7)]
    read = catalogue.keep_snapshots("snapshot.papers", ARXIV, files)
    keep(catalogue, "terms", inputs={"documents": read.key})
    head, label, *cells, after = catalogue.explain("terms", 0).lines()[:5]
    assert head.startswith("terms") and label.strip() == "row:" and len(cells) == 2
    assert after.strip().startswith("comes from 0.csv: 20 bytes, sha256 0000")
    lines = catalogue.explain("terms").lines()
    assert [f" {at}.csv: " in line for at, line in enumerate(lines[1:6])] == [True] * 5
    assert "2 more files" in lines[6] and "instrument" in lines[7]
    assert all(sum(f"{at}.csv" in line for line in lines) == 1 + (at < 5) for at in range(7))
    alone = catalogue.explain("snapshot.papers").lines()
    assert not any("comes from" in line for line in alone)


def test_publishers_are_named_in_the_language_asked_for_at_every_step(sky: Catalogue) -> None:
    explained = sky.explain("growth")
    before, after = (
        "\n".join(explained.worded(words).lines("zh")) for words in ({}, {"CC0-1.0": "公有领域"})
    )
    assert before.count("CC0-1.0") == after.count("公有领域") > 1
    assert "CC0-1.0" not in after


def test_explain_says_which_columns_were_read(catalogue: Catalogue) -> None:
    mapping = {"unit": "region_code_EU", "value": "gdp_per_capita", "population": "inhabitants"}
    keep(catalogue, "terms", facts={"mapping": mapping, "others": list(range(100))})
    text = "\n".join(catalogue.explain("terms").lines())
    assert all(f"'{ours}': '{theirs}'" in text for ours, theirs in mapping.items())
    assert "others = 100 entries" in text


def test_explain_one_row(sky: Catalogue) -> None:
    by_place = sky.explain("terms", 1)
    assert by_place.row == {"term": "perovskite", "count": 5}
    assert by_place == sky.explain("terms", {"term": "perovskite"}, table="terms")
    assert "    count = 5  [documents]" in by_place.lines()
    for wrong in (2, {"term": "x"}, {"nothing": 1}, {}):
        with pytest.raises(InputError):
            sky.explain("terms", wrong)
    with pytest.raises(InputError) as caught:
        sky.explain("snapshot.papers", 0)
    assert caught.value.code == "result_without_tables"


def test_a_hostile_title_can_not_steer_the_terminal(catalogue: Catalogue) -> None:
    keep(
        catalogue,
        "terms",
        pl.DataFrame({"term": ["\x1b[2J\r\nfree"], "count": [1]}),
        facts={"title": "\x1b]0;x\x07"},
    )
    text = "".join(catalogue.explain("terms", 0).lines())
    assert text.isprintable()


def test_a_snapshot_is_not_stale_with_new_code(sky: Catalogue) -> None:
    again = sky.keep_snapshots(
        "snapshot.papers", ARXIV, [Snapshot("made_up", "papers.csv", "1" * 64, 20, "2021-01-01")]
    )
    assert sky.find("snapshot.papers") == again
    assert sky.results().filter(pl.col("name") == "snapshot.papers")["is_stale"].to_list() == [
        False,
        False,
    ]


# -- PROV ------------------------------------------------------------------------------------------

ENDS = {
    "wasGeneratedBy": {"prov:entity": "entity", "prov:activity": "activity"},
    "used": {"prov:activity": "activity", "prov:entity": "entity"},
    "wasDerivedFrom": {
        "prov:generatedEntity": "entity",
        "prov:usedEntity": "entity",
        "prov:activity": "activity",
    },
    "wasAttributedTo": {"prov:entity": "entity", "prov:agent": "agent"},
    "wasAssociatedWith": {"prov:activity": "activity", "prov:agent": "agent"},
    "hadMember": {"prov:collection": "entity", "prov:entity": "entity"},
}


def test_prov_declares_all_that_it_refers_to(sky: Catalogue, tmp_path: Path) -> None:
    path = sky.export_prov(tmp_path)
    assert path == tmp_path / "provenance.json"
    document = json.loads(path.read_text("utf-8"))
    assert set(document) == {"prefix", "entity", "activity", "agent", *ENDS}
    for relation, ends in ENDS.items():
        for entry in document[relation].values():
            assert set(entry) == set(ends)
            for end, kind in ends.items():
                assert entry[end] in document[kind]
    names = [name for kind in ("entity", "activity", "agent") for name in document[kind]]
    assert all(name.startswith("fl:") for name in names)
    assert {
        entity["prov:label"] for entity in document["entity"].values() if "prov:label" in entity
    } == {
        "growth",
        "terms",
        "snapshot.papers",
        "papers.csv",
    }
    growth = sky.find("growth")
    assert document["activity"][f"fl:run_{growth.key}"]["fl:parameters"] == '{"span": [2010, 2016]}'
    assert (
        len(
            [
                use
                for use in document["used"].values()
                if use["prov:activity"] == f"fl:run_{growth.key}"
            ]
        )
        == 3
    )
    assert sky.export_prov(tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_prov_is_read_by_the_reference_implementation(sky: Catalogue, tmp_path: Path) -> None:
    prov = pytest.importorskip(
        "prov.model", reason="the prov package reads the export back; pip install prov"
    )
    path = sky.export_prov(tmp_path)
    read = prov.ProvDocument.deserialize(str(path), format="json")
    written = json.loads(path.read_text("utf-8"))
    assert len(read.get_records()) == sum(
        len(entries) for kind, entries in written.items() if kind != "prefix"
    )
    assert (
        prov.ProvDocument.deserialize(content=read.serialize(format="json"), format="json") == read
    )


def test_every_formula_is_told_in_both_languages() -> None:
    of = instruments()
    untold = [
        name
        for name, own in of.items()
        if not any("\u4e00" <= letter <= "\u9fff" for letter in own.formula["zh"])
    ]
    assert not untold
    texts = load(Path(fl.__file__).parent / "run" / "zh.toml")
    assert texts["formulas"].keys() == of.keys(), "a formula of no instrument"
