"""The codes of technologies by their names, with what speaks for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.instruments.concordance.code_lists import code_list
from firstlight.instruments.concordance.plan_check.written_names import names_nothing
from firstlight.instruments.concordance.technology_codes.code_choice import (
    UNKNOWN,
    Choice,
    Weighed,
    alike_names,
    candidates,
    chosen,
    instead_of,
    shares_of,
    weights,
    with_documents,
    with_labels,
)
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    CodedTexts,
    coded_texts,
    codes_by_title,
    labelled_names,
    letters_alone,
    likeness,
    text_likeness,
)
from firstlight.instruments.concordance.technology_codes.document_senses import (
    apart_from_all,
    document_senses,
    documented_names,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import (
    Floats,
    Written,
    is_chinese,
    words_of,
)

BATCH = 400  # names at once
SOME_LETTERS = 0.35  # in common with a labelled name, from which an unknown word says something
READERS_AGREE = 0.9  # on the first code of a name, by and large
DIGITS = 6  # of a probability; beyond them processors differ
LEAST = 0.01  # a probability below it is no candidate
LINKS = {
    "technology": pl.String,
    "classification": pl.String,
    "code": pl.String,
    "rank": pl.Int64,
    "probability": pl.Float64,
    "none_probability": pl.Float64,
    "like_technology": pl.String,
    "like_text": pl.String,
}


def technology_codes(technologies: pl.DataFrame, classification: str) -> pl.DataFrame:
    """The codes that technologies may belong to, by their names and what documents say of them.

    Parameters
    ----------
    technologies
        technology, and perhaps forms: lists of other names of the same; and perhaps text: what
        documents say of it, such as titles, joined.
    classification
        isic4, gbt4754, cpc, hs2022 or soc.

    Returns
    -------
    Data frame technology, code, title, title_zh, probability, rank. The probabilities of one
    technology add up to at most 1; the rest is that of none of these codes. A technology whose name
    says nothing has no row.

    Examples
    --------
    >>> found = technology_codes(pl.DataFrame({"technology": ["lithium-ion battery"]}), "isic4")
    >>> found["code", "title"].row(0)
    ('2720', 'Manufacture of batteries and accumulators')
    """
    forms: list[list[str]] = [[] for _ in range(technologies.height)]
    if "forms" in technologies.columns:
        forms = [found or [] for found in technologies["forms"].to_list()]
    names = technologies["technology"].to_list()
    texts = [asked_text(name, name_forms) for name, name_forms in zip(names, forms, strict=True)]
    documents = [""] * len(names)
    if "text" in technologies.columns:
        documents = [text or "" for text in technologies["text"].to_list()]
    links = links_of_names(names, texts, [classification], documents=documents)
    titles = code_list(classification).select("code", title="name_en", title_zh="name_zh")
    return links.join(titles, on="code", how="left", maintain_order="left").select(
        "technology", "code", "title", "title_zh", "probability", "rank"
    )


def asked_text(name: str, forms: Sequence[str]) -> str:
    """A name with the words that its forms add.

    >>> asked_text("GAN", ["generative adversarial networks", "GANs"])
    'GAN generative adversarial networks'
    """
    said = set(words_of(name))
    text = name
    for form in sorted(forms, key=lambda each: (-len(each), each)):
        if not set(words_of(form)) <= said:
            said |= set(words_of(form))
            text += f" {form}"
    return text


def links_of_names(
    names: Sequence[str],
    texts: Sequence[str],
    lists: Sequence[str],
    *,
    documents: Sequence[str] | None = None,
    own: pl.DataFrame | None = None,
    fitted: Mapping[str, Any] | None = None,
    done: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """The candidates of each name and what speaks for them: the columns of `LINKS`.

    names : what the rows are called; texts : what is known of each, its name and forms
    lists : the classifications
    documents : what documents say of each, "" where nothing is known
    own   : labels of one's own: technology, classification, code (none where none fits)
    fitted : weights in the place of those that ship
    done  : called with the number of names that are done and of all
    """
    called, known = known_names(own)
    documents = documents or [""] * len(names)
    fitted = fitted or weights()
    spoken = {name: _Spoken.of(name, called, own, fitted[name]) for name in lists}
    place = {tuple(words_of(name)): row for row, name in enumerate(called)} | {(): -1}
    frames = [pl.DataFrame(schema=LINKS)]
    for start in range(0, len(names), BATCH):
        batch = slice(start, start + BATCH)
        asked = likeness().written(list(texts[batch]))
        alike = alike_names(asked, known)
        same = [place.get(tuple(words_of(each)), -1) for each in names[batch]]
        vectors = _told(texts[batch], documents[batch])
        chinese = np.array([is_chinese(text) for text in texts[batch]])
        is_known = (asked.known > 0) | (alike.most[:, 1] >= SOME_LETTERS)
        says_something = is_known & _says_something(texts[batch], same, vectors)
        for name, of in spoken.items():
            weighed = candidates(text_likeness(of.coded, asked), alike, of.shares, asked.known)
            label, weight = of.labels_of(same, names[batch])
            choice = with_labels(of.choice(weighed, chinese, vectors), label, weight)
            rows = [
                (names[start + row], name, *link)
                for row in np.flatnonzero(says_something).tolist()
                for link in of.links(choice, row, alike.near[row], asked.senses[row])
            ]
            frames.append(pl.DataFrame(rows, schema=LINKS, orient="row"))
        if done is not None:
            done(min(start + BATCH, len(names)), len(names))
    return pl.concat(frames)


def _says_something(
    texts: Sequence[str], same: Sequence[int], vectors: Floats | None
) -> NDArray[np.bool_]:
    """Whether names, labels of the same name or documents say what a technology is."""
    names_something = np.array([not names_nothing(text) for text in texts])
    says: NDArray[np.bool_] = names_something | (np.array(same) >= 0)
    return says if vectors is None else says | vectors.any(axis=1)


def _told(names: Sequence[str], documents: Sequence[str]) -> Floats | None:
    """The sense of what documents say of names, 0 where they say little; None where all do."""
    if not any(documents):
        return None
    senses = document_senses(names, documents)
    return apart_from_all(senses, documented_names()[1])


@dataclass(frozen=True)
class _Spoken:
    """What speaks for the codes of one classification.

    name     : the classification
    shares   : labelled names x (codes + 1)
    speakers : of each code the labelled names that have it
    called   : the labelled names
    fitted   : the weights
    """

    name: str
    coded: CodedTexts
    shares: sparse.csr_matrix
    speakers: list[NDArray[np.int32]]
    called: Sequence[str]
    fitted: dict[str, Any]

    @classmethod
    def of(
        cls, name: str, called: Sequence[str], own: pl.DataFrame | None, fitted: dict[str, Any]
    ) -> _Spoken:
        """Those of a classification."""
        coded = coded_texts(name)
        labels = labelled_names()[name].to_list() * 2 + _own_labels(own, name)
        shares = shares_of(labels, coded.codes)
        of_codes = shares.tocsc()
        ends = of_codes.indptr
        speakers = [of_codes.indices[ends[at] : ends[at + 1]] for at in range(len(coded.codes))]
        return cls(name, coded, shares, speakers, called, fitted)

    def choice(
        self, weighed: Weighed, chinese: NDArray[np.bool_], vectors: Floats | None
    ) -> Choice:
        """The choice by names, and by documents where these say something."""
        by_name = chosen(weighed, self.fitted, chinese)
        if vectors is None or not vectors.any():
            return by_name
        rows: NDArray[np.bool_] = np.asarray(vectors.any(axis=1))
        known = documented_names()[0]
        weighed = Weighed(weighed.codes[rows], weighed.per_code[rows], weighed.of_none[rows])
        more = with_documents(
            weighed, vectors[rows], known, self.shares[: len(known)], self.coded.document_centres
        )
        return instead_of(by_name, chosen(more, self.fitted["documents"], chinese[rows]), rows)

    def links(
        self, choice: Choice, row: int, nearness: Floats, sense: Floats
    ) -> Iterator[tuple[str, int, float, float, str | None, str | None]]:
        """code, rank, probability, that of none, and what is like it, of each candidate."""
        for rank, at in enumerate(_order(choice, row), start=1):
            place = int(choice.codes[row, at])
            yield (
                self.coded.codes[place],
                rank,
                round(float(choice.chance[row, at]), DIGITS),
                round(float(choice.none[row]), DIGITS),
                self._likest_name(place, nearness),
                self._likest_text(place, sense),
            )

    def labels_of(
        self, same: Sequence[int], names: Sequence[str]
    ) -> tuple[sparse.csr_matrix, Floats]:
        """The labels of names that are themselves labelled, at these rows, and how much they count:
        one's own outright, those that ship as often as two readers agree. The title of a code that
        nobody labelled is labelled with it, as readers did with 46 of the 48 that they saw."""
        titles = codes_by_title(self.name)
        titled = np.array([titles.get(letters_alone(name), -1) for name in names])
        rows = np.array(same)
        labels = self.shares[np.maximum(rows, 0)]
        is_own = rows >= 2 * labelled_names().height
        is_told = (rows >= 0) & (np.asarray(labels.sum(axis=1)).ravel() > 0)
        is_titled = (titled >= 0) & ~is_told
        at = (np.flatnonzero(is_titled), titled[is_titled])
        labels = sparse.diags_array(is_told.astype(np.float32)) @ labels
        labels += sparse.csr_matrix((np.ones(len(at[0]), np.float32), at), shape=labels.shape)
        weight = np.where(is_own, 1.0, READERS_AGREE) * (is_told | is_titled)
        return sparse.csr_matrix(labels), weight.astype(np.float32)

    def _likest_name(self, place: int, nearness: Floats) -> str | None:
        """The labelled technology of a code that a name is most like."""
        speakers = self.speakers[place]
        if not len(speakers):
            return None
        return self.called[int(speakers[nearness[speakers].argmax()])]

    def _likest_text(self, place: int, sense: Floats) -> str | None:
        """The text of a code that a name is most like in sense."""
        coded = self.coded
        at = int(np.searchsorted(coded.described, place))
        if at == len(coded.described) or coded.described[at] != place:
            return None
        first = int(coded.text_starts[at])
        ends = coded.text_starts[at + 1 :]
        last = int(ends[0]) if len(ends) else len(coded.said)
        return coded.said[first + int((coded.texts.senses[first:last] @ sense).argmax())]


def _order(choice: Choice, row: int) -> list[int]:
    """The candidates of a name, the likeliest first; after it none that hardly is one."""
    chance = choice.chance[row]
    order = np.argsort(-chance, kind="stable")
    return [int(at) for at in order if at == order[0] or chance[at] >= LEAST]


def known_names(labels: pl.DataFrame | None = None) -> tuple[list[str], Written]:
    """The labelled technologies that ship, English and Chinese, and those of one's own."""
    shipped = labelled_names()
    called = [*shipped["name_en"], *shipped["name_zh"]]
    known = likeness().kept(called)
    if labels is None or not labels.height:
        return called, known
    added = labels["technology"].unique().sort().to_list()
    return called + added, known.and_those_of(likeness().written(added))


def _own_labels(own: pl.DataFrame | None, name: str) -> list[str]:
    """The label of each of one's own technologies in a classification."""
    if own is None or not own.height:
        return []
    given = own.filter(pl.col("classification") == name)
    labels = dict(
        given.group_by("technology", maintain_order=True)
        .agg(pl.col("code").str.join(" "))
        .iter_rows()
    )
    return [labels.get(each, UNKNOWN) for each in own["technology"].unique().sort()]
