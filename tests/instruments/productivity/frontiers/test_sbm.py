"""Slacks-based measures: published values, a fractional programme without slacks written out here,
properties, bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import dea, sbm
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.sbm import super_slack_scores
from firstlight.instruments.productivity.frontier_efficiency.slack_scores import slack_scores
from firstlight.texts import Name

Array = np.ndarray
SUMS = {"crs": (None, None), "vrs": (1, 1), "nirs": (None, 1), "ndrs": (1, None)}
RETURNS, ORIENTATIONS = tuple(SUMS), ("non", "input", "output")
X1, X2, Y1, Y2 = "Input1", "Input2", "Output1", "Output2"


def planted(seed: int, count: int = 12, bads: int = 1) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(seed)
    return tuple(random.uniform(1, 5, (count, width)) for width in (2, 2, bads))  # type: ignore[return-value]


def fractional(
    x: Array,
    y: Array,
    b: Array,
    place: int,
    returns: str,
    orientation: str,
    weights: Array | None = None,
    beyond: bool = False,
) -> float:
    """The measure of one unit as mean target over mean target, in intensities (and, beyond the
    frontier, targets) alone.

    Variables: t, then Lambda; beyond: also the targets' factors p, q, c of x, y, b, times t.
    """
    n, m, s, k = len(x), x.shape[1], y.shape[1], b.shape[1]
    w = np.ones(m + s + k) if weights is None else weights
    wx, wy = w[:m] / w[:m].sum(), w[m:] / w[m:].sum()
    keep = np.arange(n) != place if beyond else np.ones(n, bool)
    rx, ry, rb = (part[keep] / part[place] for part in (x, y, b))
    r, width = keep.sum(), m + s + k
    # What of the targets depends on Lambda (inside) or on their own factors (beyond): numerator and
    # denominator.
    size = 1 + r + width * beyond
    top, low = np.zeros(size), np.zeros(size)
    if beyond:
        top[1 + r : 1 + r + m] = wx
        low[1 + r + m : 1 + r + m + s] = wy[:s]
        low[1 + r + m + s :], low[0] = -wy[s:], 2 * wy[s:].sum()
    else:
        top[1 : 1 + r] = rx @ wx
        low[1 : 1 + r] = ry @ wy[:s] - rb @ wy[s:]
        low[0] = 2 * wy[s:].sum()
    above = []
    sides = [(rx, 1.0, range(m)), (ry, -1.0, range(s)), (rb, 1.0, range(k))]
    column = 1 + r
    for ratios, sign, places in sides:
        for j in places:
            row = np.zeros(size)
            row[1 : 1 + r] = sign * ratios[:, j]
            if beyond:  # sign * Lambda ratios <= sign * factor, and the factor on the far side of t
                row[column] = -sign
                far = np.zeros(size)
                far[0], far[column] = sign, -sign
                above.append(far)
                column += 1
            else:
                row[0] = -sign
            above.append(row)
    for bound, sign in zip(SUMS[returns], (-1.0, 1.0), strict=True):
        if bound is not None:
            row = np.zeros(size)
            row[0], row[1 : 1 + r] = -sign, sign
            above.append(row)
    equal = [np.eye(size)[0]] if orientation != "non" else [low]
    if beyond and orientation != "non":  # what the orientation holds
        held = range(m, width) if orientation == "input" else range(m)
        equal += [np.eye(size)[1 + r + j] - np.eye(size)[0] for j in held]
    cost = -low if orientation == "output" else top
    right = [1.0] + [0.0] * (len(equal) - 1)
    found = linprog(
        cost, np.array(above), np.zeros(len(above)), np.array(equal), right, [(0, None)] * size
    )
    if found.status == 2:
        return float("nan")
    assert found.status == 0
    return (
        float(found.fun)
        if orientation != "output"
        else float(-1 / found.fun)
        if found.fun < 0
        else float("nan")
    )


def test_tone_2001(reference: Path) -> None:
    rows = pl.read_csv(reference / "data/productivity/Tone2001.csv")
    found = sbm(rows, [X1, X2], [Y1, Y2], unit="DMU")
    assert found.score.round(5).tolist() == [0.79798, 0.56818, 1, 0.66667, 1]
    assert found.table["is_efficient"].to_list() == [False, False, True, False, True]
    assert found.table["peers_text"][3] == "DMU_C (1.0)"


def test_tone_2003(reference: Path) -> None:
    rows = pl.read_csv(reference / "data/productivity/Tone2003.csv")
    found = sbm(rows, ["x"], ["yg"], ["yb"], unit="DMU", returns="vrs")
    assert found.score.round(5).tolist() == [0.66667, 1, 1, 1, 1, 0.90909, 0.70588, 0.8, 0.6]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("bads", [0, 1])
@pytest.mark.slow
def test_scores_are_those_of_the_fractional_programme(
    returns: str, orientation: str, bads: int
) -> None:
    data = planted(3, bads=bads)
    weights = np.arange(1.0, 5 + bads)
    options: dict[str, Any] = {"returns": returns, "orientation": orientation}
    for own in (None, weights):
        found = slack_scores(*data, **options, weights=own)
        expected = [fractional(*data, i, returns, orientation, own) for i in range(12)]
        assert found.score == pytest.approx(expected, rel=1e-7)
        beyond = super_slack_scores(*data, **options, weights=own)
        expected = [fractional(*data, i, returns, orientation, own, beyond=True) for i in range(12)]
        assert beyond.score == pytest.approx(expected, rel=1e-7, nan_ok=True)
        assert (beyond.status == "infeasible").tolist() == np.isnan(expected).tolist()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("returns", RETURNS)
def test_the_score_is_made_of_its_slacks_and_the_targets_of_its_peers(
    returns: str, orientation: str
) -> None:
    x, y, b = planted(5)
    data = np.hstack([x, y, b])
    found = slack_scores(x, y, b, returns=returns, orientation=orientation)
    above = 1 - (found.slacks[:, :2] / x).mean(axis=1) if orientation != "output" else 1
    below = 1 + (found.slacks[:, 2:] / data[:, 2:]).mean(axis=1) if orientation != "input" else 1
    assert found.score == pytest.approx(above / below)
    assert found.targets == pytest.approx(found.weights @ data, abs=1e-7)
    assert (found.slacks >= 0).all()
    # A target has no slack left: by the second stage also where the orientation does not count it.
    again = slack_scores(
        *(found.targets[:, cut] for cut in (slice(2), slice(2, 4), slice(4, 5))),
        reference=(x, y, b),
        returns=returns,
    )
    assert again.score == pytest.approx(1, abs=1e-6)


def test_a_small_unit_has_peers_however_large_they_are() -> None:
    rows = pl.DataFrame({"unit": ["small", "large"], "x": [2e-6, 1e6], "y": [1e-6, 1e6]})
    for found in (sbm(rows, ["x"], ["y"]), dea(rows, ["x"], ["y"], returns="crs")):
        of_small = found.peers.filter(pl.col("unit") == "small")
        assert of_small["peer"].to_list() == ["large"]
        assert of_small["intensity"].to_list() == pytest.approx([1e-12], rel=1e-6)


@pytest.mark.filterwarnings("error")
def test_an_efficiency_of_nothing_has_no_scale_efficiency() -> None:
    rows = pl.DataFrame({"unit": ["a", "b", "c"], "x": [1e-9, 2e12, 5.0], "y": [1e15, 1e-6, 5.0]})
    found = dea(rows, ["x"], ["y"]).table
    assert found["efficiency_score"][1] == 0 and found["scale_efficiency_score"][1] is None


def test_super_targets_reach_the_others_frontier() -> None:
    x, y, b = planted(6)
    found = super_slack_scores(x, y, b, returns="vrs")
    assert found.score == pytest.approx(
        (found.targets[:, :2] / x).mean(axis=1)
        / (1 + (found.slacks[:, 2:] / np.hstack([y, b])).mean(axis=1))
    )
    reached = found.weights @ np.hstack([x, y, b])
    assert (reached[:, [0, 1, 4]] <= found.targets[:, [0, 1, 4]] + 1e-7).all()
    assert (reached[:, 2:4] >= found.targets[:, 2:4] - 1e-7).all()
    assert found.weights.diagonal() == pytest.approx(0)


def radial(x: Array, y: Array, place: int) -> float:
    """Input-oriented efficiency under constant returns (Charnes, Cooper and Rhodes 1978)."""
    n = len(x)
    rows = np.vstack([np.c_[-x[place], x.T], np.c_[np.zeros(y.shape[1]), -y.T]])
    right = np.r_[np.zeros(x.shape[1]), -y[place]]
    return float(linprog(np.r_[1.0, np.zeros(n)], rows, right).fun)


seeds = st.integers(0, 10_000)


@settings(max_examples=15, deadline=None)
@given(
    seeds,
    st.lists(st.integers(-9, 12), min_size=5, max_size=5),
    st.sampled_from(RETURNS),
    st.sampled_from(ORIENTATIONS),
)
def test_units_do_not_matter(seed: int, powers: list[int], returns: str, orientation: str) -> None:
    x, y, b = planted(seed, 8)
    scale = 10.0 ** np.array(powers)
    options: dict[str, Any] = {"returns": returns, "orientation": orientation}
    scaled = (x * scale[:2], y * scale[2:4], b * scale[4:])
    assert slack_scores(*scaled, **options).score == pytest.approx(
        slack_scores(x, y, b, **options).score, rel=1e-6
    )
    ours, theirs = super_slack_scores(*scaled, **options), super_slack_scores(x, y, b, **options)
    assert ours.score == pytest.approx(theirs.score, rel=1e-6, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from(RETURNS))
def test_bounds_of_the_score(seed: int, returns: str) -> None:
    x, y, _ = planted(seed, 8)
    found = slack_scores(x, y, returns=returns)
    assert ((found.score > 0) & (found.score <= 1)).all()
    assert (found.score == 1).any()
    slack = found.slacks.max(axis=1)
    assert ((found.score == 1) == (slack < 1e-5)).all()
    oriented = slack_scores(x, y, returns=returns, orientation="input").score
    other = slack_scores(x, y, returns=returns, orientation="output").score
    assert (found.score <= np.minimum(oriented, other) + 1e-8).all()
    if returns == "crs":
        assert (oriented <= [radial(x, y, i) + 1e-8 for i in range(8)]).all()
    beyond = super_slack_scores(x, y, returns=returns).score
    assert (beyond[found.score < 1] == pytest.approx(1)) and (beyond >= 1 - 1e-9).all()


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.05, 0.6), st.sampled_from(ORIENTATIONS), st.integers(0, 4))
def test_a_worse_unit_never_scores_higher(
    seed: int, share: float, orientation: str, column: int
) -> None:
    x, y, b = planted(seed, 8)
    data = np.hstack([x, y, b])
    worse = data.copy()
    worse[:, column] *= 1 - share if column in (2, 3) else 1 + share
    parts = worse[:, :2], worse[:, 2:4], worse[:, 4:]
    options: dict[str, Any] = {"orientation": orientation, "returns": "vrs", "reference": (x, y, b)}
    assert (
        slack_scores(*parts, **options).score <= slack_scores(x, y, b, **options).score + 1e-7
    ).all()


def panel(seed: int = 1) -> pl.DataFrame:
    x, y, b = planted(seed, 20)
    return pl.DataFrame(
        {
            "省份": [f"p{i:02}" for i in range(10)] * 2,
            "年份": [2001] * 10 + [2002] * 10,
            **{"K": x[:, 0], "L": x[:, 1], "Y": y[:, 0], "CO2": b[:, 0]},
        }
    )


def of(rows: Any, **options: Any) -> Any:
    return sbm(rows, ["K", "L"], ["Y"], ["CO2"], unit="省份", year="年份", **options)


@pytest.mark.parametrize("technology", ["contemporaneous", "sequential", "global"])
def test_the_order_of_rows_does_not_matter(technology: str) -> None:
    rows = panel()
    ours = of(rows, technology=technology, super_efficiency=True, returns="vrs")
    theirs = of(
        rows.sample(fraction=1, shuffle=True, seed=3),
        technology=technology,
        super_efficiency=True,
        returns="vrs",
    )
    assert ours.table.equals(theirs.table) and ours.peers.equals(theirs.peers)


def test_years_have_frontiers_of_their_own_or_one() -> None:
    rows = panel()
    own, one = of(rows), of(rows, technology="global")
    assert (one.score <= own.score + 1e-9).all() and (one.score < own.score - 0.01).any()
    alone = sbm(rows.filter(pl.col("年份") == 2002), ["K", "L"], ["Y"], ["CO2"], unit="省份")
    assert own.table.filter(pl.col("year") == 2002)["efficiency_score"].to_list() == pytest.approx(
        alone.score.tolist()
    )
    assert set(one.peers["peer_year"]) == {2001, 2002}
    past = of(rows, technology="sequential", super_efficiency=True)
    assert (
        past.super_score[own.table["year"] == 2001].tolist()
        == of(rows, super_efficiency=True).super_score[::2].tolist()
    )
    one = of(rows, technology="global", super_efficiency=True)
    assert past.super_score[own.table["year"] == 2002] == pytest.approx(
        one.super_score[own.table["year"] == 2002]
    )
    told: list[tuple[int, int]] = []
    of(rows, progress=lambda done, every: told.append((done, every)))
    assert told == [(0, 2), (1, 2)]


def test_super_efficiency_replaces_the_score_of_the_frontier_only() -> None:
    plain, beyond = of(panel()), of(panel(), super_efficiency=True)
    inside = plain.score < 1
    assert (beyond.super_score[inside] == plain.score[inside]).all()
    assert (beyond.super_score[~inside] > 1).all()
    assert (beyond.slacks[~inside] <= 1e-9).all()
    assert (beyond.table["is_efficient"].to_numpy() == ~inside).all()


def test_what_can_not_be_reached_is_named_without_a_number() -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b", "c"], "x": [1.0, 2, 3], "y": [1.0, 2, 9], "b": [1.0, 40, 50]}
    )
    found = sbm(
        rows, ["x"], ["y"], unit="unit", returns="vrs", orientation="input", super_efficiency=True
    )
    assert found.table["super_efficiency_score"].to_list() == [
        2.0,
        pytest.approx(0.5 + 0.25 / 2),
        None,
    ]
    assert found.table["reason"].to_list() == [None, None, "others_cannot_reach"]
    # The others' bads are forty times those of a: the denominator can't be kept positive.
    found = sbm(rows, ["x"], ["y"], ["b"], returns="vrs", super_efficiency=True)
    row = found.table.row(0, named=True)
    assert (row["super_efficiency_score"], row["reason"]) == (None, "others_cannot_reach")


def test_zeros_are_refused_neglected_or_penalised() -> None:
    rows = pl.DataFrame(
        {
            "unit": ["a", "b", "c"],
            "x": [1.0, 1, 2],
            "u": [1.0, 1, 0],
            "y": [1.0, 1, 1],
            "v": [1.0, 0, 1],
        }
    )
    with pytest.raises(InputError) as caught:
        sbm(rows, ["x", "u"], ["y", "v"])
    assert caught.value.code == "zero_in_sbm"
    assert caught.value.values == {"unit": Name("b"), "column": Name("v")}
    neglect = sbm(rows, ["x", "u"], ["y", "v"], zeros="neglect")
    penalty = sbm(rows, ["x", "u"], ["y", "v"], zeros="penalty")
    # b, held against a: y has no shortfall, and the shortfall of v, 1, leaves the mean or counts as
    # 1 / (1/10) of two terms.
    assert neglect.score.tolist() == pytest.approx([1, 1, 1])
    assert penalty.score.tolist() == pytest.approx([1, 1 / (1 + 10 / 2), 1])


def test_one_unit_and_constant_columns() -> None:
    rows = pl.DataFrame({"unit": ["a", "b"], "x": [1e-9, 1e-9], "y": [1e12, 1e12]})
    assert sbm(rows, ["x"], ["y"], super_efficiency=True).super_score.tolist() == pytest.approx(
        [1, 1]
    )
    alone = sbm(rows[:1], ["x"], ["y"], super_efficiency=True)
    assert alone.table["super_efficiency_score"].to_list() == [None] and alone.table["reason"][0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: of(panel(), returns="grs"), "no_choice returns = grs"),
        (lambda: of(panel(), orientation="both"), "no_choice orientation = both"),
        (lambda: of(panel(), zeros="drop"), "no_choice zeros = drop"),
        (lambda: of(panel(), technology="pooled"), "no_choice technology = pooled"),
        (lambda: slack_scores([[1.0]], [[1.0]], weights=[0.0, 1.0]), "weights_of_slacks"),
        (
            lambda: of(panel(), super_efficiency=True, zeros="neglect"),
            "super_with_zeros",
        ),
        (lambda: of(panel().with_columns(K=-pl.col("K"))), "wrong_sign"),
        (lambda: sbm(panel(), ["K"], ["Y"], unit="省份"), "repeated_key"),
        (
            lambda: slack_scores([[1.0]], [[1.0]], reference=([[1.0, 2.0]], [[1.0]], None)),
            "other_columns",
        ),
        (
            lambda: super_slack_scores([[1.0]], [[1.0]], reference=([[1.0]], [[1.0]], None)),
            "no_own_place",
        ),
        (lambda: slack_scores([[0.0, 1.0]], [[1.0]]), "zero_in_slacks"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert told in f"{caught.value.code} {caught.value}"
    assert caught.value.where and caught.value.try_next


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_solvers_rounding_is_no_slack(orientation: str) -> None:
    random = np.random.default_rng(5)
    inputs, outputs = random.lognormal(3, 1, (40, 3)), random.lognormal(5, 1, (40, 3))
    outputs[random.random(40) < 0.3, 0] = 0
    found = slack_scores(inputs, outputs, orientation=orientation, zeros="neglect")
    own = np.hstack([inputs, outputs])
    share = np.abs(found.slacks) / np.where(own > 0, own, own.max(axis=0))
    assert ((share == 0) | (share > 1e-8)).all() and (share == 0).any() and (share > 0).any()
    mix = np.asarray(found.weights @ own)
    np.testing.assert_allclose(found.targets, mix, rtol=1e-6, atol=1e-6)
