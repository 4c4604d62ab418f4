"""Second names: technologies that stand in the line of another, by their words and documents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, takewhile

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.instruments.emergence.technologies.joins import RULES, Technologies
from firstlight.instruments.emergence.text.discourse import discourse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# From which share of the rarer one's documents in common, and from which company, two are one:
# names of several words and of one that differ in an ending, and a name with a word left out.
DERIVED, OF_ONE_WORD, SHORTENED = (0.2, 0.55), (0.4, 0.9), (0.2, 0.8)
ALIKE = 0.85  # company from which a name put to use is that name
MOSTLY = 0.75  # of the documents of all that a shortened name may be short for, those of one
STEM = 4  # letters with which two derivations begin alike, at least
ENDINGS = 3, 5  # letters that follow in the shorter and in the longer, at most
FEWEST_ALONE = 8  # documents without the other by which company is told
IN_COMMON = 1e-4  # mean product of two documents below which they have nothing in common
SHOWN = RULES.index("head"), RULES.index("acronym")
# A model of an action (segmentation) stands for it, one of a thing (a neuron, trust) does not.
ACTION = re.compile(r"(ing|tion|sion)$|[ -]")


def second_names(
    belongs: sparse.csr_matrix,
    among: npt.NDArray[np.bool_],
    technologies: Technologies,
    phrase: pl.Series,
) -> pl.DataFrame:
    """Second names and what they name: data frame technology, other (the second name), weight.

    "State estimator" is state estimation, and "deep network" deep neural network: the ending of one
    word differs, or one is left out, some documents have both, and the others are in like company.
    "Blockchain network" is blockchain: the same and a word that puts it to use, in the same
    company. The weight is their likeness in it.

    belongs      : technologies x documents, of recent years
    among        : (K,) technologies that are compared
    technologies : these K, with their terms
    phrase       : (T,) commonest phrase of every term
    """
    is_in = among[technologies.technology] & np.isin(technologies.rule, SHOWN)
    spelt = phrase.gather(technologies.terms[is_in]).to_list()
    named = dict(zip(spelt, technologies.technology[is_in].tolist(), strict=True))
    is_head = technologies.rule[is_in] == RULES.index("head")
    heads = {text: named[text] for text, names in zip(spelt, is_head, strict=True) if names}
    words = {text: name for text, name in heads.items() if " " not in text}
    phrases = {text: name for text, name in heads.items() if " " in text}
    kinds = (
        (_derivations(phrases), *DERIVED),
        (_derivations(words), *OF_ONE_WORD),
        (_shortened(phrases, belongs), *SHORTENED),
    )
    found = [(_in_common(_pairs(pairs), belongs, least), akin) for pairs, least, akin in kinds]
    found.append((_pairs(_put_to_use(heads, named)), ALIKE))
    pairs = np.concatenate([some for some, _ in found])
    alike = _company(belongs, among, pairs)
    is_one = alike >= np.concatenate([np.full(len(some), akin) for some, akin in found])
    columns = {"technology": pairs[:, 0], "other": pairs[:, 1], "weight": np.round(alike, 4)}
    return pl.DataFrame(columns).filter(pl.Series(is_one)).sort("technology", "other")


def _pairs(pairs: Iterable[tuple[int, int]]) -> Ints:
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def _in_common(pairs: Ints, belongs: sparse.csr_matrix, least: float) -> Ints:
    """Those with a share of the rarer one's documents in common, the commoner one first."""
    size = np.diff(belongs.indptr)
    order = np.argsort(-size[pairs], axis=1, kind="stable")
    pairs = np.take_along_axis(pairs, order, axis=1)
    shared = belongs[pairs[:, 0]].multiply(belongs[pairs[:, 1]]).sum(axis=1)
    return pairs[np.asarray(shared).ravel() >= least * size[pairs[:, 1]]]


