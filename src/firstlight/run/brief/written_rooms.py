"""The rooms of a brief as blocks: first lines, questions with their answers, figures of the place,
and what further files would tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from firstlight.document import Block, Grid, Heading, Item, Paragraph, Sentence
from firstlight.instruments.complexity.entry_rules import AHEAD
from firstlight.run.brief.brief_words import BriefWords
from firstlight.run.brief.place_indicators import THEMES
from firstlight.run.brief.place_names import places_like
from firstlight.run.brief.rooms import (
    GROUPS,
    KIND_WORDS,
    LINES,
    ROOMS,
    Line,
    lacking,
    line_sentences,
    room_sentences,
)
from firstlight.texts import Count, Growth, List, Name, Number, Remark, Share, Value, Year

__all__ = [
    "best_and_worst",
    "figures_grid",
    "first_lines",
    "fresh",
    "further_files",
    "line_told",
    "room_blocks",
]

BEST = 3  # figures of a theme in which the place stands best
LIKELIEST = 5  # technologies of one's own record
LARGE = 1000  # from which decimals say nothing
STALE = 4  # years by which a figure is older than the newest, from which the annex has it alone


def first_lines(words: BriefWords) -> Iterator[Block]:
    """What stands first where no place is asked for; what several lines say, in the first."""
    seen = set[str]()
    for line in LINES:
        told = [one for one in line_told(words, line) if one.text not in seen]
        seen |= {one.text for one in told}
        if told:
            yield Heading(words.write(line.title))
            yield Paragraph(tuple(told))
            yield Paragraph((Sentence(words.write(line.rule), lead=words.say("leads", "rule")),))


def line_told(words: BriefWords, line: Line) -> Iterator[Sentence]:
    """The sentences of a first line, with where they come from."""
    for text, measurement in line_sentences(line, words.evidence.results, words.lang):
        yield Sentence(text, (words.source(measurement),))


def room_blocks(words: BriefWords) -> Iterator[Block]:
    """Each question that could be answered, under the headings of the rooms."""
    place = words.evidence.subject.place
    for group in GROUPS:
        items = []
        for room in ROOMS:
            result = words.evidence.results.get(room.measurement)
            if room.of != group or result is None:
                continue
            sentences = room_sentences(
                room, result, lambda name: bool(places_like(place, [name])), words.lang
            )
            number = words.source(room.measurement)
            told = tuple(Sentence(text, (number,)) for text in sentences)
            if told:
                items.append(Item(words.write(room.question), told))
        if group == "identify":
            items = [*_own_technologies(words), *items]
        if group == "measure":
            items = [*_figures(words), *items]
        if items:
            yield Heading(words.say("rooms", group))
            yield tuple(items)


def _own_technologies(words: BriefWords) -> Iterator[Item]:
    """The likeliest take-offs of one's own documents or counts."""
    evidence = words.evidence
    if evidence.own_technologies is None:
        return
    known = evidence.own_technologies.drop_nulls("probability")
    first = known.sort("probability", "name", descending=[True, False]).head(LIKELIEST)
    if first.is_empty():
        return
    each = []
    for row in first.iter_rows(named=True):
        about: dict[str, Value[Any]]
        about = {"name": Remark.of(row, "name"), "chance": Share(row["probability"])}
        each.append(Name(words.say("phrases", "with_chance", **about)))
    told = words.say(
        "says", "own_record", until=Year(int(first["until"][0])), names=List(tuple(each))
    )
    own = next(evidence.files[kind] for kind in ("documents", "counts") if kind in evidence.files)
    number = words.source_file(own.path.name)
    yield Item(words.say("says", "own_question"), (Sentence(told, (number,)),))


def _figures(words: BriefWords) -> Iterator[Item]:
    """The figures of each theme in which the place stands best, and the one in which it stands
    worst."""
    frame = words.evidence.indicators
    if frame is None:
        return
    newest = fresh(frame)
    for theme in (*THEMES, "other"):
        own = newest.filter(theme=theme).sort("rank", "file", "indicator").to_dicts()
        shown = own[:BEST] if len(own) <= BEST else [*own[:BEST], own[-1]]
        if shown:
            title = words.say("themes", theme)
            yield Item(title, tuple(_figure(words, row) for row in shown))


