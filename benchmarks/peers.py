"""Public programs beside ours on the same documents: seconds, memory, and what their lists of growth are worth.

    python benchmarks/peers.py [documents.parquet] [--sizes N ...] [--quality N] [--to FILE]

``speed.py`` prints this page within its own. Two peers: BERTopic, with vectors handed to it (scikit-learn's TF-IDF and
SVD of the same documents, for our method has no vectors of documents), and a plain pass over n-grams. Each run is a process
of its own. BERTopic lives in ``.peers`` (``make peers``) and is told to be absent where it is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
from spent import now, spent

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE.parents[1] / "shared" / "data" / "documents" / "arxiv_tech.parquet"
PYTHON_OF_PEERS = Path(os.environ.get("FIRSTLIGHT_PEERS", HERE.parent / ".peers")) / "bin" / "python"
SIZES = (5_000, 20_000)  # documents
QUALITY = 70_000  # documents that the lists are scored on
HORIZON = 3  # years
FORECAST_YEARS = 4  # that lists are scored at: the last whose outcome is known
LEARNT_FROM = 10  # forecast years before these
DIMENSIONS = 100
LEAST_DOCUMENTS = 20  # of what is scored, in the forecast year
TOP = 20
BATCH = 20_000
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description="Public programs beside ours, as Markdown.")
    parser.add_argument("documents", nargs="?", type=Path, default=DOCUMENTS, help="file of documents")
    parser.add_argument(
        "--sizes", nargs="+", type=int, default=SIZES, metavar="N", help="documents of the timed samples"
    )
    parser.add_argument("--quality", type=int, default=QUALITY, metavar="N", help="documents of the scored sample")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the page here, too")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        name, *given = options.task
        print(json.dumps(TASKS[name](*given)))
        return 0
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for line in page(options.documents, Path(folder), options.sizes, options.quality):
            print(line, flush=True)
            lines.append(line)
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def page(
    documents: Path, folder: Path, sizes: Sequence[int] = SIZES, quality: int = QUALITY, python: Path = PYTHON_OF_PEERS
) -> Iterator[str]:
    """Both tables, as lines of Markdown."""
    yield "\n## From documents to technologies by year, beside two peers\n"
    yield "| program | documents | found | seconds | processor seconds | peak GB | times ours: seconds | processor | memory |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    told = {}
    for size in sizes:
        sample = folder / f"of_{size}.parquet"
        _run("thin", documents, sample, size)
        ours = _run("ours", sample)
        yield _timed("Firstlight: terms, technologies, forecast", "technologies", ours, ours)
        yield _timed("n-grams of 1 to 3 words, ranked by growth", "n-grams", _run("ngrams", sample), ours)
        if python.is_file():
            vectors = _run("vectors", sample, sample.with_suffix(".npy"), "")
            found = _run_bertopic(python, sample, sample.with_suffix(".npy"))
            told = found["versions"]
            yield _timed("BERTopic: fit_transform, topics_over_time", "topics", found, ours)
            yield _timed("its vectors (TF-IDF, SVD), not counted above", "dimensions", vectors, None)
    yield f"\n{_of_bertopic(told, python)}"
    yield from _quality(documents, folder, quality, python)


def _of_bertopic(versions: dict[str, str], python: Path) -> str:
    if not versions:
        return f"BERTopic did not run: it is not installed in {python.parents[1].name}. `make peers` installs it."
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"BERTopic's own defaults, without a seed; its code is compiled before the clock starts. {named}."


def _quality(documents: Path, folder: Path, size: int, python: Path) -> Iterator[str]:
    sample = folder / "quality.parquet"
    made = _run("thin", documents, sample, size)
    years = made["forecast_years"]
    if not years:
        yield "\nLists of growth are not scored: the record is too short to know what became of them."
        return
    rows = [*_run("score_ours", sample, *years)["rows"], *_run("score_ngrams", sample, *years)["rows"]]
    for year in years if python.is_file() else ():
        early, vectors, counts = (folder / f"until_{year}.{kind}" for kind in ("parquet", "npy", "json"))
        _run("until", sample, early, year + HORIZON)
        _run("vectors", early, vectors, year)
        counts.write_text(json.dumps(_run_bertopic(python, early, vectors, year)))
        rows += _run("score_bertopic", early, counts, year)["rows"]
    yield f"\n## What the lists are worth: share grows more than 8% a year over the next {HORIZON} years\n"
    yield f"{made['documents']:,} documents, forecast years {years[0]} to {years[-1]}; means over these years.\n"
    yield from quality_table(rows)


def quality_table(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each list, over its forecast years; a figure that one of them lacks is told as missing."""
    yield f"| listed | ranked by | scored a year | coverage | base rate | top {TOP}: came true | over base rate | by year | AUC |"
    yield "|---|---|---:|---:|---:|---:|---:|---|---:|"
    for unit, ranking in dict.fromkeys((row["unit"], row["ranking"]) for row in rows):
        own = [row for row in rows if (row["unit"], row["ranking"]) == (unit, ranking)]
        scored, coverage, base, hits, auc = (
            _mean([row[name] for row in own]) for name in ("scored", "coverage", "base_rate", "precision", "auc")
        )
        by_year = ", ".join(_number(row["precision"], 2) for row in own)
        over = hits / base if hits is not None and base else None
        figures = [_number(coverage, 2), _number(base, 2), _number(hits, 2), _number(over, 1), by_year, _number(auc, 2)]
        yield _row(unit, ranking, _number(scored, 0), *figures)
    groups = [(row["year"], row["different"]) for row in rows if "different" in row]
    told = ", ".join(f"{count} in {year}" for year, count in groups)
    yield f"\nThe {TOP} n-grams fall into groups that share half of the rarer one's documents: {told}."


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _timed(name: str, unit: str, run: Row, ours: Row | None) -> str:
    ratios = [_number(run[what] / ours[what], 2) if ours else "" for what in ("seconds", "processor", "peak")]
    own = [_number(run["seconds"], 1), _number(run["processor"], 1), _number(run["peak"], 2)]
    return _row(name, f"{run['documents']:,}", f"{run['units']:,} {unit}", *own, *ratios)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _run(task: str, *given: Any) -> Row:
    return _told([sys.executable, __file__, "--task", task, *map(str, given)])


