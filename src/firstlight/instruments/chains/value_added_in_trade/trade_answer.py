"""What the tables of value added in trade say of one country, the answer first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.chains.home_country import single
from firstlight.texts import Message, Name, Phrase, Share, Value, Year, message

__all__ = ["answer"]

LEAST = 0.01  # share of exports of an industry that is told of
SEEN = 0.0005  # share that rounds to 0.1%


def answer(
    found: Mapping[str, pl.DataFrame], chain: pl.DataFrame, home: str, industry: str
) -> list[Message]:
    """What a country keeps of its exports, how that changed, what comes back, who passes it on.

    Parameters
    ----------
    found
        The tables of all years, the last one first.
    chain
        All who add to the value of the industry's goods.
    home
        The country.
    industry
        Its industry whose chain is told.

    Returns
    -------
    Messages
    """
    now = {name: _last(own) for name, own in found.items() if name != "chain"}
    own = now["countries"].filter(country=home).row(0, named=True)
    if own["domestic_share"] is None:
        return [message("sells_nothing", country=Name(home)), _of_chain(chain, home, industry)]
    said = [_keeps(own, now["sources"].filter(country=home), found["countries"])]
    abroad, exports = now["countries"].select("value_added_exports", "exports").sum().row(0)
    values = {"vax": _part(own["vax_ratio"]), "world": _part(abroad / exports)}
    said.append(message("ends_abroad", returned=_part(own["returned_share"], 1), **values))
    back, forth = _part(own["backward_share"]), _part(own["forward_share"])
    gvc = _part(own["gvc_share"])
    said.append(message("takes_part", gvc=gvc, backward=back, forward=forth))
    of_home = now["industries"].filter(country=home)
    said += _most_foreign(of_home)
    return [*said, _of_chain(chain, home, industry)]


def _last(table: pl.DataFrame) -> pl.DataFrame:
    return (
        table.filter(pl.col("year") == pl.col("year").max()) if "year" in table.columns else table
    )


def _part(share: float, digits: int = 0) -> Share:
    return Share(min(max(share, 0.0), 1.0), digits=digits)


def _keeps(own: Mapping[str, Any], sources: pl.DataFrame, years: pl.DataFrame) -> Message:
    """The answer: how much of its exports is its own, and where most of the rest comes from."""
    home = own["country"]
    values: dict[str, Value[Any]] = {
        "country": Name(home),
        "kept": _part(own["domestic_share"]),
        "foreign": _part(own["foreign_share"]),
    }
    others = sources.filter(pl.col("source") != home)
    named = others.filter(single("source"))
    if not named.height or named["share"][0] < SEEN:
        return message("keeps_all", **values)
    code = "from_most" if others["source"][0] == named["source"][0] else "from_most_single"
    source, part = Name(named["source"][0]), _part(named["share"][0], 1)
    values["most"] = Phrase(message(f"phrases.{code}", source=source, part=part))
    if "year" not in own:
        return message("keeps", **values)
    values["year"] = Year(own["year"])
    before = years.filter(
        (pl.col("country") == home)
        & (pl.col("year") < own["year"])
        & pl.col("domestic_share").is_not_null()
    ).sort("year")
    if not before.height:
        return message("keeps_in", **values)
    first = before.row(0, named=True)
    values |= {"before": Year(first["year"]), "kept_before": _part(first["domestic_share"])}
    return message("keeps_since", **values)


def _most_foreign(industries: pl.DataFrame) -> list[Message]:
    """Which industry holds most from abroad, and which least, of those that export something."""
    large = industries.filter(pl.col("exports") >= LEAST * pl.col("exports").sum())
    if large.height < 2:
        return []
    order = [pl.col("foreign_share").round(10), "industry"]
    ranked = large.sort(order, descending=[True, False])
    most, least = ranked.row(0, named=True), ranked.row(-1, named=True)
    return [
        message(
            "most_foreign",
            industry=Name(most["industry"]),
            share=_part(most["foreign_share"]),
            other=Name(least["industry"]),
            other_share=_part(least["foreign_share"]),
        )
    ]


def _of_chain(chain: pl.DataFrame, home: str, industry: str) -> Message:
    """Who adds the value of what an industry delivers to final users."""
    sums = dict(chain.group_by("place").agg(pl.sum("share")).sort("place").iter_rows())
    values: dict[str, Value[Any]] = {
        "country": Name(home),
        "industry": Name(industry),
        "own": _part(sums.get("industry", 0.0)),
        "home": _part(sums.get("home", 0.0)),
        "abroad": _part(sums.get("abroad", 0.0)),
    }
    others = chain.filter(place="abroad").group_by("country").agg(pl.sum("share"))
    others = others.sort(pl.col("share").round(12), "country", descending=[True, False])
    named = others.filter(single("country"))
    if not named.height or named["share"][0] < SEEN:
        return message("chain_at_home", **values)
    code = "to_most" if others["country"][0] == named["country"][0] else "to_most_single"
    most = Phrase(message(f"phrases.{code}", place=Name(named["country"][0])))
    return message("chain", **values, most=most)
