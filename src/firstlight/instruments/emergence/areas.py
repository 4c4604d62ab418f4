"""Which of the six areas of future industry a technology belongs to, and which subfield of it; none
is an answer."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError, shown
from firstlight.instruments.emergence import running_text as text
from firstlight.texts import message, names

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Term = tuple[str, float]
Cover = tuple[str, str, float]  # a key phrase, its code, the share that it covers

FAMILY = Path(__file__).parent
LONGEST_PHRASE = 6  # words or, in Chinese, three times as many characters
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[^\W_]+")
_COLUMNS = ("kind", "feature", "code", "value")


@dataclass(frozen=True)
class AreaModel:
    """Weights of words, and key phrases, as arrays: nothing is fitted at run time.

    codes        : (A,) the areas, "none" among them
    rows         : word or pair of words -> row of the matrices below
    idf          : (F,) inverse document frequency, dimensionless
    weights      : (F, A) log-odds per unit of a technology's unit-length vector
    intercept    : (A,) log-odds
    phrases      : key phrase (folded, singular) -> code of the area or subfield that it speaks for
    described    : (S,) codes of areas and subfields, such as "information/quantum"
    prototypes   : (F, S) unit columns: the areas' and subfields' own descriptions, in the order of
    ``described`` phrase_weight: log-odds that an area gains when all key phrases found are its own
    phrase_share : the share of a technology that key phrases must cover to have their whole weight
    temperature  : what the log-odds are divided by, so that probabilities are neither too bold nor
                   too shy
    threshold    : the evidence below which no subfield is named
    """

    codes: tuple[str, ...]
    rows: Mapping[str, int]
    idf: Floats
    weights: Floats
    intercept: Floats
    phrases: Mapping[str, str]
    described: tuple[str, ...]
    prototypes: sparse.csr_matrix
    phrase_weight: float
    phrase_share: float
    temperature: float
    threshold: float

    @classmethod
    def from_table(cls, table: pl.DataFrame) -> AreaModel:
        """The model from its table: rows (kind, feature, code, value) of kinds parameter,
        intercept, idf, weight, prototype and phrase; a cell that has no row is zero.

        Raises InputError where a column or a parameter is missing, or a value is not finite.
        """
        _check_table(table)
        values = {
            kind: table.filter(pl.col("kind") == kind).sort("feature", "code") for kind in _KINDS
        }
        rows = {feature: row for row, feature in enumerate(values["idf"]["feature"])}
        codes = tuple(values["intercept"]["code"])
        described = tuple(values["prototype"]["code"].unique().sort())
        parameters = dict(values["parameter"].select("feature", "value").iter_rows())
        return cls(
            codes=codes,
            rows=rows,
            idf=values["idf"]["value"].cast(pl.Float64).to_numpy(),
            weights=np.asarray(_matrix(values["weight"], rows, codes).toarray()),
            intercept=values["intercept"]["value"].cast(pl.Float64).to_numpy(),
            phrases=dict(values["phrase"].select("feature", "code").iter_rows()),
            described=described,
            prototypes=_matrix(values["prototype"], rows, described),
            phrase_weight=parameters["phrase_weight"],
            phrase_share=parameters["phrase_share"],
            temperature=parameters["temperature"],
            threshold=parameters["threshold"],
        )


_KINDS = ("parameter", "intercept", "idf", "weight", "prototype", "phrase")


@dataclass(frozen=True)
class Areas:
    """The areas of n technologies.

    codes         : (A,) the areas in the order of the columns, "none" among them
    probabilities : (n, A), each row sums to 1
    area          : (n,) the most probable code, "none" included
    subfield      : (n,) code of the best subfield within that area, "" where none fits or the area
                    is "none"
    margin        : (n,) probability of the first area minus that of the second
    known_share   : (n,) share of the weight in terms of which the model knows a word or a key
                    phrase
    phrases       : (n,) the key phrases that were found, sorted
    """

    codes: tuple[str, ...]
    probabilities: Floats
    area: tuple[str, ...]
    subfield: tuple[str, ...]
    margin: Floats
    known_share: Floats
    phrases: tuple[tuple[str, ...], ...]


def classify_areas(technologies: Sequence[Sequence[Term]], model: AreaModel) -> Areas:
    """Probabilities over the six areas and none, and the best subfield, of technologies given by
    weighted terms.

    A multinomial logistic model over tf-idf of words and word pairs (Manning, Raghavan, Schütze
    2008, ch. 6 and 14) gives log-odds z = b + W x; key phrases add phrase_weight h / max(sum h,
    phrase_share), where h is the share of the technology that an area's key phrases cover, and
    phrase_weight once more for the area of which the technology's own name, its heaviest term, is
    a key phrase as it stands; p = softmax(z / temperature). A Chinese term is read as the
    descriptions of the areas and subfields whose key phrases it holds, each by the share that they
    cover. The subfield is that whose key phrases and description lie closest. A technology without
    known terms gets the model's prior.

    Parameters
    ----------
    technologies
        n sequences of (term, weight); any non-negative scale of weights, order and case don't
        matter.
    model
        The fitted model, such as ``AreaModel.from_table(area_model())``, which ships.

    Returns
    -------
    Areas, with ``probabilities`` (n, A), whose rows add up to 1, and for each technology ``area``,
    ``subfield``, ``margin``, ``known_share`` and ``phrases``.

    Raises
    ------
    InputError
        Naming the technology where a weight is negative or not finite.

    References
    ----------
    Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, ch. 6 and 14.

    Examples
    --------
    >>> from firstlight.classifications import area_model
    >>> found = classify_areas([[("qubit", 2.0), ("entanglement", 1.0)]],
    ...     AreaModel.from_table(area_model()))
    >>> found.area[0], found.subfield[0], found.phrases[0]
    ('information', 'information/quantum', ('entanglement', 'qubit'))
    """
    shares = [_shares(index, terms) for index, terms in enumerate(technologies)]
    words = split_terms({term for technology in shares for term, _ in technology})
    covers = {term: cover_term(own, model.phrases) for term, own in words.items()}
    found = [_find_phrases(tech, covers) for tech in shares]
    vectors = _vectors(shares, words, covers, model)
    hits = np.array([_by_area(cover, model.codes) for cover in found]).reshape(
        len(shares), len(model.codes)
    )
    supported = phrase_support(hits, model.phrase_share) + _named(shares, covers, model.codes)
    gains = model.phrase_weight * supported
    probabilities = _softmax(
        (model.intercept + vectors @ model.weights + gains) / model.temperature
    )
    best = probabilities.argmax(axis=1) if len(shares) else np.zeros(0, dtype=np.int64)
    area = tuple(model.codes[i] for i in best)
    ranked = np.sort(probabilities, axis=1)
    known = {
        term
        for term, own in words.items()
        if covers[term] or any(word in model.rows for word in own)
    }
    return Areas(
        codes=model.codes,
        probabilities=probabilities,
        area=area,
        subfield=_subfields(best, found, np.asarray((vectors @ model.prototypes).toarray()), model),
        margin=ranked[:, -1] - ranked[:, -2],
        known_share=np.array([_known(tech, known) for tech in shares]),
        phrases=tuple(tuple(sorted({phrase for phrase, _, _ in cover})) for cover in found),
    )


def split_terms(terms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each term as folded, singular words; a term with Chinese characters is one word without its
    spaces.

    >>> split_terms(["Neural Networks", "深度 学习"])
    {'Neural Networks': ('neural', 'network'), '深度 学习': ('深度学习',)}
    """
    ordered = sorted(set(terms))
    folded = pl.DataFrame({"term": ordered}, schema={"term": pl.String}).select(
        text.fold(pl.col("term"))
    )["term"]
    pieces = [_pieces(term) for term in folded]
    unique = sorted({word for words in pieces for word in words})
    frame = pl.DataFrame({"word": unique}, schema={"word": pl.String})
    stems = dict(zip(unique, frame.select(text.singular(pl.col("word")))["word"], strict=True))
    return {
        term: tuple(stems[word] for word in words)
        for term, words in zip(ordered, pieces, strict=True)
    }


