"""What stands above the sections of new links and of precedents: how far to trust them, by their
own records; and the pairs under their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.instruments.emergence.forecast.precedents import NEAREST
from firstlight.instruments.emergence.links.figures import SIZES
from firstlight.instruments.emergence.links.forecast import COMBINATION, LINKS
from firstlight.instruments.emergence.links.pairs import HORIZON
from firstlight.instruments.emergence.links.record import CHOICE, COLUMNS
from firstlight.run.corpus import Tables
from firstlight.texts import Code, Count, Message, Number, Share, Year, each_year, message

NAMED_PAIRS = 20  # pairs of each year that the sentences count
NAMED: Mapping[str, Any] = {
    "rank": pl.Int64,
    "technology_id": pl.String,
    "name": pl.String,
    "other_id": pl.String,
    "other_name": pl.String,
    **{
        name: kind
        for name, kind in LINKS.items()
        if name not in ("rank", "technology_id", "other_id")
    },
}


def no_new_links() -> Tables:
    """The tables of an observation that predicts none."""
    return {
        "new_links": pl.DataFrame(schema=NAMED),
        "new_links_record": pl.DataFrame(schema=COLUMNS),
    }


def named_links(links: pl.DataFrame, ids: Sequence[str], labels: Sequence[str]) -> pl.DataFrame:
    """Pairs with names in place of ids; those with a technology that the user hides are left out.

    links : see ``links.forecast.LINKS``; ids, labels : of the technologies that are shown
    """
    shown = pl.DataFrame(
        {"id": list(ids), "label": list(labels)}, schema={"id": pl.String, "label": pl.String}
    )
    for column, name in (("technology_id", "name"), ("other_id", "other_name")):
        links = links.join(
            shown.rename({"id": column, "label": name}), on=column, maintain_order="left"
        )
    common = links.select("rank", pl.col("common").alias("id")).explode("id").drop_nulls("id")
    common = common.join(shown, on="id", maintain_order="left")
    common = common.group_by("rank", maintain_order=True).agg(pl.col("label").alias("common"))
    links = links.drop("common").join(common, on="rank", how="left", maintain_order="left")
    links = links.with_columns(
        pl.col("common").fill_null(pl.lit([], pl.List(pl.String))),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
    )
    return links.select(list(NAMED)).cast(pl.Schema(NAMED))


def link_lines(tables: Tables, told: Mapping[str, Any], as_of: int) -> list[Message]:
    """The sentences above the pairs: how far to trust them first, then what a pair is and what
    came.

    tables : new_links and new_links_record; told : used, fewest and rate
    """
    if tables["new_links"].is_empty():
        return [message("absent_few")]
    what = message("what", year=Year(as_of), fewest=Count(told["fewest"]), horizon=Count(HORIZON))
    return [
        _record(tables["new_links_record"], told["used"]),
        what,
        *_came(tables["new_links"], told, as_of),
    ]


def absent_lines(kind: str) -> list[Message]:
    """Why there are no new links where the documents are not at hand.

    kind : documents (of which statistics ship) or counts
    """
    if kind == "counts":
        return [message("absent_counts")]
    return [message("absent_statistics")]


def _record(record: pl.DataFrame, used: str) -> Message:
    pooled = {
        row["ranking"]: row for row in record.filter(pl.col("year").is_null()).iter_rows(named=True)
    }
    if CHOICE not in pooled or pooled[CHOICE]["precision_20"] is None:
        return message("record_none", ranking=Code(f"link_rankings.{used}"))
    own = pooled[CHOICE]
    values: dict[str, Any] = {
        "named": Count(NAMED_PAIRS),
        "years": each_year(record["year"].drop_nulls()),
        "met": Share(own["precision_20"]),
        "base": Share(own["base_rate"], 1),
    }
    if used == SIZES:
        return message("record_sizes", **values)
    values["sizes_met"] = Share(pooled[SIZES]["precision_20"] or 0.0)
    if used != COMBINATION:
        return message("record_rule", rule=Code(f"link_rankings.{used}"), **values)
    rules = [name for name in pooled if name not in (CHOICE, COMBINATION)]
    best = max(rules, key=lambda name: (pooled[name]["precision_20"] or 0.0, name))
    values |= {
        "rule": Code(f"link_rankings.{best}"),
        "rule_met": Share(pooled[best]["precision_20"] or 0.0),
    }
    return message("record", **values)


def _came(links: pl.DataFrame, told: Mapping[str, Any], as_of: int) -> list[Message]:
    if told["rate"] is None:
        return []
    first = links.head(NAMED_PAIRS)
    values: dict[str, Any] = {
        "named": Count(first.height),
        "year": Year(as_of),
        "until": Year(as_of + HORIZON),
        "count": Count(int(first["outcome"].sum())),
        "expected": Count(round(first.height * told["rate"])),
    }
    return [message("came", **values)]


def precedent_lines(record: pl.DataFrame) -> list[Message]:
    """How far the share of precedents that took off can be trusted, by its own record.

    record : see ``forecast.precedents.RECORD``
    """
    pooled = record.filter(pl.col("year").is_null())
    if pooled.is_empty() or pooled["auc"][0] is None:
        return [message("unchecked", nearest=Count(NEAREST))]
    row = pooled.row(0, named=True)
    values: dict[str, Any] = {
        "nearest": Count(NEAREST),
        "auc": Number(row["auc"], digits=2),
        "base": Share(row["base_rate"], 1),
    }
    # better at telling who takes off than a coin, and nearer to what came than the base rate
    if (row["auc_low"] or 0.0) <= 0.5 or (row["brier_skill"] or 0.0) <= 0:
        return [message("illustration", **values)]
    if row["chance_auc"] is None:
        return [message("tells", **values)]
    return [
        message("tells_beside_chance", chance_auc=Number(row["chance_auc"], digits=2), **values)
    ]
