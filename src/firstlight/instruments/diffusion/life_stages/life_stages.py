"""Stages: where in its life cycle each technology is, by its share of all documents or patents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.errors import InputError, empty_column
from firstlight.instruments.diffusion.life_cycle import (
    CODES,
    FEWEST_DOCUMENTS,
    calibration_of,
    life_cycle,
)
from firstlight.instruments.diffusion.life_cycle import STAGES as NAMES
from firstlight.instruments.diffusion.stage_calibration import StageCalibration
from firstlight.instruments.diffusion.technology_columns import TechnologyColumns
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.long_frames import finite_or_none
from firstlight.result import Result
from firstlight.texts import Code, Count, List, Message, Name, Phrase, Share, message, names

# years before the last in which stages are judged again, to learn how far to trust them
EARLIER: Final = (4, 7, 10)
FEWEST_BEFORE: Final = 8  # years, for such a judgement
MOST_NAMED: Final = 5
EARLY: Final = ("emergence", "growth")
_F, _S, _I = pl.Float64, pl.String, pl.Int64
PROBABILITIES: Final = ("emergence_share", "growth_share", "maturity_share", "decline_share")
TABLE: dict[str, Any] = {
    "technology": _S,
    "last_year": _I,
    "documents_count": _F,
    "stage": _S,
    **dict.fromkeys(PROBABILITIES, _F),
    "fraction_share": _F,
    "reason": _S,
    "reason_year": _I,
}
SHARES: dict[str, Any] = {"technology": _S, "year": _I, "technology_share": _F}


def stages(
    frame: Any,
    *,
    value: Annotated[str, roles.Number("zero", is_filled=True)] = "value",
    total: Annotated[str, roles.Number("zero")] = "total",
    calibrate: bool = True,
    **columns: Unpack[TechnologyColumns],
) -> Result:
    """Whether each technology emerges, grows, is mature or declines, by its share of all.

    The share follows a logistic curve, a Gompertz curve, or one that rises to a peak and falls from
    it; the three are weighed by what the counts say. Old years count less. A technology that can't
    be judged stays in the table with its reason.

    Parameters
    ----------
    frame
        A row for each technology and year.
    value
        Column with the number of documents, patents or sales of the technology.
    total
        Column with the number of all, of which these are a part.
    calibrate
        Whether the stages of four, seven and ten years ago are judged again, and held against what
        became of them; done where a hundred outcomes are known.
    **columns
        Columns of the table: `TechnologyColumns`.

    Returns
    -------
    Result with the tables ``stages`` (technology, last_year, documents_count, stage,
    emergence_share .. decline_share, the probabilities of the stages, fraction_share, the share of
    saturation reached, reason, reason_year) and ``shares`` (technology, year, technology_share).

    Raises
    ------
    InputError
        Where no technology can be judged.

    References
    ----------
    Rao 1948, Mathematical Proceedings of the Cambridge Philosophical Society 44(1), 50-57 (whether
    there is a trend). Guo, Pleiss, Sun and Weinberger 2017, ICML 70, 1321-1330 (calibration).

    Examples
    --------
    >>> counts = [1, 2, 4, 8, 15, 28, 50, 85, 120, 150, 168, 175, 178, 180, 179, 180]
    >>> rows = pl.DataFrame({"technology": "a", "year": range(2001, 2017), "value": counts})
    >>> stages(rows.with_columns(total=9000)).table["stage"].to_list()
    ['maturity']
    """
    data = STAGES.read(locals())
    known = data.frame.drop_nulls("value").sort("technology", "year")
    known = known.select("technology", pl.col("year").cast(_I), pl.col("value", "total").cast(_F))
    groups = list(_groups(known))
    calibration = _calibration(groups) if calibrate else None
    rows = list[dict[str, Any]]()
    for techs, years, counts, totals in groups:
        rows += _judged(techs, years, counts, totals, calibration)
    table = pl.DataFrame(rows, schema=TABLE).sort("technology")
    if not table.height:
        raise empty_column("value")
    if table["stage"].null_count() == table.height:
        first = table.row(0, named=True)
        reason = Code(f"codes.reason.{first['reason']}")
        raise STAGES.error(
            message("nothing_judged", technology=Name(first["technology"]), reason=reason)
        )
    share = (pl.col("value") / pl.col("total")).alias("technology_share")
    shares = known.filter(pl.col("total") > 0).select("technology", "year", share)
    return Result(
        {"stages": table, "shares": shares.select(SHARES.keys())},
        tuple(_said(table)),
        STAGES.texts,
        conventions=_conventions(calibration),
        charts=(
            Chart("shares", "shares", "year", (Mark("technology_share"),), panel="technology"),
        ),
        given=data.given,
    )


Group = tuple[list[str], Any, Any, Any]


def _groups(known: pl.DataFrame) -> Iterator[Group]:
    """Technologies with the same years and totals: names, years, counts (technologies, years),
    totals."""
    found: dict[tuple[Any, ...], list[tuple[str, Any]]] = {}
    for (name,), own in known.group_by("technology", maintain_order=True):
        key = (*own["year"].to_list(), *own["total"].to_list())
        found.setdefault(key, []).append((str(name), own))
    for same in found.values():
        first = same[0][1]
        counts = np.stack([own["value"].to_numpy() for _, own in same])
        totals = first["total"].fill_null(np.nan).to_numpy()
        yield [name for name, _ in same], first["year"].to_numpy(), counts, totals


def _calibration(groups: list[Group]) -> StageCalibration | None:
    """How far to trust stages, from those of earlier years; None where too little is known."""
    earlier = []
    last = max((int(years[-1]) for _, years, _, _ in groups), default=0)
    for _, years, counts, totals in groups:
        is_whole = years.size == years[-1] - years[0] + 1
        if not is_whole or not (totals > 0).all() or (counts > totals).any():
            continue
        earlier += [
            (counts, totals, years, int(years[-1]) - back)
            for back in EARLIER
            if years.size - back >= FEWEST_BEFORE
        ]
    try:
        return calibration_of(earlier, last)
    except InputError as error:
        if error.code != "few_outcomes":
            raise
        return None


def _judged(
    techs: list[str], years: Any, counts: Any, totals: Any, calibration: StageCalibration | None
) -> list[dict[str, Any]]:
    """Rows of TABLE of technologies with the same years and totals."""
    rows = [
        {**dict.fromkeys(TABLE), "technology": name, "last_year": int(years[-1])} for name in techs
    ]
    for row, own in zip(rows, counts, strict=True):
        row["documents_count"] = float(own.sum())
        above = np.flatnonzero(own > totals)
        if above.size:
            row |= {"reason": "above_total", "reason_year": int(years[above[0]])}
    fit = [k for k, row in enumerate(rows) if row["reason"] is None]
    if not fit:
        return rows
    try:
        found = life_cycle(counts[fit], totals, years, calibration=calibration)
    except InputError as error:
        for k in fit:
            rows[k] |= {"reason": error.code}
        return rows
    for place, k in enumerate(fit):
        chances = found.probabilities[place]
        is_known = bool(np.isfinite(chances[0]))
        rows[k] |= {"stage": CODES[int(found.stage[place])], "reason": found.reason[place] or None}
        rows[k]["fraction_share"] = finite_or_none(found.fraction[place])
        if is_known:
            rows[k] |= dict(zip(PROBABILITIES, chances.tolist(), strict=True))
    return rows


def _said(table: pl.DataFrame) -> list[Message]:
    """How many are in which stage, which are early, and what was not judged."""
    judged = table.filter(pl.col("stage").is_in(NAMES))
    every = Count(table.height)
    if judged.height == 1 and table.height == 1:
        row = judged.row(0, named=True)
        chance = Share(row[f"{row['stage']}_share"])
        called = Code(f"codes.stage.{row['stage']}")
        said = [message("is_in", technology=Name(row["technology"]), stage=called, chance=chance)]
    elif judged.height:
        parts = tuple(_in_stage(judged, stage) for stage in NAMES if stage in set(judged["stage"]))
        counts = {"count": Count(judged.height), "all": every}
        said = [message("in_stages", parts=List(parts), **counts)]
    else:
        said = [message("none_judged", count=every)]
    if table.height > 1:
        for stage in EARLY:
            own = judged.filter(stage=stage)
            order = [-pl.col(f"{stage}_share").round(9), pl.col("technology")]
            if own.height:
                named = names(own.sort(order)["technology"], most=MOST_NAMED)
                said.append(message(stage, technologies=named))
    for reason in ("no_trend", "no_majority"):
        own = table.filter(reason=reason)
        if own.height:
            named = names(own["technology"], most=MOST_NAMED)
            said.append(message(reason, count=Count(own.height), technologies=named))
    left = table.filter(pl.col("stage").is_null() | (pl.col("reason") == "few_documents"))
    if left.height:
        first = left.row(0, named=True)
        values = {"technology": Name(first["technology"])}
        why = Code(f"codes.reason.{first['reason']}")
        said.append(message("left_out", count=Count(left.height), reason=why, **values))
    if "curves_alone" in set(table["reason"]):
        said.append(message("curves_alone"))
    return said


def _in_stage(judged: pl.DataFrame, stage: str) -> Phrase:
    count = Count(judged.filter(stage=stage).height)
    return Phrase(message("phrases.in_stage", count=count, stage=Code(f"codes.stage.{stage}")))


def _conventions(calibration: StageCalibration | None) -> tuple[Message, ...]:
    trust = message("uncalibrated")
    if calibration is not None:
        trust = message("calibrated", count=Count(calibration.n))
    few = message("enough", fewest=Count(FEWEST_DOCUMENTS))
    return (message("meant"), message("curves"), trust, message("trend"), few)


STAGES = Measurement(
    stages,
    citation="Rao 1948, Mathematical Proceedings of the Cambridge Philosophical Society 44(1), "
    "50-57; Guo, Pleiss, Sun and Weinberger 2017, ICML 70, 1321-1330",
    sample=Sample({}),
    brief=("technology", "stage", *PROBABILITIES, "reason"),
)