def features(words: Sequence[str]) -> list[str]:
    """The words of a term and its pairs of neighbours.

    >>> features(("deep", "neural", "network"))
    ['deep', 'neural', 'network', 'deep neural', 'neural network']
    """
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def vectorise(
    technologies: Sequence[Sequence[tuple[tuple[str, ...], float]]],
    rows: Mapping[str, int],
    idf: Floats,
) -> sparse.csr_matrix:
    """Unit tf-idf vectors, sparse (n, F), of technologies given as (words, weight); unknown words
    count nothing."""
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    rows_of = cache(lambda words: [rows[each] for each in features(words) if each in rows])
    for technology in technologies:
        cells: dict[int, float] = defaultdict(float)
        for words, weight in technology:
            for row in rows_of(words):
                cells[row] += weight
        weighted = {row: weight * float(idf[row]) for row, weight in sorted(cells.items())}
        length = math.sqrt(math.fsum(value * value for value in weighted.values()))
        if length > 0:
            columns.extend(weighted)
            data.extend(value / length for value in weighted.values())
        ends.append(len(data))
    parts = (np.array(data), np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32))
    return sparse.csr_matrix(parts, shape=(len(technologies), len(rows)))


def phrase_support(hits: Floats, enough: float) -> Floats:
    """How far key phrases speak for each area: their shares of each technology, over what all of
    them cover together.

    hits : (n, A) shares; enough : the share from which more cover says no more
    Returns (n, A), each row summing to 1 at most.

    >>> phrase_support(np.array([[0.6, 0.2], [0.1, 0.0]]), 0.2).round(2).tolist()
    [[0.75, 0.25], [0.5, 0.0]]
    """
    return np.asarray(hits / np.maximum(hits.sum(axis=1, keepdims=True), enough))


