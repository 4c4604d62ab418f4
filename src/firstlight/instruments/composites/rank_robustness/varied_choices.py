"""Which choices of a declaration are varied, between what, and why others are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.composites.index_declaration import Declaration, with_choices
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.instruments.composites.scored_table import scores_of

Floats = NDArray[np.float64]
CHOICES = (
    "missing",
    "outliers",
    "normalisation",
    "weighting",
    "weights",
    "aggregation",
    "left_out",
)
FIELDS = {"weighting": "weights"}  # choice -> field of `Choices`, where it has another name
USUAL = {
    "missing": ("skip", "mean", "median"),
    "outliers": ("keep", "winsorise"),
    "aggregation": ("arithmetic", "geometric", "topsis"),
    "normalisation": ("min_max", "percentile", "z"),
    "weighting": ("equal", "given", "entropy", "critic", "principal_components", "ahp"),
}
OF_EACH_UNIT = "benefit_of_the_doubt"
WITH_ZEROS = ("geometric", "harmonic")
WHATEVER_THE_ENDS = ("arithmetic", "topsis", "vikor", "grey_relational")
LEAST_END = 0.01  # of the highest end, where one 0 would make a mean 0
FEWEST = 3  # indicators of which one can be left out


@dataclass(frozen=True)
class Level:
    """A level of a choice: its code, whether it is the declaration's own, and why it is not drawn;
    "" where it is."""

    choice: str
    level: str
    is_own: bool
    reason: str = ""


@dataclass(frozen=True)
class Levels:
    """What is drawn from.

    Attributes
    ----------
    declaration
        Of the index, its scale beginning above 0 where a geometric mean is among the levels.
    levels
        All that was considered.
    left_out
        Numbers of the indicators of which one may be left out.
    weight_change
        By how much weights may differ, either way; 0 where they are not varied.
    """

    declaration: Declaration
    levels: tuple[Level, ...]
    left_out: tuple[int, ...]
    weight_change: float

    def drawn(self, choice: str) -> tuple[str, ...]:
        """The levels of a choice that are drawn."""
        levels = [each for each in self.levels if each.choice == choice and not each.reason]
        return tuple(each.level for each in levels)

    @property
    def varied(self) -> tuple[str, ...]:
        """The choices that have more than one level."""
        many = {choice: len(self.drawn(choice)) > 1 for choice in USUAL}
        many |= {"weights": self.weight_change > 0, "left_out": bool(self.left_out)}
        return tuple(choice for choice in CHOICES if many[choice])


def varied_levels(
    table: IndicatorTable,
    declaration: Declaration,
    base: IndexScores,
    vary: Sequence[str],
    asked: Mapping[str, Sequence[str] | None],
    weight_change: float,
) -> Levels:
    """The levels of every choice: those of the declaration, and the others that go together with
    all of them and with the numbers.

    table, base : the indicators, and their scores by the declaration itself
    vary : the choices that are to be varied
    asked : choice -> levels that are drawn instead of the usual ones
    weight_change : by how much weights may differ, either way
    """
    levels = list[Level]()
    for choice in USUAL:
        chosen = getattr(declaration.choices, FIELDS.get(choice, choice))
        candidates = dict.fromkeys((chosen, *(asked.get(choice) or USUAL[choice])))
        if chosen == OF_EACH_UNIT:
            candidates["equal"] = None  # in its place, at least
        levels += [Level(choice, each, each == chosen, "") for each in candidates]
    idle = {choice: "not_varied" for choice in USUAL if choice not in vary}
    if not _has_gaps(base):
        idle.setdefault("missing", "no_gaps")
    if not _has_outliers(table, declaration):
        idle.setdefault("outliers", "no_outliers")
    levels = [_refused(each, idle.get(each.choice, "")) for each in levels]
    levels = _going_together(levels, declaration)
    levels = _going_with_numbers(levels, table, declaration)
    if "weights" not in vary:
        weight_change = 0.0
    return Levels(
        _above_zero(declaration, levels), tuple(levels), _left_out(base, vary), weight_change
    )


def _refused(level: Level, reason: str) -> Level:
    """The level with a reason not to draw it, unless it is the declaration's own or has one."""
    if level.is_own or level.reason or not reason:
        return level
    return Level(level.choice, level.level, level.is_own, reason)


def _has_gaps(base: IndexScores) -> bool:
    is_lost = np.isnan(base.values)
    return bool((is_lost.any(axis=0) & ~is_lost.all(axis=0)).any())


