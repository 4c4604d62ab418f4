"""Which known name a written one stands for, and how sure that is."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.concordance.plan_check.written_names import (
    Written,
    all_initials,
    initials,
    written,
)
from firstlight.numerics.term_weights import TermWeights

Floats = NDArray[np.float64]

FEATURES = (
    "same",
    "core_same",
    "cosine",
    "edit",
    "words_shared",
    "words_contained",
    "initials",
    "last_same",
    "first_same",
    "numbers_differ",
    "length_ratio",
)
MODEL = Path(__file__).with_name("match_model.csv")
NEAREST = 8  # known names that a written one is compared with
BATCH = 512  # written names at once


def match_names(
    given: Iterable[str], known: Iterable[str], *, least: float = 0.5, most: int = 3
) -> pl.DataFrame:
    """Known names that written ones stand for, the likeliest first.

    Words in singular, letters, initials and Chinese characters are compared; a small logistic
    regression makes a probability of it. A name that is like none has no row.

    Parameters
    ----------
    given
        Names as they were written.
    known
        Names that they may stand for.
    least
        Probability below which a pair is left out.
    most
        Pairs of each written name.

    Returns
    -------
    Data frame name, known, probability, sorted by the name, then the likeliest first.

    Examples
    --------
    >>> found = match_names(["Carbon fibres (CF)", "looms"], ["carbon fibre", "carbon tax"])
    >>> found["name", "known"].rows()
    [('Carbon fibres (CF)', 'carbon fibre')]
    """
    names = sorted(set(given))
    others = sorted(set(known))
    pairs = candidates(names, others)
    features = pair_features(pairs, others)
    scored = pairs.with_columns(probability=probabilities(pairs, features))
    scored = scored.with_columns(pl.col("probability").round(4))
    place = pl.int_range(pl.len()).over("name")
    return (
        scored.filter(pl.col("probability") >= least)
        .sort("name", "probability", "known", descending=[False, True, False])
        .filter(place < most)
        .select("name", "known", "probability")
    )


def candidates(given: Sequence[str], known: Sequence[str]) -> pl.DataFrame:
    """Pairs that are worth comparing: the nearest by letters, and acronyms with their long forms.

    Returns data frame name, known, cosine.
    """
    schema = {"name": pl.String, "known": pl.String, "cosine": pl.Float64}
    if not given or not known:
        return pl.DataFrame(schema=schema)
    learned = TermWeights(known, _grams, by_rarity=False)
    if not learned.terms:  # no known name holds a letter
        return pl.DataFrame(schema=schema)
    columns = learned.rows.T.tocsc()
    by_initials = _by_initials(known)
    place = {name: at for at, name in enumerate(known)}
    rows: list[tuple[str, str, float]] = []
    for start in range(0, len(given), BATCH):
        batch = given[start : start + BATCH]
        near = np.asarray((learned.of(batch) @ columns).todense()).round(9)
        for row, name in enumerate(batch):
            of = near[row]
            count = min(NEAREST, len(known))
            least = np.partition(of, len(of) - count)[len(of) - count]
            above = np.flatnonzero((of >= least) & (of > 0))
            nearest = sorted(above.tolist(), key=lambda at: (-of[at], known[at]))[:count]
            by_letters = {place[each] for each in _alike(written(name), by_initials)}
            chosen = [*nearest, *sorted(by_letters - set(nearest))]
            rows += [(name, known[at], float(of[at])) for at in chosen]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _grams(name: str) -> list[str]:
    """Runs of letters: two and three of a Latin word with its ends, one and two of Chinese."""
    grams = []
    for word in written(name).core:
        is_latin = word[0].isascii()
        padded = f" {word} " if is_latin else word
        for size in (2, 3) if is_latin else (1, 2):
            grams += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return grams


def _by_initials(known: Sequence[str]) -> Mapping[str, list[str]]:
    """Acronyms and initials -> the names that have them."""
    by_initials: dict[str, list[str]] = defaultdict(list)
    for name in known:
        for each in _short_forms(written(name)):
            by_initials[each].append(name)
    return by_initials


def _short_forms(name: Written) -> set[str]:
    """What a name may be shortened to, or is."""
    forms = {name.acronym, name.bracket}
    if len(name.words) > 1:
        forms |= {initials(name.words), all_initials(name.words)}
        forms |= {initials(name.core), all_initials(name.core)}
    return {form for form in forms if len(form) > 1}


def _alike(name: Written, by_initials: Mapping[str, list[str]]) -> set[str]:
    """Long forms of an acronym, and acronyms of a long form; not two long forms."""
    forms = {name.acronym, name.bracket} - {""}
    others = {other for form in forms for other in by_initials.get(form, ())}
    for form in _short_forms(name) - forms:
        for other in by_initials.get(form, ()):
            parts = written(other)
            if form in (parts.acronym, parts.bracket):
                others.add(other)
    return others


def pair_features(pairs: pl.DataFrame, known: Sequence[str]) -> Floats:
    """What two names have in common, as numbers.

    pairs : name, known, cosine, as `candidates` returns them
    known : all known names: an acronym that could be several of them says less

    Returns (n, 11), in the order of ``FEATURES``.
    """
    by_initials = _by_initials(known)
    return np.array(
        [
            _features(written(name), written(other), cosine, by_initials)
            for name, other, cosine in pairs.select("name", "known", "cosine").iter_rows()
        ],
        np.float64,
    ).reshape(pairs.height, len(FEATURES))


def _features(
    one: Written, other: Written, cosine: float, by_initials: Mapping[str, list[str]]
) -> tuple[float, ...]:
    mine = _pieces(one.core)
    theirs = _pieces(other.core)
    shared = len(mine & theirs)
    either = len(mine | theirs)
    fewer = min(len(mine), len(theirs))
    lengths = sorted((len(one.core_key), len(other.core_key)))
    return (
        float(one.key == other.key),
        float(one.core_key == other.core_key),
        cosine,
        SequenceMatcher(None, one.core_key, other.core_key, autojunk=False).ratio(),
        shared / max(either, 1),
        shared / max(fewer, 1),
        _shortened(one, other, by_initials),
        float(_end(one) == _end(other)),
        float(_start(one) == _start(other)),
        float(_numbers(one) != _numbers(other)),
        lengths[0] / max(lengths[1], 1),
    )


def _pieces(words: tuple[str, ...]) -> set[str]:
    """Latin words, and pairs of Chinese characters."""
    pieces = set()
    for word in words:
        if word[0].isascii() or len(word) < 2:
            pieces.add(word)
        else:
            pieces |= {one + two for one, two in pairwise(word)}
    return pieces


def _shortened(one: Written, other: Written, by_initials: Mapping[str, list[str]]) -> float:
    """One over the number of known names that an acronym could be, where one is the other's."""
    for short, long in ((one, other), (other, one)):
        form = short.acronym
        if form and not long.acronym and form in _short_forms(long):
            return 1 / max(len(by_initials.get(form, ())), 1)
    return 0.0


