"""What share of the first lines are names, and of the joins are right, by labels of readers who saw
neither rank nor year.

A term is a name if one could put a research programme behind it. Some of the labels were used to
adjust the rules ("tuned"), the others were opened once, when they stood ("other"); decoys come from
further down the lists and from what was dropped. One reader gave the first labels, two others the
later ones; where these two disagree, it is no name and no join. Words are matched as the code folds
them today, so a label lasts while its term is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.protocol import Protocol
from benchmarks.take_off.result_tables import PREFIX
from benchmarks.take_off.scoring import Scoring

from firstlight.instruments.emergence.record.ranking import ranking
from firstlight.instruments.emergence.record.scores import calls
from firstlight.instruments.emergence.text.phrases import keys_as_written

HERE = Path(__file__).resolve().parent
NAMES, JOINS = HERE / "labels_of_names.csv", HERE / "labels_of_joins.csv"
NAMED = {
    "arxiv": range(2014, 2018),
    "conferences": range(2014, 2025),
}  # years whose lists were labelled
FIRST = 50
HITS_OF = (20, 50)
FEWEST_OF_FORM = 8  # documents, to be among the joins that were drawn
HALVES = ("tuned", "other", "decoy")


def labels_of_names(path: Path = NAMES) -> pl.DataFrame:
    """Labels by key: key, label, half; of two terms with one key the first."""
    given = pl.read_csv(path)
    return given.with_columns(keys_as_written(given["term"]).alias("key")).unique(
        "key", keep="first", maintain_order=True
    )


def labels_of_joins(path: Path = JOINS) -> pl.DataFrame:
    """Labels of joins by keys: form, technology, label, half."""
    given = pl.read_csv(path, separator=";")
    keys = given.with_columns(
        keys_as_written(given["one"]).alias("form"),
        keys_as_written(given["other"]).alias("technology"),
    )
    return keys.unique(["form", "technology"], keep="first", maintain_order=True)


def first_lines(scoring: Scoring, year: int, most: int = FIRST) -> list[str]:
    """Keys of the first lines of a year, as the product lists them."""
    survey, outlook = scoring.scored[year], scoring.outlooks[year]
    counts = survey.counts
    order = ranking(
        outlook.scores[outlook.used], counts.documents_of((year - 1, year)), counts.names
    )
    return [counts.names[row] for row in order[:most]]


def names_table(scorings: Mapping[str, Scoring], labels: pl.DataFrame) -> pl.DataFrame:
    """By corpus and year (null: every distinct name of all years) and half: shown, labelled, names,
    precision."""
    rows = []
    for corpus, scoring in scorings.items():
        lists = {
            year: first_lines(scoring, year) for year in NAMED[corpus] if year in scoring.scored
        }
        every = sorted({key for keys in lists.values() for key in keys})
        for year, keys in [*lists.items(), (None, every)]:
            shown = labels.filter(pl.col("key").is_in(keys))
            for half in (*HALVES, "all"):
                some = shown if half == "all" else shown.filter(pl.col("half") == half)
                rows.append((corpus, year, half, len(keys), some.height, int(some["label"].sum())))
    schema: dict[str, type[pl.DataType]] = {
        "corpus": pl.String,
        "year": pl.Int64,
        "half": pl.String,
    }
    schema |= dict.fromkeys(("shown", "labelled", "names"), pl.Int64)
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(_share("names", "labelled").alias("precision"))


def unlabelled(scorings: Mapping[str, Scoring], labels: pl.DataFrame) -> pl.DataFrame:
    """The first lines that have no label yet, for whoever labels next: corpus, year, key, label
    shown."""
    known = set(labels["key"])
    rows = []
    for corpus, scoring in scorings.items():
        for year in NAMED[corpus]:
            if year in scoring.scored:
                survey = scoring.scored[year]
                shown = dict(zip(survey.counts.names, survey.labels, strict=True))
                rows += [
                    (corpus, year, key, shown[key])
                    for key in first_lines(scoring, year)
                    if key not in known
                ]
    return pl.DataFrame(rows, schema=["corpus", "year", "key", "shown"], orient="row")


def hits_table(scorings: Mapping[str, Scoring], labels: pl.DataFrame) -> pl.DataFrame:
    """Of the hits among the first lines, those with a label and those that are names, by corpus and
    year."""
    label_of = dict(labels.select("key", "label").iter_rows())
    rows = []
    for corpus, scoring in scorings.items():
        for year in (year for year in scoring.years if year in NAMED[corpus]):
            for k, keys in _hits(scoring, year):
                known = [label_of[key] for key in keys if key in label_of]
                rows.append((corpus, year, k, len(keys), len(known), sum(known)))
    schema: dict[str, type[pl.DataType]] = {"corpus": pl.String}
    schema |= dict.fromkeys(("year", "first", "hits", "labelled", "names"), pl.Int64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _hits(scoring: Scoring, year: int) -> Iterator[tuple[int, list[str]]]:
    judged = scoring.judged(year)
    outlook = scoring.outlooks[year]
    called: npt.NDArray[np.int64] = calls(judged, outlook.scores[outlook.used])
    for k in HITS_OF:
        yield k, [judged.names[row] for row in called[:k] if judged.is_take_off[row]]


def joins_table(scorings: Mapping[str, Scoring], labels: pl.DataFrame) -> pl.DataFrame:
    """By rule and half, labelled joins that are made today and how many are right; rule "none": no
    longer made."""
    made = pl.concat(
        [
            scoring.read.joins[year].select("form", "technology", "rule", "documents_count")
            for corpus, scoring in scorings.items()
            for year in NAMED[corpus]
            if year in scoring.read.joins
        ]
    )
    drawn = made.filter(pl.col("documents_count") >= FEWEST_OF_FORM)
    drawn = drawn.sort("form", "technology", "rule").unique(
        ["form", "technology"], keep="first", maintain_order=True
    )
    joined = labels.join(drawn, on=["form", "technology"], how="left").with_columns(
        pl.col("rule").fill_null("none")
    )
    counted = joined.group_by("rule", "half").agg(
        pl.len().alias("labelled"), pl.col("label").sum().alias("right")
    )
    whole = (
        counted.filter(pl.col("rule") != "none")
        .group_by("half")
        .agg(pl.col("labelled", "right").sum())
    )
    both = pl.concat(
        [counted, whole.select(pl.lit("all").alias("rule"), "half", "labelled", "right")]
    )
    sizes = drawn.group_by("rule").agg(pl.len().alias("made"))
    sizes = pl.concat(
        [sizes, pl.DataFrame({"rule": ["all"], "made": [drawn.height]}).cast({"made": pl.UInt32})]
    )
    table = both.join(sizes, on="rule", how="left").with_columns(
        _share("right", "labelled").alias("precision")
    )
    return table.select("rule", "half", "made", "labelled", "right", "precision").sort(
        "half", "rule", descending=True
    )


def _share(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then((pl.col(part) / pl.col(whole)).round(4))


def write_names(scorings: Mapping[str, Scoring], folder: Path, protocol: Protocol) -> str:
    """Write the tables of names, hits and joins, and return them as lines."""
    names = labels_of_names()
    tables = {
        "names": names_table(scorings, names),
        "hits": hits_table(scorings, names),
        "joins": joins_table(scorings, labels_of_joins()),
    }
    for name, table in tables.items():
        stamped = table.select(pl.lit(protocol.sha256[:12]).alias("protocol"), pl.all())
        stamped.write_csv(folder / f"{PREFIX}{name}.csv")
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        return "\n".join(f"{name}\n{table}" for name, table in tables.items())
