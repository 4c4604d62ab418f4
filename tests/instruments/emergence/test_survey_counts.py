"""A survey from counts: sums, totals, thresholds and places by hand; bad years refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.emergence.survey_counts import survey_counts
from firstlight.instruments.emergence.survey_tables import survey_of, survey_tables
from firstlight.instruments.emergence.targets import exceptional_since_now

SCHEMA = {"entity": pl.String, "year": pl.Int64, "count": pl.Float64, "place": pl.String, "total": pl.Float64}
ROWS = [
    ("rust", 2001, 10, "CN", None),
    ("rust", 2001, 15, "FR", None),
    ("rust", 2003, 30, "CN", 100),
    ("rust", 2003, 10, "CN", 120),
    ("ada", 2002, 19, None, None),
    ("ada", 2003, 20, None, None),
    ("perl", 2003, 19, "FR", None),
    ("perl", 2004, 90, "FR", None),
]


def counts(rows: list[tuple[object, ...]] | None = None) -> pl.DataFrame:
    return pl.DataFrame(ROWS if rows is None else rows, schema=SCHEMA, orient="row")


def test_counts_by_hand() -> None:
    survey = survey_counts(counts(), 2003)
    assert survey.labels == ("ada", "rust") and survey.years.tolist() == [2001, 2002, 2003, 2004]
    assert survey.counts.tolist() == [[0, 19, 20, 0], [25, 0, 40, 0]]
    assert survey.totals.tolist() == [25, 19, 79, 90]  # one year alone tells a total: sums of entities serve for all
    assert survey.coverage == pytest.approx(60 / 79) and survey.tested == 3
    assert survey.terms.select("term", "first_year", "documents_count").rows() == [
        ("ada", 2002, 20),
        ("rust", 2001, 40),
    ]
    assert survey.groups.rows() == [
        (-1, "country", "CN", 50, 2001),
        (-1, "country", "FR", 34, 2001),
        (1, "country", "CN", 50, 2001),
        (1, "country", "FR", 15, 2001),
    ]


def test_fewer_documents_may_be_asked_for() -> None:
    assert survey_counts(counts(), 2003, least_documents=19).labels == ("ada", "perl", "rust")
    assert survey_counts(counts(), 2003, least_documents=41).labels == ()


def test_the_order_of_rows_does_not_matter_and_tables_lead_back() -> None:
    one, two = survey_counts(counts(), 2003), survey_counts(counts(list(reversed(ROWS))), 2003)
    (tables, facts), (others, _) = survey_tables(one), survey_tables(two)
    assert all(frame.equals(others[name]) for name, frame in tables.items())
    back, _ = survey_tables(survey_of(tables, facts))
    assert all(frame.equals(back[name]) for name, frame in tables.items())


def test_later_counts_change_nothing_up_to_the_forecast_year() -> None:
    later = [("rust", 2004, 999, "CN", 5000), ("go", 2005, 50, "CN", None)]
    one, two = (survey_counts(counts(rows), 2003).until(2003) for rows in (ROWS, [*ROWS, *later]))
    (tables, facts), (others, other_facts) = survey_tables(one), survey_tables(two)
    assert facts == other_facts and all(frame.equals(others[name]) for name, frame in tables.items())


def test_outcomes_are_read_from_the_same_counts() -> None:
    rows = [("up", 2001, 100, None, 1000), ("flat", 2001, 100, None, 1000), ("up", 2003, 200, None, 1000), ("flat", 2003, 100, None, 1000)]  # fmt: skip
    survey = survey_counts(counts(rows), 2001)
    outcome = exceptional_since_now(survey.counts, survey.totals, 0, 2)
    assert outcome.exceptional.tolist() == [0, 1]


def test_a_year_without_counts_is_refused() -> None:
    with pytest.raises(InputError, match="no counts in the forecast year"):
        survey_counts(counts(), 2010)


def test_totals_belong_to_a_quarter_and_place() -> None:
    rows = [
        (entity, 2015 + year, quarter, place, 10.0, 1000.0)
        for entity in ("a", "b")
        for year in range(2)
        for quarter in range(1, 5)
        for place in ("CN", "US")
    ]
    frame = pl.DataFrame(rows, schema=["entity", "year", "quarter", "place", "count", "total"], orient="row")
    assert survey_counts(frame, 2016).totals.tolist() == [8000, 8000]
    assert survey_counts(frame, 2016).coverage == pytest.approx(160 / 8000)


def test_half_a_series_of_totals_makes_no_collapse_and_a_later_gap_is_unknown() -> None:
    frame = pl.DataFrame({"entity": ["a"] * 4, "year": [2013, 2014, 2015, 2016], "count": [30.0] * 4})
    early = frame.with_columns(total=pl.when(pl.col("year") < 2015).then(900.0))
    assert survey_counts(early, 2016).totals.tolist() == [30, 30, 30, 30]
    known = survey_counts(early, 2014).totals
    assert known[:2].tolist() == [900, 900] and np.isnan(known[2:]).all()


def test_fractional_counts_stay_fractional() -> None:
    frame = pl.DataFrame({"entity": ["a", "a"], "year": [2015, 2016], "count": [20.9, 21.0]})
    survey = survey_counts(frame, 2016)
    tables, facts = survey_tables(survey)
    assert survey_of(tables, facts).counts.tolist() == [[20.9, 21.0]]