def _derivations(heads: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Names that are the same but for the ending of one word; of one alone, if one is in -ing."""
    but_for_one = defaultdict(list)
    for phrase, technology in heads.items():
        words = phrase.split(" ")
        for place, word in enumerate(words):
            if len(word) >= STEM:
                key = (*words[:place], word[:STEM], *words[place + 1 :])
                but_for_one[place, key].append((word, technology))
    for (_, key), names in but_for_one.items():
        for (word, one), (other_word, other) in combinations(names, 2):
            is_told = len(key) > 1 or word.endswith("ing") != other_word.endswith("ing")
            if is_told and _differ_in_ending(word, other_word):
                yield one, other


def _differ_in_ending(one: str, other: str) -> bool:
    together = zip(one, other, strict=False)
    stem = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], together))
    endings = sorted((len(one) - stem, len(other) - stem))
    return endings[0] <= ENDINGS[0] and endings[1] <= ENDINGS[1]


def _shortened(heads: Mapping[str, int], belongs: sparse.csr_matrix) -> Iterator[tuple[int, int]]:
    """A name without one of the words inside it, and the name that it mostly can be short for."""
    wholes = defaultdict(list)
    for phrase, technology in heads.items():
        words = phrase.split(" ")
        for place in range(1, len(words) - 1):
            short = " ".join((*words[:place], *words[place + 1 :]))
            wholes[place, short].append(technology)
    size = np.diff(belongs.indptr)
    for (_, short), technologies in wholes.items():
        commonest = max(technologies, key=lambda technology: (size[technology], technology))
        if short in heads and size[commonest] >= MOSTLY * size[technologies].sum():
            yield heads[short], commonest


def _put_to_use(heads: Mapping[str, int], named: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """A name or acronym, and what is that and a word that puts it to use."""
    uses = {*discourse()["products"], *discourse()["carriers"]}
    for phrase, technology in heads.items():
        before, _, last = phrase.rpartition(" ")
        is_thing = before in heads and not ACTION.search(before)
        if last not in uses or (last == "model" and is_thing):
            continue
        if named.get(before, technology) != technology:
            yield named[before], technology


def _company(belongs: sparse.csr_matrix, among: npt.NDArray[np.bool_], pairs: Ints) -> Floats:
    """(n,) likeness of the documents that either of a pair has without the other, by the other
    technologies in them.

    It is the cosine of the means of their vectors (TF-IDF), each length taken without the products
    of a document with itself, so that a few documents don't look unlike for being few (Gretton and
    others 2012, *JMLR* 13, lemma 6): 1 if both are drawn from the same, by chance also above it.
    """
    documents = np.asarray(belongs.sum(axis=1)).ravel()
    weight = np.log(belongs.shape[1] / np.maximum(documents, 1)) * among
    vectors = (sparse.diags(weight) @ belongs).T.tocsr()
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors = sparse.diags(1 / np.where(length > 0, length, 1)) @ vectors
    alike = np.zeros(len(pairs))
    for row, pair in enumerate(pairs):
        own = [belongs[technology].indices for technology in pair]
        alone = [_without(*own), _without(*own[::-1])]
        alike[row] = _likeness(*(vectors[rows] for rows in alone), left_out=pair)
    return alike


def _without(own: Ints, others: Ints) -> Ints:
    """Documents of one technology without another, or all where these are too few."""
    alone = np.setdiff1d(own, others)
    return alone if len(alone) >= FEWEST_ALONE else own


def _likeness(one: sparse.csr_matrix, other: sparse.csr_matrix, *, left_out: Ints) -> float:
    """The cosine of ``_company`` without some columns; 0 where documents have too little else."""
    means, squares = [], []
    for vectors in (one, other):
        size = vectors.shape[0]
        total = np.asarray(vectors.sum(axis=0)).ravel()
        own = np.asarray(vectors.multiply(vectors).sum(axis=0)).ravel()
        total[left_out] = own[left_out] = 0
        means.append(total / max(size, 1))
        squares.append((total @ total - own.sum()) / max(size * (size - 1), 1))
    product = squares[0] * squares[1]
    return float(means[0] @ means[1] / np.sqrt(product)) if min(squares) > IN_COMMON else 0.0
