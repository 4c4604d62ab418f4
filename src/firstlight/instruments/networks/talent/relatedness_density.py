"""Relatedness density: how much of a place's employment has the skills that an industry would draw on.

Symbols: E_pj people of place p in industry j; r_ij relatedness of two industries, -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.talent.skill_relatedness import SkillRelatedness
from firstlight.numerics.finding import Finding
from firstlight.numerics.long_frames import read_long

EQUAL = 1e-10  # a quotient this near to 1 has reached it: rounding must not decide
NO_FLOWS = ("no moves from or to this industry were seen", "未观测到该行业的人员流动")


@dataclass(frozen=True, kw_only=True)
class RelatednessDensity(Finding):
    """Relatedness density, a row per place and industry, whether the industry is there or not.

    table : place, industry, people_count, location_quotient, related_employment_share (of the place's other employment: in related
            industries), base_share (the same over all places), density_share (of the industry's relatedness: to industries in which
            the place is specialised), reason_en, reason_zh
    """

    def _chart(self, alt: Any) -> Any:
        shown = self.table.drop_nulls("density_share")
        return (
            alt.Chart(shown)
            .mark_circle()
            .encode(x="density_share:Q", y="location_quotient:Q", tooltip="industry:N")
        )


def density_of(employment: Any, relatedness: Any, related: Any) -> tuple[Floats, Floats, Floats]:
    """Related employment, the same over all places, and density.

    related employment = sum over j != i of E_pj [ij related] / sum over j != i of E_pj;
    density = sum over j != i of max(r_ij, 0) U_pj / sum over j != i of max(r_ij, 0), U_pj 1 where the location quotient is at least 1.

    employment  : (places, industries), at least 0
    relatedness : (industries, industries) symmetric, sparse; only what is above 0 counts; related : 0 or 1, of that shape
    Returns (places, industries), (industries,), (places, industries); nan where the divisor is 0.
    Source: Neffke, Henning and Boschma (2011), Economic Geography 87(3), 237-265; Boschma, Balland and Kogler (2015), Industrial
            and Corporate Change 24(1), 223-250.

    >>> density_of([[8, 2, 0], [1, 1, 8]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]])[0].round(2).tolist()
    [[1.0, 1.0, 0.0], [0.11, 0.11, 0.0]]
    """
    people = np.asarray(employment, dtype=np.float64)
    close = sparse.csr_array(relatedness, dtype=np.float64)
    close = close.multiply(close > 0).tocsr()
    is_near = sparse.csr_array(related, dtype=np.float64)
    for matrix in (close, is_near):
        matrix.setdiag(0)
    total = people.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (people @ is_near) / (people.sum(axis=1, keepdims=True) - people)
        base = (people.sum(axis=0) @ is_near) / (total - people.sum(axis=0))
        quotient = people * total / (people.sum(axis=1, keepdims=True) * people.sum(axis=0))
        present = np.nan_to_num(quotient) >= 1 - EQUAL
        density = (present.astype(np.float64) @ close) / np.asarray(close.sum(axis=0)).ravel()
    return share, base, density


def relatedness_density(
    frame: Any,
    related: SkillRelatedness,
    place: str = "place",
    industry: str = "industry",
    people: str = "people_count",
) -> RelatednessDensity:
    """How near each industry is to what a place's people do.

    frame   : a row per place and industry with its people; one without a row has none, a missing number is an error
    related : of the same industries
    Returns RelatednessDensity.
    Raises  InputError as ``read_long``, for a key that stands twice, missing or negative people, or fewer than two industries.

    >>> from firstlight.instruments.networks.talent.skill_relatedness import skill_relatedness
    >>> moves = pl.DataFrame({"origin": list("xyz"), "destination": list("yxx"), "people_count": [90, 90, 1]})
    >>> rows = pl.DataFrame({"place": ["P", "P", "Q"], "industry": list("xyz"), "people_count": [5, 5, 9]})
    >>> relatedness_density(rows, skill_relatedness(moves)).table.shape
    (6, 9)
    """
    table = read_long(frame, {"place": place, "industry": industry, "people": people}, ["people"])
    _refuse(table)
    places, industries = (sorted(set(table[name].to_list())) for name in ("place", "industry"))
    if len(industries) < 2:
        raise InputError("one industry", where="the frame", try_next="pass two or more")
    order = [{name: k for k, name in enumerate(names)} for names in (places, industries)]
    held = np.zeros((len(places), len(industries)))
    held[[order[0][p] for p in table["place"]], [order[1][i] for i in table["industry"]]] = table[
        "people"
    ].to_numpy()
    close, near = _matrices(related, order[1])
    share, base, density = density_of(held, close, near)
    known = np.isin(industries, related.units)
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = held * held.sum() / (held.sum(axis=1, keepdims=True) * held.sum(axis=0))
    wide = np.broadcast_to(known, held.shape).ravel()
    numbers = {
        "related_employment_share": np.where(wide, share.ravel(), np.nan),
        "base_share": np.where(wide, np.tile(base, len(places)), np.nan),
        "density_share": np.where(wide, density.ravel(), np.nan),
    }
    found = pl.DataFrame(
        {
            "place": np.repeat(places, len(industries)),
            "industry": np.tile(industries, len(places)),
            "people_count": held.ravel(),
            "location_quotient": quotient.ravel(),
            **numbers,
            "reason_en": np.where(wide, "", NO_FLOWS[0]),
            "reason_zh": np.where(wide, "", NO_FLOWS[1]),
        }
    ).with_columns(pl.col("location_quotient", *numbers).fill_nan(None))
    return RelatednessDensity(
        table=found,
        sentences=_sentences(found),
        conventions=(
            (
                "related employment: of the place's people outside the industry, those in industries related to it",
                "相关就业：本地该行业以外就业中处于相关行业的比例",
            ),
            (
                "density: relatedness above 0 to industries with a location quotient of 1 or more",
                "密度：与区位商不低于1的行业之间的正关联度占比",
            ),
            ("an industry without a row in a place has nobody there", "某地无记录的行业视为无就业"),
        ),
        given=frame,
    )


def _refuse(table: pl.DataFrame) -> None:
    bad = table.filter(pl.col("people").is_null() | (pl.col("people") < 0))
    if bad.height:
        one, two, value = bad.select("place", "industry", "people").row(0)
        said = "no number of people" if value is None else f"{value:g} people"
        raise InputError(
            said,
            where=f"{one}, {two}",
            try_next="0 or more; leave the row out where nobody is there",
        )
    twice = table.filter(pl.struct("place", "industry").is_duplicated())
    if twice.height:
        one, two = twice.select("place", "industry").row(0)
        raise InputError(
            "a row that stands twice", where=f"{one}, {two}", try_next="add its rows up first"
        )


def _matrices(related: SkillRelatedness, order: dict[str, int]) -> tuple[Any, Any]:
    own = related.table.filter(
        pl.col("unit_1").is_in(list(order)) & pl.col("unit_2").is_in(list(order))
    )
    ends = [[order[name] for name in own[side]] for side in ("unit_1", "unit_2")]
    shape = (len(order), len(order))
    found = []
    for name in ("relatedness_index", "is_related"):
        half = sparse.csr_array(
            (own[name].cast(pl.Float64).fill_null(0.0).to_numpy(), (ends[0], ends[1])), shape=shape
        )
        found.append((half + half.T).tocsr())
    return found[0], found[1]


def _sentences(found: pl.DataFrame) -> tuple[tuple[str, tuple[str, str]], ...]:
    absent = found.filter((pl.col("people_count") == 0) & pl.col("density_share").is_not_null())
    if not absent.height:
        return (
            (
                "none",
                ("Every place has every industry that can be compared.", "各地已有全部可比行业。"),
            ),
        )
    top = absent.sort("density_share", "place", "industry", descending=[True, False, False]).row(
        0, named=True
    )
    words = (
        f"Of what is not there yet, {top['industry']} in {top['place']} is nearest: density {top['density_share']:.0%}, "
        f"{top['related_employment_share']:.0%} of the people in related industries (all places: {top['base_share']:.0%}).",
        f"在尚未出现的行业中，{top['place']}的{top['industry']}最为接近：密度{top['density_share']:.0%}，"
        f"相关行业就业占{top['related_employment_share']:.0%}（全部地区为{top['base_share']:.0%}）。",
    )
    return (("nearest", words),)
