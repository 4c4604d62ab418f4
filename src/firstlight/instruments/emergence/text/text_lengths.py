"""How much text documents have, year by year: which part of it can be counted in all years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Part = Literal["title", "title_and_abstract"]
Measure = Literal["title", "title_and_abstract", "coverage"]

MEASURES: tuple[Measure, ...] = ("title", "title_and_abstract", "coverage")
FEW_ABSTRACTS = 0.05  # of documents, up to which abstracts are not counted
SHORT = 200  # bytes that half of the texts keep within, where each is a sentence like a title
CHANGE = 0.10  # of all shares, that a change of text may cause
CHANGE_ERRORS = 5.0  # standard errors that such a change must exceed
FEWEST_IN_CELL = 30  # documents of a stratum in a period, to be compared
FEWEST_IN_YEAR = 30  # documents of a year, for which an abstract share is told
LONG_ENOUGH = 10  # years beside the horizon that a record needs to be counted with abstracts
SAMPLE_A_YEAR = 400  # documents of a year whose words are read
FEW_A_YEAR = 50  # the same, where only the exponent is wanted
FEWEST_USES = 15  # sampled documents of a year that use a word, for its growth to be read
# Two characters stand for a Chinese word: near enough for counts, and without a dictionary.
WORD = r"\p{Han}{2}|[\p{L}\p{N}][\p{L}\p{M}\p{N}\-]*"


@dataclass(frozen=True)
class Change:
    """A change in the number of distinct words per document.

    size   : in proportion, positive or negative: all shares change by as much without cause
    errors : the change in standard errors
    before, after : the years compared; of a drift, the last of two years each
    years  : 2 of a drift, else 1
    """

    size: float
    errors: float
    before: int
    after: int
    years: int = 1

    def is_marked(self, bar: float) -> bool:
        """Whether it exceeds the bar, and five standard errors."""
        return abs(self.size) > bar and self.errors > CHANGE_ERRORS

    @property
    def periods(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and last year of what is compared."""
        further = self.years - 1
        return (self.before - further, self.before), (self.after - further, self.after)


