"""What single words that are news add to the list: how many of those that take off are found, how
many are names, and how well the list is ranked with and without them.

    python -m benchmarks.take_off.news [RECORD ...] [--draw FOLDER] [--shared FOLDER]
    [--results FOLDER]

A word counts as found at a forecast year if it names a technology or is a form of one. Names are
told by labels of one reader, who saw shuffled words with their phrases, without record, year or
rule: 200 lines that were added, drawn over all records and years by a wider rule (a fifth of a
word's documents in new phrases, a z of 1), and 100 words that had taken off and were rejected.
``--draw`` writes such words, shuffled, to be labelled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.skill import RESULTS
from benchmarks.take_off.skill_corpora import TEXTS
from benchmarks.take_off.text_corpora import TextCorpus

from firstlight.instruments.emergence.forecast.outlook import judged, read_year
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.scores import scores_of
from firstlight.instruments.emergence.record.take_off import (
    THREE_YEARS,
    can_be_judged,
    is_scored,
    rises,
    take_offs,
)
from firstlight.instruments.emergence.technologies.labels import (
    in_phrases,
    labels,
    written_words,
)
from firstlight.instruments.emergence.technologies.membership import yearly_counts
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import Found, TextRecord
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

FILE = "take_off_news.csv"
LABELS = Path(__file__).with_name("labels_of_news.csv")
LANGUAGE = TextCorpus(
    "language",
    "language, titles",
    "today/arxiv_language_titles_2013_2026.parquet",
    (2015, 2025),
    2025,
)
RECORDS = {
    "arxiv": (TEXTS["arxiv"], False),
    "arxiv titles": (TEXTS["arxiv"], True),
    "conferences": (TEXTS["conferences"], False),
    "language titles": (LANGUAGE, False),
    "robotics": (TEXTS["robotics"], False),
    "robotics titles": (TEXTS["robotics"], True),
}
ADDED, REJECTED = 200, 100  # drawn to be labelled
SEED = 21
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """The single words of a forecast year that are as large as what is scored, and no everyday ones
    or in capitals.

    table : key, told (with the phrase that it stands in), had_risen, in_list_before, in_list_after,
            is_news (a technology by that alone)
    """

    table: pl.DataFrame
    counts: YearlyCounts


def words_of(record: TextRecord, found: Found, year: int) -> Words:
    """The single words of a forecast year."""
    phrases, names, shape = record.phrases, found.names, record.shapes.at(year)
    is_word = ~shape.is_phrase & ~names.is_capital & (names.documents >= record.fewest_documents)
    is_word &= (shape.everyday < record.rule.everyday) | names.is_news
    terms = np.flatnonzero(is_word)
    belongs = phrases.incidence(terms, np.arange(len(terms)), len(terms))
    keys = phrases.terms[terms].to_list()
    counts = yearly_counts(belongs, keys, phrases.years, record.strata, year)
    kept = np.flatnonzero(is_scored(counts, fewest_documents=record.fewest_documents))
    counts, terms = counts.take(kept), terms[kept]
    is_after = np.isin(terms, found.technologies.terms)
    table = pl.DataFrame(
        {
            "key": phrases.terms[terms],
            "told": told(record, found, terms, year),
            "had_risen": rises(counts, range(year - record.rule.window_years + 1, year + 1)) > 0,
            "in_list_before": is_after & ~names.is_news[terms],
            "in_list_after": is_after,
            "is_news": names.is_news[terms] & np.isin(terms, found.technologies.heads),
        }
    )
    return Words(table, counts)


def told(record: TextRecord, found: Found, terms: Longs, year: int) -> pl.Series:
    """Words with the phrases that they stand in: "transformers (vision transformers)"."""
    phrases = record.phrases
    number = np.full(len(phrases.terms), -1, dtype=np.int64)
    number[terms] = np.arange(len(terms))
    within = in_phrases(phrases, found.names, number).sort("technology")
    shown = phrases.variants["phrase"]
    own, longer = shown.gather(record.shapes.at(year).variant[terms]), shown.gather(within["row"])
    words = written_words(phrases.written, year, pl.concat([own, longer]))
    both = pl.DataFrame({"technology": within["technology"], "phrase": labels(longer, words)})
    frame = pl.DataFrame({"technology": np.arange(len(terms)), "word": labels(own, words)})
    frame = frame.join(both, on="technology", how="left", maintain_order="left")
    text = pl.coalesce(pl.format("{} ({})", "word", "phrase"), "word")
    return frame.select(text.alias("told")).to_series()


def without_news(found: Found, record: TextRecord) -> tuple[Survey, Survey]:
    """The scored technologies of a year, with the words that are news and without them."""
    news = set(record.phrases.terms.filter(pl.Series(found.names.is_news)))
    survey = found.survey.scored()
    others = [row for row, key in enumerate(survey.counts.names) if key not in news]
    return survey, survey.take(np.array(others, dtype=np.int64))


def measured(
    name: str, corpus: TextCorpus, titles: bool, shared: Path
) -> tuple[dict[str, object], pl.DataFrame]:
    """The row of a record, and its words that were added or had risen and were rejected."""
    documents = corpus.documents(shared)
    if titles:
        documents = documents.with_columns(abstract=pl.lit(None, pl.String))
    decided, record = corpus.read(documents, lambda line: None)
    seen, lists = [], []
    counted = dict.fromkeys(("took_off", "took_off_in_list_before", "took_off_in_list_after"), 0)
    for year in range(corpus.years[0], decided.last_year + 1):
        found = record.at(year)
        words = words_of(record, found, year)
        of_interest = pl.col("is_news") | (pl.col("had_risen") & ~pl.col("in_list_after"))
        seen.append(words.table.filter(of_interest).with_columns(year=pl.lit(year)))
        if can_be_judged(words.counts, THREE_YEARS):
            came = words.table.filter(pl.Series(take_offs(words.counts).is_take_off))
            sums = (came.height, came["in_list_before"].sum(), came["in_list_after"].sum())
            for part, number in zip(counted, sums, strict=True):
                counted[part] += int(number)
            lists.append(without_news(found, record))
    every = pl.concat(seen).with_columns(record=pl.lit(name))
    row = {"record": name, "forecast_years": len(lists), **counted}
    row |= {"lines_added": int(every["is_news"].sum())}
    for place, part in enumerate(("with", "without")):
        surveys = [pair[place] for pair in lists if pair[place].labels]
        came_of = [judged(survey, THREE_YEARS) for survey in surveys]
        scores = [read_year(survey, THREE_YEARS).scores[TREND] for survey in surveys]
        pooled = scores_of(came_of, scores)
        row[f"average_precision_{part}"] = round(float(pooled["average_precision"] or 0), 4)
        row[f"precision_20_{part}"] = round(float(pooled["precision_20"] or 0), 4)
    return row, every


def drawn(words: pl.DataFrame) -> pl.DataFrame:
    """Lines that were added, each word once, and words that had risen and were rejected, shuffled:
    term, half."""
    added = words.filter("is_news").sample(ADDED, seed=SEED).unique("key", maintain_order=True)
    out = words.filter(~pl.col("is_news")).join(words.filter("is_news"), on="key", how="anti")
    out = out.unique("key", keep="last", maintain_order=True).sample(REJECTED, seed=SEED)
    both = pl.concat(
        frame.select(pl.col("told").alias("term"), pl.lit(half).alias("half"))
        for frame, half in ((added, "added"), (out, "decoy"))
    )
    return both.sample(fraction=1, shuffle=True, seed=SEED)


def labelled(words: pl.DataFrame) -> Iterator[str]:
    """How many of the lines that were added are names, each as often as it is in the lists."""
    known = pl.read_csv(LABELS)
    known = known.with_columns(keys_of_names(known["term"]).alias("key"))
    of_key = known.unique("key", keep="first", maintain_order=True).select("key", "label", "half")
    lines = words.filter("is_news").join(of_key, on="key", how="left", maintain_order="left")
    for name, rows in (("lines", lines), ("words", lines.unique("key", maintain_order=True))):
        labelled_rows = rows.drop_nulls("label")
        share = f"{labelled_rows['label'].sum()} of {labelled_rows.height}"
        yield f"{share} added {name} with a label are names; {rows.height} {name} in all"
    decoys = known.filter(pl.col("half") == "decoy")
    yield f"{decoys['label'].sum()} of {decoys.height} decoys are names"


def main(arguments: Sequence[str]) -> None:
    """Measure the records, write the table and say how many of what was added are names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="*", help="all of them unless given")
    parser.add_argument("--draw", type=Path, help="folder for words to be labelled")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    rows, words = [], []
    for name in asked.records or RECORDS:
        row, seen = measured(name, *RECORDS[name], asked.shared)
        rows.append(row)
        words.append(seen)
        print(row, flush=True)
    pl.DataFrame(rows).write_csv(asked.results / FILE)
    every = pl.concat(words).sort("record", "year", "key")
    if asked.draw:
        drawn(every).write_csv(asked.draw / "words.csv")
    else:
        print("\n".join(labelled(every)))


if __name__ == "__main__":
    main(sys.argv[1:])
