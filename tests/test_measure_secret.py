"""Secret cells in tables of flows: read as such, counted, never filled in; ranges where they are
proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from benchmarks.planted.prices import made_up_flows

from firstlight.errors import InputError
from firstlight.places import local_bias
from firstlight.result import Result
from firstlight.run.measured import measure
from firstlight.schema import Data
from firstlight.sources.panel_rows import secret_below
from firstlight.texts import Count, Share, message

CELLS = ["8", "2", "<5", "2", "8", "2", "S", "2", "8"]


def flows(cells: list[str] = CELLS, **more: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {"origin": list("aaabbbccc"), "destination": list("abc") * 3, "flow": cells, **more}
    )


def measured(folder: Path, frame: pl.DataFrame, name: str = "local_bias", **options: Any) -> Result:
    return measure(name, frame, project=folder / "kept", **options)


def test_marks_are_told_from_numbers_and_faults() -> None:
    cells = [
        "<5",
        "< 10",
        "＜3",
        "S",
        "(D)",
        "[c]",
        ":x",
        "***",
        "#",
        "Suppressed",
        "保密",
        "7",
        "-3",
        "n/a",
        "5>",
        "SS",
        None,
    ]
    found = secret_below(pl.Series(cells)).to_list()
    assert found == [5, 10, 3, *[float("inf")] * 8, *[None] * 6]


def bias(frame: pl.DataFrame, **options: Any) -> Result:
    """Local bias of a frame in which each cell is told from its mark."""
    cells, below = frame["flow"], secret_below(frame["flow"])
    numbers = cells.cast(pl.Float64, strict=False)
    read = Data(frame.with_columns(numbers, flow_below=below, year=pl.lit(None, pl.Int32)))
    return local_bias(read, **options)


def said(found: Result) -> dict[str, Any]:
    return {given.code: dict(given.values) for given in found.said}


def test_a_secret_flow_is_counted_and_gives_a_range() -> None:
    found = bias(flows(), secret_most=4)
    # <5 is 0 to 4: the others are whole
    assert found.tables["secret_flows"].rows() == [(9, 2, 0.0, 8.0, 0.0, 0.2)]
    counts = {"count": Count(2), "all": Count(9)}
    ends = {"low": Share(0.0, digits=1), "high": Share(0.2, digits=1)}
    assert said(found)["secret_between"] == {**counts, **ends}
    assert found.tables["home_bounds"].row(0) == pytest.approx((24 / 40, 24 / 32))
    assert found.said[0] == message(
        "range", low=Share(24 / 40, digits=1), high=Share(24 / 32, digits=1)
    )
    bounds = {row["place"]: row for row in found.tables["bias_bounds"].to_dicts()}
    assert bounds["a"]["home_share_least"] == pytest.approx(8 / 14)
    assert bounds["a"]["home_share_most"] == 0.8
    assert bounds["b"]["home_share_least"] == bounds["b"]["home_share_most"]
    assert bounds["b"]["home_share_least"] == pytest.approx(8 / 12)
    own = found.tables["local_bias"]
    assert own["local_bias_index"].null_count() == 3  # nothing is filled in
    assert set(own["reason"]) == {"flow_secret"}
    assert next(iter(found.tables)) == "bias_bounds"
    assert "missing" not in said(found)


def test_a_file_of_secret_flows_is_read_as_such(tmp_path: Path) -> None:
    found = measured(tmp_path, flows(), secret_most=4)
    assert found.facts["tables"][0] == "bias_bounds" and not found.tables["set_aside"].height
    assert [own.code for own in found.said] == ["range", "secret_between"]


def test_a_flow_that_is_no_whole_number_opens_the_end() -> None:
    found = bias(flows(["8.5", "2", "<5", "2", "8", "2", "2", "2", "8"]))
    assert found.tables["secret_flows"]["secret_most"].to_list() == [5.0]


def test_without_a_largest_value_there_is_no_range() -> None:
    found = bias(flows())
    assert "bias_bounds" not in found.tables
    assert found.tables["secret_flows"]["secret_most"].to_list() == [None]
    assert found.conventions[-1] == message("secret_endless")
    assert list(said(found)) == ["unknown", "secret"]


def test_an_empty_cell_is_missing_unless_it_is_said_to_be_secret() -> None:
    frame = flows([*CELLS[:6], "", *CELLS[7:]])
    missing = bias(frame, secret_most=4)
    assert "bias_bounds" not in missing.tables
    assert said(missing)["secret_between"]["count"] == Count(1)
    assert said(missing)["missing"]["count"] == Count(1)
    secret = bias(frame, secret_most=4, empty="secret")
    given = bias(flows(), secret_most=4)
    assert secret.tables["bias_bounds"].equals(given.tables["bias_bounds"])


def test_what_may_be_undefined_has_a_reason_and_no_range() -> None:
    found = bias(flows(["<5", "<5", "<5", "<5", "8", "2", "<5", "2", "8"]))
    bounds, pairs = found.tables["bias_bounds"], found.tables["freeness_bounds"]
    row = bounds.filter(place="a").row(0, named=True)
    assert row["home_share_least"] is row["local_bias_index_most"] is None
    assert bounds["reason"].to_list() == ["may_be_idle", None, None]
    assert pairs["reason"].to_list() == ["home_may_be_zero", "home_may_be_zero", None]


def test_years_without_secrets_keep_their_figures(tmp_path: Path) -> None:
    known = [cell if cell.isdigit() else "2" for cell in CELLS]
    frame = pl.concat([flows(year=[2000] * 9), flows(known, year=[2001] * 9)])
    found = measured(tmp_path, frame, secret_most=4)
    own = found.tables["local_bias"].group_by("year").agg(pl.col("local_bias_index").count())
    assert dict(own.iter_rows()) == {2000: 0, 2001: 3}
    at_end = found.tables["bias_bounds"].filter(year=2001)
    assert at_end["local_bias_ratio_least"].to_list() == pytest.approx(
        at_end["local_bias_ratio_most"].to_list()
    )
    assert [own.code for own in found.said] == [
        "bias_in",
        "strongest",
        "range_in",
        "secret_between",
    ]


def test_parts_that_are_added_up_stay_secret(tmp_path: Path) -> None:
    found = measured(tmp_path, pl.concat([flows(), flows()]), sum=True, secret_most=4)
    assert found.tables["secret_flows"]["secret_count"].to_list() == [2]


@pytest.mark.slow
def test_a_border_leaves_secret_flows_out_and_shows_corners_that_are_no_bounds(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pyfixest", reason="the extra gravity is not installed")
    frame = (
        made_up_flows(0)
        .rename({"x": "flow", "km": "distance"})
        .with_columns(pl.col("flow").round(0))
    )
    one_home = (pl.col("origin") == "p11") & (pl.col("destination") == "p11")
    frame = frame.with_columns(flow=pl.when(one_home).then(80.0).otherwise("flow"))
    hidden = (
        pl.when(pl.col("flow") < 90)
        .then(pl.lit("<90"))
        .otherwise(pl.col("flow").cast(pl.Int64).cast(pl.String))
    )
    found = measured(tmp_path, frame.with_columns(hidden.alias("flow")), "border")
    without = measured(tmp_path, frame.filter(pl.col("flow") >= 90), "border")
    assert found.frame["border_ratio"].to_list() == without.frame["border_ratio"].to_list()
    ends = {}
    for end in (0.0, 89.0):
        filled = frame.with_columns(flow=pl.when(pl.col("flow") < 90).then(end).otherwise("flow"))
        ends[end] = measured(tmp_path, filled, "border").frame["border_ratio"][0]
    corners = dict(found.tables["border_corners"].select("corner", "border_ratio").iter_rows())
    assert corners["all_least"] == pytest.approx(ends[0.0]) and corners[
        "all_most"
    ] == pytest.approx(ends[89.0])
    is_small, is_home = pl.col("flow") < 90, pl.col("origin") == pl.col("destination")
    assert len(set(corners.values())) == 4
    for corner, (within, across) in {
        "within_most": (89.0, 0.0),
        "across_most": (0.0, 89.0),
    }.items():
        end = pl.when(is_home).then(within).otherwise(across)
        filled = frame.with_columns(flow=pl.when(is_small).then(end).otherwise("flow"))
        assert corners[corner] == pytest.approx(
            measured(tmp_path, filled, "border").frame["border_ratio"][0]
        )
    codes = [own.code for own in found.said]
    assert codes == ["interval", "corners", "secret_between", "left_out"]


def test_a_published_total_says_what_is_in_no_known_flow() -> None:
    found = bias(flows(), secret_most=4, flows_total=40)
    assert said(found)["in_no_known_flow"] == {"share": Share(1 - 32 / 40, digits=1)}
    with pytest.raises(InputError) as error:
        bias(flows(), flows_total=30)
    assert error.value.code == "out_of_bounds"
    both = pl.concat([flows(flow_below=[5.0] * 9, year=[year] * 9) for year in (2000, 2001)])
    both = both.with_columns(pl.col("flow").cast(pl.Float64, strict=False))
    with pytest.raises(InputError) as error:
        local_bias(both, flows_total=90)
    assert error.value.code == "excludes"


def test_ends_that_are_none_are_refused() -> None:
    for least, most, code in ((4, 2, "out_of_bounds"), (4, None, "needs")):
        with pytest.raises(InputError) as error:
            local_bias(flows(), secret_least=least, secret_most=most)
        assert error.value.code == code
