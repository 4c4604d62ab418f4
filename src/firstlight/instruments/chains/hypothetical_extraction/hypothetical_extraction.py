"""What would be lost without a sector, and where sectors stand in chains."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.chains.balance import oddities
from firstlight.instruments.chains.chain_positions import (
    average_propagation_lengths,
    downstreamness,
    upstreamness,
)
from firstlight.instruments.chains.hypothetical_extraction.extracted_sectors import (
    extraction_losses,
)
from firstlight.instruments.chains.io_table import IOTable, per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.ranked_rows import best_first, over_years
from firstlight.instruments.chains.yearly_tables import (
    TableColumns,
    modelled,
    read_tables,
    unlike_years,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Message, Name, Number, Share, Value, Year, message

SEEN = 0.005  # of a unit or a step, below which no sector stands out
DIGITS = 10  # of a link's strength, so that equal links keep the order of the table


def extraction(
    frame: Any,
    *,
    inputs: Literal["domestic", "all"] = "domestic",
    share: Annotated[float, roles.Bounds(0.001, 1)] = 1.0,
    links: Annotated[int, roles.Bounds(0, 100_000)] = 50,
    **columns: Unpack[TableColumns],
) -> Result:
    """Output and value added that all sectors lose without each of them, and how far each is from
    final users and from first inputs.

    Parameters
    ----------
    frame
        A square table, sectors in rows and columns, with columns of final uses and rows of value
        added; or a row for each cell.
    inputs
        Inputs made at home, or those from everywhere. Imports in a column of their own are taken
        from all home uses of a good in proportion.
    share
        How much of a sector's purchases, sales and final demand is taken away.
    links
        How many of the strongest links between two sectors are listed with their steps.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``extraction`` (sector, year, losses and their shares), ``positions``
    (sector, year, upstreamness, downstreamness) and ``links`` (supplier, user, year, link_index,
    propagation_length).

    Raises
    ------
    InputError
        For a table that is not square, has cells without numbers or can't meet its final demand.

    References
    ----------
    Dietzenbacher and van der Linden 1997, Journal of Regional Science 37(2), 235-257; Antràs, Chor,
    Fally and Hillberry 2012, American Economic Review 102(3), 412-416; Dietzenbacher, Romero and
    Bosma 2005, Estudios de Economía Aplicada 23(2), 405-422.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"],
    ...     "user": ["farms", "mills", "farms", "mills", "final demand", "final demand"],
    ...     "value": [150, 500, 200, 100, 350, 1700],
    ... }
    >>> extraction(pl.DataFrame(cells)).table["total_loss"].round(2).to_list()
    [2588.24, 1210.53]
    """
    data = EXTRACTION.read(locals())
    losses = dict[int | None, pl.DataFrame]()
    places = losses.copy()
    pairs = losses.copy()
    tables = read_tables(data)
    for at, table in tables.items():
        used, notes = modelled(table, inputs)
        system = ProductionSystem(used.coefficients, used.sectors)
        losses[at] = _losses(used, system, share)
        places[at] = _positions(used, system)
        pairs[at] = _links(used, system, links)
    # what is said is of the last year
    said = [*_answer(losses[at], places[at], at, share), *unlike_years(tables)]
    said += [*oddities(table), *notes]
    return Result(
        {
            "extraction": over_years(losses, "total_loss_share"),
            "positions": over_years(places, "upstreamness"),
            "links": over_years(pairs, "link_index", after=2),
        },
        tuple(said),
        EXTRACTION.texts,
        conventions=(
            message(f"inputs_{inputs}"),
            message("extracted", share=Share(share)),
            message("not_corrected"),
            message("strength"),
        ),
        charts=_charts(),
        given=data.given,
    )


def _losses(table: IOTable, system: ProductionSystem, share: float) -> pl.DataFrame:
    x = table.output
    output = extraction_losses(system, x, share)
    columns = {
        "sector": pl.Series(table.sectors),
        "total_loss": output.total,
        "total_loss_share": output.total / x.sum(),
        "own_loss": output.own,
        "rest_loss": output.total - output.own,
        "backward_loss": output.backward,
        "backward_loss_share": output.backward / x.sum(),
        "forward_loss": output.forward,
        "forward_loss_share": output.forward / x.sum(),
        "supply_loss": output.supplied,
        "supply_loss_share": output.supplied / x.sum(),
        "output": x,
    }
    if (added := table.value_added) is not None and added.sum() > 0:
        lost = extraction_losses(system, x, share, per_output(added, x)).total
        columns["value_added_loss_share"] = lost / added.sum()
    return pl.DataFrame(columns)


def _positions(table: IOTable, system: ProductionSystem) -> pl.DataFrame:
    steps = {"upstreamness": upstreamness(system, table.output)}
    steps["downstreamness"] = downstreamness(system)
    frame = pl.DataFrame({"sector": table.sectors, **steps, "output": table.output})
    # what makes nothing stands nowhere
    return frame.with_columns(pl.when(pl.col("output") != 0).then(pl.col(*steps)))


def _links(table: IOTable, system: ProductionSystem, most: int) -> pl.DataFrame:
    """The strongest links between two sectors: the mean of what one needs of the other and of what
    it leads to there."""
    x = table.output
    needed = system.inverse - np.eye(len(x))
    led_to = np.divide(needed * x, x[:, None], out=np.zeros_like(needed), where=x[:, None] != 0)
    strength = np.round((needed + led_to) / 2, DIGITS)
    np.fill_diagonal(strength, 0)
    order = np.argsort(-strength, axis=None, kind="stable")[:most]
    i, j = np.unravel_index(order[strength.ravel()[order] > 0], strength.shape)
    names = np.array(table.sectors, dtype=object)
    return pl.DataFrame(
        {
            "supplier": pl.Series(names[i].tolist(), dtype=pl.String),
            "user": pl.Series(names[j].tolist(), dtype=pl.String),
            "link_index": strength[i, j],
            "propagation_length": average_propagation_lengths(system)[i, j],
        }
    )


def _answer(
    losses: pl.DataFrame, places: pl.DataFrame, year: int | None, share: float
) -> list[Message]:
    """Without whom most would be lost, on whom most hangs for its size, and who is far upstream."""
    first = best_first(losses, "total_loss_share").row(0, named=True)
    values: dict[str, Value[Any]] = {
        "sector": Name(first["sector"]),
        "share": Share(first["total_loss_share"], digits=1),
        "rest": Share(first["rest_loss"] / first["total_loss"]),
    }
    said = [message("falls_most", **values)]
    if share != 1:
        values["own"] = Share(first["own_loss"] / first["output"], digits=1)
        said = [message("falls_most_by", cut=Share(share, digits=1), **values)]
    if year is not None:
        said.append(message("as_of", year=Year(year)))
    carried = losses.filter(pl.col("output") > 0).with_columns(
        times=pl.col("rest_loss") / pl.col("own_loss")
    )
    most = best_first(carried, "times").row(0, named=True)
    if most["times"] > SEEN:
        said.append(message("carries", sector=Name(most["sector"]), times=Number(most["times"])))
    ordered = best_first(places.drop_nulls("upstreamness"), "upstreamness")
    far = ordered.row(0, named=True)
    near = ordered.row(-1, named=True)
    if far["upstreamness"] - near["upstreamness"] < SEEN:
        return said
    said.append(
        message(
            "farthest",
            sector=Name(far["sector"]),
            steps=Number(far["upstreamness"], 1),
            other=Name(near["sector"]),
            other_steps=Number(near["upstreamness"], 1),
        )
    )
    return said


def _charts() -> tuple[Chart | Drawing, ...]:
    ranking = Chart(
        "loss_by_rank", "extraction", "", (Mark("total_loss_share", "bars"),), line="sector"
    )
    plane = Drawing(
        "positions",
        "scatter",
        "positions",
        node="sector",
        x="downstreamness",
        y="upstreamness",
        size="output",
    )
    return ranking, plane


EXTRACTION = Measurement(
    extraction,
    citation=(
        "Dietzenbacher and van der Linden 1997, Journal of Regional Science 37(2), 235-257; "
        "Antràs, Chor, Fally and Hillberry 2012, American Economic Review 102(3), 412-416"
    ),
    sample=Sample(),
    brief=("sector", "year", "total_loss_share", "backward_loss_share", "forward_loss_share"),
)
