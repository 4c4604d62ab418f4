"""What coupling coordination says: who is best coordinated, which systems lag, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.chart import Chart, Drawing, Mark, by_rank_and_year
from firstlight.instruments.composites.coupling_degree.coordination_tables import (
    GRADES,
    Coordination,
)
from firstlight.numerics.long_frames import last_year
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Value,
    Year,
    message,
    names,
)


def coordination_answer(coordination: Coordination, table: pl.DataFrame) -> list[Message]:
    """The answer: who is best coordinated, which systems lag, and how grades changed."""
    last = degrees_of_last_year(table)
    if not last.height:
        return [message("nothing")]
    said = [*_best(last), *_lagging(coordination, last)]
    if coordination.grades is not None and "year" in table.columns:
        said += _course(table.drop_nulls("grade"), GRADES[coordination.grades][1])
    return said


def degrees_of_last_year(table: pl.DataFrame) -> pl.DataFrame:
    """The rows that have a degree, of the last year with any; the best first, and of equals the
    first by name."""
    return last_year(table.drop_nulls("coordination_index"))


def _best(last: pl.DataFrame) -> list[Message]:
    best = last.row(0, named=True)
    unit = Name(best["unit"])
    degree = Number(best["coordination_index"])
    if last.height == 1:
        said = [message("only", unit=unit, degree=degree)]
    elif "year" in best:
        said = [message("best_in", unit=unit, degree=degree, year=Year(best["year"]))]
    else:
        said = [message("best", unit=unit, degree=degree)]
    if "grade" in best:
        said.append(message("graded", unit=unit, grade=Code(f"codes.grade.{best['grade']}")))
    return said


def _lagging(coordination: Coordination, last: pl.DataFrame) -> list[Message]:
    """In how many units each system lags behind the others, the most frequent first."""
    bound = Number(coordination.in_step)
    count = Count(last.height)
    lags = last.drop_nulls("lagging_system")
    if lags.is_empty():
        return [message("all_in_step", count=count, bound=bound)]
    columns = [f"lagging_{name}" for name in coordination.systems]
    tally = lags.group_by(columns).len().sort("len", columns[0], descending=[True, False])
    items = tuple(
        Phrase(message("phrases.lags_in", system=_system(row), units=Count(row["len"])))
        for row in tally.iter_rows(named=True)
    )
    return [message("lagging", items=List(items), count=count, bound=bound)]


def _system(row: Mapping[str, Any]) -> Remark:
    return Remark.of(row, "lagging_system")


def _course(graded: pl.DataFrame, codes: Sequence[str]) -> list[Message]:
    """How many units rose or fell from the first year to the last, of those that have both."""
    first = graded["year"].min()
    last = graded["year"].max()
    if first == last:
        return []
    place = {code: at for at, code in enumerate(codes)}
    step = graded.select("unit", "year", step=pl.col("grade").replace_strict(place))
    ends = step.filter(pl.col("year") == first).join(
        step.filter(pl.col("year") == last), on="unit", suffix="_last"
    )
    if ends.is_empty():
        return []
    change = ends["step_last"] - ends["step"]
    about: dict[str, Value[Any]] = {"count": Count(ends.height)}
    about |= {"start": Year(int(str(first))), "end": Year(int(str(last)))}
    if not (change != 0).any():
        return [message("same_grades", **about)]
    counts = {"rose": Count(int((change > 0).sum())), "fell": Count(int((change < 0).sum()))}
    return [message("course", **about, **counts)]


def coordination_gaps(table: pl.DataFrame) -> list[Message]:
    """The rows without a degree, and why."""
    gaps = table.drop_nulls("reason")
    if not gaps.height:
        return []
    codes = gaps["reason"].unique().sort()
    reasons = List(tuple(Code(f"codes.reason.{code}") for code in codes))
    units = names(gaps["unit"].unique().sort())
    return [message("gaps", count=Count(gaps.height), units=units, reasons=reasons)]


def coordination_charts(
    coordination: Coordination, table: pl.DataFrame
) -> tuple[Chart | Drawing, ...]:
    """The ranking, level against coupling, the course and how far systems lag or lead."""
    scatter = Drawing(
        "level_and_coupling",
        "scatter",
        "coordination",
        node="unit",
        x="level_index",
        y="coupling_index",
        size="coordination_index",
    )
    by_rank = Chart(
        "by_rank", "coordination", "", (Mark("coordination_index", "bars"),), line="unit"
    )
    if "year" not in coordination.keys.columns:
        return by_rank, scatter
    by_year = Chart("degrees", "coordination", "year", (Mark("coordination_index"),), panel="unit")
    relative = Chart(
        "relative", "relative", "year", (Mark("relative_ratio"),), panel="unit", line="system"
    )
    ranking = by_rank_and_year(table, by_rank, by_year)
    return (*ranking, relative) if len(ranking) > 1 else ranking
