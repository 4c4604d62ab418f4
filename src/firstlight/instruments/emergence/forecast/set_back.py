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
    """(K,) whether a name ends with its year, or with a number where the bare name is older.

    A year has four digits, or two that are those of the first year.

    first_years : (K,) year of the third document

    >>> names = pl.Series(["iOS", "ios 6", "SemEval-2017", "WMT18", "covid-19", "il-6", "field 3"])
    >>> are_editions(names, np.array([2008, 2012, 2017, 2018, 2020, 2010, 2011])).tolist()
    [False, True, True, True, False, False, False]
    """
    low = labels.str.to_lowercase()
    parts = low.str.extract_groups(_NUMBERED).struct.unnest()
    names = pl.DataFrame({"name": low, "first_year": first_years})
    oldest = names.group_by("name").agg(pl.col("first_year").min().alias("bare_since"))
    numbered = names.with_columns(stem=parts["1"], digits=parts["2"]).join(
        oldest, left_on="stem", right_on="name", how="left", maintain_order="left"
    )
    digits, first_year = pl.col("digits"), pl.col("first_year")
    is_year = digits.str.contains(r"^(19|20)\d\d$")
    is_short_year = digits == (first_year % 100).cast(pl.String)
    is_short_year &= digits.str.len_chars() == 2
    is_edition = is_year | is_short_year | (pl.col("bare_since") < first_year)
    found: Flags = numbered.select(is_edition.fill_null(False)).to_series().to_numpy()
    return found


def _behind(scores: Floats, those: Flags) -> Floats:
    if not len(scores):
        return scores
    return np.where(those, scores - np.ptp(scores) - 1, scores)
