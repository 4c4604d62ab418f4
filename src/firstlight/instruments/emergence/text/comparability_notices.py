"""Notices on a record's text, years and mix: what would be wrong, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.emergence.technologies.yearly_counts import (
    FEW_COMPARABLE,
    FEWEST_IN_STRATUM,
)
from firstlight.instruments.emergence.text.completeness import BEFORE, missing_share
from firstlight.instruments.emergence.text.counted import Counted
from firstlight.instruments.emergence.text.mix import KINDS, MOVED, Mix, moved_share
from firstlight.instruments.emergence.text.notices import Notice, Severity, notice
from firstlight.instruments.emergence.text.strata import Kind, Movement
from firstlight.instruments.emergence.text.text_lengths import (
    FEWEST_IN_YEAR,
    LONG_ENOUGH,
    Change,
    Lengths,
    Reading,
    TextSample,
    abstract_shares,
    has_few_abstracts,
)
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    message,
    names,
)

Values = dict[str, Value[Any]]

KNOWN = ("en", "zh")  # languages whose function words are known
MISSED = 0.1  # of the documents in other languages, from which it is told
DENIED = 0.25  # of apparent take-offs, from which a change of weights alone is told
FEWEST_APPARENT = 20  # apparent take-offs, under which no share of them says much
BASE_RATE_RATIO = 3.0  # of odds, from one year to the next, from which base rates jump
BASE_RATE_ERRORS = 3.5  # standard errors of such a jump
GROUP = 3.0  # variance of a base rate over the binomial one: take-offs come in groups


@dataclass(frozen=True)
class Judgement:
    """What was decided on a record, and from what.

    lengths : distinct words per document of whole titles, and of these with abstracts
    """

    counted: Counted
    mix: Mix
    lengths: Lengths
    reading: Reading

    @cached_property
    def sample(self) -> TextSample:
        """Words of a sample of each year's texts."""
        return TextSample.of(self.counted.since)


def all_notices(judgement: Judgement) -> Iterator[Notice]:
    """Every notice on documents left out, years, text, mix and languages."""
    yield from on_status(judgement.counted)
    yield from on_years(judgement)
    yield from on_text(judgement)
    yield from on_outcome_text(judgement)
    yield from on_strata(judgement.counted, judgement.mix)
    yield from on_languages(judgement.counted, judgement.mix)


def on_status(counted: Counted) -> Iterator[Notice]:
    """Documents that were rejected, withdrawn or retracted, and are left out."""
    reasons = counted.given["reason"].drop_nulls()
    if len(reasons):
        kinds = reasons.unique().sort().to_list()
        yield notice(
            "turned_down",
            "note",
            count=Count(len(reasons)),
            share=Share(len(reasons) / counted.given.height, 1),
            reasons=List(tuple(Code(f"turned_down.{kind}") for kind in kinds)),
        )


def on_years(judgement: Judgement) -> Iterator[Notice]:
    """Years that are partial, fall, have a gap, or hold the documents of earlier ones."""
    counted = judgement.counted
    is_later = pl.col("year") > counted.forecast_year
    table = pl.concat([counted.years.table, counted.years_now.table.filter(is_later)])
    for row in table.filter(~pl.col("is_complete")).iter_rows(named=True):
        if row["reason"] == "gap":
            yield notice("year_with_gap", "yellow", **_year_values(row, row["expected_count"]))
        elif row["reason"] == "heap":
            held, expected = Count(row["documents_count"]), Count(round(row["expected_count"]))
            about = {"documents": held, "expected": expected}
            yield notice("year_of_earlier", "yellow", year=Year(row["year"]), **about)
        elif row["reason"] in ("partial", "fall"):
            yield _on_end(judgement, row)


def _on_end(judgement: Judgement, row: dict[str, Any]) -> Notice:
    """A year at the end that is incomplete."""
    counted, count, year = judgement.counted, row["documents_count"], row["year"]
    severity = _severity(year - counted.forecast_year, counted.horizon)
    if row["reason"] == "partial":
        missing = missing_share(counted.frame, year)
        return notice("partial_year", severity, **_year_values(row, count / (1 - missing)))
    values = _year_values(row, row["expected_count"])
    if not judgement.mix.has_strata:
        return notice("year_falls", severity, **values)
    ended, share = _ended(judgement, year)
    # Named only where their absence explains half of the fall or more.
    if share >= 0.5 * (1 - count / max(row["expected_count"], 1)):
        kind = _kind(judgement.mix)
        return notice(
            "sources_end", severity, **values, names=names(ended), kind=kind, share=Share(share)
        )
    return notice("year_falls", severity, **values)


