"""Whether text and mix of a record are comparable over the years, and what is done where not."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from firstlight.instruments.emergence.text.comparability_notices import Judgement, all_notices
from firstlight.instruments.emergence.text.counted import Counted
from firstlight.instruments.emergence.text.equal_lengths import equal_lengths
from firstlight.instruments.emergence.text.mix import find_mix
from firstlight.instruments.emergence.text.notices import Notice, by_severity
from firstlight.instruments.emergence.text.strata import Column, Movement
from firstlight.instruments.emergence.text.text_lengths import (
    FEW_A_YEAR,
    Lengths,
    Part,
    Reading,
    TextSample,
    abstract_shares,
    are_short,
    choose_part,
    has_few_abstracts,
)


@dataclass(frozen=True)
class Comparability:
    """Decisions on a record seen at the end of the forecast year, and what a reader must know.

    forecast_year, horizon : FY and h, in years
    text       : the part of documents to count
    most_words : of each document, its first ones are counted; None where all are
    says_once  : whether it is as short as a title, so that nothing is said twice
    first_year : the first year to count
    last_year  : the last complete year of the record, which may lie after FY
    years      : year, documents_count (of those that count), expected_count, is_complete, reason
                 (see `complete_years`), abstract_share, text_level (distinct words per document of
                 the part to count, within strata, over those of FY; null where none compares)
    stratum    : what shares are standardised over
    in_turn    : pairs of venues that are held in turn, and count as one stratum
    movements  : strata that join or leave, up to FY
    comparable : share of the documents of FY-1..FY in strata that FY-h-1..FY-h hold too
    documents  : a row for each row given, in their order: id, is_counted, reason (null, rejected,
                 withdrawn, retracted or before_first_year), stratum, language
    notices    : red ones first
    """

    forecast_year: int
    horizon: int
    text: Part
    most_words: int | None
    says_once: bool
    first_year: int
    last_year: int
    years: pl.DataFrame
    stratum: Column
    in_turn: tuple[tuple[str, str], ...]
    movements: tuple[Movement, ...]
    comparable: float
    documents: pl.DataFrame
    notices: tuple[Notice, ...]


def comparability(
    documents: pl.DataFrame, forecast_year: int | None = None, horizon: int = 3
) -> Comparability:
    """Decide which text, years and strata of a record are comparable, and tell what is not.

    Decisions rest on documents up to the forecast year. Later ones tell only which outcomes are
    known (``last_year``, later rows of ``years``, notices on outcomes); their strata follow the
    same decisions, and a venue that is new by then is a stratum of its own.

    Parameters
    ----------
    documents
        Columns id, date, year, title, abstract, date_precision and, where there are any, source,
        categories, status, file.
    forecast_year
        The forecast year, FY; the last complete year where None.
    horizon
        Years ahead that are forecast.

    Returns
    -------
    Comparability, with ``text`` (the part to count), ``first_year``, ``last_year``, ``years``,
    ``stratum``, ``movements``, ``comparable`` (share of documents in strata that can be compared),
    ``documents`` and ``notices``.

    Raises
    ------
    InputError
        Where no document counts, or none is dated up to the forecast year.

    Notes
    -----
    Thresholds and their reasons:

    - Text is not comparable if it changes all shares by a tenth (`choose_part`). Where documents
      grow longer or shorter, their first words are counted, as many as leave half of that
      (`equal_lengths`).
    - Strata that join or leave are told from 2% of a year's documents: in a venue of that size a
      word of one title in 40 reaches the gain of .0005 that take-off asks for. Languages likewise.
    - A change of weights alone is told if standardisation denies a quarter of 20 or more apparent
      take-offs: words at the threshold change sides for less.
    - Few documents are comparable if half of the recent ones lie in strata that are new: most of
      what is new is then unseen. Few are still there if half of those one horizon ago lie in strata
      that are gone: the comparison then rests on the smaller part of what there was.
    - Years are complete by `complete_years`; base rates jump by `base_rates_jump`.
    """
    counted = Counted.of(documents, forecast_year, horizon)
    mix = find_mix(counted)
    exponent = TextSample.of(counted.since, FEW_A_YEAR).exponent()
    frame = counted.frame.with_columns(stratum=mix.strata)
    lengths = Lengths.of(frame, exponent)
    reading = _reading(counted, frame, lengths, exponent)
    judgement = Judgement(counted, mix, lengths, reading)
    part, start = reading.part, reading.first_year
    return Comparability(
        forecast_year=counted.forecast_year,
        horizon=horizon,
        text=part,
        most_words=reading.most_words,
        says_once=part == "title" or are_short(counted.since),
        first_year=start,
        last_year=counted.years_now.last,
        years=_years(counted, reading),
        stratum=mix.column,
        in_turn=mix.in_turn,
        movements=mix.movements,
        comparable=mix.comparable,
        documents=_documents(counted, mix.strata, start),
        notices=by_severity(all_notices(judgement)),
    )


def _reading(counted: Counted, frame: pl.DataFrame, lengths: Lengths, exponent: float) -> Reading:
    """What is counted: of documents that grow longer or shorter, their first words."""
    part, start = _part(counted, lengths)
    span = (start, counted.forecast_year, counted.horizon)
    avoided = lengths.largest("title_and_abstract", *span)
    if avoided and not has_few_abstracts(counted.since) and not lengths.largest("coverage", *span):
        equal = equal_lengths(frame, lengths, exponent, *span)
        if equal is not None:
            most_words, beginnings = equal
            return Reading("title_and_abstract", start, beginnings, most_words, avoided)
    return Reading(part, start, lengths)


def _part(counted: Counted, lengths: Lengths) -> tuple[Part, int]:
    """The part to count, and the first year; titles where hardly a document has an abstract."""
    first, since = counted.years.first, counted.since
    if not (since["title_bytes"] > 0).any():
        return "title_and_abstract", first
    if has_few_abstracts(since):
        return "title", first
    return choose_part(lengths, first, counted.forecast_year, counted.horizon)


def _years(counted: Counted, reading: Reading) -> pl.DataFrame:
    """Years up to FY as they could be known then, later ones as they are known now."""
    later = pl.col("year") > counted.forecast_year
    table = pl.concat([counted.years.table, counted.years_now.table.filter(later)])
    shares = abstract_shares(counted.frame).select(
        pl.col("year").cast(pl.Int32), abstract_share="share"
    )
    table = table.join(shares, on="year", how="left").sort("year")
    years = table["year"].to_numpy()
    levels = reading.lengths.levels(reading.part, years, counted.forecast_year)
    return table.with_columns(text_level=pl.Series(levels).fill_nan(None))


def _documents(counted: Counted, strata: pl.Series, start: int) -> pl.DataFrame:
    """A row for each row given, in their order."""
    known = counted.frame.select("row", "year", "language", stratum=strata)
    early = pl.when(pl.col("year") < start).then(pl.lit("before_first_year"))
    joined = counted.given.join(known, on="row", how="left").sort("row")
    reasons = joined.with_columns(reason=pl.coalesce("reason", early))
    return reasons.select(
        "id",
        is_counted=pl.col("reason").is_null(),
        reason="reason",
        stratum="stratum",
        language="language",
    )
