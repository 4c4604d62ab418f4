"""A chain in its publisher's tables of identifiers: nothing of it is lost, whatever is handed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.chains.chips import chip_tables
from polars.testing import assert_frame_equal

import firstlight as fl
from firstlight.chains import weak_links
from firstlight.result import Result

# fields of more than these are in the publisher's files; the rows are invented
SEQUENCE = """input_name,input_id,goes_into_name,goes_into_id,is_type_of_name,is_type_of_id
Lens maker,I1,Scanner,I4,,
Fine scanner,I2,,,Scanner,I4
Coarse scanner,I3,Line,I5,Scanner,I4
Scanner,I4,Line,I5,,
Software,I7,Plan: small,I8,,
Software,I7,Plan: large,I9,,
Spare,I6,,,,
"""
INPUTS = """\ufeffinput_name,input_id,type,stage_name,stage_id
Lenses,I1,tool_resource,,
Fine scanner,I2,tool_resource,,
Coarse scanner,I3,tool_resource,,
Scanner,I4,tool_resource,,
Line,I5,ultimate_output,Make,S2
Spare,I6,tool_resource,,
Software,I7,tool_resource,,
Plan,I8,process,Plan,S1
Plan,I9,process,Plan,S1
"""
PROVIDERS = """provider_name,provider_id,provider_type,country
CHN,P1,country,
NLD,P2,country,
Various,P3,country,
Old Name,P4,organization,NLD
Near,P5,organization,CHN
"""
PROVISION = """provider_name,provider_id,provided_name,provided_id,share_provided,negligible_market_share
CHN,P1,Lenses,I1,70%,
NLD,P2,Lenses,I1,20%,
Various,P3,Lenses,I1,10%,
New Name,P4,Fine scanner,I2,,
New Name,P4,Fine scanner,I2,,
Near,P5,Fine scanner,I2,,negligible
CHN,P1,Make,S2,50%,
"""
FILES = {
    "sequence": SEQUENCE,
    "inputs": INPUTS,
    "providers": PROVIDERS,
    "provision": PROVISION,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written = tmp_path / "chain"
    written.mkdir()
    for name, text in FILES.items():
        (written / f"{name}.csv").write_text(text, encoding="utf-8")
    return written


def measured(source: Path, **options: Any) -> Result:
    kept = source.parent.parent / "kept" if source.is_file() else source.parent / "kept"
    return fl.measure("weak_links", source, project=kept, **options)


def links_of(result: Result) -> set[tuple[str, str]]:
    return set(result.tables["network_links"].select("one", "other").iter_rows())


def test_types_names_and_loose_ends_are_read(folder: Path) -> None:
    found = measured(folder)
    assert links_of(found) == {
        ("Lenses", "Scanner"),
        ("Fine scanner", "Scanner"),
        ("Coarse scanner", "Line"),
        ("Coarse scanner", "Scanner"),
        ("Scanner", "Line"),
        ("Software", "Plan (I8)"),
        ("Software", "Plan (I9)"),
        ("Plan (I8)", "Line"),
        ("Plan (I9)", "Line"),
    }
    standing = dict(found.table.select("input", "standing").iter_rows())
    assert standing["Plan (I8)"] == "replaceable"  # by the other plan of its stage
    assert found.table.filter(input="Software")["finals_stopped_share"][0] == 1.0
    told = json.dumps(found.facts["notes"])
    assert "notes.chain_types" in told and "notes.chain_loose_ends" in told
    # what goes nowhere is set aside with its row
    assert found.tables["set_aside_rows"].select("file", "row", "code").rows() == [
        ("sequence.csv", 7, "key_missing"),
        ("provision.csv", 5, "duplicate_row"),
    ]


def test_providers_are_those_of_the_folder(folder: Path) -> None:
    found = measured(folder, home="China")
    rows = {row["input"]: row for row in found.table.iter_rows(named=True)}
    lenses = rows["Lenses"]
    assert (lenses["home_low_share"], lenses["top_country"]) == (0.7, "Netherlands")
    assert lenses["top_country_low_share"] == 0.2
    fine = rows["Fine scanner"]
    assert (fine["top_provider"], fine["home_providers"]) == ("Old Name", "Near")
    assert (fine["providers_count"], fine["home_high_share"]) == (1, 0.05)
    left = next(said for said in found.said if said.code == "not_needed")
    assert [name.value for name in left.values["names"].value] == ["Make"]


def test_names_of_countries_are_in_the_language_asked_for(folder: Path) -> None:
    for lang, place in (("en", "Netherlands"), ("zh", "荷兰"), ("en", "Netherlands")):
        found = measured(folder, home="CN", lang=lang)
        assert found.table.filter(input="Lenses")["top_country"][0] == place


def test_a_file_of_the_folder_stands_for_it(folder: Path) -> None:
    whole = measured(folder)
    chain, provision = folder / "sequence.csv", folder / "provision.csv"
    for found in (measured(chain), measured(chain, providers=provision)):
        assert found.table.equals(whole.table)
    own = folder / "own.csv"
    own.write_text("input,provider,country\nFine scanner,Mine,CHN\n", encoding="utf-8")
    found = measured(chain, providers=own)
    assert found.table.filter(input="Fine scanner")["top_provider"][0] == "Mine"
    # a table of one's own beside those files is read as what it is
    needs = folder / "needs.csv"
    needs.write_text("input,product\na,b\n", encoding="utf-8")
    assert links_of(measured(needs)) == {("a", "b")}


def test_a_row_that_cannot_be_read_is_set_aside(folder: Path) -> None:
    broken = SEQUENCE + "Lamp,I5,Line,I5,,,too,many,cells\n"
    (folder / "sequence.csv").write_text(broken, encoding="utf-8")
    aside = measured(folder).tables["set_aside_rows"]
    assert "sequence.csv" in aside["file"].to_list()


def test_stocks_of_such_a_chain(folder: Path) -> None:
    found = fl.measure("stock_places", folder, project=folder.parent / "kept", of="input")
    assert found.tables["stops"].height > 0


def test_the_published_chips_are_read_as_by_hand(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/chips"
    needs, providers = chip_tables(folder)
    by_hand = weak_links(needs, providers=providers, pairs=False).table
    read = fl.measure("weak_links", folder, project=tmp_path, pairs=False).table
    assert_frame_equal(by_hand.drop("top_country"), read.drop("top_country"))
    china = fl.measure("weak_links", folder, project=tmp_path, pairs=False, home="China")
    first = china.table.row(0, named=True)
    assert (first["input"], first["top_country"], first["top_provider"]) == (
        "EUV scanners",
        "Netherlands",
        "ASML",
    )
    held = {row["input"]: row for row in china.table.iter_rows(named=True)}
    assert held["Integrated assembly tools"]["standing"] == "home"
    for name, country in (
        ("Electronic design automation software", "United States"),
        ("Resist processing tools", "Japan"),
        ("Electrochemical coating tools", "United States"),
    ):
        assert (held[name]["standing"], held[name]["top_country"]) == ("one_country", country)
    worst = china.tables["removals"].filter(kind="country")["name"][0]
    assert worst == "United States"
    # four firms at home, each of them negligible: 5% at most
    assert held["Photoresists"]["home_high_share"] == pytest.approx(0.2)