def _run_bertopic(python: Path, *given: Any) -> Row:
    return _told([str(python), str(HERE / "peer_bertopic.py"), *map(str, given)])


def _told(command: list[str]) -> Row:
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: Row = json.loads(found.stdout.splitlines()[-1])
    return told


# -- tasks, each in its own process --------------------------------------------------------------------------------------


def _thin(documents: str, target: str, size: str) -> Row:
    """About ``size`` documents, evenly over the record; and the forecast years that can be scored on them."""
    import polars as pl

    from firstlight.instruments.emergence.comparability import last_complete_year
    from firstlight.sources import read_documents

    frame = read_documents(documents).table.frame
    last = last_complete_year(frame["date"])
    frame = frame.gather_every(max(1, round(frame.height / int(size))))
    texts = [pl.col(name).fill_null("") for name in ("title", "abstract")]
    frame = frame.with_columns(*texts, year=pl.col("date").dt.year().cast(pl.Int64)).sort("date", "id")
    frame = frame.select("date", "year", "title", "abstract", "authors", "categories", "country")
    frame.write_parquet(target)
    years = range(last - HORIZON - FORECAST_YEARS + 1, last - HORIZON + 1)
    enough = int((frame["year"] <= years[0] - HORIZON).sum()) >= LEAST_DOCUMENTS
    return {"documents": frame.height, "forecast_years": list(years) if enough else []}


def _until(sample: str, target: str, year: str) -> Row:
    import polars as pl

    frame = pl.read_parquet(sample).filter(pl.col("year") <= int(year))
    frame.write_parquet(target)
    return {"documents": frame.height}


