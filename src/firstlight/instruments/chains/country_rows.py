"""Rows of input-output tables of many countries: which country each supplier and user is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypedDict

import polars as pl

from firstlight import roles
from firstlight.errors import InputError
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, message, names

FOLDER = Path(__file__).parent
COUNTRY = roles.Key(may_be_empty=True)
GROUPS = roles.Table({"country": roles.Key(), "group": roles.Label()})
SIDES = ("supplier_country", "user_country")
SIGNS = ("_", ".", "|", ":", "/", "-", " ")  # between the country and the industry of a name
PARTS = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}  # as the OECD's tables split them


class CountryTableColumns(TypedDict, total=False):
    """Columns of an input-output table of many countries, which all measurements of it share, each
    by its own name unless another is given.

    Parameters
    ----------
    supplier
        Column of the industries that deliver, and of what else industries pay for.
    user
        Column of the industries that use, and of final uses; or these are the headings.
    value
        Column of the flows of a year, in one unit of money.
    supplier_country
        Column of the suppliers' countries; without it names of suppliers and users begin with the
        country or end with it, as in CHN_C26 and mines_CHN.
    user_country
        Column of the users' countries, likewise.
    year
        Column of the years, each with a table of its own.
    """

    supplier: Annotated[str, roles.Key()]
    user: Annotated[str, roles.Key(is_heading=True)]
    value: Annotated[str, roles.Number()]
    supplier_country: Annotated[str | None, COUNTRY]
    user_country: Annotated[str | None, COUNTRY]
    year: Annotated[str | None, roles.Year()]


@dataclass(frozen=True)
class CountryRows:
    """Rows whose suppliers and users have countries.

    Attributes
    ----------
    frame
        supplier_country, supplier, user_country, user, value, perhaps year; a country is null for
        what belongs to none, such as value added.
    sign
        What parts the country from the industry in names as they were written; None where
        countries had columns of their own.
    """

    frame: pl.DataFrame
    sign: str | None

    def split(self, labels: pl.Series) -> pl.DataFrame:
        """label, country, name: names as written, their countries (null for none) and the rest."""
        return _split(labels.drop_nulls().unique().sort(), self.sign or "")


def country_rows(data: Data) -> CountryRows:
    """The rows of a table of many countries, which have columns of their own, or without which the
    names of suppliers and users begin with the country. Users alone may do so, as they do under
    headings of two lines.

    Raises InputError for names without a country, and a column of countries for one side alone.
    """
    has = [data.has(side) for side in SIDES]
    if all(has):
        return CountryRows(data.frame, None)
    rows = _with_user_countries(data.frame) if has[0] else None
    if rows is not None:
        return CountryRows(rows, None)
    if any(has):
        lacking = SIDES[has.index(False)]
        raise InputError(message("one_side_only", column=Name(lacking)), FOLDER)
    sellers = data.frame["supplier"].unique().sort()
    sign = _sign(sellers)
    if sign is None:
        raise InputError(message("no_countries", names=names(sellers.head(5).to_list())), FOLDER)
    rows = data.frame.drop(SIDES, strict=False)
    for column, side in zip(("supplier", "user"), SIDES, strict=True):
        parts = _split(rows[column].unique().sort(), sign).rename({"country": side})
        rows = rows.join(parts, left_on=column, right_on="label", maintain_order="left")
        rows = rows.drop(column).rename({"name": column})
    return CountryRows(rows, sign)


def _with_user_countries(rows: pl.DataFrame) -> pl.DataFrame | None:
    """The rows with user_country, where half the users or more are called by a country of a
    supplier and a name; None where they are not."""
    countries = rows["supplier_country"].drop_nulls().unique().sort().to_list()
    # the longest first: Guinea is no country of Guinea Bissau's users
    before = [(name, sign) for name in sorted(countries, key=len, reverse=True) for sign in SIGNS]
    users = rows["user"].unique().sort()
    parted = dict[str, tuple[str, str]]()
    for user in users:
        country = next((name for name, sign in before if user.startswith(name + sign)), None)
        if country is not None and len(user) > len(country) + 1:
            parted[user] = (country, user[len(country) + 1 :])
    if len(parted) * 2 < len(users):
        return None
    names_of = {user: name for user, (_, name) in parted.items()}
    countries_of = {user: country for user, (country, _) in parted.items()}
    return rows.drop("user_country", strict=False).with_columns(
        user=pl.col("user").replace(names_of),
        user_country=pl.col("user").replace_strict(
            countries_of, default=None, return_dtype=pl.String
        ),
    )


def tells_countries(data: Data) -> bool:
    """Whether a table is of many countries: it has columns of them, or its names begin with them.

    Names do where all sectors have a country, most under a name that stands in several countries,
    of which two or more have final users too.
    """
    columns = [data.frame[side] for side in SIDES if data.has(side)]
    if columns:
        return len(columns) == 2 or columns[0].n_unique() > 1
    users = data.frame["user"].unique().sort()
    both = users.filter(users.is_in(data.frame["supplier"].implode()))
    sign = _sign(both)
    if sign is None:
        return False
    sectors = _split(both, sign)
    final = _split(users.filter(~users.is_in(both.implode())), sign)
    places = sectors["country"].drop_nulls().unique()
    several = sectors.filter(pl.col("country").n_unique().over("name") > 1)
    return (
        not sectors["country"].null_count()
        and several.height * 2 > sectors.height
        and final["country"].unique().is_in(places.implode()).sum() > 1
    )


def _sign(labels: pl.Series) -> str | None:
    """What parts country and industry: the sign that the most names hold, if half of them do."""
    counts = {sign: int(labels.str.contains(sign, literal=True).sum()) for sign in SIGNS}
    best = max(SIGNS, key=lambda sign: counts[sign])
    return best if counts[best] * 2 >= max(len(labels), 1) else None


def _split(labels: pl.Series, sign: str) -> pl.DataFrame:
    """label, country, name: null and the whole label where it has no country."""
    if not sign:
        return pl.DataFrame({"label": labels, "country": None, "name": labels})
    parts = labels.str.splitn(sign, 2).struct.unnest()
    country = parts["field_0"]
    rest = parts["field_1"].replace("", None)
    frame = pl.DataFrame({"label": labels, "country": country, "name": rest})
    is_parted = pl.col("name").is_not_null()
    return frame.select("label", pl.when(is_parted).then("country"), pl.coalesce("name", "label"))


def counted_as(
    countries: pl.Series, groups: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[Message]]:
    """Country -> what it counts as, for parts of another country, or of a group as the caller says;
    and what is said of it.

    >>> counted_as(pl.Series(["CN1", "CN2", "DEU", "FRA"]), {"FRA": "EU"})[0]
    {'CN1': 'CHN', 'CN2': 'CHN', 'FRA': 'EU'}
    """
    there = countries.drop_nulls().unique().sort().to_list()
    known = {**PARTS, **(groups or {})}
    places = {name: known[name] for name in there if known.get(name, name) != name}
    if not places:
        return places, []
    wholes = names(sorted(set(places.values())))
    return places, [
        message("parts_joined", count=Count(len(places)), parts=names(places), wholes=wholes)
    ]