def _end(name: Written) -> str:
    """The last word, or the last two Chinese characters: as much as a word is there."""
    last = name.core[-1] if name.core else ""
    if last.isascii():
        return last
    return last[-2:]


def _start(name: Written) -> str:
    """The first word, or the first two Chinese characters."""
    first = name.core[0] if name.core else ""
    if first.isascii():
        return first
    return first[:2]


def _numbers(name: Written) -> set[str]:
    """Numbers within a name: 5G is not 6G."""
    return {"".join(sign for sign in word if sign.isdigit()) for word in name.words} - {""}


def probabilities(pairs: pl.DataFrame, features: Floats) -> Floats:
    """The probability of each pair to be one thing, by the script of its names."""
    if not pairs.height:
        return np.zeros(0)
    weights = model()
    has_han = [
        written(name).is_han or written(other).is_han
        for name, other in pairs.select("name", "known").iter_rows()
    ]
    scripts = np.where(has_han, "han", "latin")
    score = np.zeros(pairs.height)
    for script, (intercept, weight) in weights.items():
        rows = scripts == script
        score[rows] = intercept + features[rows] @ weight
    return np.asarray(1 / (1 + np.exp(-score)))


@cache
def model() -> Mapping[str, tuple[float, Floats]]:
    """Script -> intercept and weights, as they were fitted."""
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for row in csv.DictReader(MODEL.read_text(encoding="utf-8").splitlines()):
        weights[row["script"]][row["feature"]] = float(row["weight"])
    return {
        script: (each["intercept"], np.array([each[name] for name in FEATURES]))
        for script, each in weights.items()
    }