def cover_term(words: Sequence[str], phrases: Mapping[str, str]) -> list[Cover]:
    """The key phrases in a term: (phrase, code, share of the term), the longest first from the
    left, none overlapping.

    One word that names a whole area ("energy") counts only as the whole term: "free energy" is not
    about energy.

    >>> cover_term(("perovskite", "solar", "cell"), {"solar cell": "energy/photovoltaics"})
    [('solar cell', 'energy/photovoltaics', 0.6666666666666666)]
    """
    # Chinese phrases count wherever they stand. At the cuts of a dictionary alone they would rid 15
    # of 6,835 names of a wrong area, and 99 of the right one: it has many compounds as one word.
    chinese = _is_chinese(words)
    units: Sequence[str] = words[0] if chinese else words
    glue, longest = ("", 3 * LONGEST_PHRASE) if chinese else (" ", LONGEST_PHRASE)
    found, start = [], 0
    while start < len(units):
        for stop in range(min(len(units), start + longest), start, -1):
            phrase = glue.join(units[start:stop])
            code = phrases.get(phrase)
            is_whole = stop - start == len(units)
            if code is not None and (is_whole or _counts_inside(code, stop - start, chinese)):
                found.append((phrase, code, (stop - start) / len(units)))
                start = stop
                break
        else:
            start += 1
    return found


def _counts_inside(code: str, length: int, chinese: bool) -> bool:
    # A single Chinese character stands in too many words to speak for anything.
    return length > 1 or (not chinese and "/" in code)


def _is_chinese(words: Sequence[str]) -> bool:
    return len(words) == 1 and _HAN.search(words[0]) is not None


def _vectors(
    shares: Sequence[Sequence[Term]],
    words: Mapping[str, tuple[str, ...]],
    covers: Mapping[str, Sequence[Cover]],
    model: AreaModel,
) -> sparse.csr_matrix:
    """(n, F): the unit vector of the terms in Latin script by their share, and descriptions for the
    Chinese ones."""
    of_chinese = {term for term, own in words.items() if _is_chinese(own)}
    latin = [[(words[t], w) for t, w in tech if t not in of_chinese] for tech in shares]
    column = {code: index for index, code in enumerate(model.described)}
    # Words of Chinese were never fitted: what the areas say of themselves stands in for them.
    chosen = sparse.lil_matrix((len(shares), len(model.described)))
    for row, tech in enumerate(shares):
        chinese = [(term, weight) for term, weight in tech if term in of_chinese]
        for _, code, share in _find_phrases(chinese, covers):
            chosen[row, column[code]] += share
    lengths = sparse.diags_array(
        [math.fsum(weight for _, weight in tech) for tech in latin], shape=(len(latin),) * 2
    )
    return sparse.csr_matrix(
        lengths @ vectorise(latin, model.rows, model.idf) + chosen.tocsr() @ model.prototypes.T
    )


