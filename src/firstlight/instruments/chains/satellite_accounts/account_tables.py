"""The tables of accounts: by sector, by part of an account, by country or province, in trade."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import ABROAD, per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.satellite_accounts.economy import ONE, Economy
from firstlight.instruments.chains.satellite_accounts.responsibility import (
    Responsibility,
    responsibility,
)
from firstlight.instruments.chains.satellite_accounts.stressor_rows import Stressors
from firstlight.instruments.chains.satellite_accounts.structural_paths import structural_paths

Floats = NDArray[np.float64]
EMITTERS = 12  # of which links to final goods are computed
LINKS = 15
PATHS = 15
MOST_PATHS = 5000
NOBODY = "—"  # the country of what a table lacks to balance


@dataclass(frozen=True)
class Accounts:
    """The accounts of one year.

    Attributes
    ----------
    economy
        Of n sectors.
    stressors
        k of them.
    path_share
        Of all that is emitted, from which a path is listed; 0 for the largest.
    own
        Who is responsible for what sectors emit.
    """

    economy: Economy
    stressors: Stressors
    path_share: float = 0.0

    @cached_property
    def own(self) -> Responsibility:
        """Who is responsible for what sectors emit."""
        used = self.economy.used
        return responsibility(used.flows, used.output, self.stressors.amounts, used.sectors)

    @cached_property
    def countries(self) -> list[str]:
        """Countries that make or use something; "" for what the table lacks to balance."""
        return sorted({*self.economy.places, *(place for place, _ in self.economy.final)})

    @cached_property
    def made_for(self) -> Floats:
        """(n, countries), output that the final demand of each country needs."""
        bought = np.zeros((len(self.economy.goods), len(self.countries)))
        for (place, _), demand in self.economy.final.items():
            bought[:, self.countries.index(place)] += demand
        return self.own.system.requirements(bought)

    @cached_property
    def made_for_abroad(self) -> Floats:
        """(n,), output that final demand elsewhere needs."""
        if not self.economy.is_of_many:
            return self.own.system.requirements(self.economy.exports)
        places = np.array(self.economy.places)
        countries = np.array(self.countries)[None, :]
        at_home = (places[:, None] == countries) | (countries == ONE)
        return np.asarray(np.where(at_home, 0.0, self.made_for).sum(axis=1))

    def sectors(self) -> pl.DataFrame:
        """A row for each sector and stressor."""
        economy = self.economy
        stressors = self.own
        keys = ["country", "sector"]
        amounts = ["production", "consumption", "income", "production_for_exports"]
        frames = []
        named = zip(self.stressors.names, self.stressors.units, strict=True)
        for j, (name, unit) in enumerate(named):
            frame = pl.DataFrame(
                {
                    "country": economy.places,
                    "sector": economy.goods,
                    "production": stressors.production[:, j],
                    "income": stressors.income[:, j],
                    "production_for_exports": stressors.direct[:, j] * self.made_for_abroad,
                    "direct_intensity": stressors.direct[:, j],
                    "total_intensity": stressors.total[:, j],
                }
            )
            # what is used of a good in a country that makes none has a row as well
            frame = frame.join(self._consumed(j), on=keys, how="full", coalesce=True)
            labels = {"stressor": pl.lit(name), "unit": pl.lit(unit or None, pl.String)}
            frames.append(frame.with_columns(pl.col(amounts).fill_null(0), **labels).sort(keys))
        shown = ["sector", "country", "stressor", "unit", *amounts]
        rows = pl.concat(frames).select(*shown, "direct_intensity", "total_intensity")
        return rows if economy.is_of_many else rows.drop("country")

    def _consumed(self, j: int) -> pl.DataFrame:
        """country, sector, consumption: by the country that uses goods, wherever they are made."""
        economy = self.economy
        goods = pl.DataFrame({"country": economy.places, "sector": economy.goods})
        if not economy.is_of_many:
            return goods.with_columns(consumption=self.own.consumption[:, j])
        m = self.own.total[:, j]
        parts = [
            goods.with_columns(country=pl.lit(place or NOBODY), consumption=m * demand)
            for (place, _), demand in economy.final.items()
        ]
        rest = goods.with_columns(consumption=self.own.unplaced[:, j])
        whole = pl.concat([*parts, rest]).group_by("country", "sector", maintain_order=True)
        return whole.agg(pl.col("consumption").sum()).sort("country", "sector")

    def parts(self) -> pl.DataFrame:
        """A row for each part of each account: who uses, what is paid, and final users' own."""
        rows = list[tuple[str, str, str, float]]()
        stressors = self.own
        economy = self.economy
        final = dict[str, Floats]()
        blocks = sorted({block for _, block in economy.final})
        for block in blocks:  # of all countries together
            final[block] = np.sum([v for (_, b), v in economy.final.items() if b == block], axis=0)
        for j, name in enumerate(self.stressors.names):
            unplaced = float(stressors.unplaced[:, j].sum())
            rows.append((name, "production", "sectors", float(stressors.production[:, j].sum())))
            for block, used in final.items():
                rows.append((name, "consumption", block, float(stressors.total[:, j] @ used)))
            for block, paid in economy.primary.items():
                rows.append((name, "income", block, float(stressors.enabled[:, j] @ paid)))
            direct = float(self.stressors.all_direct[j])
            for account in ("production", "consumption", "income"):
                if unplaced and account != "production":
                    rows.append((name, account, "unplaced", unplaced))
                if direct:
                    rows.append((name, account, "direct", direct))
        frame = pl.DataFrame(rows, schema=["stressor", "account", "part", "value"], orient="row")
        whole = dict(zip(self.stressors.names, self.stressors.territory.tolist(), strict=True))
        units = dict(zip(self.stressors.names, self.stressors.units, strict=True))
        total = pl.col("stressor").replace_strict(whole, return_dtype=pl.Float64)
        unit = pl.col("stressor").replace_strict(units, return_dtype=pl.String)
        return frame.with_columns(
            share=pl.when(total != 0).then(pl.col("value") / total),
            unit=pl.when(unit != "").then(unit),
        ).select("account", "part", "stressor", "unit", "value", "share")

    @cached_property
    def by_country(self) -> pl.DataFrame:
        """A row for each country and stressor; empty for a table of one country."""
        stressors = self.own
        rows = list[dict[str, Any]]()
        places = np.array(self.economy.places)
        none = np.zeros(len(self.stressors.names))
        # what the table lacks to balance is no other country
        nobody = [k for k, each in enumerate(self.countries) if each == ONE]
        named = self.stressors.names if self.economy.is_of_many else ()
        for j, name in enumerate(named):
            needed = stressors.direct[:, j][:, None] * self.made_for
            for c, place in enumerate(self.countries):
                is_own = places == place
                direct = float(self.stressors.direct.get(place, none)[j])
                row = {
                    "production": stressors.production[is_own, j].sum() + direct,
                    "consumption": needed[:, c].sum()
                    + stressors.unplaced[is_own, j].sum()
                    + direct,
                    "income": stressors.income[is_own, j].sum() + direct,
                    "direct": direct,
                    "exported": np.delete(needed[is_own], [c, *nobody], axis=1).sum(),
                    "imported": needed[~is_own, c].sum(),
                }
                rows.append({"country": place or NOBODY, "stressor": name, **row})
        amounts = ["production", "consumption", "income", "direct", "exported", "imported"]
        schema = {"country": pl.String, "stressor": pl.String, **dict.fromkeys(amounts, pl.Float64)}
        frame = pl.DataFrame(rows, schema)
        return frame.with_columns(balance=pl.col("exported") - pl.col("imported"))

    def between_countries(self, j: int) -> pl.DataFrame:
        """What each country emits for the final demand of each other, the most first."""
        needed = self.own.direct[:, j][:, None] * self.made_for
        places = self.economy.places
        rows = [
            (one, other, float(needed[np.array(places) == one, c].sum()))
            for one in sorted(set(places))
            for c, other in enumerate(self.countries)
            if other not in (one, ONE)
        ]
        frame = pl.DataFrame(rows, schema=["country", "for_country", "value"], orient="row")
        return best_first(self._with_share(frame, j), "value")

    @cached_property
    def in_trade(self) -> tuple[pl.DataFrame, bool]:
        """What exports and imports of each good carry, imports as if they were made at home; and
        whether such a technology exists."""
        economy = self.economy
        stressors = self.own
        frames = list[pl.DataFrame]()
        is_made = True
        foreign: Floats | None = None
        again = np.zeros(len(economy.goods))
        if economy.imported is not None:
            try:
                system = ProductionSystem(economy.all_inputs, economy.used.sectors)
                foreign = system.multipliers(stressors.direct)
                again = self._imports_in_exports()
            except InputError as error:
                if error.code != "not_productive":
                    raise
                is_made = False
        for j, name in enumerate(self.stressors.names):
            columns = {"exports_carry": stressors.total[:, j] * economy.exports}
            if foreign is not None and economy.imported is not None:
                columns["imports_carry"] = foreign[:, j] * economy.imported
                columns["imports_for_exports_carry"] = foreign[:, j] * again
            frames.append(pl.DataFrame({"sector": economy.goods, "stressor": name, **columns}))
        return pl.concat(frames), is_made

    def _imports_in_exports(self) -> Floats:
        """(n,), imported goods that go into exports, directly or through what is made at home."""
        economy = self.economy
        inputs = economy.all_inputs - economy.used.coefficients
        beyond = economy.table.imported_uses or {}
        whole = [inputs @ self.made_for_abroad]
        whole += [own for block, own in beyond.items() if block in ABROAD]
        return np.asarray(np.sum(whole, axis=0))

    @cached_property
    def by_province(self) -> pl.DataFrame:
        """What each province's sectors emit, and for whom if they sell as the nation's do; empty
        where stressors have no places, or these are countries."""
        schema = {
            "province": pl.String,
            "stressor": pl.String,
            "production": pl.Float64,
            "direct": pl.Float64,
            "for_home": pl.Float64,
            "for_exports": pl.Float64,
        }
        cells = self.stressors.cells.drop_nulls("place")
        if self.economy.is_of_many or not cells.height:
            return pl.DataFrame(schema=schema)
        share = per_output(self.made_for_abroad, self.economy.used.output)
        sold = pl.DataFrame({"at": range(len(share)), "abroad": share})
        cells = cells.join(sold, on="at", how="left").sort("place", "stressor", "at", "value")
        is_made = pl.col("at").is_not_null()
        return (
            cells.group_by("place", "stressor", maintain_order=True)
            .agg(
                production=pl.col("value").sum(),
                direct=pl.col("value").filter(~is_made).sum(),
                for_home=(pl.col("value") * (1 - pl.col("abroad"))).filter(is_made).sum(),
                for_exports=(pl.col("value") * pl.col("abroad")).filter(is_made).sum(),
            )
            .rename({"place": "province"})
            .select(list(schema))
        )

    def links(self, j: int) -> pl.DataFrame:
        """From the largest emitters to the final goods that they emit for, the most first."""
        stressors = self.own
        names = self.economy.used.sectors
        order = np.argsort(-np.round(stressors.production[:, j], 9), kind="stable")[:EMITTERS]
        units = np.zeros((len(names), len(order)))
        units[order, range(len(order))] = stressors.direct[order, j]
        carried = stressors.system.multipliers(units) * self.economy.used.final_demand[:, None]
        rows = [
            (names[i], names[k], float(carried[k, c]))
            for c, i in enumerate(order.tolist())
            for k in range(len(names))
            if carried[k, c] > 0
        ]
        schema = {"emitter": pl.String, "final_good": pl.String, "value": pl.Float64}
        frame = pl.DataFrame(rows, schema, orient="row")
        return best_first(self._with_share(frame, j), "value").head(LINKS)

    def paths(self, j: int) -> pl.DataFrame:
        """The single paths that carry most, or those that carry a share of all."""
        stressors = self.own
        names = self.economy.used.sectors
        final = self.economy.used.final_demand
        intensities = (stressors.direct[:, j], stressors.total[:, j])
        # a share bounds what is listed by itself; without it the number of paths does
        most = PATHS
        least = 0.0
        if self.path_share:
            most = MOST_PATHS
            least = self.path_share * float(self.stressors.territory[j])
        longest = structural_paths(stressors.system.a, *intensities, final, most, least)
        rows = [
            (
                rank,
                " → ".join(names[i] for i in path),
                names[path[0]],
                names[path[-1]],
                len(path) - 1,
                value,
            )
            for rank, (path, value) in enumerate(longest, 1)
        ]
        columns = ["rank", "path", "emitter", "final_good", "steps_count", "value"]
        types = [pl.Int64, pl.String, pl.String, pl.String, pl.Int64, pl.Float64]
        frame = pl.DataFrame(rows, dict(zip(columns, types, strict=True)), orient="row")
        return self._with_share(frame, j)

    def _with_share(self, frame: pl.DataFrame, j: int) -> pl.DataFrame:
        """With each value's part of all that is emitted, null where that is 0."""
        whole = float(self.stressors.territory[j])
        share = pl.col("value") / whole if whole else pl.lit(None, pl.Float64)
        return frame.with_columns(share=share)