@dataclass(frozen=True)
class Lengths:
    """Distinct words per document by stratum and year, up to a constant.

    strata, years, documents : (C,) cells
    means, variances         : measure -> (C,); "coverage" are the words of title and abstract if
                               all abstracts were of one length, and is compared across strata
    """

    strata: Ints
    years: Ints
    documents: Floats
    means: dict[Measure, Floats]
    variances: dict[Measure, Floats]

    @classmethod
    def of(cls, documents: pl.DataFrame, exponent: float) -> Lengths:
        """Cells of documents.

        documents : stratum, year, title_bytes, abstract_bytes, has_abstract
        exponent  : of the distinct words in the length of a text, see `TextSample.exponent`
        """
        title = pl.col("title_bytes").cast(pl.Float64)
        sized = documents.select(
            "year",
            stratum=pl.col("stratum").rank("dense"),
            title=title**exponent,
            title_and_abstract=(title + pl.col("abstract_bytes")) ** exponent,
            has_abstract=pl.col("has_abstract").cast(pl.Float64),
        )
        whole = sized.filter(pl.col("has_abstract") > 0)
        fold = _fold(float(whole["title_and_abstract"].sum()), float(whole["title"].sum()))
        cells = (
            sized.with_columns(coverage=1 + (fold - 1) * pl.col("has_abstract"))
            .group_by("stratum", "year")
            .agg(
                pl.len().alias("documents"),
                *(pl.col(measure).mean().alias(f"{measure}.mean") for measure in MEASURES),
                *(pl.col(measure).var(ddof=0).alias(f"{measure}.var") for measure in MEASURES),
            )
            .sort("stratum", "year")
        )
        return cls(
            cells["stratum"].to_numpy().astype(np.int64),
            cells["year"].to_numpy().astype(np.int64),
            cells["documents"].to_numpy().astype(np.float64),
            {measure: cells[f"{measure}.mean"].to_numpy() for measure in MEASURES},
            {measure: cells[f"{measure}.var"].to_numpy() for measure in MEASURES},
        )

    def change(
        self, measure: Measure, before: tuple[int, int], after: tuple[int, int]
    ) -> Change | None:
        """The change from one period (first and last year) to another; None without common strata.

        Each stratum with 30 documents in both periods counts with n0 n1 / (n0 + n1), the weight
        that makes the difference of means least uncertain.
        """
        first, later = self._period(measure, before), self._period(measure, after)
        common = [stratum for stratum in first if stratum in later]
        if not common:
            return None
        n0, mean0, var0 = np.array([first[stratum] for stratum in common]).T
        n1, mean1, var1 = np.array([later[stratum] for stratum in common]).T
        weight = n0 * n1 / (n0 + n1)
        level0, level1 = weight @ mean0, weight @ mean1
        if level0 <= 0 or level1 <= 0:
            return None
        error = np.sqrt(
            (weight**2 @ (var0 / n0)) / level0**2 + (weight**2 @ (var1 / n1)) / level1**2
        )
        # Rounded, so that what is equal is so whatever the order of sums.
        ratio = round(float(np.log(level1 / level0)), 9)
        errors = abs(ratio) / error if error > 0 else float("inf")
        size, years = float(np.expm1(ratio)), after[1] - after[0] + 1
        return Change(size, float(errors), before[1], after[1], years)

    def largest(
        self, part: Measure, first: int, last: int, horizon: int, bar: float = CHANGE
    ) -> Change | None:
        """The largest marked change, if any; of titles and abstracts also that of their coverage.

        From one year to the next, as yearly shares are compared; if there is none, within the
        horizon, between two years and two others, as the target compares them.
        """
        return max(self.marked(part, first, last, horizon, bar), key=_magnitude, default=None)

    def settled(self, part: Part, first: int, last: int, horizon: int) -> int:
        """The first year after which nothing changes until ``last``."""
        marked = self.marked(part, first, last, horizon)
        return max((change.after for change in marked), default=first)

    def levels(self, part: Part, years: Ints, reference: int) -> Floats:
        """(n,) distinct words per document of each year over a reference year's, within strata."""
        levels = np.full(len(years), np.nan)
        for place, year in enumerate(years):
            change = self.change(part, (reference, reference), (int(year), int(year)))
            if change is not None:
                levels[place] = 1 + change.size
        return levels

    def marked(
        self, part: Measure, first: int, last: int, horizon: int, bar: float = CHANGE
    ) -> list[Change]:
        """The changes of which `largest` is one."""
        single = [((year - 1, year - 1), (year, year)) for year in range(first + 1, last + 1)]
        double = [
            ((year - horizon - 1, year - horizon), (year - 1, year))
            for year in range(first + horizon + 1, last + 1)
        ]
        measures: tuple[Measure, ...] = (part,)
        if part == "title_and_abstract":
            measures = (part, "coverage")
        for periods in (single, double):
            changes = [
                self.change(measure, before, after)
                for before, after in periods
                for measure in measures
            ]
            marked = [change for change in changes if change is not None and change.is_marked(bar)]
            if marked:
                return marked
        return []

    def _period(
        self, measure: Measure, period: tuple[int, int]
    ) -> dict[int, tuple[float, float, float]]:
        """Documents, mean and variance of each stratum in a period."""
        inside = np.flatnonzero((self.years >= period[0]) & (self.years <= period[1]))
        size = int(self.strata.max(initial=0)) + 1
        code, n = self.strata[inside], self.documents[inside]
        if measure == "coverage":
            code = np.zeros_like(code)
        mean, var = self.means[measure][inside], self.variances[measure][inside]
        count = np.bincount(code, n, size)
        level = np.bincount(code, n * mean, size) / np.maximum(count, 1)
        square = np.bincount(code, n * (var + mean**2), size) / np.maximum(count, 1)
        spread = np.maximum(square - level**2, 0)
        used = np.flatnonzero(count >= FEWEST_IN_CELL)
        return {int(s): (float(count[s]), float(level[s]), float(spread[s])) for s in used}


