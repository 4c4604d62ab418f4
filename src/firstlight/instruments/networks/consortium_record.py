"""The record of consortia out of time: what members chosen from the past cover later, beside the largest and a blind choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.collaboration import read_works
from firstlight.instruments.networks.partners import OBJECTIVES, choose_members, covered
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long

DRAWS = 200


@dataclass(frozen=True, kw_only=True)
class ConsortiumRecord(Finding):
    """What consortia of past years came to cover, a row per forecast year.

    table : year, member_count, term_count, covered_share (when chosen), later_covered_share (in the years after), largest_later_share (of
            the members with most works), blind_later_share (mean of 200 drawn at random: the base rate)
    """

    def _chart(self, alt: Any) -> Any:
        shares = ["later_covered_share", "largest_later_share", "blind_later_share"]
        return (
            alt.Chart(self.table)
            .transform_fold(shares)
            .mark_line()
            .encode(x="year:O", y="value:Q", color="key:N")
        )


def backtest_consortium(
    frame: Any,
    terms: Any,
    years: Sequence[int],
    horizon: int = 3,
    size: int = 5,
    *,
    work: str = "work",
    member: str = "member",
    year: str = "year",
    past: int = 5,
    least: int = 1,
    most_terms: int = 300,
    candidates: int = 500,
    objective: str = "best",
    seed: int = 0,
) -> ConsortiumRecord:
    """How much of a technology's terms a consortium that was chosen in the past covers in the years after.

    A member covers a term with ``least`` or more works that name it. The terms are the most frequent of the past window, and count
    alike; the candidates are the members with most works. Chosen as by ``choose_members``, from works up to the forecast year alone.

    frame : a row per work and member, with the year; terms : a row per work and term (columns work, term)
    Returns ConsortiumRecord.
    Raises  InputError as ``read_works`` and ``choose_members``, or for a forecast year without works before or after it.

    >>> rows = pl.DataFrame({"work": ["a", "b", "c", "d"], "member": ["x", "y", "x", "y"], "year": [2000, 2000, 2001, 2001]})
    >>> words = pl.DataFrame({"work": ["a", "b", "c", "d"], "term": ["p", "q", "p", "p"]})
    >>> backtest_consortium(rows, words, [2000], 1, 1).table.select("covered_share", "later_covered_share").row(0)
    (0.5, 0.5)
    """
    works = read_works(frame, work, member, year=year)
    held = read_long(terms, {"work": "work", "term": "term"}, []).unique(maintain_order=True)
    how = _Choice(size, least, most_terms, candidates, objective, seed)
    table = pl.DataFrame(
        [_of_year(works, held, now, horizon, past, how) for now in years], orient="row"
    )
    return ConsortiumRecord(
        table=table,
        sentences=_sentences(table),
        conventions=_conventions(horizon, past, least, objective),
    )


@dataclass(frozen=True)
class _Choice:
    """How members are chosen: as in ``backtest_consortium``."""

    size: int
    least: int
    most_terms: int
    candidates: int
    objective: str
    seed: int


def _of_year(
    works: pl.DataFrame, terms: pl.DataFrame, now: int, horizon: int, past: int, how: _Choice
) -> dict[str, Any]:
    spans = (now - past + 1, now), (now + 1, now + horizon)
    before, later = (works.filter(pl.col("year").is_between(*span)) for span in spans)
    named = before.join(terms, on="work")
    if not named.height or not later.height:
        raise InputError(
            f"no works before or after {now}",
            where="years",
            try_next="forecast from a year in the record",
        )
    count = (
        named.select("work", "term")
        .unique()
        .group_by("term")
        .len()
        .sort(["len", "term"], descending=[True, False])
    )
    words = sorted(count.head(how.most_terms)["term"].to_list())
    own = (
        before.filter(pl.col("member").is_in(named["member"].unique().to_list()))
        .group_by("member")
        .len()
    )
    members = sorted(
        own.sort(["len", "member"], descending=[True, False])["member"]
        .head(how.candidates)
        .to_list()
    )
    then, came = (coverage_of(span, terms, members, words, how.least) for span in (before, later))
    size = min(how.size, len(members))
    chosen = choose_members(then, size, objective=how.objective).chosen
    works_of = dict(own.iter_rows())
    largest = np.argsort([-works_of[name] for name in members], kind="stable")[:size]
    rng = np.random.default_rng(how.seed)
    blind = [
        covered(came[rng.choice(len(members), size, replace=False)], how.objective).mean()
        for _ in range(DRAWS)
    ]
    return {
        "year": now,
        "member_count": len(members),
        "term_count": len(words),
        "covered_share": float(covered(then[chosen], how.objective).mean()),
        "later_covered_share": float(covered(came[chosen], how.objective).mean()),
        "largest_later_share": float(covered(came[largest], how.objective).mean()),
        "blind_later_share": float(np.mean(blind)),
    }


def coverage_of(
    works: pl.DataFrame, terms: pl.DataFrame, members: list[str], words: list[str], least: int = 1
) -> Floats:
    """1 where a member has ``least`` or more works that name a term, else 0: (members, terms).

    >>> works = pl.DataFrame({"work": ["a", "b"], "member": ["x", "y"]})
    >>> coverage_of(works, pl.DataFrame({"work": ["a"], "term": ["p"]}), ["x", "y"], ["p"]).tolist()
    [[1.0], [0.0]]
    """
    held = works.filter(pl.col("member").is_in(members)).join(
        terms.filter(pl.col("term").is_in(words)), on="work"
    )
    count = (
        held.group_by("member", "term")
        .agg(pl.col("work").n_unique())
        .filter(pl.col("work") >= least)
    )
    rows, columns = ({name: k for k, name in enumerate(names)} for names in (members, words))
    found = np.zeros((len(members), len(words)))
    for name, term, _ in count.iter_rows():
        found[rows[name], columns[term]] = 1.0
    return found


def _conventions(horizon: int, past: int, least: int, objective: str) -> tuple[Words, ...]:
    return (
        OBJECTIVES[objective],
        (
            f"record of consortia: chosen from the {past} years up to the forecast year, covered in the {horizon} years after",
            f"联合体记录：由预测年及之前共{past}年选出，检验其后{horizon}年的覆盖",
        ),
        (f"a member covers a term with {least} or more works", f"成果不少于{least}项即覆盖该术语"),
        (
            "terms of the record: the most frequent in all works of the years that it chose from, each alike; no lead",
            "记录所用术语：选取期内全部成果中最常见者，权重相同；无既定牵头方",
        ),
        (f"blind: the mean of {DRAWS} choices at random", f"随机：{DRAWS}次随机选取的平均"),
    )


def _sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    if not table.height:
        return ()
    own, largest, blind = (
        sum(table[f"{name}_share"].to_list()) / table.height
        for name in ("later_covered", "largest_later", "blind_later")
    )
    english = (
        f"Consortia chosen this way in {table.height} past year{'s' if table.height > 1 else ''} came to cover {own:.1%} of the same terms in the "
        f"years after; those with most works {largest:.1%}, a blind choice {blind:.1%}."
    )
    chinese = f"以往{table.height}个年份按此法选出的联合体，其后覆盖{own:.1%}的同一组术语；成果最多者为{largest:.1%}，随机选取为{blind:.1%}。"
    return (("consortium_record", (english, chinese)),)
