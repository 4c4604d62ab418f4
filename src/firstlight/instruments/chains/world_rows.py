"""The world input-output tables of a data frame, one for each year."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import OF_BOTH_SIDES
from firstlight.instruments.chains.table_blocks import SUMS, blocks_of
from firstlight.instruments.chains.world_table import WorldTable, world_table
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Share, message, names

__all__ = ["GROUPS", "read_world_tables"]

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
GROUPS = roles.Table({"country": roles.Key(), "group": roles.Label()})
SIGNS = ("_", ".", "|", ":", "/", "-", " ")  # between the country and the industry of a name
PARTS = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}  # as the OECD's tables split them
WIDE_GAP = 1e-6  # of all output, from which a gap is told


def read_world_tables(data: Data) -> dict[int | None, tuple[WorldTable, list[Message]]]:
    """Year -> the table and what has to be said of it, the years in their order; None -> the only
    one where there are no years.

    Parameters
    ----------
    data
        With the columns supplier, user, value, perhaps country and buyer_country, without which the
        names of suppliers and users begin with the country; and perhaps year and the table
        ``groups``.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        For names without a country, cells without a number, groups of countries that are not in
        the table, and fewer than two countries.
    """
    rows = _parted(data)
    told = dict[str, str]()
    if "groups" in data.tables:
        told = dict(data.tables["groups"].frame.drop_nulls().iter_rows())
        known = {*rows["country"].drop_nulls(), *rows["buyer_country"].drop_nulls()}
        unknown = sorted(set(told) - known)
        if unknown:
            lists = {"countries": names(unknown), "known": names(sorted(known))}
            raise InputError(message("unknown_countries", **lists), FOLDER)
    if not data.has("year"):
        return {None: _table(rows, told)}
    parts = rows.partition_by("year", as_dict=True, maintain_order=True)
    return {int(key[0]): _table(own, told) for key, own in sorted(parts.items())}


def _parted(data: Data) -> pl.DataFrame:
    """country, industry, buyer_country, buyer, value and year of each row."""
    empty = data.frame.filter(pl.col("value").is_null())
    if empty.height:
        first = empty.row(0, named=True)
        pair = {"supplier": Name(first["supplier"]), "user": Name(first["user"])}
        raise InputError(message("no_flow", count=Count(empty.height), **pair), FOLDER)
    if data.has("country") and data.has("buyer_country"):
        return data.frame.rename({"supplier": "industry", "user": "buyer"})
    if data.has("country") or data.has("buyer_country"):
        lacking = "buyer_country" if data.has("country") else "country"
        raise InputError(message("one_side_only", column=Name(lacking)), FOLDER)
    sellers = data.frame["supplier"].unique().sort()
    sign = _sign(sellers)
    rows = data.frame.drop("country", "buyer_country")
    for column, place, name in (
        ("supplier", "country", "industry"),
        ("user", "buyer_country", "buyer"),
    ):
        labels = sellers if column == "supplier" else data.frame["user"].unique().sort()
        rows = rows.join(_split(labels, sign, place, name), left_on=column, right_on="label")
    return rows


def _sign(labels: pl.Series) -> str:
    """What parts country and industry: the sign that the most names hold."""
    counts = {sign: int(labels.str.contains(sign, literal=True).sum()) for sign in SIGNS}
    best = max(SIGNS, key=lambda sign: counts[sign])
    if counts[best] * 2 < len(labels):
        raise InputError(message("no_countries", names=names(labels.head(5).to_list())), FOLDER)
    return best


def _split(labels: pl.Series, sign: str, place: str, name: str) -> pl.DataFrame:
    """Each label's country, null where it has none, and what is left of it."""
    parts = labels.str.splitn(sign, 2).struct.unnest()
    country, rest = parts["field_0"], parts["field_1"]
    is_whole = rest.is_null() | (rest == "")
    frame = pl.DataFrame({"label": labels, place: country, name: rest, "is_whole": is_whole})
    whole = pl.col("is_whole")
    return frame.select(
        "label",
        pl.when(~whole).then(place).alias(place),
        pl.when(whole).then("label").otherwise(name).alias(name),
    )


def _table(rows: pl.DataFrame, told: Mapping[str, str]) -> tuple[WorldTable, list[Message]]:
    sellers = rows.select("country", "industry").unique().sort("country", "industry")
    buyers = rows.select("buyer_country", "buyer").unique().sort("buyer_country", "buyer")
    industries = _industries(sellers["industry"], buyers["buyer"])
    makers = sellers.filter(pl.col("industry").is_in(industries))
    users = buyers.filter(pl.col("buyer").is_in(industries))
    _refuse_nowhere(makers, "country", "industry")
    _refuse_nowhere(users, "buyer_country", "buyer")
    own = pl.concat([makers, users.rename({"buyer_country": "country", "buyer": "industry"})])
    own = own.unique().sort("country", "industry")
    at = own.with_row_index("i")
    numbered = rows.join(at, on=["country", "industry"], how="left").join(
        at.rename({"country": "buyer_country", "industry": "buyer", "i": "j"}),
        on=["buyer_country", "buyer"],
        how="left",
    )
    inner = numbered.drop_nulls(["i", "j"])
    flows = np.zeros((own.height, own.height))
    flows[inner["i"].to_numpy(), inner["j"].to_numpy()] = inner["value"].to_numpy()
    uses = numbered.filter(pl.col("i").is_not_null() & pl.col("j").is_null())
    stated, final, places_of_users = _uses(uses, own.height)
    sums = flows.sum(axis=1) + final.sum(axis=1)
    output = None if stated is None else np.where(np.isnan(stated), sums, stated)
    places, said = _places(own["country"].to_list(), places_of_users, told)
    table = world_table(
        flows,
        final,
        [places[name] for name in own["country"]],
        own["industry"].to_list(),
        [places[name] for name in places_of_users],
        output,
    )
    paid = numbered.filter(pl.col("i").is_null() & pl.col("j").is_not_null())
    gap = 0.0 if output is None else float(np.abs(output - sums).sum())
    return table, [*said, *_oddities(table, gap, paid)]