def _severity(ahead: int, horizon: int) -> Severity:
    """Red where the forecast rests on the incomplete year, yellow where an outcome would."""
    if ahead in (-1, 0):
        return "red"
    return "yellow" if 0 < ahead <= horizon else "note"


def _year_values(row: dict[str, Any], expected: float | None) -> Values:
    count = row["documents_count"]
    whole = max(float(expected or count), count, 1)
    return {
        "year": Year(row["year"]),
        "documents": Count(count),
        "expected": Count(round(whole)),
        "missing": Share(1 - count / whole),
    }


def _ended(judgement: Judgement, year: int) -> tuple[list[str], float]:
    """Strata of each of the three years before that this one lacks, and their share of them."""
    frame = pl.DataFrame({"year": judgement.counted.frame["year"], "stratum": judgement.mix.bare})
    before = frame.filter(pl.col("year").is_between(year - BEFORE, year - 1))
    sizes = before.group_by("stratum").agg(
        share=pl.len() / before.height, years_count=pl.col("year").n_unique()
    )
    now = frame.filter(pl.col("year") == year)
    gone = sizes.join(now, on="stratum", how="anti").filter(pl.col("years_count") == BEFORE)
    gone = gone.sort("share", "stratum", descending=[True, False])
    return gone["stratum"].to_list(), float(gone["share"].sum())


def on_text(judgement: Judgement) -> Iterator[Notice]:
    """Abstracts that come and go, and texts that become longer or shorter at once."""
    counted, lengths, reading = judgement.counted, judgement.lengths, judgement.reading
    first, last, horizon = counted.years.first, counted.forecast_year, counted.horizon
    # Of the years that five past forecasts and their outcomes read: older changes matter less.
    recent = max(first, last - horizon - LONG_ENOUGH)
    change = lengths.largest("title_and_abstract", recent, last, horizon)
    if reading.first_year > first:
        yield _on_start(judgement)
    elif reading.most_words is not None and reading.avoided is not None:
        yield _on_equal_lengths(judgement, reading.most_words, reading.avoided)
    elif reading.part == "title" and change is not None and not has_few_abstracts(counted.since):
        yield _on_abstracts(judgement, change, recent)
    remaining = reading.lengths.largest(reading.part, reading.first_year, last, horizon)
    if remaining is not None:
        yield notice("text_changes", "red", **_change_values(judgement, remaining))


def _on_start(judgement: Judgement) -> Notice:
    """Earlier years are left out, since abstracts begin, or change, only then."""
    year = Year(judgement.reading.first_year)
    shares = abstract_shares(judgement.counted.since)
    is_early = pl.col("year") < judgement.reading.first_year
    before, after = _mean_share(shares.filter(is_early)), _mean_share(shares.filter(~is_early))
    if abs(after - before) < MOVED:
        return notice("text_settles", "note", year=year)
    return notice("abstracts_begin", "note", year=year, before=Share(before), after=Share(after))


def _change_values(judgement: Judgement, change: Change) -> Values:
    part = judgement.reading.part
    words = judgement.sample.words_by_year(part)
    before, after = _told_apart(words.get(change.before, 0), words.get(change.after, 0))
    return {
        "before": Year(change.before),
        "after": Year(change.after),
        "words_before": before,
        "words_after": after,
        "change": Growth(change.size),
        "part": Code(f"text_parts.{part}"),
    }


def _told_apart(before: float, after: float) -> tuple[Value[Any], Value[Any]]:
    """Two numbers of words, with a decimal where they would read the same without.

    >>> _told_apart(41.2, 93.4)[0].value, _told_apart(8.6, 9.4)[0].value
    (41, 8.6)
    """
    if round(before) != round(after):
        return Count(round(before)), Count(round(after))
    return Number(before, digits=1), Number(after, digits=1)


def _on_equal_lengths(judgement: Judgement, most_words: int, avoided: Change) -> Notice:
    """Documents grow longer or shorter, and their first words are counted."""
    left = judgement.reading.lengths.change("title_and_abstract", *avoided.periods)
    return notice(
        "equal_lengths",
        "yellow",
        **_change_values(judgement, avoided),
        most_words=Count(most_words),
        left=Growth(left.size if left else 0.0),
    )


