"""World tables that tests of trade in value added share, and the terms of exports by following
every delivery from round to round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.chains import WorldTable, world_table

Floats = NDArray[np.float64]
ROUNDS = 400


def made_up(seed: int = 3, sizes: tuple[int, ...] = (2, 3, 1, 2)) -> WorldTable:
    """Countries with unlike numbers of industries, and one that only uses."""
    rng, size = np.random.default_rng(seed), sum(sizes)
    place = np.repeat(np.arange(len(sizes)), sizes)
    home = np.where(place[:, None] == place, 3.0, 1.0)
    flows = rng.uniform(0, 5, (size, size)) * home
    final = rng.uniform(5, 20, (size, len(sizes) + 1))
    names = [f"country {g}" for g in place]
    industries = [f"industry {i}" for i in range(size)]
    return world_table(flows, final, names, industries, [*sorted(set(names)), "country 9"])


def wide(table: WorldTable) -> pl.DataFrame:
    """The table as rows of country, supplier, buyer_country, user, value."""
    rows = list[tuple[Any, ...]]()
    for i, industry in enumerate(table.industries):
        own = table.countries[table.country[i]]
        for j, user in enumerate(table.industries):
            buyer = table.countries[table.country[j]]
            rows.append((own, industry, buyer, user, float(table.flows[i, j])))
        for g, buyer in enumerate(table.countries):
            rows.append((own, industry, buyer, "final", float(table.final[i, g])))
    names = ["country", "supplier", "buyer_country", "user", "value"]
    return pl.DataFrame(rows, schema=names, orient="row")


def five_countries(shared: Path) -> pl.DataFrame:
    """An invented table of 30 industries, two countries of which are in parts."""
    file = pl.read_csv(shared / "data" / "gvc" / "five_countries_test.csv")
    return file.rename({file.columns[0]: "supplier"}).unpivot(
        index="supplier", variable_name="user"
    )


def leather(shared: Path) -> WorldTable:
    """Three countries and three industries."""
    folder = shared / "data" / "gvc"
    read = {
        name: pl.read_csv(folder / f"leather__{name}.csv", infer_schema=False)
        for name in ("inter", "final", "countries", "industries")
    }
    flows, final = (read[name][:, 1:].cast(pl.Float64).to_numpy() for name in ("inter", "final"))
    countries, industries = (read[name]["v"].to_list() for name in ("countries", "industries"))
    names = [name for name in countries for _ in industries]
    return world_table(flows, final, names, industries * len(countries), countries)


def wiod(shared: Path, year: int) -> pl.DataFrame:
    """A square table of 41 countries and 35 industries, with the outputs that it states."""
    parts = [
        pl.read_parquet(shared / "data" / "io" / f"{name}_{year}.parquet") for name in ("Z", "F")
    ]
    x = pl.read_parquet(shared / "data" / "io" / f"x_{year}.parquet")["x"]
    flows, final = (part.drop("__index_level_0__") for part in parts)
    names = parts[0]["__index_level_0__"].alias("supplier")
    return pl.DataFrame([names]).hstack(flows).hstack(final).with_columns(output=x)


def wiod_table(shared: Path, year: int, *, is_stated: bool = False) -> WorldTable:
    """The same, as matrices."""
    rows = wiod(shared, year)
    names = rows["supplier"].to_list()
    finals = [name for name in rows.columns if name not in {*names, "supplier", "output"}]
    return world_table(
        rows.select(names).to_numpy().astype(float),
        rows.select(finals).to_numpy().astype(float),
        [name.split(".")[0] for name in names],
        [name.split(".")[1] for name in names],
        [name.split(".")[0] for name in finals],
        rows["output"].to_numpy() if is_stated else None,
    )


def followed(
    table: WorldTable, s: int, partners: list[int], basis: str
) -> tuple[Floats, Floats, Floats]:
    """Domestic value added, what of it returns, and foreign value added in what s exports to the
    partners, (n, partners), round by round.

    By source a product is traced back to those who made it, and given up where it has crossed the
    border before; by sink it is traced on to its users, and given up where it crosses again.
    """
    is_own = table.country == s
    is_border = is_own[:, None] & np.isin(table.country, partners)
    x = table.output
    a = table.flows / x
    v = 1 - a.sum(axis=0)
    exports = table.exports[:, partners] * is_own[:, None]
    # of a unit that each delivers as an input to k: what ends with final users of s, and, where it
    # may not cross again, what ends at all
    onward, final = table.flows / x[:, None], table.final / x[:, None]
    is_free = basis == "source"
    passes = onward if is_free else np.where(is_border, 0.0, onward)
    crosses = np.zeros(final.shape, bool)
    if not is_free:
        crosses[np.ix_(is_own, partners)] = True
    ends = np.where(crosses, 0.0, final)
    reached, made = np.zeros_like(ends), ends
    for _ in range(ROUNDS):
        reached = reached + made
        made = passes @ made
    direct = [table.flows[:, table.country == r] @ reached[table.country == r] for r in partners]
    kept = np.stack([own.sum(axis=1) for own in direct], axis=1) + table.exported_goods[:, partners]
    back = np.stack([own[:, s] for own in direct], axis=1)
    kept, back = kept * is_own[:, None], back * is_own[:, None]
    # what a unit of each of s holds of value added at home and abroad
    cut = np.where(is_border, 0.0, a) if is_free else a
    held = np.zeros((2, len(x)))
    for i in np.flatnonzero(is_own):
        needed = np.zeros(len(x))
        needed[i] = 1
        for _ in range(ROUNDS):
            held[:, i] += (v * needed)[is_own].sum(), (v * needed)[~is_own].sum()
            needed = cut @ needed
    counted = exports if is_free else kept
    home, abroad = held[0][:, None], held[1][:, None]
    return home * counted, home * back, abroad * counted