def _industries(sellers: pl.Series, buyers: pl.Series) -> list[str]:
    """What both sells and buys, under one name."""
    both = sorted({*sellers} & {*buyers})
    blocks = blocks_of(both, "")
    industries = [name for name in both if blocks[name] not in OF_BOTH_SIDES]
    if not industries:
        lists = {"suppliers": names(sorted({*sellers})), "users": names(sorted({*buyers}))}
        raise InputError(message("no_square", count=Count(0), **lists), FOLDER)
    return industries


def _refuse_nowhere(rows: pl.DataFrame, place: str, name: str) -> None:
    lacking = rows.filter(pl.col(place).is_null())[name].unique().sort()
    if len(lacking):
        listed = names(lacking.to_list())
        wrong = message("no_country", count=Count(len(lacking)), names=listed, column=Name(place))
        raise InputError(wrong, FOLDER)


def _uses(uses: pl.DataFrame, size: int) -> tuple[Floats | None, Floats, list[str]]:
    """Outputs where they are stated, final uses by country, and its names; sums are left out."""
    labels = uses["buyer"].unique().sort().to_list()
    blocks = blocks_of(labels, "other_uses")
    outputs = [label for label in labels if blocks[label] == "output"]
    sums = [label for label in labels if blocks[label] in SUMS or blocks[label] == "final_uses"]
    real = uses.filter(~pl.col("buyer").is_in([*outputs, *sums]))
    if not real.height and sums:
        whole = [label for label in labels if blocks[label] == "final_uses"]
        real = uses.filter(pl.col("buyer").is_in(whole))
    _refuse_nowhere(real, "buyer_country", "buyer")
    at = real.select("buyer_country").unique().sort("buyer_country").with_row_index("k")
    users = at["buyer_country"].to_list()
    own = real.sort("i", "buyer_country", "buyer").join(at, on="buyer_country")
    final = np.zeros((size, len(users)))
    np.add.at(final, (own["i"].to_numpy(), own["k"].to_numpy()), own["value"].to_numpy())
    told = uses.filter(pl.col("buyer").is_in(outputs))
    if not told.height:
        return None, final, users
    output = np.full(size, np.nan)
    output[told["i"].to_numpy()] = told["value"].to_numpy()
    return output, final, users


def _places(
    sellers: list[str], users: list[str], told: Mapping[str, str]
) -> tuple[dict[str, str], list[Message]]:
    """What each country counts as, and what has to be said of it."""
    there = {*sellers, *users}
    parts = {name: whole for name, whole in PARTS.items() if name in there}
    places = {name: told.get(name, parts.get(name, name)) for name in sorted(there)}
    joined = sorted(name for name, place in places.items() if name != place)
    if not joined:
        return places, []
    wholes = sorted({places[name] for name in joined})
    values = {"parts": names(joined), "wholes": names(wholes)}
    return places, [message("parts_joined", count=Count(len(joined)), **values)]


def _oddities(table: WorldTable, gap: float, stated: pl.DataFrame) -> list[Message]:
    """What a reader has to know of a table before its figures.

    gap    : what rows and the outputs stated differ by, in sum
    stated : rows of what is paid to no industry
    """
    said, whole = list[Message](), float(np.abs(table.output).sum())
    if gap > WIDE_GAP * whole:
        said.append(message("stated_output", share=Share(gap / whole, digits=3)))
    if stated.height:
        blocks = blocks_of(stated["industry"].unique().sort().to_list(), "")
        listed = [name for name, block in blocks.items() if block == "value_added"]
        added = float(stated.filter(pl.col("industry").is_in(listed)).sort("j")["value"].sum())
        gap = (float(table.value_added.sum()) - added) / whole
        if listed and abs(gap) > WIDE_GAP:
            said.append(message("taxes_within", share=Share(abs(gap), digits=2)))
    makes, value = table.output > 0, table.value_added
    negative = np.flatnonzero(makes & (value < -WIDE_GAP * table.output))
    if len(negative):
        listed = [table.sectors[i] for i in negative]
        said.append(message("adds_nothing", count=Count(len(listed)), sectors=names(listed)))
    delivers = (table.flows != 0).any(axis=1) | (table.final != 0).any(axis=1)
    idle = int(((table.output <= 0) & delivers).sum())
    if idle:
        said.append(message("from_stock", count=Count(idle)))
    return said