@dataclass(frozen=True)
class Reading:
    """What of the texts is counted.

    part       : titles, or titles and abstracts
    first_year : from which on
    lengths    : distinct words per document of what is counted
    most_words : of each document, its first ones; None where all are
    avoided    : the change of whole texts because of which only the first words are counted
    """

    part: Part
    first_year: int
    lengths: Lengths
    most_words: int | None = None
    avoided: Change | None = None


def _fold(both: float, title: float) -> float:
    """How many times the words of a title are those of title and abstract."""
    return round(both / title, 6) if title > 0 else 1.0


def _magnitude(change: Change) -> tuple[float, int, int]:
    return round(abs(float(np.log1p(change.size))), 9), -change.after, -change.before


@dataclass(frozen=True)
class TextSample:
    """A sample of each year's texts as words.

    frame : a row per document: year, title_bytes and both_bytes (title and abstract), and words and
            distinct words of either: title_words, all_words, title_distinct, all_distinct
    uses  : word, year, documents_count: sampled documents with the word in title or abstract
    """

    frame: pl.DataFrame
    uses: pl.DataFrame

    @classmethod
    def of(cls, documents: pl.DataFrame, a_year: int = SAMPLE_A_YEAR) -> TextSample:
        """At most ``a_year`` documents of each year, evenly drawn.

        documents : year, title, abstract, title_bytes, abstract_bytes, sorted by year and id
        """
        drawn = documents[drawn_evenly(documents["year"], a_year)].select(
            pl.col("year").cast(pl.Int64),
            "title_bytes",
            both_bytes=pl.col("title_bytes") + pl.col("abstract_bytes"),
            title=_words(pl.col("title").fill_null("")),
            words=_words(pl.concat_str(pl.col("title", "abstract").fill_null(""), separator=" . ")),
        )
        distinct = pl.col("words").list.unique()
        pairs = drawn.select("year", distinct).explode("words").drop_nulls()
        uses = pairs.group_by("words", "year").len("documents_count")
        frame = drawn.select(
            "year",
            "title_bytes",
            "both_bytes",
            title_words=pl.col("title").list.len(),
            all_words=pl.col("words").list.len(),
            title_distinct=pl.col("title").list.n_unique(),
            all_distinct=pl.col("words").list.n_unique(),
        )
        return cls(frame, uses.rename({"words": "word"}).sort("word", "year"))

    def exponent(self) -> float:
        """The power of a text's length with which its distinct words grow; 1 without texts.

        Least squares of logarithms over the titles, and over the titles with abstracts.
        Source: Heaps (1978), Information Retrieval, section 7.5.
        """
        title = self.frame.select(x="title_bytes", y="title_distinct")
        both = self.frame.select(x="both_bytes", y="all_distinct")
        points = pl.concat([title, both]).filter((pl.col("x") > 1) & (pl.col("y") > 0))
        x, y = np.log(points["x"].to_numpy()), np.log(points["y"].to_numpy())
        spread = x - x.mean() if len(x) else x
        if not len(x) or float(spread @ spread) <= 0:
            return 1.0
        return round(float(np.clip((spread @ y) / (spread @ spread), 0.5, 1.0)), 6)

    def words_by_year(self, part: Part) -> dict[int, float]:
        """Mean words per document by year."""
        column = "title_words" if part == "title" else "all_words"
        means = self.frame.group_by("year").agg(pl.col(column).mean()).sort("year")
        return dict(means.iter_rows())

    def growing(self, horizon: int, factor: float = 1.5) -> dict[int, float]:
        """By year, the share of its common words whose share grows by half within the horizon.

        Words of titles and abstracts that 15 or more of the year's sampled documents use: what a
        base rate would be if abstracts were counted as they come.
        """
        totals = self.frame.group_by("year").len("total")
        shares = self.uses.join(totals, on="year").with_columns(
            share=pl.col("documents_count") / pl.col("total")
        )
        later = shares.select("word", pl.col("year") - horizon, later="share")
        common = shares.filter(pl.col("documents_count") >= FEWEST_USES)
        known = common.join(totals.select(pl.col("year") - horizon), on="year", how="semi")
        joined = known.join(later, on=["word", "year"], how="left")
        grows = (pl.col("later").fill_null(0) >= factor * pl.col("share")).mean()
        return dict(joined.group_by("year").agg(grows.alias("growing")).sort("year").iter_rows())