def _on_abstracts(judgement: Judgement, change: Change, recent: int) -> Notice:
    """Titles alone are counted, since abstracts come and go or change their length."""
    shares = abstract_shares(judgement.counted.since.filter(pl.col("year") >= recent))
    shares = shares.filter(pl.col("documents_count") >= FEWEST_IN_YEAR).sort("share", "year")
    growing = judgement.sample.growing(judgement.counted.horizon)
    rates = {year: rate for year, rate in growing.items() if year >= recent}
    values: Values = {"change": Growth(change.size), **_year_pair(change)}
    alone = "_alone"
    if highest := max(rates.values(), default=0.0):
        alone = ""
        values |= {"lowest_rate": Share(min(rates.values())), "highest_rate": Share(highest)}
    last, horizon = judgement.counted.forecast_year, judgement.counted.horizon
    if judgement.lengths.largest("coverage", recent, last, horizon) is None or not shares.height:
        return notice(f"abstracts_change{alone}", "yellow", **values)
    least, most = shares.row(0, named=True), shares.row(-1, named=True)
    return notice(
        f"abstracts_come_and_go{alone}",
        "yellow",
        least=Share(least["share"]),
        least_year=Year(least["year"]),
        most=Share(most["share"]),
        most_year=Year(most["year"]),
        **values,
    )


def _year_pair(change: Change) -> Values:
    return {"before": Year(change.before), "after": Year(change.after)}


def _mean_share(shares: pl.DataFrame) -> float:
    total = float(shares["documents_count"].sum())
    return float((shares["share"] * shares["documents_count"]).sum()) / max(total, 1.0)


def on_outcome_text(judgement: Judgement) -> Iterator[Notice]:
    """Outcomes that cannot be read, since the text changes after the forecast year."""
    counted = judgement.counted
    first = counted.forecast_year
    last = min(first + counted.horizon, counted.years_now.last)
    if last <= first:
        return
    reading = judgement.reading
    start = max(first - 1, reading.first_year)
    change = reading.lengths.largest(reading.part, start, last, counted.horizon)
    if change is not None and change.after > first:
        part = Code(f"text_parts.{reading.part}")
        growth = Growth(change.size)
        yield notice("outcome_text_changes", "red", **_year_pair(change), change=growth, part=part)


def on_strata(counted: Counted, mix: Mix) -> Iterator[Notice]:
    """Strata that join, leave, are held in turn or change weight."""
    if not mix.has_strata:
        return
    for pair in mix.in_turn:
        yield notice("strata_in_turn", "note", names=names(pair), kind=_kind(mix))
    moved = [one for kind in KINDS if (one := _on_moved(counted, mix, kind)) is not None]
    yield from moved
    apparent = mix.apparent
    is_told = apparent.count >= FEWEST_APPARENT and apparent.denied >= DENIED
    if is_told and not moved:
        yield notice("weights_change", "note", kind=_kind(mix), **_denied(mix))
    early = counted.past.filter(pl.col("year") <= counted.forecast_year - counted.horizon)
    if early.height < FEWEST_IN_STRATUM:
        return
    before, year = Year(counted.forecast_year - counted.horizon), Year(counted.forecast_year)
    if mix.comparable < FEW_COMPARABLE:
        share = Share(mix.comparable)
        yield notice("few_comparable", "red", share=share, before=before, kind=_kind(mix))
    if mix.still_there < FEW_COMPARABLE:
        share = Share(mix.still_there)
        about = {"before": before, "year": year}
        yield notice("few_still_there", "red", share=share, kind=_kind(mix), **about)


def _on_moved(counted: Counted, mix: Mix, kind: Kind) -> Notice | None:
    """Strata that join or leave, if they hold 2% of a year's documents."""
    moved = [one for one in mix.movements if one.kind == kind]
    share, year = moved_share(counted, mix.bare, moved, kind)
    if share < MOVED:
        return None
    listed = _by_size(counted, mix, moved)
    return notice(
        _code("strata_join" if kind == "joins" else "strata_leave", mix),
        "yellow",
        count=Count(len(listed)),
        names=names(listed),
        when=_when(min(one.year for one in moved), max(one.year for one in moved)),
        share=Share(share),
        share_year=Year(year),
        kind=_kind(mix),
        due=Share(mix.apparent.due_to(kind)),
        **_denied(mix),
    )


