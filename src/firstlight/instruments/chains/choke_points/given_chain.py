"""What a chain is given with, by any measurement of it: who provides its inputs, what is in stock,
which products count, what goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.chains.choke_points.need_graph import NeedGraph, need_graph
from firstlight.instruments.chains.choke_points.provider_shares import Providers, providers_of
from firstlight.instruments.chains.choke_points.removals import (
    Removable,
    Removals,
    removable,
)
from firstlight.instruments.chains.home_country import as_written
from firstlight.schema import Data
from firstlight.texts import Message, Name, message, names

FOLDER = Path(__file__).parent
PROVIDERS = roles.Table(
    {
        "input": roles.Key(),
        "provider": roles.Key(may_be_empty=True),
        "country": roles.Key(may_be_empty=True),
        "share": roles.Number("zero", is_share=True),
        "minor": roles.Label(),
    },
    may_lack=("provider", "country", "share", "minor"),
)


class ChainColumns(TypedDict, total=False):
    """Columns of the inputs of a chain, and who provides them, which measurements of its choke
    points share; each column by its own name unless another is given.

    Parameters
    ----------
    input
        Column of the inputs.
    product
        Column of the steps or products that need them.
    alternative
        Column that marks inputs of a product which can take one another's place: they have the same
        mark. Empty where nothing can.
    providers
        Who provides each input: a row for each firm, country or both, with its share if known. A
        row without a provider holds the share of a country, one without a country, too, that of all
        others.
    """

    input: Annotated[str, roles.Key()]
    product: Annotated[str, roles.Key()]
    alternative: Annotated[str | None, roles.Label()]
    providers: Annotated[Any, PROVIDERS]


@dataclass(frozen=True)
class GivenChain:
    """A chain whose parts can be taken away, as it was given.

    removals : the chain
    finals   : places of the products that count
    strange  : inputs that have providers and that nothing needs
    """

    removals: Removals
    finals: NDArray[np.intp]
    strange: list[str]


def given_chain(
    data: Data,
    finals: Sequence[str] | None,
    *,
    is_listed: bool,
    stop_share: float,
    minor_share: float,
    home: str | None = None,
) -> GivenChain:
    """The chain of needs, providers and stocks.

    Raises InputError for names that it does not have, and for shares that can't be.
    """
    graph = need_graph(data.frame.select("input", "product", "alternative").iter_rows())
    providers, strange = _providers(data, graph, is_listed, minor_share, home)
    stock = _held_months(data, graph)
    what = removable(graph, providers)
    removals = Removals(graph, providers, what, stock, stop_share)
    return GivenChain(removals, _final_places(graph, finals), strange)


def _providers(
    data: Data, graph: NeedGraph, is_listed: bool, minor_share: float, home: str | None
) -> tuple[Providers, list[str]]:
    """The providers of what is needed, and the inputs that have some and that nothing needs."""
    if home is not None and not (
        "providers" in data.tables and data.tables["providers"].has("country")
    ):
        raise _fault(message("home_without_providers", home=Name(home)))
    if "providers" not in data.tables:
        return Providers((), (), is_listed, len(graph.names)), []
    rows = data.tables["providers"].frame
    is_empty = pl.all_horizontal(pl.col("provider", "country", "share").is_null())
    empty = rows.filter(is_empty)
    if empty.height:
        raise _fault(message("names_nobody", input=Name(empty["input"][0])))
    known = pl.col("input").is_in(list(graph.names))
    strange = rows.filter(~known)["input"].unique().sort().to_list()
    if len(strange) == rows["input"].n_unique():
        raise _fault(message("no_input_known", given=names(strange), inputs=names(graph.names)))
    at_home = () if home is None else as_written(home, rows["country"].drop_nulls().unique())
    rows = rows.filter(known)
    return providers_of(rows, graph.names, is_listed, minor_share, at_home), strange


def _held_months(data: Data, graph: NeedGraph) -> NDArray[np.float64]:
    """How many months the stock of each name lasts; 0 where it is not known."""
    stock = np.zeros(len(graph.names))
    if "stocks" in data.tables:
        for name, months in data.tables["stocks"].frame.select("input", "months").iter_rows():
            stock[_place(graph, name)] = months or 0.0
    return stock


def _final_places(graph: NeedGraph, finals: Sequence[str] | None) -> NDArray[np.intp]:
    """The places of the final products."""
    if finals:
        return np.array(sorted(_place(graph, name) for name in finals), np.intp)
    places = np.flatnonzero(graph.is_final)
    if not len(places):
        raise _fault(message("no_final", cycle=names(graph.cycles[0])))
    return places


def _place(graph: NeedGraph, name: str) -> int:
    if name not in graph.at:
        raise _fault(message("no_such_input", name=Name(name), names=names(graph.names)))
    return graph.at[name]


def removal_places(what: Removable, gone: Sequence[str] | None) -> list[int]:
    """Places of what goes at the same time."""
    if not gone:
        return []
    known = what.names
    for name in gone:
        if name not in known:
            raise _fault(message("nothing_to_remove", name=Name(name), names=names(known)))
    return [place for place, name in enumerate(known) if name in gone]


def _fault(what: Message) -> InputError:
    return InputError(what, FOLDER)
