"""What is said of choke points under take-offs, and how often such needs were right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.joins.take_off_join import amount
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    message,
    names,
)

Floats = NDArray[np.float64]
RECORD = Path(__file__).with_name("record.csv")
RECORD_COLUMNS = {
    "kind": pl.String,
    "pairs_count": pl.Int64,
    "needed_count": pl.Int64,
    "mean_share": pl.Float64,
    "said_count": pl.Int64,
    "right_count": pl.Int64,
    "stated_share": pl.Float64,
    "possible_count": pl.Int64,
    "possible_right_count": pl.Int64,
    "possible_stated_share": pl.Float64,
    "word_count": pl.Int64,
    "word_right_count": pl.Int64,
}
LIKELY = 0.5  # a probability from which a need is said to be one
POSSIBLE = 0.1  # and from which it may be one
SAID = 3  # choke points and sectors that are named


def first_choke(chokes: pl.DataFrame, observed: pl.DataFrame) -> Iterator[Message]:
    """The choke point that comes first, and those after it."""
    if chokes.is_empty():
        yield message("no_choke")
        return
    row = chokes.row(0, named=True)
    until = observed.filter(pl.col("technology") == row["technology"])["until"].max()
    values: dict[str, Value[Any]] = {
        "name": Name(row["name"]),
        "standing": Code(f"codes.standing.{row['standing']}"),
        "share": Share(row["exposure_share"]),
        "technology": Name(row["technology"]),
        "chance": Share(row["chance_share"]),
        "need": Share(row["need_share"]),
        "until": Code("phrases.nothing"),
    }
    if until is not None:
        values["until"] = Phrase(message("phrases.until", year=Year(int(float(str(until))))))
    holder = row["top_provider"] if row["standing"] == "one_provider" else row["top_country"]
    values["holder"] = Name(holder or row["top_provider"] or "")
    if row["kind"] == "sector" and row["top_country"] is not None:
        yield Message("choke_country", {**values, "country": Name(row["top_country"])})
    elif row["kind"] == "sector":
        yield Message("choke_sector", values)
    elif row["via"] is None:
        yield Message("choke", values)
    else:
        yield Message("choke_via", {**values, "via": Name(row["via"])})


def other_chokes(chokes: pl.DataFrame) -> Iterator[Message]:
    """The choke points of the same kind that come next."""
    if chokes.is_empty():
        return
    kind = chokes["kind"][0]
    same = chokes.filter(kind=kind)
    after = same[1 : 1 + SAID]
    if after.is_empty():
        return
    items = tuple(
        Phrase(
            message("phrases.under", name=Name(each["name"]), technology=Name(each["technology"]))
        )
        for each in after.iter_rows(named=True)
    )
    code = "chokes_after" if kind == "input" else "sectors_after"
    yield Message(code, {"count": Count(same.height), "items": List(items, len(items))})


def needed_most(chances: Floats, needs: pl.DataFrame) -> Iterator[Message]:
    """The sectors that most take-offs need."""
    if needs.is_empty():
        return
    weighed = (
        needs.with_columns(expected=pl.col("chance_share") * pl.col("need_share"))
        .sort("sector", "technology")
        .group_by("sector", maintain_order=True)
        .agg(pl.col("expected").sum())
        .sort(pl.col("expected").round(10), "sector", descending=[True, False])
    )
    items = tuple(
        Phrase(message("phrases.expecting", name=Name(name), count=amount(own)))
        for name, own in weighed.head(SAID).iter_rows()
    )
    yield message(
        "needed_most",
        count=Count(len(chances)),
        all=amount(float(chances.sum())),
        items=List(items, len(items)),
    )


def unknown(technologies: pl.DataFrame, inputs: Sequence[str]) -> Iterator[Message]:
    """Technologies, and these inputs, of which nothing is known."""
    lost = technologies.filter(reason="unknown")["technology"]
    if len(lost):
        values = {"count": Count(len(lost)), "all": Count(technologies.height)}
        yield message("unknown_technologies", names=names(lost, 3), **values)
    if inputs:
        yield message("unknown_inputs", count=Count(len(inputs)), names=names(inputs, 3))


def kept_record() -> pl.DataFrame:
    """How often stated needs were right, on pairs that were labelled blind and read once."""
    kept = pl.read_csv(RECORD, schema=RECORD_COLUMNS)
    return kept.with_columns(
        base_share=pl.col("needed_count") / pl.col("pairs_count"),
        precision_share=pl.when(pl.col("said_count") > 0).then(
            pl.col("right_count") / pl.col("said_count")
        ),
        recall_share=pl.col("right_count") / pl.col("needed_count"),
        word_recall_share=pl.col("word_right_count") / pl.col("needed_count"),
    )


def record_said() -> Message:
    """How often such needs were right, of all labelled pairs."""
    row = kept_record().row(by_predicate=pl.col("kind") == "all", named=True)
    return message(
        "record",
        pairs=Number(row["pairs_count"], 0),
        said=Number(row["said_count"], 0),
        right=Number(row["right_count"], 0),
        stated=Share(row["stated_share"]),
        needed=Number(row["needed_count"], 0),
        possible=Number(row["possible_count"], 0),
        possible_right=Number(row["possible_right_count"], 0),
        possible_stated=Share(row["possible_stated_share"]),
        word=Share(row["word_recall_share"]),
    )
