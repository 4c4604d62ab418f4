"""Public programs beside ours: what is handed to them knows nothing later, their lists are scored rightly, absence is told."""

from __future__ import annotations

import doctest
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import peer_ngrams  # noqa: E402
import peers  # noqa: E402
from firstlight.sample.planted import planted_corpus  # noqa: E402


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("peers") / "planted.parquet"
    planted_corpus(technologies=20, documents_per_year=(150, 400)).documents.write_parquet(target)
    return target


def test_examples_of_the_ngram_pass_hold() -> None:
    assert doctest.testmod(peer_ngrams).attempted >= 3
    assert doctest.testmod(peer_ngrams).failed == 0


def test_ngrams_are_counted_once_a_document() -> None:
    texts = ["graph nets and graph nets"] * 10 + ["nets of 2013"] * 11 + ["rare words"] * 9
    found = peer_ngrams.ngram_years(texts, [2001] * 10 + [2003] * 20)
    assert found.years.tolist() == [2001, 2002, 2003] and found.totals.tolist() == [10, 0, 20]
    counts = dict(zip(found.names, found.counts.tolist(), strict=True))
    assert counts["graph nets"] == [10, 0, 0] and counts["nets"] == [10, 0, 11]
    assert not {"2013", "rare", "and"} & set(counts)


def changed_later(path: Path, target: Path, year: int) -> Path:
    """The same documents, those after ``year`` with other words, and twice."""
    frame = pl.read_parquet(path)
    later = frame.filter(pl.col("year") > year).with_columns(abstract=pl.lit("entirely different words stand here"))
    pl.concat([frame.filter(pl.col("year") <= year), later, later]).write_parquet(target)
    return target


def test_nothing_later_reaches_the_vectors_or_the_ngrams_of_a_forecast_year(planted: Path, tmp_path: Path) -> None:
    sample, year = tmp_path / "sample.parquet", 2010
    peers.TASKS["thin"](str(planted), str(sample), "2000")
    other = changed_later(sample, tmp_path / "other.parquet", year)
    known = (pl.read_parquet(sample)["year"] <= year).sum()
    ranked, placed = [], []
    for path in (sample, other):
        peers.TASKS["vectors"](str(path), str(tmp_path / "v.npy"), str(year))
        placed.append(np.load(tmp_path / "v.npy")[:known])
        found = peer_ngrams.ngram_years(*peers._texts(str(path)))
        index = int(found.years.searchsorted(year))
        kept = found.counts[:, index] >= peers.LEAST_DOCUMENTS
        scores = peer_ngrams.growth(found.counts[kept], found.totals, index)
        ranked.append(dict(zip(found.names[kept], scores, strict=True)))
    assert len(ranked[0]) > 10 and ranked[0] == ranked[1]
    assert known > 200 and np.array_equal(placed[0], placed[1])


def test_topics_are_scored_by_what_became_of_their_shares(tmp_path: Path) -> None:
    """30 topics of 25 documents; the ten that grew before grow on, so the list is right ten times out of twenty."""
    years = np.repeat(np.arange(2000, 2007), 1500)
    pl.DataFrame({"title": "a", "abstract": "b", "year": years}).write_parquet(tmp_path / "s.parquet")
    grown = [[5, 10, 15, 25, 35, 45, 55]] * 10
    (tmp_path / "counts.json").write_text(peers.json.dumps({"counts": grown + [[25] * 7] * 20 + [[9] * 7]}))
    row = peers.TASKS["score_bertopic"](str(tmp_path / "s.parquet"), str(tmp_path / "counts.json"), "2003")["rows"][0]
    assert (row["scored"], row["precision"], row["auc"]) == (30, 0.5, 1.0)
    assert row["base_rate"] == pytest.approx(1 / 3) and row["coverage"] == pytest.approx(30 * 25 / 1500)


def test_a_figure_that_one_year_lacks_is_missing_and_not_averaged_over_the_others() -> None:
    row = {"unit": "topics", "ranking": "past growth", "scored": 9, "coverage": 0.5, "base_rate": 0.1, "auc": 0.6}
    rows = [row | {"year": 2001, "precision": 0.4}, row | {"year": 2002, "precision": None}]
    line = next(line for line in peers.quality_table(rows) if line.startswith("| topics"))
    assert line == "| topics | past growth | 9 | 0.50 | 0.10 | – | – | 0.40, – | 0.60 |"


def test_absence_is_told_with_what_installs_it_and_presence_with_versions(tmp_path: Path) -> None:
    python = tmp_path / "absent" / "bin" / "python"
    assert peers._of_bertopic({}, python) == (
        "BERTopic did not run: it is not installed in absent. `make peers` installs it."
    )
    assert "bertopic 1.0" in peers._of_bertopic({"bertopic": "1.0"}, python)


@pytest.mark.slow
def test_the_page_without_bertopic_says_how_to_install_it_and_holds_the_rest(planted: Path, tmp_path: Path) -> None:
    text = "\n".join(peers.page(planted, tmp_path, (1500,), 3000, python=tmp_path / "absent" / "bin" / "python"))
    assert "BERTopic did not run: it is not installed in absent. `make peers` installs it." in text
    lines = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in text.splitlines() if line.startswith("| ")}
    ours = lines["Firstlight: terms, technologies, forecast"]
    assert [cell.strip(" |") for cell in ours[-3:]] == ["1.00"] * 3
    assert "n-grams of 1 to 3 words, ranked by growth" in lines
    assert (
        "technologies | forecast" in text and "technologies | past growth" in text and "n-grams | past growth" in text
    )