def fresh(frame: pl.DataFrame) -> pl.DataFrame:
    """The figures that are not much older than the newest; the others stand in the annex."""
    return frame.filter(pl.col("year") > pl.col("year").max() - STALE)


def best_and_worst(words: BriefWords) -> Iterator[Sentence]:
    """The figures in which the place stands best, and the one in which it stands worst: of those
    that count something in most places, else of rates, too."""
    if words.evidence.indicators is None:
        return
    newest = fresh(words.evidence.indicators)
    among = newest.filter(2 * pl.col("places") > newest["places"].max())
    counted = among.drop_nulls("share")
    among = among if counted.is_empty() else counted
    ordered = among.sort(pl.col("rank") / pl.col("places"), "file", "indicator").to_dicts()
    for place, row in enumerate(ordered[:BEST]):
        yield _figure(words, row, "" if place else words.say("leads", "best"))
    if len(ordered) > BEST:
        yield _figure(words, ordered[-1], words.say("leads", "worst"))


def _figure(words: BriefWords, row: dict[str, Any], lead: str = "") -> Sentence:
    about = figure_values(row)
    told = words.say("figures", "rank" if row["share"] is None else "share", **about)
    if row["growth"] is not None and row["median_growth"] is not None:
        told += words.say("figures", "growth", **about)
    told += words.say("figures", "end")
    return Sentence(told, (words.source_file(row["file"]),), lead)


def figure_values(row: dict[str, Any]) -> dict[str, Value[Any]]:
    """The values of a figure for its texts; without those that are missing."""
    unit = row["unit_of_measure"] or ""
    is_whole = float(row["value"]).is_integer()
    about: dict[str, Value[Any]] = {
        "indicator": Name(row["indicator"]),
        "value": Number(row["value"], 0 if is_whole or abs(row["value"]) >= LARGE else 2),
        "unit": Name(f" {unit}" if unit and unit.isascii() else unit),
        "year": Year(row["year"]),
        "rank": Count(row["rank"]),
        "places": Count(row["places"]),
        "ahead": Count(AHEAD),
    }
    for name, kind in {"share": Share, "growth": Growth, "median_growth": Growth}.items():
        if row[name] is not None:
            about[name] = kind(row[name])
    return about


def figures_grid(words: BriefWords) -> Iterator[Block]:
    """Every figure of the place, for the annex."""
    frame = words.evidence.indicators
    if frame is None:
        return
    yield Heading(words.say("headings", "figures"))
    columns = ("indicator", "year", "value", "share", "rank", "growth", "median_growth", "file")
    head = tuple(words.say("columns", name, ahead=Count(AHEAD)) for name in columns)
    rows = []
    for row in frame.sort("file", "indicator").iter_rows(named=True):
        about = figure_values(row)
        cells = [words.write(about.get(name, Name("–"))) for name in columns[2:7]]
        cells[0] += words.write(about["unit"])
        rows.append((row["indicator"], str(row["year"]), *cells, row["file"]))
    are_figures = (False, *[True] * 6, False)
    yield Grid(head, tuple(rows), are_figures)


def further_files(words: BriefWords) -> Iterator[Block]:
    """The questions that no file answers, with the files that would; and those that failed."""
    there = words.evidence.files.keys()
    rows, failed = [], []
    for room in ROOMS:
        question, error = words.write(room.question), words.evidence.failed.get(room.measurement)
        if error is not None:
            why = words.say("lacks", "failed", why=Name(error.parts(words.lang)[0]))
            failed.append(Item(question, (Sentence(why),)))
        elif lacks := lacking(room, there):
            told = [KIND_WORDS[kind] for kind in lacks]
            files = List(tuple(Remark.under(own) for own in told))
            owners = List(tuple(Remark.under(own, "source_") for own in told))
            rows.append((question, words.write(files), words.write(owners)))
    if rows or failed:
        yield Heading(words.say("headings", "further"))
    if rows:
        head = tuple(words.say("columns", name) for name in ("question", "needed", "owner"))
        yield Grid(head, tuple(rows), (False, False, False))
    if failed:
        yield tuple(failed)
