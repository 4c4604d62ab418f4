"""What learning curves say: messages, the answer first."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.texts import Code, Count, Figure, Message, Name, Number, Share, Value, Year, message

TOO_NARROW, FEWEST_TO_WARN = 0.65, 30  # coverage of the 80% band, of so many forecasts or more
CHANCE = 0.1  # share of technologies that look as if they improved where none does


def said(
    technologies: pl.DataFrame, forecast: pl.DataFrame, record: pl.DataFrame, noise: Message
) -> tuple[Message, ...]:
    """How fast costs fall, what they will be, how many technologies were read, and the record.

    technologies, forecast, record : the tables of `learning`
    noise : what was used for the correlation of the noise
    """
    computed = technologies.filter(pl.col("reason").is_null())
    return (
        *_fastest(computed, forecast),
        _improving(computed),
        *_learning_rate(computed),
        *_counted(technologies, computed),
        *_record(record),
        *([noise] if forecast.height else []),
    )


def _fastest(computed: pl.DataFrame, forecast: pl.DataFrame) -> list[Message]:
    is_one = computed.height == 1
    falling = computed.filter(pl.col("is_significant") | pl.lit(is_one)).sort("mu", "technology")
    if not falling.height:
        return []
    top = falling.row(0, named=True)
    share = top["yearly_decline_share"]
    values: dict[str, Value[Any]] = {
        "technology": Name(top["technology"]),
        "share": _share(abs(share)),
        "low": _share(top["yearly_decline_low"]),
        "high": _share(top["yearly_decline_high"]),
    }
    if not is_one:
        first = message("fastest", **values)
    else:
        first = message("falls" if share >= 0 else "rises", **values)
    ahead = forecast.filter(technology=top["technology"])
    if not ahead.height:
        return [first]
    last = ahead.row(-1, named=True)
    columns = {"middle": "cost_q50", "low": "cost_q10", "high": "cost_q90"}
    costs = {name: Share(last[column] / top["last_cost"]) for name, column in columns.items()}
    years = {"year": Year(last["year"]), "since": Year(top["last_year"])}
    return [first, message("forecast", **costs, **years)]


def _share(share: float) -> Share:
    return Share(share, digits=1)


def _improving(computed: pl.DataFrame) -> Message:
    if computed.height == 1:
        own = computed.row(0, named=True)
        p = Figure(own["p_value"])
        if own["is_significant"]:
            return message("significant", p=p)
        return message("not_significant", p=p)
    count = Count(int(computed["is_significant"].sum()))
    chance = Number(computed.height * CHANCE, digits=1)
    return message("improving", count=count, known=Count(computed.height), chance=chance)


def _learning_rate(computed: pl.DataFrame) -> list[Message]:
    known = computed.drop_nulls("learning_rate_share")
    if not known.height:
        return []
    if known.height == 1:
        top = known.row(0, named=True)
        ends = {end: _share(top[f"learning_rate_{end}"]) for end in ("low", "high")}
        rate = _share(top["learning_rate_share"])
        return [message("rate", technology=Name(top["technology"]), rate=rate, **ends)]
    mean = float(known["learning_rate_share"].to_numpy().mean())
    return [message("rates", known=Count(known.height), rate=_share(mean))]


def _counted(technologies: pl.DataFrame, computed: pl.DataFrame) -> list[Message]:
    left = technologies.drop_nulls("reason")
    if technologies.height == 1:
        row = technologies.row(0, named=True)
        years = {"first": Year(row["first_year"]), "last": Year(row["last_year"])}
        name, count = Name(row["technology"]), Count(row["points_count"])
        return [message("read", technology=name, count=count, **years)]
    read = message("coverage", known=Count(computed.height), count=Count(technologies.height))
    if not left.height:
        return [read]
    first = left.row(0, named=True)
    values: dict[str, Value[Any]] = {"technology": Name(first["technology"])}
    values["reason"] = Code(f"codes.reason.{first['reason']}")
    return [read, message("left_out", count=Count(left.height), **values)]


def _record(record: pl.DataFrame) -> list[Message]:
    """How earlier forecasts did, made from all of the past."""
    pooled = record.filter(fitted="all_past", scope="all")
    own = pooled.filter(pl.col("method") == "drift", pl.col("forecasts_count") > 0)
    if not own.height:
        return [message("no_record")]
    row = own.row(0, named=True)
    still = pooled.filter(method="no_change").row(0, named=True)
    values: dict[str, Value[Any]] = {
        "forecasts": Count(row["forecasts_count"]),
        "count": Count(row["technologies_count"]),
        "held": Share(row["coverage_80"]),
        "still": Share(still["coverage_80"]),
    }
    lines = []
    if row["coverage_80_low"] is None:
        lines.append(message("record_without_interval", **values))
    else:
        ends = {end: Share(row[f"coverage_80_{end}"]) for end in ("low", "high")}
        lines.append(message("record", **values, **ends))
    if row["rmse_ratio"] is not None:
        lines.append(message("error", ratio=Number(row["rmse_ratio"])))
    if row["coverage_80"] < TOO_NARROW and row["forecasts_count"] >= FEWEST_TO_WARN:
        lines.append(message("narrow"))
    return lines
