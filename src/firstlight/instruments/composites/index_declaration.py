"""A composite index as a declaration: what it is made of, and every choice that makes it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.composites.aggregations import MEANS, Aggregation, Mean
from firstlight.instruments.composites.gap_filling import Gaps
from firstlight.instruments.composites.index_tree import IndexTree, index_tree
from firstlight.instruments.composites.normalisations import Deviations, Normalisation
from firstlight.instruments.composites.pairwise_judgements import RandomIndex
from firstlight.instruments.composites.weightings import Combination, Weighting
from firstlight.texts import language_columns

Texts = Mapping[str, str]  # language -> text
FROM_ZERO = ("min_max", "percentile", "goalposts", "reference", "rank")  # scales without negatives
OF_OWN_UNIT = ("goalposts", "reference")  # scales made of an indicator's own unit
ENDS = ("min_max", "percentile", "goalposts")


@dataclass(frozen=True)
class Choices:
    """How indicators become a score.

    Attributes
    ----------
    missing
        What stands in for a missing value; "skip" for nothing.
    outliers
        Whether indicators that are skewed beyond the limits are winsorised.
    skewed
        What is done with indicators that winsorising leaves beyond the limits.
    most_winsorised, skew_limit, kurtosis_limit
        Of winsorising.
    normalisation
        How indicators are brought to one scale.
    over
        Whether all years share that scale, or each year has its own.
    lowest, highest
        Ends of the scale, where it has ends.
    centre, spread
        Mean and standard deviation of z scores.
    deviations
        Standard deviations of z scores and of the Mazziotta-Pareto index: those of a sample, by n -
        1, or of a population, by n.
    weights
        Where the weights of the indicators come from.
    weights_over
        Whether they are made of all years, of each year by itself, or of one year for all.
    weights_year
        That year; None for the last.
    combine, combine_by, combine_shares
        Weightings that are combined, how, and how much each counts.
    random_index
        Table of random consistency, for AHP.
    doubt_least_share
        What each indicator brings at least of a unit's score, for benefit of the doubt.
    aggregation, above
        How indicators become a score; how dimensions do, where it is another mean.
    distinguishing
        Of grey relational grades.
    penalty
        Of the Mazziotta-Pareto index.
    compromise
        Of VIKOR.
    least_weight
        Share of the weight that has to rest on values of the table for a score to be given.
    """

    missing: Gaps = "skip"
    outliers: Literal["keep", "winsorise"] = "keep"
    skewed: Literal["keep", "log"] = "keep"
    most_winsorised: int = 5
    skew_limit: float = 2.0
    kurtosis_limit: float = 3.5
    normalisation: Normalisation = "min_max"
    over: Literal["panel", "year"] = "panel"
    lowest: float = 0.0
    highest: float = 100.0
    centre: float = 100.0
    spread: float = 10.0
    deviations: Deviations = "sample"
    weights: Weighting = "equal"
    weights_over: Literal["panel", "year", "one_year"] = "panel"
    weights_year: int | None = None
    combine: tuple[Weighting, ...] = ()
    combine_by: Combination = "mean"
    combine_shares: tuple[float, ...] = ()
    random_index: RandomIndex = "saaty_1980"
    doubt_least_share: float = 0.0
    aggregation: Aggregation = "arithmetic"
    above: Mean | None = None
    distinguishing: float = 0.5
    penalty: Literal["minus", "plus"] = "minus"
    compromise: float = 0.5
    least_weight: float = 0.7

    @property
    def is_additive(self) -> bool:
        """Whether a score is the sum of what its indicators add to it."""
        additive = ("arithmetic", "grey_relational")
        return self.aggregation in additive and self.above in (None, "arithmetic")

    @property
    def has_ends(self) -> bool:
        """Whether the scale has two ends: the worst and the best that there is."""
        return self.normalisation in ENDS

    def on_unit_scale(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of a scale with two ends, from 0 to 1.

        Parameters
        ----------
        u
            Of any shape, on the scale from ``lowest`` to ``highest``; nan where missing.

        Returns
        -------
        Of the same shape, 0 at ``lowest`` and 1 at ``highest``; nan where missing.
        """
        return (u - self.lowest) / (self.highest - self.lowest)

    @property
    def weightings(self) -> tuple[Weighting, ...]:
        """The weightings that are made: those that are combined, or the one."""
        return self.combine if self.weights == "combination" else (self.weights,)


@dataclass(frozen=True)
class Indicator:
    """An indicator: code, titles, dimension, unit, and where it comes from.

    ``names`` are further names that a table may call it by, ``measured_by`` the measurement of
    Firstlight that gives it; ``goalposts``, ``reference`` and ``target`` are in its own unit. With
    a target, an interval within which it is best, its distance from there counts, and is negative.
    """

    code: str
    title: Texts
    dimension: str
    unit: Texts
    is_negative: bool
    weight: float = 1.0
    publisher: Texts | None = None
    source: Texts | None = None
    denominator: str | None = None
    names: tuple[str, ...] = ()
    measured_by: str | None = None
    goalposts: tuple[float, float] | None = None
    reference: float | None = None
    target: tuple[float, float] | None = None
    note: Texts | None = None

    @property
    def direction(self) -> str:
        """positive, negative or moderate."""
        if self.target is not None:
            return "moderate"
        return "negative" if self.is_negative else "positive"


