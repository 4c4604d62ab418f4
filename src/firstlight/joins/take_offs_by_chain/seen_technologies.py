"""The technologies of an observation that are looked at, beside a table and a product chain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.concordance.technology_codes.coded_technologies import (
    technology_codes,
)
from firstlight.joins.sector_codes import codes_by_name
from firstlight.joins.table_requirements import Requirements
from firstlight.joins.take_offs_by_chain.technology_needs import (
    chances_of_sectors,
    holds_up,
    inputs_of_sectors,
)
from firstlight.joins.take_offs_by_code import ExpectedTakeOffs
from firstlight.joins.technology_links import Classification, is_counted
from firstlight.schema import Data
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
CHAIN = ("input", "product", "alternative", "code")


@dataclass(frozen=True)
class SeenTechnologies:
    """The technologies that are looked at, the table, and the chain."""

    data: Data
    flows: Requirements
    coded: pl.DataFrame
    found: ExpectedTakeOffs
    classification: Classification
    home: str | None
    least_need: float
    most: int

    @cached_property
    def technologies(self) -> pl.DataFrame:
        """Those with the highest chance: technology, probability, forms."""
        observed = self.data.tables["observation"].frame.filter(is_counted())
        first = observed.sort("probability", "technology", descending=[True, False])
        return first.head(self.most).select("technology", "probability", "forms")

    @cached_property
    def names(self) -> list[str]:
        """Of the technologies."""
        return self.technologies["technology"].to_list()

    @cached_property
    def chances(self) -> Floats:
        """(technologies,), to take off."""
        return self.technologies["probability"].to_numpy()

    @cached_property
    def of_sectors(self) -> Floats:
        """(technologies, sectors), the probability of each sector."""
        parts = self.found.parts.select("technology", "code", "link_share")
        summed = parts.group_by("technology", "code").agg(pl.col("link_share").sort().sum())
        sectors = self.flows.table.sectors
        coded = self.coded
        if self.home is not None:
            own = [
                name for name, at in zip(sectors, self.countries, strict=True) if at == self.home
            ]
            coded = coded.filter(pl.col("sector").is_in(own))
        return chances_of_sectors(summed, coded, self.names, sectors)

    @cached_property
    def countries(self) -> tuple[str | None, ...]:
        """Of the sectors; None where they are not known."""
        sectors = self.flows.table.sectors
        if "sectors" not in self.data.tables:
            return (None,) * len(sectors)
        rows = self.data.tables["sectors"].frame.drop_nulls("country")
        by_name = codes_by_name(self.data)
        known = dict(rows.select("sector", "country").iter_rows())
        found = tuple(known.get(name, known.get(by_name.get(name, name))) for name in sectors)
        if self.home is not None and self.home not in found:
            listed = names(sorted({each for each in found if each is not None}), 5)
            wrong = message("no_country", home=Name(self.home), countries=listed)
            raise InputError(wrong, FOLDER)
        return found

    @cached_property
    def abroad(self) -> Floats | None:
        """(sectors, sectors), imported inputs for a unit of output; None where not known."""
        if self.home is None:
            return self.flows.direct_imported
        is_home = np.array([country == self.home for country in self.countries])
        own = self.flows.direct_imported
        within = np.zeros_like(self.flows.direct) if own is None else own
        return np.where(is_home[:, None], within, self.flows.direct_all)

    @cached_property
    def goods(self) -> list[str]:
        """The codes of each sector: what is the same good in every country."""
        held = dict(
            self.coded.sort("sector", "code")
            .group_by("sector", maintain_order=True)
            .agg(pl.col("code").str.join(", "))
            .iter_rows()
        )
        return [held.get(name, name) for name in self.flows.table.sectors]

    @cached_property
    def bought(self) -> Floats:
        """(sectors, sectors), how surely the lack of the row's goods holds the column up."""
        return holds_up(self.flows.direct_all, self.least_need)

    @cached_property
    def held(self) -> Floats:
        """(sectors, sectors), the same, and 1 for a sector itself."""
        held = self.bought.copy()
        np.fill_diagonal(held, 1.0)
        return held

    @cached_property
    def needs(self) -> pl.DataFrame:
        """Rows of the chain: input, product, alternative, code; none without a chain."""
        if "chain" not in self.data.tables:
            return pl.DataFrame(schema=dict.fromkeys(CHAIN, pl.String))
        return self.data.tables["chain"].frame

    @cached_property
    def inputs(self) -> list[str]:
        """What the chain names: what goes into something else, and what comes out in the end."""
        return pl.concat([self.needs["input"], self.needs["product"]]).unique().sort().to_list()

    @cached_property
    def is_last(self) -> NDArray[np.bool_]:
        """(inputs,), whether an input goes into nothing else of the chain."""
        earlier = set(self.needs["input"])
        return np.array([name not in earlier for name in self.inputs], dtype=np.bool_)

    @cached_property
    def of_inputs(self) -> Floats:
        """(inputs, sectors), the probability of each sector."""
        given = (
            self.needs.drop_nulls("code")
            .sort("input", "code")
            .unique("input", keep="first", maintain_order=True)
        )
        links = given.select("code", technology="input", probability=pl.lit(1.0))
        lacking = [name for name in self.inputs if name not in set(given["input"])]
        if lacking:
            asked = pl.DataFrame({"technology": lacking})
            more = technology_codes(asked, self.classification)
            links = pl.concat([links, more.select(links.columns)])
        return inputs_of_sectors(links, self.coded, self.inputs, self.flows.table.sectors)
