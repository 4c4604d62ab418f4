"""How the same technologies do in a second record, such as preprints beside conference papers.

What is written in one place may rise in another first. A technology of the second record is told by
its name: a document there uses any of the forms that it has here. Nothing dated after the forecast
year is read, nor a phrase that the second record did not know by then.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.forecast.trend import carried_beyond, course, needed_growth
from firstlight.instruments.emergence.record.take_off import Target, is_scored
from firstlight.instruments.emergence.technologies.membership import yearly_counts
from firstlight.instruments.emergence.technologies.quarterly_counts import (
    QuarterlyCounts,
    quarterly_counts,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import TextRecord
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.instruments.emergence.text.phrases import keys_as_written

Floats = npt.NDArray[np.float64]

ELSEWHERE = 0.5  # part of the place of a technology elsewhere that its own place is raised by
FEWEST = 5  # technologies that are large enough there, for their places to mean something


def counts_elsewhere(
    survey: Survey, record: TextRecord
) -> tuple[YearlyCounts, QuarterlyCounts | None]:
    """Documents of a second record that use a form of each of K technologies, up to their forecast
    year.

    record : with documents in the forecast year and before
    """
    year, phrases = survey.forecast_year, record.phrases
    known = phrases.terms.to_frame("key").with_columns(
        term=pl.int_range(pl.len(), dtype=pl.Int64), known_from=pl.Series(phrases.known_from)
    )
    forms = _keys(survey).join(known.filter(pl.col("known_from") <= year), on="key")
    forms = forms.sort("technology", "term")
    belongs = phrases.incidence(
        forms["term"].to_numpy(), forms["technology"].to_numpy(), len(survey.labels)
    )
    size = int(np.searchsorted(phrases.years, year, side="right"))
    belongs = belongs[:, :size].tocsr()
    of_documents = phrases.years[:size], record.strata[:size]
    counts = yearly_counts(belongs, survey.counts.names, *of_documents, year)
    dated = phrases.years[:size], record.quarters[:size], record.strata[:size]
    return counts, quarterly_counts(belongs, counts, *dated)


def places_elsewhere(survey: Survey, record: TextRecord, target: Target) -> Floats:
    """How far the trend of a second record carries each technology beyond its threshold there.

    In standard deviations about the mean of all technologies that are large enough to be ranked
    there (see ``is_scored``).

    Parameters
    ----------
    survey
        K technologies at a forecast year.
    record
        The second record.
    target
        What counts as take-off.

    Returns
    -------
    (K,); nan for a technology that is too small there, and for all where the second record has no
    documents in the forecast year and the year before, or fewer than five of them are large enough.
    """
    unknown = np.full(len(survey.labels), np.nan)
    recent = {survey.forecast_year - 1, survey.forecast_year}
    if not survey.labels or not recent <= set(np.unique(record.phrases.years).tolist()):
        return unknown
    counts, quarters = counts_elsewhere(survey, record)
    is_known = is_scored(counts)
    if is_known.sum() < FEWEST:
        return unknown
    trend = course(counts, target.gain, quarters).trend
    needed = needed_growth(counts, trend, target)
    score = carried_beyond(trend, needed, target, np.zeros(len(needed)))
    return np.where(is_known, _standard(score, is_known), np.nan)


def leaning_on(score: Floats, elsewhere: Floats) -> Floats:
    """(K,) scores raised by half of the place elsewhere, in units of their own spread.

    elsewhere : (K,) from ``places_elsewhere``; a technology without a place keeps its score

    >>> leaning_on(np.array([1.0, 3.0, 5.0]), np.array([1.0, np.nan, -1.0])).round(3).tolist()
    [1.816, 3.0, 4.184]
    """
    return np.asarray(score + ELSEWHERE * score.std() * np.nan_to_num(elsewhere))


def _keys(survey: Survey) -> pl.DataFrame:
    """Every form of every technology as a key: data frame technology, key."""
    heads = pl.DataFrame({"technology": np.arange(len(survey.labels)), "key": survey.counts.names})
    written = survey.forms.select(
        pl.col("technology").cast(pl.Int64), keys_as_written(survey.forms["form"]).alias("key")
    )
    return pl.concat([heads.cast({"technology": pl.Int64}), written]).unique()


def _standard(score: Floats, among: npt.NDArray[np.bool_]) -> Floats:
    spread = score[among].std()
    if spread == 0:
        return np.zeros(len(score))
    return np.asarray((score - score[among].mean()) / spread)