def _vectors(sample: str, target: str, known: str) -> Row:
    """TF-IDF and SVD, learnt from documents up to the year ``known`` alone, where one is given."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    texts, years = _texts(sample)
    started = now()
    learnt = texts if not known else [text for text, year in zip(texts, years, strict=True) if year <= int(known)]
    words = TfidfVectorizer(stop_words="english", min_df=10, sublinear_tf=True)
    model = make_pipeline(words, TruncatedSVD(DIMENSIONS, random_state=0), Normalizer()).fit(learnt)
    np.save(target, model.transform(texts).astype(np.float32))
    return {"documents": len(texts), "units": DIMENSIONS, **spent(started)}


def _texts(sample: str) -> tuple[list[str], list[int]]:
    import polars as pl

    frame = pl.read_parquet(sample, columns=["title", "abstract", "year"])
    return (frame["title"] + ". " + frame["abstract"]).to_list(), frame["year"].to_list()


def _surveys(sample: str, years: Sequence[int]) -> dict[int, Any]:
    import polars as pl

    from firstlight.instruments.emergence.survey import read_company, survey_year
    from firstlight.instruments.emergence.terms import count_terms
    from firstlight.instruments.emergence.vocabulary import VocabularyRule, phrase_parts

    frame = pl.read_parquet(sample)
    company = read_company(frame)
    counts = count_terms(frame.iter_slices(BATCH), minimum_documents=VocabularyRule().minimum_documents)
    parts = phrase_parts(counts.terms)
    return {year: survey_year(counts, parts, company, year) for year in years}


def _ours(sample: str) -> Row:
    """Documents to a ranked list of technologies at the last year, with their counts in every year."""
    import polars as pl

    from firstlight.instruments.emergence.forecasts import Forecaster

    last = int(pl.scan_parquet(sample).select(pl.col("year").max()).collect().item())
    started = now()
    surveys = _surveys(sample, [last])
    units = len(Forecaster(surveys).forecast(last).probability)
    return {"documents": int(surveys[last].totals.sum()), "units": units, **spent(started)}


def _ngrams(sample: str) -> Row:
    from peer_ngrams import growth, ngram_years

    started = now()
    texts, years = _texts(sample)
    found = ngram_years(texts, years)
    last = len(found.years) - 1
    rank = growth(found.counts, found.totals, last)
    rank[found.counts[:, last] < LEAST_DOCUMENTS] = -float("inf")
    rank.argsort()
    return {"documents": len(texts), "units": len(found.names), **spent(started)}


# -- lists scored --------------------------------------------------------------------------------------------------------


def _scored(
    unit: str, ranking: str, year: int, scores: Any, counts: Any, totals: Any, index: int, coverage: float | None
) -> Row:
    """One list beside what became of what it ranks; a share of zero has no growth, so every outcome is known."""
    from firstlight.instruments.emergence.skill import auc, base_rate, precision_at
    from firstlight.instruments.emergence.targets import exceptional_since_now

    outcomes = exceptional_since_now(counts, totals, index, HORIZON).exceptional
    figures = {
        "base_rate": base_rate(outcomes),
        "precision": precision_at(scores, outcomes, TOP),
        "auc": auc(scores, outcomes),
        "coverage": coverage,
    }
    known = {name: None if value is None or value != value else float(value) for name, value in figures.items()}
    return {"unit": unit, "ranking": ranking, "year": year, "scored": len(outcomes), **known}


def _score_ours(sample: str, *years: str) -> Row:
    from firstlight.instruments.emergence.forecasts import Forecaster
    from peer_ngrams import growth

    asked = [int(year) for year in years]
    surveys = _surveys(sample, range(asked[0] - LEARNT_FROM, asked[-1] + 1))
    forecaster = Forecaster(surveys, horizon=HORIZON)
    rows = []
    for year in asked:
        survey = surveys[year]
        index = int(survey.years.searchsorted(year))
        ranked = {
            "forecast": forecaster.forecast(year).probability,
            "past growth": growth(survey.counts, survey.totals, index),
        }
        for name, scores in ranked.items():
            rows.append(
                _scored("technologies", name, year, scores, survey.counts, survey.totals, index, survey.coverage)
            )
    return {"rows": rows}


def _score_ngrams(sample: str, *years: str) -> Row:
    import numpy as np

    from peer_ngrams import different, growth, ngram_years

    texts, written = _texts(sample)
    found = ngram_years(texts, written)
    rows = []
    for year in map(int, years):
        index = int(found.years.searchsorted(year))
        kept = np.flatnonzero(found.counts[:, index] >= LEAST_DOCUMENTS)
        scores = growth(found.counts[kept], found.totals, index)
        best = kept[(-scores).argsort(kind="stable")[:TOP]]
        groups = different(found.uses[np.asarray(written) == year][:, best])
        own = _scored("n-grams", "past growth", year, scores, found.counts[kept], found.totals, index, None)
        rows.append(own | {"different": groups})
    return {"rows": rows}


def _score_bertopic(sample: str, counted: str, year: str) -> Row:
    import numpy as np

    from peer_ngrams import growth

    _, years = _texts(sample)
    totals = np.bincount(np.asarray(years) - min(years)).astype(np.float64)
    counts = np.asarray(json.loads(Path(counted).read_text())["counts"], dtype=np.float64).reshape(-1, len(totals))
    index = int(year) - min(years)
    counts = counts[counts[:, index] >= LEAST_DOCUMENTS]
    coverage = float(counts[:, index].sum() / totals[index])
    scores = growth(counts, totals, index)
    return {"rows": [_scored("BERTopic's topics", "past growth", int(year), scores, counts, totals, index, coverage)]}


TASKS: dict[str, Callable[..., Row]] = {
    "thin": _thin,
    "until": _until,
    "vectors": _vectors,
    "ours": _ours,
    "ngrams": _ngrams,
    "score_ours": _score_ours,
    "score_ngrams": _score_ngrams,
    "score_bertopic": _score_bertopic,
}

if __name__ == "__main__":
    sys.exit(main())
