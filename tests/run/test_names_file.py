"""names.csv from file to page: read or refused by row and column, applied, and in the provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.run.observing import observe
from firstlight.run.own_names import NamesFile, read_names

KINDS = ("graph networks", "message passing", "optical tweezers")


def papers() -> pl.DataFrame:
    """Three kinds of papers through four years, ten a year of each."""
    rows = [
        (f"{2010 + year}-01-{1 + k:02d}", f"{kind} for things{k}")
        for year in range(4)
        for kind in KINDS
        for k in range(10)
    ]
    return pl.DataFrame(rows, schema=["date", "title"], orient="row")


def decided(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"name": pl.String, "action": pl.String, "to": pl.String}, orient="row"
    )


def written(folder: Path, text: str) -> Path:
    file = folder / "names.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_documents_are_merged_and_hidden_and_the_file_stands_in_the_provenance(
    tmp_path: Path,
) -> None:
    lines = "name,action,to\nmessage passing,merge,graph networks\nGraph networks,translate,图网络\noptical tweezers,hide,\nqubits,hide,\n"
    seen = observe(papers(), names=written(tmp_path, lines), project=tmp_path / "kept")
    found = seen.tables["technologies"]
    assert (
        "opticaltweezer" not in found["technology_id"]
        and "messagepassing" not in found["technology_id"]
    )
    merged = found.row(by_predicate=pl.col("technology_id") == "graphnetwork", named=True)
    assert merged["documents_count"] == 40 and merged["name_zh"] == "图网络"
    assert seen.tables["dropped"].row(0, named=True)["rule"] == "hidden"
    fits = dict(seen.tables["own_names"].select("name", "technology_id").iter_rows())
    assert fits == {
        "message passing": "graphnetwork",
        "Graph networks": "graphnetwork",
        "optical tweezers": "opticaltweezer",
        "qubits": None,
    }
    warned = seen.tables["warnings"].filter(pl.col("code") == "names_unused")["values"].item()
    assert "qubits" in json.loads(warned)["values"]["names"].__str__()
    kept = Catalogue.open(tmp_path / "kept", reading=True)
    read = kept.find("names_read")
    assert kept.find("observation").inputs["names_read"] == read.key
    assert [snapshot["path"] for snapshot in read.facts["snapshots"]] == ["names.csv"]


def test_without_decisions_nothing_changes(tmp_path: Path) -> None:
    plain = observe(papers(), project=tmp_path / "plain")
    empty = observe(papers(), names=decided(("qubits", "hide", None)), project=tmp_path / "other")
    for name, table in plain.tables.items():
        if name not in ("own_names", "warnings"):
            assert table.equals(empty.tables[name]), name


def test_counts_are_renamed_and_hidden_but_never_merged(tmp_path: Path) -> None:
    names = [f"technology {letter}" for letter in "abcdefgh"]
    rows = [(name, 2000 + year, 50 + 3 * year) for name in names for year in range(8)]
    counts = pl.DataFrame(rows, schema=["technology", "year", "count"], orient="row")
    own = decided(("technology a", "rename", "Fuel cells"), ("technology b", "hide", None))
    found = observe(counts, names=own, project=tmp_path / "counts").tables["technologies"]
    assert (
        "Fuel cells" in found["name"] and "technology b" not in found["name"] and found.height == 7
    )
    with pytest.raises(InputError, match="which documents two names share") as refused:
        observe(
            counts,
            names=decided(("technology a", "merge", "technology b")),
            project=tmp_path / "no",
        )
    assert "row 1" in str(refused.value.where)


def test_headings_and_actions_may_be_chinese() -> None:
    read = read_names(pl.DataFrame({"名称": ["图网络"], "操作": ["改名"], "改为": ["图神经网络"]}))
    assert read.names.table.select("name", "action", "to").rows() == [
        ("图网络", "rename", "图神经网络")
    ]
    translated = read_names(
        pl.DataFrame({"名称": ["graphene"], "操作": ["翻译"], "改为": ["石墨烯"]})
    )
    assert translated.names.table["action"].to_list() == ["translate"]


def test_an_unknown_action_is_answered_in_one_order_in_both_languages() -> None:
    with pytest.raises(InputError) as refused:
        read_names(pl.DataFrame({"名称": ["a"], "操作": ["删掉"], "改为": [""]}))
    chinese = {
        "hide": "隐藏",
        "merge": "合并",
        "rename": "改名",
        "split": "拆分",
        "translate": "译名",
    }
    answer = refused.value.parts("zh")[-1]
    places = [answer.index(word) for word in (*chinese.values(), *chinese)]
    assert places == sorted(places)


def test_empty_lines_are_skipped_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    read = read_names(written(tmp_path, "name,action,to\n,,\nSLAM,hide,\n"))
    assert read.names.table.select("row", "name").rows() == [(2, "SLAM")]
    assert NamesFile().names.table.is_empty() and not NamesFile().joins()


@pytest.mark.parametrize(
    ("lines", "code", "where"),
    [
        ("a,drop,", "no_action", "row 1, action"),
        ("a,rename,", "no_target", "row 1, to"),
        (",hide,", "nobody_named", "row 1, name"),
        ("a,rename,b\nA,rename,c", "named_again", "rows 1 and 2"),
        ("a,hide,\nb,hide,\nA,rename,c", "named_against", "rows 1 and 3"),
        ("a,merge,b\na,split,", "named_against", "rows 1 and 2"),
        ("a b,merge,c d\nc d,merge,a b", "circle", "row 1"),
    ],
)
def test_bad_rows_are_refused_by_name(tmp_path: Path, lines: str, code: str, where: str) -> None:
    file = written(tmp_path, f"name,action,to\n{lines}\n")
    with pytest.raises(InputError) as refused:
        read_names(file)
    assert refused.value.code == code
    assert where in str(refused.value.where) and "names.csv" in str(refused.value.where)


def test_what_is_split_off_may_be_hidden_and_what_is_renamed_translated(tmp_path: Path) -> None:
    lines = "name,action,to\na,split,\na,hide,\nb,rename,c\nb,translate,乙\n"
    assert read_names(written(tmp_path, lines)).names.table.height == 4


@pytest.mark.parametrize("columns", ["technology,into", "action,to"])
def test_a_missing_column_is_named(tmp_path: Path, columns: str) -> None:
    with pytest.raises(InputError, match=r"no column '(action|name)'"):
        read_names(written(tmp_path, f"{columns}\na,b\n"))


def test_a_missing_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    project: Any = tmp_path / "kept"
    with pytest.raises(InputError):
        observe(papers(), names=tmp_path / "none.csv", project=project)
    assert not project.exists()
