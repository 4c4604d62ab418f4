"""A total that stands among its parts, such as the nation among its provinces: found by its sums, and told."""

from __future__ import annotations

from firstlight.instruments.places.place_table import PlaceTable
from firstlight.numerics.finding import Words
from firstlight.numerics.sums_of_others import sums_of_others


def hidden_totals(
    read: PlaceTable, kinds: Words = ("industries", "行业")
) -> list[tuple[str, Words]]:
    """A sentence for each place, and each industry, that is about the sum of all others, year by year and cell by cell.

    kinds : what industries are called

    >>> import polars as pl
    >>> from firstlight.instruments.places.place_table import place_table
    >>> rows = [(p, i, v) for p, v in (("a", 1.0), ("b", 2.0), ("c", 4.0), ("nation", 7.0)) for i in "xy"]
    >>> hidden_totals(place_table(pl.DataFrame(rows, ["place", "industry", "jobs"], orient="row"), "jobs"))[0][1][0]
    "'nation' is the sum of all other places: a total, which counts everything twice. Leave it out."
    """
    found: list[tuple[str, Words]] = []
    for axis, names, kind in (
        (1, read.places, ("places", "地区")),
        (2, read.industries, kinds),
    ):
        for name in sums_of_others(read.values, axis, names):
            english = f"'{name}' is the sum of all other {kind[0]}: a total, which counts everything twice. Leave it out."
            found.append(
                (
                    "total",
                    (
                        english,
                        f"“{name}”等于其余{kind[1]}之和，应为合计项，会造成重复计算，请剔除。",
                    ),
                )
            )
    return found
