"""The comparison of frozen tables finds what changed, honours what is listed, and demands that what
is listed happened."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.refused import RefusedError

from firstlight.errors import InputError
from firstlight.measurement import folders, measurement
from firstlight.texts import Name, message

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.golden import compare, freeze  # noqa: E402
from benchmarks.golden.cases import OWN, Case, all_cases, place_of  # noqa: E402
from benchmarks.golden.differences import KINDS, LISTED, Allowed, Difference, read_differences  # noqa: E402

SCORES = pl.DataFrame(
    {
        "unit": ["a", "b", "c", "d"],
        "rank": [1, 2, 3, 4],
        "score": [1.0, 0.5, None, float("nan")],
        "size": [1e9, 2e9, 3e9, 4e9],
        "peers": [["b"], [], None, ["a", "c"]],
    }
)
CODES = pl.DataFrame({"code": ["most", "least"]})
MADE = {"scores": SCORES, "codes": CODES}


def listed(kind: str, **more: Any) -> Difference:
    """A listed difference of the table of scores, and a reason."""
    place = {
        name: own for name, own in {"case": "dea", "table": "scores"}.items() if name in KINDS[kind]
    }
    return Difference(kind, "as planned", **{**place, **more})


def compared(
    *differences: Difference, case: str = "dea", **tables: pl.DataFrame | None
) -> compare.Found:
    """The made freeze beside one whose tables are others."""
    now = {name: own for name, own in {**MADE, **tables}.items() if own is not None}
    return compare.compare({"dea": MADE}, {case: now}, Allowed(list(differences)))


def test_what_is_equal_passes_and_is_counted() -> None:
    found = compared()
    assert found.is_good()
    assert [found.counts[name] for name in ("cases", "tables", "columns", "cells", "equal")] == [
        1,
        2,
        6,
        22,
        22,
    ]


@pytest.mark.parametrize(
    ("column", "new", "is_equal"),
    [
        ("score", [1.0 + 9e-13, 0.5 - 9e-13, None, float("nan")], True),
        ("score", [1.0 + 3e-12, 0.5, None, float("nan")], False),
        ("score", [1.0, 0.5, 0.0, float("nan")], False),
        ("score", [1.0, 0.5, float("nan"), None], False),
        ("score", [1.0, 0.5, None, float("inf")], False),
        ("size", [1e9 + 5e-4, 2e9, 3e9, 4e9], True),
        ("size", [1e9 + 2e-3, 2e9, 3e9, 4e9], False),
        ("rank", [1, 2, 3, 5], False),
        ("unit", ["a", "b", "c", "e"], False),
        ("peers", [["b"], [], None, ["c", "a"]], False),
        ("peers", [["b"], None, None, ["a", "c"]], False),
    ],
)
def test_a_changed_cell_is_found(column: str, new: list[Any], is_equal: bool) -> None:
    found = compared(scores=SCORES.with_columns(pl.Series(column, new)))
    assert found.is_good() == is_equal
    if not is_equal:
        assert len(found.unexplained) == 1 and found.unexplained[0].startswith(
            f"dea/scores/{column}: "
        )


CHANGED: list[tuple[dict[str, Any], list[Difference]]] = [
    ({"scores": SCORES.drop("rank")}, [listed("column_left_out", column="rank")]),
    ({"scores": SCORES.with_columns(more=1)}, [listed("column_added", column="more")]),
    (
        {"scores": SCORES.rename({"rank": "place"})},
        [listed("column_renamed", column="rank", to="place")],
    ),
    (
        {"scores": SCORES.cast({"rank": pl.Int32})},
        [listed("type_changed", column="rank", to="Int32")],
    ),
    (
        {"scores": SCORES.with_columns(size=pl.col("size") * 1.01)},
        [listed("number_changed", column="size", tolerance=0.02)],
    ),
    (
        {"scores": SCORES.with_columns(pl.col("unit").replace({"a": "x"}))},
        [listed("text_changed", column="unit", texts={"a": "x"})],
    ),
    (
        {"scores": SCORES.with_columns(pl.col("unit").replace({"a": None}))},
        [listed("text_changed", column="unit", texts={"a": ""})],
    ),
    ({"scores": SCORES.reverse()}, [listed("rows_reordered")]),
    ({"scores": SCORES[[3, 3, 1]]}, [listed("rows_replaced")]),
    ({"scores": SCORES[[0, 1, 3]]}, [listed("rows_left_out")]),
    (
        {"codes": pl.DataFrame({"code": ["most", "new", "least"]})},
        [listed("rows_added", table="codes")],
    ),
    ({"scores": None}, [listed("table_left_out")]),
    ({"more": CODES}, [listed("table_added", table="more")]),
    ({"scores": None, "levels": SCORES}, [listed("table_renamed", to="levels")]),
    ({"case": "envelopment"}, [listed("case_renamed", to="envelopment")]),
    ({"case": "envelopment"}, [listed("case_left_out"), listed("case_added", case="envelopment")]),
]


@pytest.mark.parametrize(("changed", "differences"), CHANGED)
def test_a_change_is_unexplained_until_it_is_listed(
    changed: dict[str, Any], differences: list[Difference]
) -> None:
    assert compared(**changed).unexplained
    found = compared(*differences, **changed)
    assert found.is_good() and all(one.used for one in differences)
    by_pattern = [replace(one, case="[de]*", used=0) for one in differences]
    assert compared(*by_pattern, **changed).is_good()
    elsewhere = [replace(one, case="other", used=0) for one in differences]
    assert compared(*elsewhere, **changed).unexplained


@pytest.mark.parametrize("difference", [one for _, differences in CHANGED for one in differences])
def test_what_is_listed_must_have_happened(difference: Difference) -> None:
    unused = replace(
        difference, case="envelopment" if difference.kind == "case_added" else "dea", used=0
    )
    assert not compared(unused).is_good()


def test_a_listed_change_allows_no_larger_and_no_other_one() -> None:
    larger = SCORES.with_columns(size=pl.col("size") * 1.05)
    assert compared(
        listed("number_changed", column="size", tolerance=0.02), scores=larger
    ).unexplained
    renamed = SCORES.rename({"rank": "place"}).with_columns(place=pl.Series([1, 2, 4, 4]))
    found = compared(listed("column_renamed", column="rank", to="place"), scores=renamed)
    assert len(found.unexplained) == 1 and found.counts["renamed columns"] == 1
    other = SCORES.with_columns(pl.col("unit").replace({"a": "x", "b": "y"}))
    assert compared(
        listed("text_changed", column="unit", texts={"a": "x"}), scores=other
    ).unexplained


def test_a_table_without_rows_and_one_of_missing_values_are_compared() -> None:
    nothing = pl.DataFrame({"only": [None, None]})
    for table in (SCORES.clear(), nothing):
        found = compared(more=table)
        assert len(found.unexplained) == 1
        again = compare.Found(Allowed([]))
        compare.compare_tables(table, table, "dea", "more", again)
        assert again.is_good() and again.counts["columns"] == table.width


def test_the_command_fails_where_something_is_not_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    none = tmp_path / "none.toml"
    none.write_text("", encoding="utf-8")
    given = [str(tmp_path / "old"), str(tmp_path / "new"), "--differences", str(none)]
    monkeypatch.setattr(sys, "argv", ["compare", *given])
    for name in ("old", "new"):
        freeze.write(tmp_path / name / "dea", MADE, {})
    compare.main()
    freeze.write(tmp_path / "new" / "dea", {"scores": SCORES.drop("rank"), "codes": CODES}, {})
    with pytest.raises(SystemExit) as caught:
        compare.main()
    assert caught.value.code == 1 and "unexplained: dea/scores/rank" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        'kind = "colum_added"\nreason = "why"\ncase = "a"',
        'kind = "case_added"\nreason = " "\ncase = "a"',
        'kind = "case_added"\ncase = "a"',
        'kind = "case_added"\nreason = "why"\ncase = "a"\nto = "b"',
    ],
)
def test_a_list_that_says_too_little_or_too_much_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "differences.toml").write_text(f"[[difference]]\n{text}\n", encoding="utf-8")
    with pytest.raises(RefusedError):
        read_differences(tmp_path / "differences.toml")


def test_the_list_that_ships_and_the_example_in_it_can_be_read(tmp_path: Path) -> None:
    assert all(one.kind in KINDS for one in read_differences().listed)
    shown = [line.removeprefix("# ") for line in LISTED.read_text(encoding="utf-8").splitlines()]
    example = shown[shown.index("[[difference]]") : shown.index('reason = "why"') + 1]
    (tmp_path / "example.toml").write_text("\n".join(example), encoding="utf-8")
    (one,) = read_differences(tmp_path / "example.toml").listed
    assert (one.kind, one.column, one.to) == ("column_renamed", "score", "efficiency_score")


def test_words_are_set_apart_and_their_codes_are_judged() -> None:
    said = CODES.with_columns(text_en=pl.lit("so"), text_zh=pl.lit("如此"))
    notes = said.drop("code")
    judged, words = freeze.apart(
        {"scores": SCORES, "sentences": said, "conventions": notes, "columns": CODES}
    )
    assert {name: own.columns for name, own in judged.items()} == {
        "scores": SCORES.columns,
        "sentences": ["code"],
    }
    assert [row["text_zh"] for row in words["sentences"]] == ["如此"] * 2 and len(
        words["conventions"]
    ) == 2


def test_a_case_that_fails_is_named_and_the_others_are_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tables_of(case: Case) -> Any:
        if case.id == "bad":
            raise InputError(message("no_rows", table=Name("bad")))
        return {"scores": SCORES}, {}

    freeze.write(tmp_path / "bad", {"scores": SCORES}, {})  # of an earlier run
    monkeypatch.setattr(freeze, "tables_of", tables_of)
    assert freeze.freeze(tmp_path, [Case("bad", "dea"), Case("good", "dea")]) == ["bad"]
    assert (
        list(compare.read_freeze(tmp_path)) == ["good"] and "bad: FAILED" in capsys.readouterr().out
    )


def test_every_measurement_and_every_method_has_a_case() -> None:
    cases = all_cases()
    known = {(case.measurement, case.options.get("method")) for case in cases}
    for name in folders():
        method = measurement(name).parameters.get("method")
        methods = [None] if method is None else method.schema["enum"]
        assert {(name, each) for each in methods} <= known, (
            f"list the methods of {name} in benchmarks/golden/cases.toml"
        )
    assert all(place_of(case.source) for case in cases if case.source.startswith(OWN))
