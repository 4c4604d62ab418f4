"""What a checked plan comes to, in sentences: the answer first, then its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.schema import Data
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
    message,
    names,
)

SHOWN = 3  # cases that a sentence names
LACKING = ("lacks", "weak")


def sentences(tables: dict[str, pl.DataFrame], data: Data, least: float) -> tuple[Message, ...]:
    """The answer, and the first cases of each kind with their evidence.

    tables : as the measurement returns them
    """
    entries = tables["entries"].filter(pl.col("standing") != "stated")
    known = entries.filter(_is_understood(entries)).height
    stated = Count(tables["entries"].height - entries.height)
    count = Count(entries.height)
    parts = [
        *_recognised(entries),
        *_twice(tables["repeats"]),
        *_shared(tables),
        *_lacking_entries(tables),
    ]
    answer = message("nothing_understood", count=count)
    if known:
        answer = message("answer", known=Count(known), count=count, parts=Phrase(_clauses(parts)))
    return (
        answer,
        *([message("stated", count=stated)] if stated.value else []),
        *_until(data, entries),
        *_repeats(tables["repeats"]),
        *_places(tables),
        *_lacks(tables),
        *_unknown(entries, data),
        *_not_handed_in(data),
    )


def _is_understood(entries: pl.DataFrame) -> pl.Series:
    """Whether an entry is known by its name, or stands elsewhere in the plan or in another."""
    counts = [name for name in ("repeats_count", "places_count") if name in entries.columns]
    is_known = pl.col("standing") != "unknown"
    return entries.select(is_known | pl.any_horizontal(pl.col(counts) > 0)).to_series()


def _clauses(parts: Sequence[Message]) -> Message:
    """Clauses as a language joins them, which is not how it joins names."""
    joined = parts[-1]
    for place, part in enumerate(reversed(parts[:-1])):
        code = "phrases.clauses" if place else "phrases.last_clauses"
        joined = message(code, first=Phrase(part), rest=Phrase(joined))
    return joined


def _recognised(entries: pl.DataFrame) -> list[Message]:
    known = entries.filter(pl.col("standing").is_in(["recognised", "probable"])).height
    if "take_off_probability" not in entries.columns and not known:
        return []
    sure = entries.filter(pl.col("standing") == "recognised").height
    if known == sure:
        return [message("phrases.recognised", count=Count(known))]
    return [message("phrases.recognised_in_part", count=Count(known), sure=Count(sure))]


def _until(data: Data, entries: pl.DataFrame) -> list[Message]:
    """By when what is recognised may take off: an observation may be years old."""
    if "take_off_probability" not in entries.columns:
        return []
    until = data.tables["technologies"].frame["until"].max()
    if until is None or entries["take_off_probability"].null_count() == entries.height:
        return []
    return [message("until", year=Year(int(float(str(until)))))]


def _twice(repeats: pl.DataFrame) -> list[Message]:
    same = repeats.filter(pl.col("relation") == "same")
    if same.is_empty():
        return [message("phrases.no_repeat")]
    numbers = pl.concat([same["number"], same["other_number"]]).n_unique()
    return [message("phrases.repeats", count=Count(numbers))]


def _shared(tables: dict[str, pl.DataFrame]) -> list[Message]:
    if "elsewhere" not in tables:
        return []
    same = _same_elsewhere(tables["elsewhere"])
    if same.is_empty():
        return [message("phrases.nobody_else")]
    entries = same["number"].n_unique()
    places = same["place"].n_unique()
    return [message("phrases.elsewhere", count=Count(entries), places=Count(places))]


def _same_elsewhere(elsewhere: pl.DataFrame) -> pl.DataFrame:
    return elsewhere.filter(pl.col("relation") != "same_industry")


def _lacking_entries(tables: dict[str, pl.DataFrame]) -> list[Message]:
    if "lacking_count" not in tables["entries"].columns:
        return []
    lacking = tables["entries"].filter(pl.col("lacking_count") > 0).height
    return [message("phrases.lacking", count=Count(lacking))]


def _repeats(repeats: pl.DataFrame) -> list[Message]:
    """The likeliest pairs of each relation, with what speaks for them."""
    said = []
    for relation, code in (("same", "same_entries"), ("near", "near_entries")):
        of = repeats.filter(pl.col("relation") == relation)
        if of.height:
            pairs = tuple(Phrase(_pair(row)) for row in of.iter_rows(named=True))
            said.append(message(code, count=Count(of.height), items=List(pairs, SHOWN)))
    return said


def _pair(row: dict[str, str | float]) -> Message:
    values: dict[str, Value[str] | Share] = {
        "number": Name(str(row["number"])),
        "entry": Name(str(row["entry"])),
        "other_number": Name(str(row["other_number"])),
        "other": Name(str(row["other_entry"])),
        "share": Share(float(row["match_probability"])),
    }
    if row["by"]:
        return message("phrases.pair_by", by=Remark.of(row, "by"), **values)
    return message("phrases.pair", **values)


def _places(tables: dict[str, pl.DataFrame]) -> list[Message]:
    """The entries that most other places plan, and who; and how many share an industry alone."""
    if "elsewhere" not in tables:
        return []
    elsewhere = tables["elsewhere"]
    said = []
    same = _same_elsewhere(elsewhere)
    if same.height:
        by_entry = (
            same.group_by("number", "entry", maintain_order=True)
            .agg(pl.col("place").unique().sort())
            .with_columns(count=pl.col("place").list.len())
            .sort("count", descending=True, maintain_order=True)
        )
        items = tuple(
            Phrase(message("phrases.by_places", entry=Name(entry), places=names(places, SHOWN)))
            for entry, places in by_entry.select("entry", "place").iter_rows()
        )
        said.append(message("planned_by", items=List(items, SHOWN)))
    industry = elsewhere.filter(pl.col("relation") == "same_industry")
    if industry.height:
        entries = industry["number"].n_unique()
        places = industry["place"].n_unique()
        said.append(message("same_industry", count=Count(entries), places=Count(places)))
    return said


def _lacks(tables: dict[str, pl.DataFrame]) -> list[Message]:
    """What is lacking, by how many entries need it."""
    if "lacking_count" not in tables["entries"].columns:
        return []
    lacking = tables["requirements"].filter(pl.col("status").is_in(LACKING))
    said = []
    if lacking.height:
        by_need = (
            lacking.group_by("needs")
            .agg(pl.len().alias("count"), pl.col("entry").sort())
            .sort("count", "needs", descending=[True, False])
        )
        items = tuple(
            Phrase(message("phrases.lacked_by", needs=Name(need), entries=names(of, SHOWN)))
            for need, of in by_need.select("needs", "entry").iter_rows()
        )
        said.append(message("lacks", count=Count(by_need.height), items=List(items, SHOWN)))
    made = tables["requirements"].filter(pl.col("status") == "in_plan")
    if made.height:
        said.append(message("made_in_plan", count=Count(made["needs"].n_unique())))
    return said


def _unknown(entries: pl.DataFrame, data: Data) -> list[Message]:
    """Entries that are like nothing, and those whose script no technology is written in."""
    unknown = entries.filter(~_is_understood(entries))
    if unknown.is_empty():
        return []
    listed = names(unknown["entry"], SHOWN)
    said = [message("unknown", count=Count(unknown.height), items=listed)]
    if "technologies" not in data.tables:
        return said
    technologies = data.tables["technologies"].frame
    forms = technologies.select(pl.concat_list("name", "name_zh", "forms")).to_series().explode()
    for code, script in (("no_chinese_names", r"\p{Han}"), ("no_latin_names", r"\p{Latin}{2}")):
        written = unknown.filter(pl.col("entry").str.contains(script)).height
        if written and not forms.str.contains(script).any():
            said.append(message(code, count=Count(written)))
    return said


def _not_handed_in(data: Data) -> list[Message]:
    """Which tables would say more."""
    lacking = [name for name in ("technologies", "others", "needs") if name not in data.tables]
    if "needs" in data.tables and "capabilities" not in data.tables:
        lacking.append("capabilities")
    parts = tuple(Phrase(message(f"phrases.{name}")) for name in lacking)
    return [message("without", tables=List(parts))] if parts else []