def _pieces(folded: str) -> list[str]:
    if _HAN.search(folded):
        return ["".join(folded.split())]
    return _LATIN_WORD.findall(folded)


def _shares(index: int, terms: Sequence[Term]) -> list[Term]:
    """Terms sorted, equal ones joined, weights summing to 1: the same bits for any order of the
    terms."""
    joined: dict[str, list[float]] = defaultdict(list)
    for term, weight in terms:
        if not math.isfinite(weight) or weight < 0:
            about = {"term": shown(term), "weight": shown(weight), "index": shown(index)}
            raise InputError(message("weight_unusable", **about), FAMILY)
        joined[term].append(float(weight))
    total = math.fsum(weight for weights in joined.values() for weight in weights)
    if total == 0:
        return []
    return [(term, math.fsum(weights) / total) for term, weights in sorted(joined.items())]


def _named(
    shares: Sequence[Sequence[Term]], covers: Mapping[str, Sequence[Cover]], codes: Sequence[str]
) -> Floats:
    """(n, A): 1 for the area that the name of a technology is a key phrase of."""
    named = np.zeros((len(shares), len(codes)))
    for row, technology in enumerate(shares):
        if not technology:
            continue
        name, _ = max(technology, key=lambda term: term[1])
        for _, code, share in covers[name]:
            if share == 1:
                named[row, codes.index(code.split("/")[0])] = 1
    return named


def _find_phrases(technology: Sequence[Term], covers: Mapping[str, Sequence[Cover]]) -> list[Cover]:
    return [
        (phrase, code, weight * share)
        for term, weight in technology
        for phrase, code, share in covers[term]
    ]


def _by_area(cover: Sequence[Cover], codes: Sequence[str]) -> list[float]:
    shares: dict[str, list[float]] = {}
    for _, code, share in cover:
        shares.setdefault(code.split("/")[0], []).append(share)
    sums = {code: math.fsum(own) for code, own in shares.items()}
    return [sums.get(code, 0.0) for code in codes]


def _subfields(
    best: Longs,
    found: Sequence[Sequence[Cover]],
    likeness: Floats,
    model: AreaModel,
) -> tuple[str, ...]:
    """The subfield of its area that lies closest to each technology; the last in order of equals.

    best : (n,) the area's place among the codes; likeness : (n, described)
    """
    in_order = sorted(model.described, reverse=True)
    column = {subfield: place for place, subfield in enumerate(in_order)}
    scores = likeness[:, [model.described.index(subfield) for subfield in in_order]]
    for row, cover in enumerate(found):
        for _, code, share in cover:
            if code in column:
                scores[row, column[code]] += share
    is_inside = np.array(
        [[subfield.startswith(f"{code}/") for subfield in in_order] for code in model.codes]
    )
    scores = np.where(is_inside[best], scores, -np.inf)
    closest = scores.argmax(axis=1)
    fits = scores.max(axis=1, initial=-np.inf) >= model.threshold
    names = np.where(fits, np.array(in_order)[closest], "")
    return tuple(names.tolist())


def _known(technology: Sequence[Term], known: AbstractSet[str]) -> float:
    return math.fsum(weight for term, weight in technology if term in known)


def _softmax(scores: Floats) -> Floats:
    if not len(scores):
        return scores
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _matrix(
    cells: pl.DataFrame, rows: Mapping[str, int], codes: Sequence[str]
) -> sparse.csr_matrix:
    columns = {code: column for column, code in enumerate(codes)}
    at = (
        [rows[feature] for feature in cells["feature"]],
        [columns[code] for code in cells["code"]],
    )
    return sparse.csr_matrix(
        (cells["value"].cast(pl.Float64).to_numpy(), at), shape=(len(rows), len(codes))
    )


def _check_table(table: pl.DataFrame) -> None:
    lacking = [column for column in _COLUMNS if column not in table.columns]
    if not lacking:
        parameters = set(table.filter(pl.col("kind") == "parameter")["feature"])
        needed = {"phrase_weight", "phrase_share", "temperature", "threshold"}
        lacking = sorted(needed - parameters)
    if lacking:
        raise InputError(message("area_model_lacks", lacking=names(lacking)), FAMILY)
    if not table["value"].is_finite().all():
        raise InputError(message("area_model_not_finite"), FAMILY)
