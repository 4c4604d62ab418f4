"""Concordances: what people bring is checked row by row; what is not shipped names its official
publication."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from firstlight.classifications.concordance import (
    PUBLICATIONS,
    official_publication,
    read_concordance,
)
from firstlight.errors import InputError
from firstlight.texts import Count, Name


def test_a_file_is_read_with_its_shares(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "code_from,code_to,weight,source\nB2,y,0.25,p. 3\nA1,x,1,p. 2\nB2,z,0.75,p. 3\n",
        encoding="utf-8",
    )
    found = read_concordance(path)
    assert found.pairs.rows() == [
        ("A1", "x", 1.0, "p. 2"),
        ("B2", "y", 0.25, "p. 3"),
        ("B2", "z", 0.75, "p. 3"),
    ]
    assert found.is_shared
    parquet = tmp_path / "own.parquet"
    found.pairs.write_parquet(parquet)
    assert read_concordance(parquet).pairs.equals(found.pairs)


def test_codes_keep_their_zeros_and_may_go_without_weights(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("code_from,code_to\n0123,07\n0123,08\n", encoding="utf-8")
    found = read_concordance(path)
    assert found.pairs["code_from"].to_list() == ["0123", "0123"] and found.pairs[
        "weight"
    ].to_list() == [1.0, 1.0]
    assert not found.is_shared


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"code_from": ["A", ""], "code_to": ["x", "y"]}, "empty_code"),
        ({"code_from": ["A", "A"], "code_to": ["x", "x"]}, "pair_twice"),
        ({"code_from": ["A"], "code_to": ["x"], "weight": [1.5]}, "no_weight"),
        ({"code_from": ["A"], "code_to": ["x"], "weight": ["much"]}, "no_weight"),
        (
            {"code_from": ["A", "A"], "code_to": ["x", "y"], "weight": [0.7, 0.6]},
            "weights_above_one",
        ),
        ({"code": ["A"]}, "no_code_column"),
    ],
)
def test_faults_are_named(rows: dict[str, list[object]], code: str) -> None:
    with pytest.raises(InputError) as told:
        read_concordance(pl.DataFrame(rows))
    assert told.value.code == code and "frame" in told.value.where


def test_a_fault_names_its_row_and_a_sum() -> None:
    with pytest.raises(InputError) as empty:
        read_concordance(pl.DataFrame({"code_from": ["A", ""], "code_to": ["x", "y"]}))
    assert empty.value.values["row"] == Count(2)
    shares = {"code_from": ["A", "A"], "code_to": ["x", "y"], "weight": [0.7, 0.6]}
    with pytest.raises(InputError) as over:
        read_concordance(pl.DataFrame(shares))
    assert over.value.values["code"] == Name("A")
    assert over.value.values["total"].value == pytest.approx(1.3)


def test_an_empty_or_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as absent:
        read_concordance(tmp_path / "absent.csv")
    assert absent.value.code == "no_concordance_file" and "absent.csv" in absent.value.where
    (tmp_path / "empty.csv").write_text("code_from,code_to\n", encoding="utf-8")
    with pytest.raises(InputError) as empty:
        read_concordance(tmp_path / "empty.csv")
    assert empty.value.code == "no_pair" and "empty.csv" in empty.value.where


@pytest.mark.parametrize("name", sorted(PUBLICATIONS))
def test_what_is_not_shipped_names_its_publisher_and_no_code(name: str) -> None:
    publisher, title = PUBLICATIONS[name]
    with pytest.raises(InputError) as told:
        read_concordance(name)
    assert publisher in str(told.value) and title in str(told.value)
    assert str(told.value) == str(official_publication(name))


def test_an_unknown_concordance_lists_those_known() -> None:
    assert "ipc_to_nace" in str(official_publication("nothing"))
