"""What fell last year stands behind, whatever its trend; editions stand last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.forecast.outlook import read_year
from firstlight.instruments.emergence.forecast.set_back import has_fallen, set_back
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.take_off import THREE_YEARS
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

TOTAL = 2000.0
COURSES = {
    "collapsed": [5, 20, 60, 120, 173, 0],
    "steady": [40, 40, 40, 40, 40, 40],
    "rising": [5, 10, 20, 30, 45, 60],
    "a little less": [40, 40, 40, 40, 40, 38],
    "rising 6": [5, 10, 20, 40, 70, 110],
}


def planted() -> Survey:
    size = len(COURSES)
    documents = np.array([*COURSES.values()], dtype=np.float64)
    counts = YearlyCounts(
        forecast_year=2010,
        names=tuple(COURSES),
        years=np.arange(2005, 2011),
        cells=sparse.csr_matrix(documents),
        totals=np.full((1, 6), TOTAL),
    )
    nobody = np.zeros(documents.shape)
    return Survey(
        counts=counts,
        labels=tuple(COURSES),
        is_scored=np.ones(size, dtype=np.bool_),
        groups=np.arange(size),
        first_years=np.array([2005, 2005, 2005, 2005, 2009]),
        authors=nobody,
        new_authors=nobody,
        forms=pl.DataFrame(),
        coverage=1.0,
    )


def test_what_fell_by_more_than_chance_has_fallen() -> None:
    assert has_fallen(planted().counts).tolist() == [True, False, False, False, False]


def test_what_died_stands_behind_and_an_edition_of_what_is_older_last() -> None:
    own = planted()
    scores = np.array([9.0, 1.0, 2.0, 0.0, 8.0])
    order = np.argsort(-set_back(scores, own))
    assert [own.labels[row] for row in order] == [
        *("rising", "steady", "a little less", "collapsed", "rising 6")
    ]


def test_a_year_without_one_before_it_sets_nothing_back() -> None:
    own = planted()
    alone = replace(own.counts, years=own.counts.years[-1:], totals=own.counts.totals[:, -1:])
    alone = replace(alone, cells=own.counts.cells[:, -1:].tocsr())
    assert not has_fallen(alone).any()


def test_the_ranking_reads_it() -> None:
    own = planted()
    trend = read_year(own, THREE_YEARS).scores[TREND]
    assert np.argsort(-trend)[-2:].tolist() == [0, 4]
