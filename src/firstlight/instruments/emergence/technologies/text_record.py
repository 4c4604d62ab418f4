"""A record of documents from which the technologies of any forecast year can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.record.groups import groups_by_overlap, shared_documents
from firstlight.instruments.emergence.record.take_off import (
    FEWEST_DOCUMENTS,
    FEWEST_TITLES,
    FEWEST_WATCHED,
    THREE_YEARS,
    change_between,
    is_scored,
    rises,
)
from firstlight.instruments.emergence.technologies.joins import (
    Technologies,
    acronyms_at,
    acronyms_elsewhere,
    beside_long_forms,
    technologies_at,
    variants_at,
)
from firstlight.instruments.emergence.technologies.labels import forms_of, named
from firstlight.instruments.emergence.technologies.membership import (
    first_years,
    members,
    neighbours,
    sums_by_year,
    yearly_counts,
)
from firstlight.instruments.emergence.technologies.names import (
    TITLES,
    NameRule,
    Names,
    Shapes,
    TermShapes,
    names_at,
)
from firstlight.instruments.emergence.technologies.own_names import OwnNames
from firstlight.instruments.emergence.technologies.quarterly_counts import (
    Ints,
    quarterly_counts,
    quarters_of,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.text.acronyms import definitions, known_acronyms
from firstlight.instruments.emergence.text.phrases import Phrases, count_phrases, keys_of
from firstlight.instruments.emergence.text.term_years import TermYears, term_years
from firstlight.instruments.emergence.text.words import cut_batches, joined

Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """What was found at one forecast year.

    belongs : technologies x documents, 1 where the document uses a form of the technology
    survey  : the technologies that are scored or watched; rows of ``belongs`` in their order
    common  : (K, K) documents of FY-2..FY that two scored ones share, on the diagonal those of each
    """

    names: Names
    technologies: Technologies
    belongs: sparse.csr_matrix
    survey: Survey
    common: sparse.csr_matrix

    def rows_of(self, ids: Sequence[str], phrases: Phrases) -> npt.NDArray[np.int64]:
        """The row of each of some technologies among all of them, small ones too."""
        keys = phrases.terms[self.technologies.heads]
        row_of = {key: row for row, key in enumerate(keys)}
        return np.array([row_of[name] for name in ids], dtype=np.int64)


@dataclass(frozen=True)
class TextRecord:
    """D documents in the order of their dates, their phrases counted once for all forecast years.

    phrases     : which documents use which terms
    definitions : data frame short, long (keys), written, year: acronyms with their long forms
    strata      : (D,) what shares are standardised over
    authors     : (D,) authors of each document; new_authors : (D,) those new to the record that
                  year
    quarters    : (D,) quarter of each document's date, 0 to 3; -1 where only its year is known
    rule        : what makes a term a name
    own_names   : what a user merges and splits
    """

    phrases: Phrases
    definitions: pl.DataFrame
    strata: pl.Series
    authors: Floats
    new_authors: Floats
    quarters: Ints
    rule: NameRule
    own_names: OwnNames | None = None

    @property
    def fewest_documents(self) -> int:
        """Documents in FY-1..FY that a technology needs to be scored: fewer in titles."""
        return FEWEST_TITLES if self.rule == TITLES else FEWEST_DOCUMENTS

    @cached_property
    def term_years(self) -> TermYears:
        """How often each term occurs in each year."""
        return term_years(self.phrases)

    @cached_property
    def shapes(self) -> TermShapes:
        """What is known of the phrases whatever the year."""
        return TermShapes(self.phrases)

    def names(self, forecast_year: int) -> Names:
        """Which terms are names at the end of the forecast year."""
        return self._names(self.shapes.at(forecast_year), forecast_year)

    def _names(self, shapes: Shapes, year: int) -> Names:
        first = year - self.rule.window_years + 1

        def risen(terms: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
            belongs = self.phrases.incidence(terms, np.arange(len(terms)), len(terms))
            keys = self.phrases.terms[terms].to_list()
            counts = yearly_counts(belongs, keys, self.phrases.years, self.strata, year)
            now = change_between(counts, year - THREE_YEARS.horizon, year)
            return rises(counts, range(first, year + 1)), now.z

        return names_at(self.phrases, self.term_years, shapes, year, self.rule, risen)

    def at(self, forecast_year: int, *, watched: bool = False) -> Found:
        """The technologies of one forecast year, by what was written up to its end.

        watched : also those that are too small to be scored
        """
        shapes = self.shapes.at(forecast_year)
        names = self._names(shapes, forecast_year)
        known = self.definitions.filter(pl.col("year") <= forecast_year)
        acronyms = acronyms_at(known, self.phrases.terms)
        together = self.rule.together
        acronyms = beside_long_forms(acronyms, self.phrases, forecast_year, together)
        if self.rule == TITLES:
            of_others = known_acronyms().filter(pl.col("since") <= forecast_year)
            acronyms = pl.concat(
                [
                    acronyms,
                    acronyms_elsewhere(of_others, acronyms, names.documents, self.phrases.terms),
                ]
            )
        variants = variants_at(known, self.phrases.terms)
        technologies = technologies_at(
            names, self.phrases, shapes, acronyms, self.own_names, variants
        )
        every = members(self.phrases, technologies)
        of_two_years = every[:, self.span(forecast_year - 1, forecast_year)].sum(axis=1)
        least = FEWEST_WATCHED if watched else self.fewest_documents
        rows = np.flatnonzero(np.asarray(of_two_years).ravel() >= least)
        keys = self.phrases.terms[technologies.heads[rows]].to_list()
        years = self.phrases.years
        counts = yearly_counts(every[rows], keys, years, self.strata, forecast_year)
        scored = is_scored(counts, fewest_documents=self.fewest_documents)
        kept = np.flatnonzero(scored | watched)
        rows, scored, counts = rows[kept], scored[kept], counts.take(kept)
        belongs = every[rows]
        chosen = technologies.take(rows)
        recent = belongs[:, self.span(forecast_year - 2, forecast_year)]
        # Watched ones are compared with none.
        common = shared_documents((sparse.diags_array(scored.astype(np.float32)) @ recent).T)
        forms = forms_of(
            self.phrases, shapes.variant, chosen, names, self.rule.window_years, acronyms
        )
        survey = Survey(
            counts=counts,
            labels=tuple(named(forms).to_list()),
            is_scored=scored,
            groups=groups_by_overlap(common, counts.names),
            first_years=first_years(belongs, years),
            authors=sums_by_year(belongs, self.authors, years),
            new_authors=sums_by_year(belongs, self.new_authors, years),
            forms=forms,
            coverage=self._coverage(belongs[scored], forecast_year),
            neighbours=neighbours(common).drop("weight"),
            quarters=quarterly_counts(belongs, counts, years, self.quarters, self.strata),
        )
        return Found(names, technologies, belongs, survey, common)

    def span(self, first: int, last: int) -> slice:
        """The documents of the years first..last."""
        bounds = np.searchsorted(self.phrases.years, [first, last + 1])
        return slice(int(bounds[0]), int(bounds[1]))

    def _coverage(self, belongs: sparse.csr_matrix, year: int) -> float:
        recent = belongs[:, self.span(year, year)]
        covered = np.asarray(recent.sum(axis=0)).ravel() > 0
        return float(covered.mean()) if len(covered) else 0.0


def read_text(
    documents: pl.DataFrame,
    strata: pl.Series,
    *,
    text: str = "title_and_abstract",
    most_words: int | None = None,
    says_once: bool = False,
    own_names: OwnNames | None = None,
    say: Say,
) -> TextRecord:
    """Cut and count the texts of documents that are sorted by date and id.

    Parameters
    ----------
    documents
        Columns year, title, abstract, authors (list), and date with date_precision, by whose
        quarters the last two years are read.
    strata
        (D,) stratum of each document.
    text
        ``title_and_abstract`` or ``title``: the part that is counted; acronyms are read from both.
    most_words
        Of each document, its first ones are counted; None for all.
    says_once
        Whether texts are too short to come back to a thing, as titles are: their rule holds.
    own_names
        What a user merges and splits.
    say
        Called with a line of text as the work goes on.

    Returns
    -------
    TextRecord of D documents, with ``phrases`` (which documents use which terms) and
    ``definitions`` (acronyms with their long forms).

    Raises
    ------
    InputError
        Where no word is left.
    """
    say("words")
    years = documents["year"].cast(pl.Int32).to_numpy()
    cut = joined(cut_batches(documents, text=text, most_words=most_words))
    with ThreadPoolExecutor(1) as beside:
        acronyms = beside.submit(definitions, documents)
        phrases = count_phrases(cut, years, progress=say)
        del cut
        say("acronyms")
        pairs = acronyms.result()
    known = pairs.select(
        keys_of(pairs["short"]).alias("short"),
        keys_of(pairs["long"]).alias("long"),
        "written",
        pl.Series("year", years[pairs["document"].to_numpy()]),
    )
    authors, new_authors = _authors(documents)
    rule = TITLES if says_once or text == "title" else NameRule()
    quarters = quarters_of(documents)
    return TextRecord(phrases, known, strata, authors, new_authors, quarters, rule, own_names)


def _authors(documents: pl.DataFrame) -> tuple[Floats, Floats]:
    """(D,) authors of each document, and those without a document in an earlier year."""
    total, new = np.zeros(documents.height), np.zeros(documents.height)
    if "authors" not in documents.columns:
        return total, new
    rows = documents.select(pl.int_range(pl.len()).alias("row"), "year", "authors")
    listed = rows.explode("authors").drop_nulls("authors").unique(["row", "authors"])
    is_new = pl.col("year").min().over("authors") == pl.col("year")
    counted = (
        listed.with_columns(is_new.alias("is_new"))
        .group_by("row")
        .agg(pl.len().alias("authors"), pl.col("is_new").sum())
    )
    total[counted["row"].to_numpy()] = counted["authors"].to_numpy()
    new[counted["row"].to_numpy()] = counted["is_new"].to_numpy()
    return total, new