def _when(first: int, last: int) -> Value[Any]:
    """A year, or the years from one to another."""
    if first == last:
        return Year(first)
    return Phrase(message("format.range", low=Year(first), high=Year(last)))


def _by_size(counted: Counted, mix: Mix, moved: Sequence[Movement]) -> list[str]:
    """Names of strata that moved, the largest first."""
    past = mix.bare[: counted.past.height].rename("name")
    sizes = past.filter(past.is_in([one.name for one in moved])).value_counts()
    return sizes.sort("count", "name", descending=[True, False])["name"].to_list()


def _code(code: str, mix: Mix) -> str:
    """What is said of a change of mix; without shares of apparent take-offs if there are none."""
    return code if mix.apparent.count else f"{code}_alone"


def _denied(mix: Mix) -> Values:
    return {"take_offs": Count(mix.apparent.count), "denied": Share(mix.apparent.denied)}


def _kind(mix: Mix) -> Code:
    return Code(f"strata_kinds.{mix.column}")


def on_languages(counted: Counted, mix: Mix) -> Iterator[Notice]:
    """Languages whose names are missed; and those whose share of the documents changes, which are
    told apart in the strata."""
    yield from _on_missed(counted.since["language"])
    if not mix.languages:
        return
    speaks = pl.col("language").is_in(mix.languages)
    shares = counted.since.group_by("year").agg(share=speaks.mean(), count=pl.len())
    shares = shares.filter(pl.col("count") >= FEWEST_IN_YEAR).sort("share", "year")
    if not shares.height:
        return
    least, most = shares.row(0, named=True), shares.row(-1, named=True)
    yield notice(
        _code("languages_change", mix),
        "yellow",
        languages=List(tuple(Code(f"languages.{one}") for one in mix.languages)),
        least=Share(least["share"]),
        least_year=Year(least["year"]),
        most=Share(most["share"]),
        most_year=Year(most["year"]),
        due=Share(mix.apparent.due_to("languages")),
        **_denied(mix),
    )


def _on_missed(spoken: pl.Series) -> Iterator[Notice]:
    """Languages without function words to end a phrase at, if a tenth of the documents is so."""
    missed = spoken.filter(~spoken.is_in(KNOWN)).value_counts().sort("count", "language")
    share = int(missed["count"].sum()) / max(len(spoken), 1)
    if share >= MISSED:
        listed = List(tuple(Code(f"languages.{one}") for one in missed["language"].reverse()))
        yield notice("languages_missed", "yellow", languages=listed, share=Share(share))


def base_rates_jump(
    years: Sequence[int], scored: Sequence[int], took_off: Sequence[int]
) -> Notice | None:
    """A red notice if base rates jump from one forecast year to the next.

    They jump if the odds of take-off change threefold between consecutive years, by 3.5 standard
    errors, the variance being three times the binomial one since take-offs come in groups.
    Outcomes of neighbouring years overlap, so that the odds change by less where it is technologies
    that take off: among words of titles of arXiv, AI and robotics conferences, 2.4-fold at most
    between years with five take-offs or more, even where venues join.

    years, scored, took_off : (n,) forecast years, technologies scored, take-offs among them
    """
    order = np.argsort(years, kind="stable")
    year, n, k = (np.asarray(given)[order] for given in (years, scored, took_off))
    # Half a case on either side, so that the odds of none or of all are finite (Anscombe 1956).
    odds = np.log((k + 0.5) / (n - k + 0.5))
    variance = GROUP * (1 / (k + 0.5) + 1 / (n - k + 0.5))
    step = np.abs(np.diff(odds))
    errors = step / np.sqrt(variance[1:] + variance[:-1])
    is_large = (step >= np.log(BASE_RATE_RATIO)) & (errors >= BASE_RATE_ERRORS)
    jumps = is_large & (np.diff(year) == 1)
    if not jumps.any():
        return None
    place = int(np.argmax(np.where(jumps, step, -1.0).round(9)))
    rate = k / np.maximum(n, 1)
    return notice(
        "base_rates_jump",
        "red",
        count=Count(int(jumps.sum())),
        before=Year(int(year[place])),
        after=Year(int(year[place + 1])),
        rate_before=Share(float(rate[place])),
        rate_after=Share(float(rate[place + 1])),
        lowest=Share(float(rate.min())),
        highest=Share(float(rate.max())),
    )
