"""Which codes of a classification the technologies of an observation lead to, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.concordance.technology_codes.coded_technologies import (
    technology_codes,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import words_of
from firstlight.schema import Data
from firstlight.texts import Message, Name, Number, message

FOLDER = Path(__file__).parent
BETWEEN_FORMS = " | "  # in the column of forms
MOST_NEAR = 12  # technologies of the same documents that support a link
LEAST_SUPPORT = 0.15  # mean probability with which they lead to the same group
GROUP = {"isic4": 3, "gbt4754": 3, "cpc": 4, "hs2022": 4, "soc": 4}  # characters of its code
RESEARCH = {"isic4": "72", "gbt4754": "73"}  # where anything is studied, and nothing takes root
LINKED = ("technology", "code", "probability", "title", "title_zh", "is_supported")
TOLERANCE = 1e-6  # by which the links of a technology may add up to more than 1
Classification = Literal["isic4", "gbt4754", "cpc", "hs2022", "soc"]
OBSERVATION = roles.Observed(
    {
        "technology": roles.Key(),
        "name_zh": roles.Label(),
        "probability": roles.Number("zero", is_share=True),
        "probability_low": roles.Number("zero", is_share=True),
        "probability_high": roles.Number("zero", is_share=True),
        "same_as": roles.Label(),
        "forms": roles.Label(),
        "text": roles.Label(),
        "near": roles.Label(),
        "until": roles.Number("positive"),
    },
    may_lack=(
        *("name_zh", "probability_low", "probability_high"),
        *("same_as", "forms", "text", "near", "until"),
    ),
)
LINKS = roles.Table(
    {
        "technology": roles.Key(),
        "code": roles.Key(),
        "probability": roles.Number("zero", is_share=True),
        "title": roles.Label(),
    },
    may_lack=("probability", "title"),
)


def check_observation(arguments: Mapping[str, Any]) -> Message | None:
    """What to say where no observation was handed in."""
    return message("no_observation") if arguments["observation"] is None else None


def links_of(tables: Mapping[str, Data], classification: Classification) -> pl.DataFrame:
    """The links that were handed in, else those of the classification: technology, code,
    probability, title, title_zh, under the names that the observation has; of the classification's
    own also is_supported (whether technologies of the same documents lead there, too, as far as
    that is known).

    Raises InputError for links of a technology that add up to more than 1, or lack a probability
    where others have one.
    """
    observed = tables["observation"].frame
    if "links" not in tables:
        several = pl.col("forms").fill_null("").str.split(BETWEEN_FORMS)
        forms = several.list.eval(pl.element().filter(pl.element() != ""))
        counted = observed.filter(is_counted())
        asked = counted.select("technology", forms, "text")
        found = technology_codes(asked, classification)
        return supported(found, counted, classification).select(LINKED)
    links = _with_probability(tables["links"])
    total = links.group_by("technology").agg(pl.col("probability").sort().sum())
    over = total.filter(pl.col("probability") > 1 + TOLERANCE).sort("technology")
    if over.height:
        technology, share = over.row(0)
        given = message("links_above_one", technology=Name(technology), share=Number(share))
        raise InputError(given, FOLDER)
    named = _named_as_observed(links, observed)
    return named.with_columns(title_zh="title")  # in whatever language they are


def is_counted() -> pl.Expr:
    """Whether a technology of an observation has a chance, and no other stands for it."""
    return pl.col("probability").is_not_null() & pl.col("same_as").is_null()


def supported(links: pl.DataFrame, technologies: pl.DataFrame, classification: str) -> pl.DataFrame:
    """Links with whether technologies of the same documents lead to the same group of codes:
    transformers beside image generation are none of electricity. Those that share a word with the
    name say nothing, being as ambiguous; where none are known, a link stands. None is supported to
    research as an industry.

    technologies : technology, near (others of the same documents)
    Returns the links with group, count, sum and is_supported.
    """
    words = {name: set(words_of(name)) for name in technologies["technology"]}
    rows = [
        (name, other)
        for name, near in technologies.drop_nulls("near").select("technology", "near").iter_rows()
        for other in near.split(BETWEEN_FORMS)
        if other in words and words[name].isdisjoint(words[other])
    ]
    beside = pl.DataFrame(rows, {"technology": pl.String, "other": pl.String}, orient="row")
    beside = beside.group_by("technology", maintain_order=True).head(MOST_NEAR)
    group = pl.col("code").str.slice(0, GROUP[classification]).alias("group")
    of_group = links.group_by("technology", group).agg(pl.col("probability").sort().sum())
    support = (
        beside.join(of_group.rename({"technology": "other"}), on="other")
        .group_by("technology", "group")
        .agg(sum=pl.col("probability").sort().sum())
    )
    count = beside.group_by("technology").len("count")
    return (
        links.with_columns(group)
        .join(count, on="technology", how="left", maintain_order="left")
        .join(support, on=["technology", "group"], how="left", maintain_order="left")
        .with_columns(
            is_supported=~pl.col("code").str.starts_with(RESEARCH.get(classification, "-"))
            & (
                pl.col("count").is_null()
                | (pl.col("sum").fill_null(0.0) >= LEAST_SUPPORT * pl.col("count"))
            )
        )
    )


def _with_probability(links: Data) -> pl.DataFrame:
    """Links with their probability; in equal parts where they have none."""
    frame = links.frame.select("technology", "code", "probability", "title")
    if not links.has("probability"):
        return frame.with_columns(probability=1 / pl.len().over("technology"))
    lost = frame.filter(pl.col("probability").is_null())
    if lost.height:
        technology, code = lost.select("technology", "code").row(0)
        values = {"technology": Name(technology), "code": Name(code)}
        raise InputError(message("no_probability", **values), FOLDER)
    return frame


def _named_as_observed(links: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame:
    """Links under the names of the observation: as written, else whatever the case, else by a form
    that one technology alone has. Of several names of a technology one is used, its own first."""
    named = dict[tuple[int, str], set[str]]()
    for name, forms in observed.select("technology", "forms").iter_rows():
        keys = [(0, name), (1, name.lower())]
        keys += [(2, form) for form in (forms or "").lower().split(BETWEEN_FORMS)]
        for key in keys:
            named.setdefault(key, set()).add(name)
    taken = dict[str, tuple[int, str]]()  # technology -> how it is written, its own name first
    strangers = list[str]()
    for written in links["technology"].unique().sort():
        keys = [(0, written), (1, written.lower()), (2, written.lower())]
        found = [key[0] for key in keys if len(named.get(key, ())) == 1]
        if not found:
            strangers.append(written)
            continue
        (name,) = named[keys[found[0]]]
        taken[name] = min(taken.get(name, (found[0], written)), (found[0], written))
    names = {written: name for name, (_, written) in taken.items()}
    names |= {stranger: stranger for stranger in strangers}
    kept = links.filter(pl.col("technology").is_in(list(names)))
    renamed = kept.with_columns(pl.col("technology").replace(names))
    return renamed.select("technology", "code", "probability", "title").sort("technology", "code")
