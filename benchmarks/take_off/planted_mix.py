"""How many of a first list owe their place to a planted change of the mix.

    python -m benchmarks.take_off.planted_mix [FOLDER]

The folder holds the reference data. Titles of arXiv are sampled so that categories join, leave,
split, merge or are sampled unevenly, with categories named throughout or only for two thirds of the
papers. A name owes its place to the mix if most of its documents are of the planted categories,
it is among the first 50 as of 2016, and not among the first 100 where the same papers are sampled
evenly. Beside it: the same count between two even samples, which is chance.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from benchmarks.take_off.corpora import SHARED

import firstlight as fl

FILE = "documents/arxiv_tech.parquet"
RESULTS = Path(__file__).resolve().parents[1] / "results" / "take_off_planted_mix.csv"
YEARS = (2008, 2016)
CHANGES = 2014  # the year from which the planted categories differ
SAMPLED = 0.4  # of all papers
FIRST, LIKELY = 50, 100
UNNAMED = 0.35  # of the papers in the cases without some categories
PLANTED = ("cond-mat.quant-gas", "physics.plasm-ph")
SPLIT = ("cs.CR", "cs.NI")  # named alike before they are told apart
Frame = pl.DataFrame


def joins(papers: Frame) -> Frame:
    """Papers of the planted categories from the year of the change on."""
    return papers.filter(~pl.col("is_planted") | (pl.col("year") >= CHANGES))


def leaves(papers: Frame) -> Frame:
    """Papers of the planted categories before the year of the change."""
    return papers.filter(~pl.col("is_planted") | (pl.col("year") < CHANGES))


def unevenly(papers: Frame) -> Frame:
    """One paper of five of the planted categories before the year of the change."""
    is_kept = ~pl.col("is_planted") | (pl.col("year") >= CHANGES) | (_drawn(11) < 0.2)
    return papers.filter(is_kept)


def splits(papers: Frame) -> Frame:
    """Two categories under one name before the year of the change."""
    is_joint = pl.col("categories").is_in(SPLIT) & (pl.col("year") < CHANGES)
    return papers.with_columns(_renamed(is_joint))


def merges(papers: Frame) -> Frame:
    """Two categories under one name from the year of the change on."""
    is_joint = pl.col("categories").is_in(SPLIT) & (pl.col("year") >= CHANGES)
    return papers.with_columns(_renamed(is_joint))


def _renamed(is_joint: pl.Expr) -> pl.Expr:
    return pl.when(is_joint).then(pl.lit(SPLIT[0])).otherwise("categories").alias("categories")


def _unnamed(papers: Frame) -> Frame:
    return papers.with_columns(
        categories=pl.when(_drawn(3) >= UNNAMED).then("categories").otherwise(None)
    )


def _drawn(seed: int) -> pl.Expr:
    """A number from 0 to 1 that each identifier has of its own."""
    return (pl.col("id").hash(seed) % 10_000) / 10_000


CASES: dict[str, Callable[[Frame], Frame]] = {
    "joins": joins,
    "leaves": leaves,
    "sampled unevenly": unevenly,
    "split": splits,
    "merged": merges,
}


def main(shared: Path = SHARED) -> None:
    """Write and print what each case gives."""
    whole = _papers(shared)
    even = _ranked(whole)
    other = _ranked(_papers(shared, seed=8))
    rows = [_row("another even sample", "all", other, even, whole)]
    for case, is_named, papers in _planted(whole):
        rows.append(_row(case, is_named, _ranked(papers), even, whole))
        print(rows[-1], flush=True)
    pl.DataFrame(rows).write_csv(RESULTS)


def _papers(shared: Path, seed: int = 7) -> Frame:
    columns = ["id", "date", "year", "title", "primary_category"]
    papers = pl.read_parquet(shared / "data" / FILE, columns=columns)
    papers = papers.filter(pl.col("year").is_between(*YEARS) & (_drawn(seed) < SAMPLED))
    papers = papers.rename({"primary_category": "categories"})
    is_planted = pl.col("categories").is_in(PLANTED).alias("is_planted")
    return papers.with_columns(is_planted)


def _planted(papers: Frame) -> Iterator[tuple[str, str, Frame]]:
    for case, plant in CASES.items():
        yield case, "all", plant(papers)
        yield case, "two thirds", _unnamed(plant(papers))


def _ranked(papers: Frame) -> Frame:
    """Names in the order of the list: name, rank, chance."""
    given = papers.select("id", "date", "title", "categories")
    found = fl.observe(given, as_of=YEARS[1]).frame
    return found.filter(pl.col("rank").is_not_null()).select("name", "rank", "probability")


def _row(case: str, named: str, list_: Frame, even: Frame, whole: Frame) -> dict[str, object]:
    first = list_.sort("rank").head(FIRST)
    likely = set(even.sort("rank").head(LIKELY)["name"])
    owing = [
        name for name in first["name"] if name not in likely and _is_of_planted(name, case, whole)
    ]
    return {
        "case": case,
        "categories_named": named,
        "first": first.height,
        "not_in_even_list": sum(name not in likely for name in first["name"]),
        "owe_their_place": len(owing),
        "has_chances": bool(first["probability"].is_not_null().any()),
    }


def _is_of_planted(name: str, case: str, whole: Frame) -> bool:
    """Whether most recent titles with a name are of the categories that the case moves."""
    bare = name.split(" (")[0].removesuffix("s").lower()
    is_recent = pl.col("year") > YEARS[1] - 2
    with_name = whole.filter(
        is_recent & pl.col("title").str.to_lowercase().str.contains(bare, literal=True)
    )
    moved = SPLIT if case in ("split", "merged") else PLANTED
    share = with_name.select(pl.col("categories").is_in(moved).mean()).item()
    return bool((share or 0.0) > 0.5)


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
