"""Take-offs that an observation leads one to expect, by the codes of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.joins.matched_codes import finest_codes, matched_codes
from firstlight.joins.technology_links import is_counted

LIKELY = 0.5  # a probability of a link from which it is told, and not only counted
NOTHING = 1e-12  # of a chance, below which it is left over by arithmetic
TITLES = ("title", "title_zh")
ENDS = ("", "low_", "high_")  # of a chance and its interval
SHOWN = (
    *("technology", "technology_zh", "code", "link_code", "match", *TITLES),
    *("chance_share", "link_share", "expected_count"),
)
OBSERVED: dict[str, Any] = {
    "technology": pl.String,
    "probability": pl.Float64,
    "same_as": pl.String,
    "name_zh": pl.String,
    "probability_low": pl.Float64,
    "probability_high": pl.Float64,
}
FIGURES = (("expected", "count"), ("any", "share"))
NOT_JOINED: dict[str, Any] = {
    "technology": pl.String,
    "code": pl.String,
    "reason": pl.String,
    "expected_count": pl.Float64,
}


@dataclass(frozen=True)
class ExpectedTakeOffs:
    """What take-offs lead to, and what leads nowhere.

    Attributes
    ----------
    table
        code, title, title_zh, expected_count with its ends expected_low_count and
        expected_high_count, any_share (chance of one take-off or more) with its ends,
        technologies_count, and of the technology that adds most by a link that may be told:
        technology, technology_zh (its name in Chinese, where it is known), chance_share,
        link_share; missing where none is. The most first.
    parts
        technology, technology_zh, code, link_code (as the links write it), match, title,
        chance_share, link_share, expected_count: what adds up to the table.
    not_joined
        technology, code, reason, expected_count: what joins nothing.
    balance
        part (joined, no_such_code, no_code, no_link), technologies_count, expected_count: where all
        take-offs that the observation leads one to expect go.
    wholes
        Codes of the table that hold others of its codes, and were left out.
    counted
        How many technologies have a chance, each with documents of its own.
    """

    table: pl.DataFrame
    parts: pl.DataFrame = field(repr=False)
    not_joined: pl.DataFrame = field(repr=False)
    balance: pl.DataFrame = field(repr=False)
    wholes: tuple[str, ...] = ()
    counted: int = 0

    def beside(self, rows: pl.DataFrame, figures: Iterable[str]) -> pl.DataFrame:
        """Rows of codes with what the table says of each.

        Parameters
        ----------
        rows
            A column ``code``, and others.
        figures
            Columns of the table that are 0 for a code to which no technology leads.

        Returns
        -------
        The rows, with the columns of the table.
        """
        joined = rows.join(self.table, on="code", how="left")
        # An expected count may be unknown where a technology does lead to the code; that stays so.
        is_alone = pl.col("technologies_count").is_null()
        return joined.with_columns(
            pl.when(is_alone).then(0.0).otherwise(pl.col(name)).alias(name) for name in figures
        )


def expected_take_offs(
    technologies: pl.DataFrame,
    links: pl.DataFrame,
    codes: Iterable[str],
    least_told: float = LIKELY,
) -> ExpectedTakeOffs:
    """Take-offs to be expected by code: the sum over technologies of chance times probability of
    the code.

    E_c = sum over t of p_t q_tc, and P_c = 1 - product over t of (1 - p_t q_tc), the chance of one
    take-off or more if technologies take off independently.

    Parameters
    ----------
    technologies
        technology, probability (of take-off, 0 to 1; missing where none is known), and where they
        are known name_zh, probability_low, probability_high and same_as (another technology that
        stands for it, so that it is not counted again).
    links
        technology, code, probability (0 to 1, of one technology at most 1 in all), title, and
        perhaps title_zh, the title in Chinese, and is_supported: whether it may be told.
    codes
        Codes of the table that take-offs are to be joined with, of any depth. One that holds others
        of them is left out, so that nothing counts twice.
    least_told
        Least probability of a technology to lead to a code with which it is named for this; all
        count by their probability.

    Returns
    -------
    ExpectedTakeOffs. Ends of intervals are the sums of all low and of all high ends: wider than an
    interval of the sum. A code of the links that is coarser than the table's goes to all that it
    holds in equal parts; one that is finer goes to the code that holds it.

    Notes
    -----
    Of a technology, what is left of 1 after its links leads to no code: it stands in ``balance``.

    Examples
    --------
    >>> seen = pl.DataFrame({"technology": ["a", "b"], "probability": [0.4, 0.5]})
    >>> lines = pl.DataFrame({"technology": ["a", "b", "b"], "code": ["6201", "6201", "26"],
    ...     "probability": [0.8, 0.5, 0.4], "title": ["programming", "programming", "electronics"]})
    >>> found = expected_take_offs(seen, lines, ["62", "2610", "2620"])
    >>> found.table.select("code", pl.col("expected_count").round(2)).rows()
    [('62', 0.57), ('2610', 0.1), ('2620', 0.1)]
    >>> found.balance.select("part", pl.col("expected_count").round(2)).rows()
    [('joined', 0.77), ('no_code', 0.13)]
    """
    observed = _with_ends(technologies)
    counted = observed.filter(is_counted())
    finest, wholes = finest_codes(codes, links["code"])
    routes = matched_codes(links["code"].unique().to_list(), finest)
    lines = _whole(links).rename({"code": "link_code", "probability": "link_share"})
    known = lines.join(counted, on="technology")
    parts = (
        known.join(routes, on="link_code")
        .with_columns(link_share=pl.col("link_share") * pl.col("part"))
        .with_columns(expected_count=pl.col("chance_share") * pl.col("link_share"))
        .filter(pl.col("link_share") > 0)
        .sort("code", "technology", "link_code")
    )
    lost = known.join(routes, on="link_code", how="anti").with_columns(
        expected_count=pl.col("chance_share") * pl.col("link_share")
    )
    return ExpectedTakeOffs(
        _by_code(parts, least_told),
        parts.select(SHOWN).sort(
            "expected_count", "technology", "code", "link_code", descending=[True, *[False] * 3]
        ),
        _not_joined(observed, lines, lost, finest, wholes, parts),
        _balance(counted, lines, lost, parts),
        tuple(wholes),
        counted.height,
    )


def _whole(links: pl.DataFrame) -> pl.DataFrame:
    """Links whose titles hold for both languages where they stand in one, and which are supported
    where nothing is said of that."""
    whole = {"title_zh": pl.col("title"), "is_supported": pl.lit(True)}
    return links.with_columns(
        value.alias(name) for name, value in whole.items() if name not in links.columns
    )


def _with_ends(technologies: pl.DataFrame) -> pl.DataFrame:
    """Technologies with chance_share, chance_low_share, chance_high_share, null where unknown."""
    known = technologies.select(name for name in OBSERVED if name in technologies.columns)
    whole = pl.concat([pl.DataFrame(schema=OBSERVED), known], how="diagonal_relaxed")
    return whole.with_columns(chance_share="probability").rename(
        {
            "name_zh": "technology_zh",
            "probability_low": "chance_low_share",
            "probability_high": "chance_high_share",
        }
    )


def _by_code(parts: pl.DataFrame, least_told: float) -> pl.DataFrame:
    """The table of codes, the most expected take-offs first."""
    of_technology = parts.group_by("code", "technology", maintain_order=True).agg(
        pl.col("technology_zh").first(),
        pl.col("link_share").sum(),
        *(pl.col(f"chance_{end}share").first() for end in ENDS),
        told_share=pl.col("link_share").filter("is_supported").sum(),
    )
    sums = of_technology.group_by("code", maintain_order=True).agg(
        *(figure for end in ENDS for figure in _sums(end)),
        technologies_count=pl.len().cast(pl.Int64),
    )
    first = (
        of_technology.filter(pl.col("told_share") >= least_told - NOTHING)
        .with_columns(added=pl.col("chance_share") * pl.col("link_share"))
        .sort("code", "added", "technology", descending=[False, True, False])
        .unique("code", keep="first", maintain_order=True)
        .select("code", "technology", "technology_zh", "chance_share", "link_share")
    )
    titles = (
        parts.drop_nulls("title")
        .with_columns(is_other=pl.col("match") != "exact")
        .sort("code", "is_other", "expected_count", "title", descending=[False, False, True, False])
        .unique("code", keep="first", maintain_order=True)
        .select("code", *TITLES)
    )
    ordered = [f"{name}_{end}{kind}" for name, kind in FIGURES for end in ENDS]
    return (
        sums.join(titles, on="code", how="left", maintain_order="left")
        .join(first, on="code", how="left", maintain_order="left")
        .select("code", *TITLES, *ordered, "technologies_count", *first.columns[1:])
        .sort("expected_count", "code", descending=[True, False])
    )


def _sums(end: str) -> list[pl.Expr]:
    """Expected take-offs of a code, and the chance of one or more, as if technologies took off
    independently of each other; null where a chance is unknown."""
    chance = pl.col(f"chance_{end}share")
    added = chance * pl.col("link_share")
    known = pl.when(chance.is_not_null().all())
    return [
        known.then(added.sum()).alias(f"expected_{end}count"),
        known.then(1 - (1 - added).product()).alias(f"any_{end}share"),
    ]


def _not_joined(
    observed: pl.DataFrame,
    lines: pl.DataFrame,
    lost: pl.DataFrame,
    finest: list[str],
    wholes: list[str],
    parts: pl.DataFrame,
) -> pl.DataFrame:
    """Technologies without a code or a chance, codes without a row, rows without a technology."""
    is_other = pl.col("same_as").is_not_null()
    with_link = lines.filter(pl.col("link_share") > 0)
    alone = observed.filter(is_counted()).join(with_link, on="technology", how="anti")
    strangers = lines.join(observed, on="technology", how="anti")
    reached = set(parts["code"])
    bare = [code for code in finest if code not in reached]
    listed = {
        "no_link": alone.with_columns(expected_count="chance_share"),
        "no_such_code": lost.with_columns(code="link_code"),
        "same_documents": observed.filter(is_other),
        "no_chance": observed.filter(~is_other, pl.col("chance_share").is_null()),
        "no_technology": strangers.with_columns(code="link_code"),
        "no_take_off": pl.DataFrame({"code": bare}, schema={"code": pl.String}),
        "holds_others": pl.DataFrame({"code": wholes}, schema={"code": pl.String}),
    }
    each = [
        rows.select(pl.col("^(technology|code|expected_count)$"), reason=pl.lit(reason)).sort(
            name for name in ("technology", "code") if name in rows.columns
        )
        for reason, rows in listed.items()
    ]
    return pl.concat([pl.DataFrame(schema=NOT_JOINED), *each], how="diagonal_relaxed")


def _balance(
    counted: pl.DataFrame, lines: pl.DataFrame, lost: pl.DataFrame, parts: pl.DataFrame
) -> pl.DataFrame:
    """Where all expected take-offs go; the parts add up to the sum of all chances."""
    linked = lines.sort("technology", "link_code").group_by("technology", maintain_order=True)
    left = counted.join(linked.agg(pl.col("link_share").sum()), on="technology", how="left")
    is_linked = pl.col("link_share") > 0
    none = pl.col("chance_share") * (1 - pl.col("link_share"))
    groups = {
        "joined": parts,
        "no_such_code": lost,
        "no_code": left.filter(is_linked).with_columns(expected_count=none),
        "no_link": left.filter(is_linked.fill_null(False).not_()).with_columns(
            expected_count="chance_share"
        ),
    }
    rows = []
    for part, group in groups.items():
        there = group.filter(pl.col("expected_count") > NOTHING).sort("technology")
        expected = float(there["expected_count"].sort().sum())
        rows.append((part, there["technology"].n_unique(), expected))
    schema = {"part": pl.String, "technologies_count": pl.Int64, "expected_count": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.filter((pl.col("technologies_count") > 0) | (pl.col("part") == "joined"))
