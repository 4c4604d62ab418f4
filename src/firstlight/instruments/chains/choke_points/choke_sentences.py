"""What is said of a chain: on what it hangs most, and what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from firstlight.instruments.chains.choke_points.choke_tables import Single, effect_columns
from firstlight.instruments.chains.choke_points.given_chain import removal_places
from firstlight.instruments.chains.choke_points.removals import TINY
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Name,
    Phrase,
    Share,
    Value,
    message,
    names,
)

NAMED = 4  # inputs that a sentence names
SAME = 0.005  # between shares, which are told in whole per cents


def answer(single: Single, table: pl.DataFrame) -> list[Message]:
    """On which input the chain hangs most, what stops without it, and who provides it."""
    steps = int(single.removals.graph.is_product.sum())
    first = table.row(0, named=True)
    if not table["finals_stopped_share"].max():
        return [message("nothing_stops", count=Count(table.height))]
    is_exposed = bool(first["exposure_share"])
    home = single.removals.providers.home
    if home and not is_exposed:
        return [message("hangs_nowhere_abroad", home=Name(home[0]))]
    if not is_exposed:
        # who provides what is not known: what stops most comes first
        most = table.sort("finals_stopped_share", "steps_stopped_count", descending=True)
        first = most.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "input": Name(first["input"]),
        "stopped": Count(first["steps_stopped_count"]),
        "steps": Count(steps),
    }
    if not is_exposed:
        return [message("hangs", **values)]
    if home:
        said = [_hangs_abroad(first, home[0], values), _second_sources(single, first)]
    else:
        said = [_hangs(first, values)]
    if first["months_until"]:
        said.append(message("lasts", input=values["input"], months=Figure(first["months_until"])))
    after = [
        row["input"]
        for row in table.slice(1, NAMED - 1).iter_rows(named=True)
        if row["exposure_share"]
    ]
    if after:
        said.append(message("next", names=names(after)))
    return said


def _hangs(row: dict[str, Any], values: dict[str, Value[Any]]) -> Message:
    """The sentence for the kind of source that the first input has."""
    if row["standing"] == "one_provider":
        values["provider"] = Name(row["top_provider"])
        is_alone = row["providers_count"] == 1
        if not is_alone:
            values["share"] = Share(row["top_provider_low_share"])
        if row["top_country"] is None:
            return message("hangs_one_provider" if is_alone else "hangs_main_provider", **values)
        values["country"] = Name(row["top_country"])
        placed = "hangs_one_provider_placed" if is_alone else "hangs_main_provider_placed"
        return message(placed, **values)
    kinds = [kind for kind in ("country", "provider") if row[f"top_{kind}"] is not None]
    if not kinds:
        return message("hangs_unsure", **values)
    best = max(kinds, key=lambda kind: float(row[f"top_{kind}_low_share"]))
    values["share"] = Share(row[f"top_{best}_low_share"])
    values["source"] = Name(row[f"top_{best}"])
    code = "hangs_one_country" if row["standing"] == "one_country" else "hangs_largest"
    return message(code, **values)


def _hangs_abroad(row: dict[str, Any], home: str, values: dict[str, Value[Any]]) -> Message:
    """The sentence for the weakest link that home does not hold itself."""
    values |= {"home": Name(home), "own": _lost(row["home_low_share"], row["home_high_share"])}
    kinds = [kind for kind in ("country", "provider") if row[f"top_{kind}"] is not None]
    if not kinds:
        return message("hangs_abroad_unsure", **values)
    shares = {kind: float(row[f"top_{kind}_low_share"]) for kind in kinds}
    best = max(kinds, key=lambda kind: shares[kind])
    held = _lost(shares[best], row[f"top_{best}_high_share"])
    values |= {"held": held, "source": Name(row[f"top_{best}"])}
    if len(kinds) > 1 and len(set(shares.values())) == 1:  # the firm is all that its country has
        about = {"provider": Name(row["top_provider"]), "country": Name(row["top_country"])}
        values["source"] = Phrase(message("phrases.placed", **about))
    return message("hangs_abroad", **values)


def _second_sources(single: Single, row: dict[str, Any]) -> Message:
    """Which other countries abroad provide an input, or else which other firms there."""
    removals = single.removals
    at = removals.graph.at[row["input"]]
    kind = "country"
    if row["countries_count"] is None:
        kind = "provider"
    others = {
        name
        for part in removals.providers.parts
        if part.at == at and removals.providers.is_abroad(part) and not part.is_minor
        if (name := getattr(part, kind)) not in (None, row[f"top_{kind}"])
    }
    about = {"input": Name(row["input"])}
    if not others:
        return message("no_second_source", **about)
    return message("second_sources", count=Count(len(others)), names=names(sorted(others)), **about)


def strengths(single: Single, table: pl.DataFrame) -> list[Message]:
    """The inputs that home makes itself."""
    made = table.filter(pl.col("standing") == "home").sort("input")["input"]
    if made.is_empty():
        return []
    about: dict[str, Value[Any]] = {
        "home": Name(single.removals.providers.home[0]),
        "share": Share(single.removals.stop_share),
        "names": names(made, most=NAMED),
    }
    return [message("made_at_home", count=Count(made.len()), **about)]


def single_sources(table: pl.DataFrame) -> list[Message]:
    """The inputs that come from one provider, and those that come from one country."""
    said = []
    codes = {"one_provider": "all_of_one_provider", "one_country": "all_of_one_country"}
    for standing, code in codes.items():
        inputs = table.filter(pl.col("standing") == standing)["input"].to_list()
        if inputs:
            listed = names(inputs, most=NAMED)
            said.append(message(code, count=Count(len(inputs)), names=listed))
    return said


def worst(single: Single, removals: pl.DataFrame) -> list[Message]:
    """The country and the provider without which most is lost."""
    steps = Count(int(single.removals.graph.is_product.sum()))
    said = []
    for kind, code in {"country": "worst_country", "provider": "worst_provider"}.items():
        rows = removals.filter((pl.col("kind") == kind) & (pl.col("lost_high_share") > 0))
        if not rows.height:
            continue
        row = rows.row(0, named=True)
        lost = _lost(row["lost_low_share"], row["lost_high_share"])
        values: dict[str, Value[Any]] = {
            "name": Name(row["name"]),
            "stopped": Count(row["steps_stopped_count"]),
            "steps": steps,
            "lost": lost,
        }
        said.append(message(code, **values))
    return said


def _lost(low: float, high: float) -> Phrase:
    """How much is lost: a share, or the least and the most that it can be."""
    if high - low < SAME:
        return Phrase(message("phrases.share", share=Share(low)))
    return Phrase(message("phrases.between", low=Share(low), high=Share(high)))


def several(single: Single, gone: Sequence[str] | None) -> list[Message]:
    """What happens if all that was named goes at the same time."""
    if not gone:
        return []
    removals = single.removals.with_home
    places = removal_places(removals.what, gone)
    columns = effect_columns(single, removals.effects([places]))
    row = {name: column[0] for name, column in columns.items()}
    values: dict[str, Value[Any]] = {
        "names": names([removals.what.names[place] for place in places]),
        "stopped": Count(row["steps_stopped_count"]),
        "steps": Count(int(removals.graph.is_product.sum())),
        "lost": _lost(row["lost_low_share"], row["lost_high_share"]),
    }
    said = [message("at_once", **values)]
    if row["months_until"] > 0:  # neither at once nor unknown
        said.append(message("at_once_lasts", months=Figure(row["months_until"])))
    return said


def both(pairs: pl.DataFrame, count: int) -> list[Message]:
    """The pair that stops most of those that stop more together than alone."""
    if not pairs.height:
        return []
    row = pairs.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "one": Name(row["name"]),
        "other": Name(row["other_name"]),
        "more": Count(row["more_stopped_count"]),
        "count": Count(count),
    }
    return [message("together", **values)]


def gaps(single: Single, table: pl.DataFrame, strange: Sequence[str], by: str) -> list[Message]:
    """What is not known, and what was done with it."""
    said = [
        message("cycle", count=Count(len(cycle)), names=names(cycle))
        for cycle in single.removals.graph.cycles
    ]
    if not single.removals.providers.parts:
        return [*said, message("no_provider_table")]
    is_open = pl.col("provider_hhi_high") - pl.col("provider_hhi_low") > 1.0
    is_open |= pl.col("country_hhi_high") - pl.col("country_hhi_low") > 1.0
    count = table.filter(is_open.fill_null(False)).height
    if count:
        said.append(message("bounds", count=Count(count)))
    enough = single.removals.stop_share - TINY
    low, high = (pl.col(f"top_{by}_{end}_share") for end in ("low", "high"))
    may_be = table.filter((low < enough) & (high >= enough) & (pl.col("finals_stopped_share") > 0))
    if may_be.height:
        listed = names(may_be["input"].to_list(), most=NAMED)
        said.append(message(f"may_hang_{by}", count=Count(may_be.height), names=listed))
    without = table.filter(pl.col("reason").is_not_null())
    if without.height:
        codes = without["reason"].unique().sort()
        reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
        listed = names(without["input"].to_list(), most=NAMED)
        said.append(message("gaps", count=Count(without.height), names=listed, reasons=reasons))
    if strange:
        said.append(message("not_needed", count=Count(len(strange)), names=names(strange)))
    return said
