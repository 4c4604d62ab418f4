"""The comparison that stands first on the page of the record of take-off: a line for each record,
and the same records by the label of the one published peer.

Written as Markdown at each build of the documentation, in both languages, from what `make skill`
wrote; what the peer published stands in take_off_words.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from generate.take_off_tables import (
    MAIN,
    RESULTS,
    USED,
    WORDS,
    Row,
    Tables,
    Words,
    as_written,
    best_simple,
    figure,
    named,
    read_tables,
    table,
    with_titles,
    words_in,
)

NAMES = {"en": "take_off_comparison.md", "zh": "take_off_comparison_zh.md"}
FEWEST = 20  # that grew, for a record to be counted in a sentence
LISTED = 3  # records that a sentence names; of more it says how many
AT_RECALL, LIFT = "precision_at_recall_70", "lift_at_recall_70"
PLACES = ("below", "within", "above")
DIGITS = {"base_rate": 3, "lift": 1}  # of what the peer published
Range = tuple[float, float]


def write_pages(folder: Path, results: Path = RESULTS) -> None:
    """Write take_off_comparison.md and take_off_comparison_zh.md."""
    tables = read_tables(results)
    folder.mkdir(parents=True, exist_ok=True)
    for language, name in NAMES.items():
        text = as_written(page(tables, words_in(language)), language)
        (folder / name).write_text(text, encoding="utf-8")


def page(tables: Tables, words: Words) -> str:
    """Both tables, each under its heading, with what they say in words."""
    tables, own = with_titles(tables, words), words.of["comparison"]
    theirs = _written(published())
    text = [
        f"<!-- {own['written']} -->",
        f"## {own['heading']}",
        comparison_in_words(tables, words),
        comparison(tables, words),
        f"## {own['peer_heading']}",
        own["label"].format(**theirs),
        peer_in_words(tables, words),
        peer(tables, words),
        own["how"].format(**theirs),
    ]
    return "\n\n".join(text) + "\n"


def published() -> Mapping[str, Range]:
    """What the peer published: the range of each figure."""
    given = tomllib.loads(WORDS.read_text(encoding="utf-8"))["published"]
    return {name: (low, high) for name, (low, high) in given.items()}


def comparison(tables: Tables, words: Words) -> str:
    """A line for each record, three years ahead."""
    rows = []
    for run in _runs(tables):
        of_run, used = _pooled(tables, "record", run)
        chance = _of(tables, "calibration", run).row(
            by_predicate=pl.col("group") == "all", named=True
        )
        rows.append(
            [
                run["title"],
                words.of[run["use"]],
                *(figure(used[name]) for name in ("base_rate", "precision_20", "precision_50")),
                figure(used["average_precision"]),
                named(best_simple(of_run, used), "average_precision", words),
                *_lead(tables, run),
                figure(chance["slope"]),
                f"{chance['mean_chance'] * chance['n']:,.0f} / {chance['take_off_count']:,}",
            ]
        )
    head = words.columns(
        *("corpus", "use", "base", "precision_20", "precision_50", "average_precision"),
        *("best_rule", "named_two", "median", "slope", "promised"),
    )
    return table(head, rows)


def comparison_in_words(tables: Tables, words: Words) -> str:
    """What the columns are, and on how many records a simple rule leads."""
    runs = _runs(tables)
    led = _counted(_led(tables, "record", runs), len(runs), words)
    return str(words.of["comparison"]["about"].format(count=len(runs), led=led))


def _lead(tables: Tables, run: Row) -> list[str]:
    leads = _of(tables, "leads", run).filter(pl.col("group") == "universe")
    value = dict(leads.select("measure", "value").iter_rows())
    median = value["median_lead"]
    return [figure(value["share_two_years"]), "–" if median is None else f"{median:g}"]


def peer(tables: Tables, words: Words) -> str:
    """A line for each record by the peer's label, and one for what the peer published."""
    rows = []
    for run in _runs(tables):
        of_run, used = _pooled(tables, "peer", run)
        rows.append(
            [
                run["title"],
                f"{used['scored_count']:,}",
                f"{used['grew_count']:,} ({used['expected_by_chance']:,.0f})",
                figure(used["base_rate"], 3),
                _both(used, "precision_20", "precision_50"),
                figure(used["average_precision"]),
                named(best_simple(of_run, used), "average_precision", words),
                _both(used, AT_RECALL, "precision_at_recall_79"),
                named(best_simple(of_run, used, AT_RECALL), AT_RECALL, words),
                _both(used, LIFT, "lift_at_recall_79", 1),
            ]
        )
    theirs = _written(published())
    name, precision, lift = words.of["comparison"]["peer"], theirs["precision"], theirs["lift"]
    rows.append([name, "–", "–", theirs["base_rate"], "–", "–", "–", precision, "–", lift])
    head = words.columns(
        *("corpus", "scored", "grew", "base", "first_lines", "average_precision", "best_rule"),
        *("at_recall", "best_rule_at_recall", "lift"),
    )
    return table(head, rows)