def _words(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.extract_all(WORD)


def drawn_evenly(years: pl.Series, a_year: int) -> Ints:
    """Rows of at most ``a_year`` documents of each year, spread evenly over the year's rows.

    years : (n,) ascending
    """
    frame = pl.DataFrame({"year": years}).with_row_index("row")
    place, size = pl.int_range(pl.len()).over("year"), pl.len().over("year")
    step = pl.max_horizontal(pl.lit(1.0), size / a_year)
    is_drawn = (place / step).floor() != ((place - 1) / step).floor()
    rows: Ints = frame.filter(is_drawn)["row"].to_numpy().astype(np.int64)
    return rows


def abstract_shares(documents: pl.DataFrame) -> pl.DataFrame:
    """Share of documents with an abstract by year: year, documents_count, share.

    documents : year, has_abstract
    """
    return (
        documents.group_by("year")
        .agg(
            pl.len().cast(pl.Int64).alias("documents_count"),
            pl.col("has_abstract").mean().alias("share"),
        )
        .sort("year")
    )


def has_few_abstracts(documents: pl.DataFrame) -> bool:
    """Whether 5% of documents or fewer have an abstract, so that none is counted.

    documents : has_abstract
    """
    return int(documents["has_abstract"].sum()) <= FEW_ABSTRACTS * documents.height


def are_short(documents: pl.DataFrame) -> bool:
    """Whether texts are as short as titles, title and abstract together, so that they say a thing
    once.

    documents : title_bytes, abstract_bytes

    >>> are_short(pl.DataFrame({"title_bytes": [10, 12], "abstract_bytes": [60, 80]}))
    True
    """
    length = documents.select(pl.col("title_bytes") + pl.col("abstract_bytes")).to_series()
    return bool(documents.height and length.median() <= SHORT)  # type: ignore[operator]


def choose_part(lengths: Lengths, first: int, last: int, horizon: int) -> tuple[Part, int]:
    """The part of the text to count, and the first year from which it can be.

    Titles and abstracts, unless abstracts change so much from one year to the next, or within the
    horizon, that all shares change by a tenth: their length within strata, or how many documents
    have one in all. (Take-off is growth by half, so that a
    tenth is a quarter of it, in logarithms.) Where abstracts change only before the last h + 10
    years, earlier years are left out instead: these are the years that five past forecasts and
    their outcomes need. If titles change more than abstracts do, abstracts are kept all the same.
    """
    with_abstracts = lengths.largest("title_and_abstract", first, last, horizon)
    if with_abstracts is None:
        return "title_and_abstract", first
    settled = lengths.settled("title_and_abstract", first, last, horizon)
    rest = lengths.largest("title_and_abstract", settled, last, horizon)
    if rest is None and last - settled >= horizon + LONG_ENOUGH:
        return "title_and_abstract", settled
    titles = lengths.largest("title", first, last, horizon)
    if titles is not None and _magnitude(titles) >= _magnitude(with_abstracts):
        return "title_and_abstract", first
    return "title", first
