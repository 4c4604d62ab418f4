"""What stands behind all others in a ranking by its trend: what fell last year, then editions.

A trend carries on through a single bad year, and a dated name (a version, a year's meeting) rises
as its predecessors did, and is followed by the next.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts, compare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FALL = 0.75  # standard errors by which a share falls from FY-1 to FY, to count as falling
# A word, or the last of several, and the number at its end, as of a version or of a year.
_NUMBERED = r"^((?:.*[\s-])?\p{L}{2,})[\s.'’/_-]?(\d+(?:\.\d+)?)(?:\.\d+|\.x)*$"
_CENTURY = 2000  # of years in two digits


def set_back(scores: Floats, survey: Survey) -> Floats:
    """(K,) scores in the same order, but what fell last year behind all others, editions last."""
    editions = are_editions(pl.Series(survey.labels, dtype=pl.String), survey.first_years)
    return _behind(_behind(scores, has_fallen(survey.counts)), editions)


def has_fallen(counts: YearlyCounts) -> Flags:
    """(K,) whether the share fell in the forecast year by more than chance may do."""
    year = counts.forecast_year
    fell: Flags = compare(counts.until(year), [year - 1], [year]).z < -FALL
    return fell


def are_editions(labels: pl.Series, first_years: Ints) -> Flags:
    """(K,) whether a name ends with its year, or with a number that follows another.

    A year has four digits, or two that are those of the first year. A version follows the bare name
    or a lower number that is older, where all numbers of the name came in their order: interleukins
    and CD4 are no editions.

    first_years : (K,) year of the third document

    >>> names = pl.Series(["iOS", "ios 6", "python-2.7", "python-3.x", "WMT18", "covid-19", "il-6"])
    >>> are_editions(names, np.array([2008, 2012, 2010, 2014, 2018, 2020, 2010])).tolist()
    [False, True, False, True, True, False, False]
    """
    parts = labels.str.to_lowercase().str.extract_groups(_NUMBERED).struct.unnest()
    names = pl.DataFrame(
        {
            "stem": parts["1"].fill_null(labels.str.to_lowercase()),
            "digits": parts["2"],
            "number": parts["2"].cast(pl.Float64),
            "first_year": first_years,
        }
    ).with_row_index("row")
    names = names.sort("stem", "number", "first_year", nulls_last=False)
    oldest, before = pl.col("first_year").first(), pl.col("first_year").shift()
    in_order = (pl.col("first_year") >= before).fill_null(True).all().over("stem")
    follows = in_order & (pl.col("first_year") > oldest.over("stem"))
    years = pl.col("digits").str.contains(r"^(19|20)\d\d$")
    own_year = pl.col("digits").str.len_chars() == 2
    own_year &= pl.col("number") + _CENTURY == pl.col("first_year")
    is_edition = pl.col("number").is_not_null() & (follows | years | own_year)
    found: Flags = names.with_columns(is_edition.alias("found")).sort("row")["found"].to_numpy()
    return found


def _behind(scores: Floats, those: Flags) -> Floats:
    if not len(scores):
        return scores
    return np.where(those, scores - np.ptp(scores) - 1, scores)