def _has_outliers(table: IndicatorTable, declaration: Declaration) -> bool:
    changed = with_choices(declaration, outliers="winsorise", weights="equal")
    scores = scores_of(table, changed)
    return bool(scores.is_winsorised.any() or scores.is_logged.any())


def _going_together(levels: Sequence[Level], declaration: Declaration) -> list[Level]:
    """Levels of aggregation, scale and weighting, one by one, where all combinations of what is
    taken go together."""
    order = ("aggregation", "normalisation", "weighting")
    taken = {choice: [each.level for each in levels if _is_own(each, choice)] for choice in order}
    if taken["weighting"] == [OF_EACH_UNIT]:
        taken["weighting"] = ["equal"]
    reasons = dict[tuple[str, str], str]()
    for choice in order:
        for each in levels:
            if each.choice != choice or each.is_own or each.reason:
                continue
            more = {**taken, choice: [*taken[choice], each.level]}
            clashes = [_with(declaration, *one).clash for one in product(*more.values())]
            first = next((clash for clash in clashes if clash is not None), None)
            if first is None:
                taken = more
            else:
                no_judgements = first.code in ("no_judgements", "no_goalposts")
                reasons[choice, each.level] = first.code if no_judgements else "clash"
    kept = [_refused(each, reasons.get((each.choice, each.level), "")) for each in levels]
    return _without_doubt(kept, declaration)


def _is_own(level: Level, choice: str) -> bool:
    return level.choice == choice and level.is_own


def _with(declaration: Declaration, aggregation: str, scale: str, weights: str) -> Declaration:
    return with_choices(declaration, aggregation=aggregation, normalisation=scale, weights=weights)


def _without_doubt(levels: Iterable[Level], declaration: Declaration) -> list[Level]:
    """Weights of each unit by itself are no weights that draws could change, and weights that the
    file gives are worth drawing only where they are not equal."""
    weights = {each.weight for each in declaration.indicators}
    weights |= {each.weight for each in declaration.dimensions}
    is_doubt = declaration.choices.weights == OF_EACH_UNIT
    kept = list[Level]()
    for each in levels:
        level = (each.choice, each.level)
        reason = each.reason
        if level == ("weighting", OF_EACH_UNIT):
            reason = "of_each_unit"
        elif level == ("weighting", "given") and len(weights) == 1:
            reason = ""
            if not each.is_own:
                reason = "same_as_equal"
        elif level == ("weighting", "equal") and is_doubt and reason == "not_varied":
            reason = ""
        kept.append(Level(each.choice, each.level, each.is_own, reason))
    return kept


def _going_with_numbers(
    levels: Sequence[Level], table: IndicatorTable, declaration: Declaration
) -> list[Level]:
    """Without the scales and weightings that the numbers do not give."""
    open_to = {
        choice: [each.level for each in levels if each.choice == choice and not each.reason]
        for choice in ("missing", "outliers")
    }
    kept = list[Level]()
    for each in levels:
        if each.choice in ("normalisation", "weighting") and not (each.reason or each.is_own):
            field = FIELDS.get(each.choice, each.choice)
            for missing, outliers in product(*open_to.values()):
                also = {"missing": missing, "outliers": outliers, field: each.level}
                if each.choice == "normalisation":
                    also["weights"] = "equal"
                each = _refused(each, _fault(table, with_choices(declaration, **also)))
        kept.append(each)
    return kept


def _fault(table: IndicatorTable, declaration: Declaration) -> str:
    """The code of what the numbers do not give; "" where they do."""
    try:
        scores_of(table, declaration)
    except InputError as error:
        return error.code
    return ""


def _above_zero(declaration: Declaration, levels: Sequence[Level]) -> Declaration:
    """The scale begins above 0 where a drawn mean forgives no 0 and the declaration's own
    aggregation ranks the same on either scale."""
    choices = declaration.choices
    drawn = {each.level for each in levels if each.choice == "aggregation" and not each.reason}
    is_indifferent = choices.aggregation in WHATEVER_THE_ENDS and choices.above in (
        None,
        "arithmetic",
    )
    if drawn & set(WITH_ZEROS) and is_indifferent and choices.lowest <= 0 < choices.highest:
        return with_choices(declaration, lowest=LEAST_END * choices.highest)
    return declaration


def _left_out(base: IndexScores, vary: Sequence[str]) -> tuple[int, ...]:
    """The indicators that have values and a weight, where there are three or more."""
    counts = np.flatnonzero((~np.isnan(base.values)).any(axis=0) & (base.weights > 0).any(axis=0))
    if "left_out" not in vary or len(counts) < FEWEST:
        return ()
    return tuple(counts.tolist())