def peer_in_words(tables: Tables, words: Words) -> str:
    """Where the records lie below, within and above what the peer published."""
    pairs = [(run, _pooled(tables, "peer", run)[1]) for run in _runs(tables)]
    kept = [(run, used) for run, used in pairs if used["grew_count"] >= FEWEST]
    size, theirs = len(kept), published()
    said = {"count": str(size), "fewest": str(FEWEST), **_written(theirs)}
    for name, measure in (("precision", AT_RECALL), ("lift", LIFT)):
        places = [(_place(used[measure], theirs[name]), run["title"]) for run, used in kept]
        for place in PLACES:
            there = [title for own, title in places if own == place]
            said[f"{name}_{place}"] = _counted(there, size, words)
    said["led"] = _counted(_led(tables, "peer", [run for run, _ in kept]), size, words)
    of_documents = [used for run, used in kept if run["kind"] == "documents"]
    grew = sum(used["grew_count"] for used in of_documents)
    by_chance = sum(used["expected_by_chance"] for used in of_documents)
    said["by_chance"] = f"{by_chance:,.0f}"
    said["grew"] = f"{grew:,}"
    return str(words.of["comparison"]["verdict"].format(**said))


def _place(value: float, bounds: Range) -> str:
    """Where a figure lies beside a range.

    >>> [_place(value, (0.4, 0.6)) for value in (0.1, 0.4, 0.6, 0.7)]
    ['below', 'within', 'within', 'above']
    """
    low, high = bounds
    below, within, above = PLACES
    if value < low:
        return below
    return within if value <= high else above


def _led(tables: Tables, name: str, runs: Sequence[Row]) -> list[str]:
    """The records on which a simple rule has the higher average precision."""
    led = []
    for run in runs:
        of_run, used = _pooled(tables, name, run)
        best, ours = best_simple(of_run, used)["average_precision"], used["average_precision"]
        if best is not None and best > ours:
            led.append(run["title"])
    return led


def _counted(titles: Sequence[str], size: int, words: Words) -> str:
    """How many of the records these are, and which where they are few."""
    own = words.of["comparison"]
    if titles and len(titles) == size:
        return str(own["every"].format(count=size))
    code = "some" if 0 < len(titles) <= LISTED else "many"
    return str(own[code].format(number=len(titles), titles=own["between"].join(titles)))


def _runs(tables: Tables) -> list[Row]:
    return [run for run in tables.runs if run["horizon"] == MAIN]


def _of(tables: Tables, name: str, run: Row) -> pl.DataFrame:
    is_run = (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == MAIN)
    return tables.of[name].filter(is_run)


def _pooled(tables: Tables, name: str, run: Row) -> tuple[pl.DataFrame, Row]:
    """A record over all years, and the row of the ranking that was used."""
    of_run = _of(tables, name, run)
    if "year" in of_run.columns:
        of_run = of_run.filter(pl.col("year").is_null())
    return of_run, of_run.row(by_predicate=pl.col("ranking") == USED, named=True)


def _both(row: Row, first: str, second: str, digits: int = 2) -> str:
    return f"{figure(row[first], digits)} / {figure(row[second], digits)}"


def _written(ranges: Mapping[str, Range]) -> dict[str, str]:
    """Ranges as the tables write them."""
    return {
        name: "–".join(figure(end, DIGITS.get(name, 2)) for end in bounds)
        for name, bounds in ranges.items()
    }