@dataclass(frozen=True)
class Dimension:
    """A dimension: code, titles, weight, and the dimension that it is within; "" for the index."""

    code: str
    title: Texts
    within: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Denominator:
    """What indicators are divided by: a column of the table that is no indicator itself."""

    code: str
    title: Texts
    unit: Texts
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgements:
    """How many times as important each of some siblings is as each other one."""

    of: str
    order: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Clash:
    """Two choices that do not go together: a code of the texts, and the key that is at fault."""

    code: str
    key: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Declaration:
    """An index: its dimensions, its indicators, and its choices.

    Attributes
    ----------
    name, title, note
        Of the index; titles and notes by language.
    dimensions, indicators, denominators, judgements
        In the order of the file.
    choices
        How the indicators become a score.
    """

    name: str
    title: Texts
    dimensions: tuple[Dimension, ...]
    indicators: tuple[Indicator, ...]
    choices: Choices = Choices()
    note: Texts | None = None
    denominators: tuple[Denominator, ...] = ()
    judgements: tuple[Judgements, ...] = ()

    @cached_property
    def tree(self) -> IndexTree:
        """The tree of dimensions and indicators."""
        within = {each.code: each.within for each in self.dimensions}
        return index_tree([each.dimension for each in self.indicators], within)

    @cached_property
    def is_negative(self) -> NDArray[np.bool_]:
        """(k,), whether lower is better."""
        return np.array([each.is_negative for each in self.indicators])

    @cached_property
    def title_of(self) -> Mapping[str, Texts]:
        """Code of a dimension or an indicator -> its titles; "" is the index."""
        parts: list[Dimension | Indicator | Denominator]
        parts = [*self.dimensions, *self.indicators, *self.denominators]
        return {"": self.title, **{each.code: each.title for each in parts}}

    def titled(self, codes: Sequence[str | None], column: str) -> list[pl.Series]:
        """A column of the English titles of parts, and beside it one for each other language.

        Parameters
        ----------
        codes
            Of the parts, row by row; None where a row has none.
        column
            Name of the first column; those of others end in the language.

        Returns
        -------
        Text columns of one row for each code; null where there is no code, or no title in that
        language.

        Raises
        ------
        KeyError
            For a code that no part has.
        """
        titles: dict[str | None, Texts] = {None: {}}
        titles.update(self.title_of)
        return [
            pl.Series(name, [titles[code].get(lang) for code in codes], pl.String)
            for name, lang in language_columns(column).items()
        ]

    def siblings(self, node: str) -> tuple[str, ...]:
        """The codes of what a dimension, or the index, is made up of.

        Parameters
        ----------
        node
            Code of the dimension; "" is the index.

        Returns
        -------
        Codes of its indicators and then of its dimensions, each in the order of the file.
        """
        below = [each.code for each in self.indicators if each.dimension == node]
        return (*below, *(each.code for each in self.dimensions if each.within == node))

    @property
    def clash(self) -> Clash | None:
        """The first of the choices that does not go with another; None where all do."""
        choices = self.choices
        if choices.normalisation == "goalposts":
            without = [each.code for each in self.indicators if each.goalposts is None]
            if without:
                return Clash("no_goalposts", "normalisation", {"indicator": without[0]})
        if choices.normalisation in OF_OWN_UNIT:
            aimed = [each.code for each in self.indicators if each.target is not None]
            if aimed:
                about = {"indicator": aimed[0], "normalisation": choices.normalisation}
                return Clash("no_target", "normalisation", about)
        if choices.lowest >= choices.highest:
            return Clash("ends_crossed", "lowest", {})
        return self._clash_of_weights() or self._clash_of_aggregation()

    def _clash_of_weights(self) -> Clash | None:
        choices = self.choices
        if choices.weights == "combination" and len(choices.combine) < 2:
            return Clash("nothing_to_combine", "combine", {})
        if choices.combine_shares and len(choices.combine_shares) != len(choices.combine):
            return Clash("other_shares", "combine_shares", {})
        if choices.combine_shares and choices.combine_by == "game_theory":
            return Clash("shares_of_game", "combine_shares", {})
        if "ahp" in choices.weightings and not self.judgements:
            return Clash("no_judgements", "weights", {})
        if choices.weights == "benefit_of_the_doubt":
            is_plain = choices.aggregation == "arithmetic" and choices.above is None
            if not is_plain or choices.normalisation not in FROM_ZERO or choices.lowest != 0:
                return Clash("doubt_from_zero", "weights", {})
        return None

    def _clash_of_aggregation(self) -> Clash | None:
        choices = self.choices
        means = {choices.aggregation, choices.above or choices.aggregation}
        pair = {"aggregation": choices.aggregation, "normalisation": choices.normalisation}
        is_from_zero = choices.normalisation in FROM_ZERO and choices.lowest >= 0
        if means & {"geometric", "harmonic"} and not is_from_zero:
            return Clash("below_zero", "aggregation", pair)
        is_centred = choices.normalisation == "z" and choices.centre > 0
        if "mazziotta_pareto" in means and not (is_from_zero or is_centred):
            return Clash("below_zero", "aggregation", pair)
        if choices.above is not None and choices.aggregation not in MEANS:
            return Clash("no_levels", "above", pair)
        return None


def with_choices(declaration: Declaration, **choices: object) -> Declaration:
    """The declaration with some choices in the place of its own; those that are None stay.

    Parameters
    ----------
    declaration
        Of the index.
    **choices
        Fields of `Choices`.

    Returns
    -------
    `Declaration`, whose ``clash`` says whether the choices go together.

    Examples
    --------
    >>> from firstlight.composites import read_declaration
    >>> changed = with_choices(read_declaration("new_quality"), weights="entropy")
    >>> changed.choices.weights, changed.clash
    ('entropy', None)
    """
    given = {name: value for name, value in choices.items() if value is not None}
    own = replace(declaration.choices, **given)  # type: ignore[arg-type]
    return replace(declaration, choices=own)
