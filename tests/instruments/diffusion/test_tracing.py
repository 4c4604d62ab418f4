"""Technologies traced through records: planted lags are covered, absence is not presence, what does
not fit is named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.diffusion.tracing import RecordSeries, trace_records

YEARS = np.arange(1990, 2017)
PAPERS, PATENTS = (
    np.round(np.geomspace(2000, 20000, len(YEARS))),
    np.round(np.geomspace(1500, 6000, len(YEARS))),
)
SIZE, LATER = 60, 3
NAMES = [f"technology {k:02}" for k in range(SIZE)]


def planted(ahead: int = LATER, seed: int = 1) -> tuple[RecordSeries, RecordSeries, np.ndarray]:
    """Papers that take off between 1996 and 2006 at 40% a year for six years, and patents so many
    years after."""
    rng = np.random.default_rng(seed)
    start = rng.integers(1996, 2007, SIZE)

    def record(kind: str, exposure: np.ndarray, later: int) -> RecordSeries:
        rises = np.clip(YEARS[None] - start[:, None] - later, 0, 6)
        counts = rng.poisson(0.004 * np.exp(0.4 * rises) * exposure).astype(float)
        return RecordSeries(kind, YEARS, exposure, counts)

    return record("science", PAPERS, 0), record("invention", PATENTS, ahead), start


@pytest.mark.slow
def test_planted_lags_lie_in_their_intervals() -> None:
    science, invention, start = planted()
    tables = trace_records(NAMES, [invention, science], 2016)
    lags = tables["lags"].filter((pl.col("event") == "take_off") & pl.col("years").is_not_null())
    assert lags.height >= 0.7 * SIZE
    held = lags.filter((pl.col("low") <= LATER) & (pl.col("high") >= LATER))
    assert 0.8 * lags.height <= held.height
    assert lags["years"].median() == LATER
    pooled = tables["pooled"].row(0, named=True)
    assert (
        pooled["take_off_low"] <= LATER <= pooled["take_off_high"]
        and pooled["take_off_lag"] == LATER
    )
    assert pooled["p_from"] < 0.01 and pooled["p_to"] > 0.5
    assert pooled["power_pooled"] > 0.8 and pooled["expected_by_chance"] == pytest.approx(
        0.05 * SIZE
    )
    dates = tables["events"].filter((pl.col("event") == "take_off") & (pl.col("kind") == "science"))
    assert (
        np.nanmedian(np.abs(dates["year"].cast(pl.Float64).fill_null(np.nan).to_numpy() - start))
        <= 1
    )


@pytest.mark.slow
def test_without_a_lag_none_is_found() -> None:
    science, invention, _ = planted(ahead=0, seed=2)
    pooled = trace_records(NAMES, [science, invention], 2016)["pooled"].row(0, named=True)
    assert pooled["take_off_lag"] == 0
    assert min(pooled["p_from"], pooled["p_to"]) > 0.01


def test_two_documents_are_no_presence() -> None:
    science, _, _ = planted()
    counts = np.zeros((SIZE, len(YEARS)))
    counts[:, -5] = 2
    counts[0, -1] = 1
    tables = trace_records(
        NAMES, [science, RecordSeries("invention", YEARS, PATENTS, counts)], 2016
    )
    presence = tables["presence"].filter(pl.col("kind") == "invention")
    assert presence["is_confirmed"].to_list() == [True] + [False] * (SIZE - 1)
    assert tables["readiness"]["stage"].to_list() == ["invention"] + ["science"] * (SIZE - 1)
    assert tables["lead_lag"]["reason"].to_list() == ["too_few_documents"] + ["not_in_both"] * (
        SIZE - 1
    )


@pytest.mark.slow
def test_of_technologies_with_the_same_documents_one_is_tested() -> None:
    """Each twice: as many tests and the same figures as of each once."""
    science, invention, _ = planted()
    names = [*NAMES, *(f"{name} again" for name in NAMES)]
    twice = [
        RecordSeries(own.kind, YEARS, own.totals, np.vstack([own.counts, np.floor(own.counts / 2)]))
        for own in (science, invention)
    ]
    once = trace_records(NAMES, [science, invention], 2016)
    both = trace_records(names, twice, 2016, groups=np.tile(np.arange(SIZE), 2))
    tested = ("tested_count", "from_leads_count", "to_leads_count", "p_from", "p_to", "lead")
    assert both["pooled"].select(tested).equals(once["pooled"].select(tested))
    assert both["pooled"]["technologies_count"].to_list() == [2 * SIZE]
    assert set(both["lead_lag"]["reason"][SIZE:]) == {"in_group"}


@pytest.mark.slow
def test_what_is_not_pooled_is_traced_and_counts_in_no_figure_of_all() -> None:
    science, invention, _ = planted()
    half = np.arange(SIZE) < SIZE // 2
    some = trace_records(NAMES, [science, invention], 2016, pooled=half)
    parts = [
        RecordSeries(own.kind, YEARS, own.totals, own.counts[half]) for own in (science, invention)
    ]
    alone = trace_records(NAMES[: SIZE // 2], parts, 2016)
    assert some["pooled"].equals(alone["pooled"])
    assert set(some["lead_lag"]["reason"][SIZE // 2 :]) == {"not_pooled"}
    assert set(some["presence"]["technology"]) == set(NAMES)


def test_the_usual_lag_of_arrival() -> None:
    """Third documents 2, 3, 4, 5 and 6 years later; one that a record begins with is not timed."""
    years = np.arange(2000, 2020)
    first, later = np.zeros((6, 20)), np.zeros((6, 20))
    first[:, 4] = 3
    later[range(5), 4 + np.arange(2, 7)] = 3
    later[5, 0] = 3
    whole = np.full(20, 1000.0)
    records = [
        RecordSeries("science", years, whole, first),
        RecordSeries("product", years, whole, later),
    ]
    pooled = trace_records(list("abcdef"), records, 2019)["pooled"].row(0, named=True)
    assert (pooled["timed_count"], pooled["earlier_count"]) == (5, 0)
    assert (pooled["arrival_low"], pooled["arrival_lag"], pooled["arrival_high"]) == (3, 4, 5)
    few = trace_records(
        list("abcd"),
        [
            RecordSeries("science", years, whole, first[:4]),
            RecordSeries("product", years, whole, later[:4]),
        ],
        2019,
    )
    assert few["pooled"]["arrival_lag"].to_list() == [None]


def test_another_meaning_confirms_nothing_either() -> None:
    science, invention, _ = planted()
    other = RecordSeries(
        "invention", YEARS, PATENTS, invention.counts, None, np.zeros(SIZE, dtype=bool)
    )
    tables = trace_records(NAMES, [science, other], 2016)
    assert set(tables["readiness"]["stage"]) == {"science"}
    assert set(tables["readiness"]["stage_possible"]) == {"invention"}


def test_a_first_document_is_bounded_by_the_record() -> None:
    counts = np.zeros((2, 10))
    counts[0, [2, 6, 7, 8]] = [1, 4, 4, 4]
    counts[1, 0] = 3
    years, whole = np.arange(2000, 2010), np.full(10, 100.0)
    record = RecordSeries("science", years, whole, counts)
    other = RecordSeries("product", years, whole, counts * 0)
    events = trace_records(["a", "b"], [record, other], 2009)["events"]
    first = events.filter((pl.col("kind") == "science") & (pl.col("event") == "first"))
    assert first.select("year", "low", "high", "reason").rows() == [
        (2002, 2002, 2002, ""),
        (2000, None, 2000, "record_begins"),
    ]
    absent = events.filter((pl.col("kind") == "product") & (pl.col("event") == "first"))
    assert absent.select("year", "reason").rows() == [(None, "none")] * 2


@pytest.mark.slow
def test_years_of_each_record_are_its_own() -> None:
    science, _, _ = planted()
    late = YEARS >= 2000
    short = RecordSeries("product", YEARS[late], PATENTS[late], science.counts[:, late])
    tables = trace_records(NAMES, [science, short], 2016)
    span = tables["timeline"].group_by("kind").agg(pl.col("year").min()).sort("kind")
    assert span.rows() == [("product", 2000), ("science", 1990)]
    lags = tables["lags"].filter(
        (pl.col("event") == "sustained") & (pl.col("reason") == "record_begins")
    )
    assert lags.height == SIZE and lags["low"].null_count() == SIZE


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "rumours"}, "no_choice"),
        ({"kind": "science"}, "stands_twice"),
        ({"counts": np.zeros((2, 3))}, "wrong_shape"),
        ({"years": YEARS + 5}, "out_of_bounds"),
    ],
)
def test_records_that_do_not_fit_are_named(change: dict[str, object], code: str) -> None:
    science, invention, _ = planted()
    given = {
        "kind": "invention",
        "years": YEARS,
        "totals": PATENTS,
        "counts": invention.counts,
    } | change
    with pytest.raises(InputError) as caught:
        trace_records(NAMES, [science, RecordSeries(**given)], 2016)  # type: ignore[arg-type]
    assert caught.value.code == code
