"""Technologies of the last observation beside a question in words, and beside those named in another script."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.nouns import Result
from firstlight.run.name_vectors import is_installed, kept_vectors, vectors

Floats = npt.NDArray[np.floating]
MOST = 2000  # names, the largest first
SHORTEST = 3  # bytes of a form that is looked for in a question: three letters, or one Chinese character
LEAST = 0.88  # similarity of a proposal: how often such are right is in docs/explanation/language.md
NGRAMS = (2, 4)  # letters
INSTALL = "pip install -e '.[semantic]' in a clone"
_BRACKET = r"\s*\([^()]*\)$"
_HAN = r"\p{Han}"


def like(question: str, project: str | Path = "observatory") -> pl.DataFrame:
    """Technologies of the last observation that are nearest to a question, in English or Chinese.

    Those that the question names come first. Names in its own script are compared by their letters, those in another
    by their meaning, or by letters too where the extra ``semantic`` is not installed: ``by`` says which.

    Returns data frame name, similarity, by (name, letters or meaning), documents_count, technology_id. Similarities of
    the two kinds don't compare, so names come by their place among those compared in the same way.
    Raises  StoreError and NotKeptError where there is no observation, InputError where no name is like the question.
    """
    catalogue = Catalogue.open(project, reading=True)
    observation = catalogue.find("observation")
    names = _names(catalogue, observation)
    named = _named_in(question, catalogue.table(observation, "forms"))
    is_own = names["is_chinese"] == _is_chinese(question)
    by_letters = pl.Series(np.full(names.height, True)) if not is_installed() else is_own
    parts = [_by_letters(question, names.filter(by_letters))]
    others = names.filter(~by_letters)
    if others.height:
        of = "chinese" if others["is_chinese"][0] else "latin"
        theirs = kept_vectors(Catalogue.open(project), observation, others, of)
        parts.append(_compared(others, theirs @ vectors([question])[0], "meaning"))
    nearest = _named_first(pl.concat(parts), named)
    if nearest.is_empty():
        can_read_all = is_installed() or bool(is_own.all())
        raise InputError(
            f"no technology has a name like {question!r}",
            where="--like",
            try_next="ask with other words" if can_read_all else f"ask in the other language, or {INSTALL}",
        )
    return nearest.select("name", "similarity", "by", "documents_count", "technology_id")


def _named_first(nearest: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Those that the question names, the longest first; then by place among those compared alike."""
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
    """Technologies in Chinese and in Latin script that are probably one, for a corpus of both languages.

    Each of a pair is the other's nearest in meaning. Nothing is merged: a line that is right is copied into names.csv.

    Returns data frame name, action (merge), to, similarity, documents_count, to_documents_count, the likeliest first.
    Raises  StoreError and NotKeptError where there is no observation; InputError where its names are in one script, and
            where the extra ``semantic`` is not installed.
    """
    catalogue = Catalogue.open(project, reading=True)
    observation = catalogue.find("observation")
    names = _names(catalogue, observation)
    chinese, latin = (names.filter(pl.col("is_chinese") == is_chinese) for is_chinese in (True, False))
    if chinese.is_empty() or latin.is_empty():
        raise InputError(
            "all names are in one script",
            where="--translations",
            try_next="observe documents in both languages together",
        )
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
    """Data frame technology_id, name (without its acronym), documents_count, is_chinese, forms; the largest first."""
    forms = catalogue.table(observation, "forms")
    joined = forms.group_by("technology_id", maintain_order=True).agg(pl.col("form").str.join(" ").alias("forms"))
    technologies = catalogue.table(observation, "technologies")
    name = pl.col("name").str.replace(_BRACKET, "")
    names = technologies.select("technology_id", name, "documents_count", name.str.contains(_HAN).alias("is_chinese"))
    largest = names.sort("documents_count", "technology_id", descending=[True, False]).head(MOST)
    with_forms = largest.join(joined, on="technology_id", how="left", maintain_order="left")
    return with_forms.with_columns(pl.coalesce("forms", "name"))


def _named_in(question: str, forms: pl.DataFrame) -> pl.DataFrame:
    """Technologies that a question names by one of their forms: data frame technology_id, length of the form."""
    asked = pl.DataFrame({"question": [question]}).select(_squashed(pl.col("question")))["question"][0]
    squashed = forms.select("technology_id", _squashed(pl.col("form")).str.strip_suffix("s").alias("form"))
    long = squashed.filter(pl.col("form").str.len_bytes() >= SHORTEST)
    inside = long.filter(pl.lit(asked).str.contains(pl.col("form"), literal=True))
    return inside.group_by("technology_id").agg(pl.col("form").str.len_chars().max().alias("length"))


def _squashed(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[\s-]", "")


def _is_chinese(text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(_HAN)).item())


def _by_letters(question: str, names: pl.DataFrame) -> pl.DataFrame:
    """Names beside the question by TF-IDF of two to four letters of their forms."""
    if names.is_empty():
        return _compared(names, np.zeros(0), "letters")
    found = TfidfVectorizer(analyzer="char", ngram_range=NGRAMS, sublinear_tf=True)
    matrix = found.fit_transform(names["forms"].to_list())
    return _compared(names, (matrix @ found.transform([question]).T).toarray().ravel(), "letters")


def _compared(names: pl.DataFrame, similarity: Floats, by: str) -> pl.DataFrame:
    rounded = pl.Series("similarity", similarity, dtype=pl.Float64).round(4)
    shown = names.select("technology_id", "name", "documents_count")
    return shown.with_columns(rounded, pl.lit(by).alias("by"))
