"""One market, measured: Kenyan markets, US cities, and whether planted borders, trends and
half-lives are found; as Markdown.

    python -m benchmarks.places.one_market DATA [docs/replications/one_market.md]

DATA is a folder with prices/wfp_food_prices_ken.csv (World Food Programme). US cities are read from
the package cpi, which brings the consumer price indices of the Bureau of Labor Statistics in a file
of its own: pip install cpi.
"""

from __future__ import annotations

import argparse
import importlib.util
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.planted.prices import (
    bordered_prices,
    made_up_flows,
    made_up_prices,
    persistent_prices,
)

from firstlight.instruments.places.border_effects.border_effects import border
from firstlight.instruments.places.market_integration.market_integration import MARKET
from firstlight.instruments.places.market_integration.price_border import price_border
from firstlight.instruments.places.market_integration.price_convergence import (
    half_life,
    price_convergence,
)
from firstlight.instruments.places.market_integration.segmentation import (
    MarketSegmentation,
    market_segmentation,
)
from firstlight.instruments.places.price_panel import PricePanel, pairs_within, price_panel

HEAD = "<!-- Written by benchmarks/places/one_market.py: change nothing here. -->"
MONTHLY = {"place": "market", "good": "good", "period": "month"}
YEARLY = {"place": "place", "good": "good", "period": "year"}
ITEMS = {
    "SAF11": "food at home",
    "SEFV": "food away from home",
    "SAF116": "alcoholic beverages",
    "SAA": "apparel",
    "SEHA": "rent",
    "SEHF01": "electricity",
    "SEHF02": "piped gas",
    "SAH3": "furnishings",
    "SAM": "medical care",
    "SETB01": "gasoline",
}


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    found = importlib.util.find_spec("cpi")
    if found is None or found.origin is None:
        sys.exit("the package cpi is not installed: pip install cpi")
    kenya = kenyan_prices(asked.data / "prices" / "wfp_food_prices_ken.csv")
    sections = [
        *wholesale(kenya),
        *retail(kenya),
        *us_cities(Path(found.origin).with_name("cpi.db")),
        *simulations(),
    ]
    text = "\n".join([HEAD, "", "# One market", "", INTRODUCTION, "", *sections])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


INTRODUCTION = """Segmentation by relative prices (Parsley and Wei) and half-lives of price gaps, on prices that anyone can get; then what the same
functions find where the truth was planted. An index is a variance across goods of demeaned absolute changes of log relative prices, times
10,000 here; intervals are of 90%."""


def panel(rows: pl.DataFrame, price: str, keys: dict[str, str]) -> PricePanel:
    """Prices in a grid, of columns that bear other names."""
    return price_panel(
        rows.select(**{own: pl.col(name) for own, name in keys.items()}, price=price)
    )


def kenyan_prices(file: Path) -> pl.DataFrame:
    """One row per market, good (with its unit and trade) and month."""
    rows = pl.read_csv(file, skip_rows_after_header=1, infer_schema_length=0)
    year, month = (pl.col("date").str.slice(*at).cast(pl.Int64) for at in ((0, 4), (5, 2)))
    return rows.select(
        "market",
        pl.concat_str("commodity", "unit", separator=", ").alias("good"),
        pl.col("pricetype").alias("trade"),
        (12 * year + month - 1).alias("month"),
        year.alias("year"),
        *(pl.col(name).cast(pl.Float64) for name in ("price", "latitude", "longitude")),
    )


def wholesale(kenya: pl.DataFrame) -> list[str]:
    """Five towns, four staples by the bag, 2006 to 2019."""
    goods = [
        "Beans (dry), 90 KG",
        "Maize (white), 90 KG",
        "Potatoes (Irish), 50 KG",
        "Sorghum, 90 KG",
    ]
    towns = ["Eldoret town (Uasin Gishu)", "Kisumu", "Mombasa", "Nairobi", "Nakuru"]
    rows = kenya.filter(
        pl.col("good").is_in(goods),
        pl.col("market").is_in(towns),
        pl.col("trade") == "Wholesale",
        pl.col("year").is_between(2006, 2019),
    )
    lines = ["## Kenya: wholesale markets of five towns, 2006 to 2019", "", WHOLESALE, ""]
    plain = market_segmentation(panel(rows, "price", MONTHLY))
    yearly = by_year(plain)
    lines += [
        "| | " + " | ".join(str(year) for year in yearly["year"]) + " |",
        "| --- " * (yearly.height + 1) + "|",
    ]
    lines += [
        "| index | "
        + " | ".join(f"{1e4 * value:.0f}" for value in yearly["segmentation_index"])
        + " |",
        "",
    ]
    lines += [
        f"Most to least segmented: {', '.join(plain.by_place['place'])}. {trend_words(plain, 'month')}",
        "",
    ]
    lines += ["| good | mean contribution |", "| --- | --- |"]
    parts = plain.by_good.group_by("good").agg(pl.col("index_share").mean()).sort("good")
    lines += [f"| {good} | {share:.0%} |" for good, share in parts.rows()]
    cases: dict[str, dict[str, Any]] = {
        "changes over a month, each good less its month's mean, n - 1": {},
        "less the good's mean over all months": {"demean": "good"},
        "not demeaned": {"demean": "none"},
        "divided by n": {"ddof": 0},
        "changes over 12 months": {"lag": 12},
    }
    lines += ["", "| convention | mean index | rank correlation of months |", "| --- | --- | --- |"]
    for name, options in cases.items():
        own = market_segmentation(panel(rows, "price", MONTHLY), **options).by_period
        both = plain.by_period.join(own, on="period").drop_nulls()
        rank = both.select(
            pl.corr("segmentation_index", "segmentation_index_right", method="spearman")
        ).item()
        lines.append(f"| {name} | {1e4 * own['segmentation_index'].mean():.1f} | {rank:.2f} |")  # type: ignore[operator]
    return [*lines, "", *half_lives(rows, "price", MONTHLY, "months"), ""]


WHOLESALE = """Prices in shillings per bag of white maize, dry beans, potatoes and sorghum; monthly; pairs of all five towns. A year's figure is the mean of
its months. Months in which a town has fewer than two of the goods are left out of its pairs, not filled; so are goods that one pair alone has."""


def retail(kenya: pl.DataFrame) -> list[str]:
    """Many markets, many goods, by distance."""
    rows = kenya.filter((pl.col("trade") == "Retail") & (pl.col("year") >= 2021))
    spread = rows.group_by("good").agg(pl.col("market").n_unique().alias("n"))
    rows = rows.join(spread.filter(pl.col("n") >= 20), on="good", how="semi")
    spots = rows.unique(["market"], keep="first", maintain_order=True)
    within = {
        km: set(pairs_within(spots, "latitude", "longitude", place="market", kilometres=km))
        for km in (100, 250, 500)
    }
    everywhere = set(combinations(sorted(set(rows["market"])), 2))
    groups = {
        "up to 100 km": within[100],
        "100 to 250 km": within[250] - within[100],
        "250 to 500 km": within[500] - within[250],
        "more than 500 km": everywhere - within[500],
    }
    lines = ["## Kenya: retail markets by distance, 2021 to 2023", "", RETAIL, ""]
    lines += [f"{rows['market'].n_unique()} markets, {rows['good'].n_unique()} goods.", ""]
    lines += [
        "| pairs | number | mean index | persistence | interval | half-life, months |",
        "| --- " * 6 + "|",
    ]
    for name, pairs in groups.items():
        prices = panel(rows, "price", MONTHLY)
        own = market_segmentation(prices, pairs=sorted(pairs), mean_over="all")
        fade = price_convergence(prices, pairs=sorted(pairs)).row(0, named=True)
        mean = own.pairs["segmentation_index"].mean()
        lines.append(f"| {name} | {len(pairs)} | {1e4 * mean:.0f} | {row_words(fade)} |")  # type: ignore[operator]
    return [*lines, ""]


RETAIL = """All goods sold at retail in 20 markets or more. The mean is over pairs and months with two goods or more; each good is measured from its mean
over all pairs. Errors in the prices that don't last look like gaps that close, so that these half-lives are lower bounds."""


def us_cities(database: Path) -> list[str]:
    """Indices of US cities by item."""
    marks = ", ".join("?" * len(ITEMS))
    query = f"""select areas.name, series.items, indexes.year, indexes.value from indexes join series on series.id = indexes.series
        join areas on areas.id = series.area where series.seasonally_adjusted = 0 and areas.code like 'S%'
        and areas.name not like '%Size Class%' and indexes.period = 'M13' and indexes.year between 1990 and 2017
        and series.items in ({marks}) order by 1, 2, 3"""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as known:
        rows = pl.DataFrame(
            known.execute(query, list(ITEMS)).fetchall(),
            ["place", "item", "year", "index"],
            orient="row",
        )
    rows = rows.with_columns(good=pl.col("item").replace_strict(ITEMS)).unique(
        ["place", "good", "year"], keep="any", maintain_order=True
    )
    whole = rows.group_by("place").len().filter(pl.col("len") == 28 * len(ITEMS))
    rows = rows.join(whole, on="place", how="semi")
    found = market_segmentation(panel(rows, "index", YEARLY))
    lines = [
        "## US cities, 1990 to 2017",
        "",
        US,
        "",
        f"{rows['place'].n_unique()} cities, {len(ITEMS)} items.",
        "",
    ]
    spans = [(1991, 1999), (2000, 2008), (2009, 2017)]
    lines += ["| years | mean index |", "| --- | --- |"]
    for first, last in spans:
        mean = found.by_period.filter(pl.col("period").is_between(first, last))[
            "segmentation_index"
        ].mean()
        lines.append(f"| {first} to {last} | {1e4 * mean:.1f} |")  # type: ignore[operator]
    lines += [
        "",
        f"Most segmented: {'; '.join(found.by_place['place'][:3])}. {trend_words(found, 'year')}",
        "",
    ]
    parts = (
        found.by_good.group_by("good")
        .agg(pl.col("index_share").mean())
        .sort("index_share", descending=True)
    )
    lines += [
        "Contributions: " + ", ".join(f"{good} {share:.0%}" for good, share in parts.rows()) + ".",
        "",
    ]
    return [*lines, *half_lives(rows, "index", YEARLY, "years"), ""]


US = """Annual means of the consumer price index, all urban consumers, for cities with every item in every year. Indices have a base of their own in each
city, so that they say how relative prices move and not where they are dearer."""


def half_lives(rows: pl.DataFrame, price: str, keys: dict[str, str], unit: str) -> list[str]:
    """A table of persistence and half-life, pooled and by good."""
    lines = [
        f"| good | uncorrected | persistence | interval | half-life, {unit} | interval |",
        "| --- " * 6 + "|",
    ]
    for row in price_convergence(panel(rows, price, keys)).iter_rows(named=True):
        if row["persistence"] is None:
            reason = MARKET.texts.say("en", "codes", "reason", row["reason"])
            lines.append(f"| {row['good']} | | | | {reason} | |")
            continue
        name, raw = row["good"] or "all together", row["persistence_uncorrected"]
        lines.append(
            f"| {name} | {raw:.3f} | {row_words(row)} | {row['half_life_low']:.1f} to {row['half_life_high']:.1f} |"
        )
    return lines


def row_words(row: dict[str, float]) -> str:
    """Persistence, its interval, half-life, as cells."""
    interval = f"{row['persistence_low']:.3f} to {row['persistence_high']:.3f}"
    return f"{row['persistence']:.3f} | {interval} | {row['half_life']:.1f}"


def by_year(found: MarketSegmentation) -> pl.DataFrame:
    """Means of the months of each year."""
    rows = found.by_period.drop_nulls("segmentation_index").with_columns(
        year=pl.col("period") // 12
    )
    return rows.group_by("year").agg(pl.col("segmentation_index").mean()).sort("year")


def trend_words(found: MarketSegmentation, unit: str) -> str:
    """The trend with its interval."""
    return f"Trend of the index: {found.trend_percent:+.2f}% a {unit} ({found.trend_low:+.2f}% to {found.trend_high:+.2f}%)."


def simulations() -> list[str]:
    """Whether what was planted is found, and how often the interval holds it."""
    return [
        "## Planted truth",
        "",
        PLANTED,
        "",
        *planted_trends(),
        *planted_persistence(),
        *planted_price_borders(),
        *planted_borders(),
    ]


def planted_trends() -> list[str]:
    """Segmentation that falls."""
    lines = ["### Trend of segmentation", ""]
    lines += [
        "| places | goods | years | shocks of one place, times the others' | interval | planted, % a year | mean found | interval holds it |",
        "| --- " * 8 + "|",
    ]
    truth = 100 * float(np.expm1(-0.16))
    for places, goods, years, noise in (
        (6, 4, 10, 1),
        (5, 6, 15, 3),
        (12, 6, 15, 1),
        (12, 6, 15, 3),
        (30, 16, 20, 1),
    ):
        for interval in ("jackknife", "bootstrap"):

            def trend(seed: int, how: dict[str, object]) -> tuple[float, float, float]:
                sizes = {name: int(str(how[name])) for name in ("places", "goods", "years")}
                prices = made_up_prices(seed, first_noise=float(str(how["noise"])), **sizes)
                asked: Any = how["interval"]
                found = market_segmentation(
                    panel(prices, "p", YEARLY), interval=asked, draws=199, seed=seed
                )
                return found.trend_percent, found.trend_low, found.trend_high

            how = {
                "places": places,
                "goods": goods,
                "years": years,
                "noise": noise,
                "interval": interval,
            }
            cells = coverage(trend, how, truth, 200, 1)
            lines.append(
                f"| {places} | {goods} | {years} | {noise} | {interval} | {truth:.1f} | {cells} |"
            )
    return [*lines, ""]


def planted_persistence() -> list[str]:
    """Gaps between prices that fade."""
    lines = ["### Persistence of price gaps", ""]
    lines += [
        "| places | goods | years | missing | planted | uncorrected | mean found | interval holds it |",
        "| --- " * 8 + "|",
    ]
    cases = [
        (10, 4, 10, 0.0, 0.5),
        (10, 4, 15, 0.2, 0.8),
        (10, 4, 15, 0.0, 0.9),
        (5, 4, 60, 0.1, 0.9),
        (20, 8, 30, 0.0, 0.97),
    ]
    for places, goods, years, gaps, rho in cases:
        runs = [
            price_convergence(
                panel(
                    persistent_prices(
                        seed, rho, places=places, goods=goods, years=years, gaps=gaps
                    ),
                    "p",
                    YEARLY,
                )
            )
            for seed in range(200)
        ]
        rows = pl.concat(run[:1] for run in runs)
        holds = (
            rows.filter(
                pl.col("persistence_low").le(rho) & pl.col("persistence_high").ge(rho)
            ).height
            / rows.height
        )
        raw, mean = rows["persistence_uncorrected"].mean(), rows["persistence"].mean()
        lines.append(
            f"| {places} | {goods} | {years} | {gaps:.0%} | {rho} | {raw:.3f} | {mean:.3f} | {holds:.0%} |"
        )
    lines += [
        "",
        f"A persistence of 0.5, 0.8, 0.9, 0.97 is a half-life of {', '.join(f'{half_life(r):.1f}' for r in (0.5, 0.8, 0.9, 0.97))}.",
        "",
    ]
    return lines


def planted_price_borders() -> list[str]:
    """Prices on two sides, twelve places and goods, sixteen years; each side has shocks of its own."""
    lines = ["### Border in prices", ""]
    lines += [
        "| planted ratio | changes | mean ratio found | interval holds it |",
        "| --- " * 4 + "|",
    ]

    def ratio(seed: int, how: dict[str, object]) -> tuple[float, float, float]:
        prices = bordered_prices(seed, border=float(str(how["border"])))
        demean: Any = how["demean"]
        found = market_segmentation(panel(prices, "price", YEARLY), demean=demean)
        sides = dict(prices.select("place", "side").iter_rows())
        row = price_border(found.pairs, sides).row(0, named=True)
        return row["border_ratio"], row["border_ratio_low"], row["border_ratio_high"]

    for planted in (1.0, 3.0, 6.0):
        for demean, words in (
            ("none", "not demeaned"),
            ("good_period", "less the mean of the good in the period"),
        ):
            cells = coverage(ratio, {"border": planted, "demean": demean}, planted, 100, 2)
            lines.append(f"| {planted:g} | {words} | {cells} |")
    return [*lines, ""]


def planted_borders() -> list[str]:
    """Flows four times as large within a place."""
    lines = [
        "### Border in flows",
        "",
        "| places | interval | planted ratio | mean log ratio found (planted) | interval holds it |",
        "| --- " * 5 + "|",
    ]
    for places, interval, runs_count in (
        (8, "jackknife", 150),
        (15, "jackknife", 80),
        (8, "clustered", 150),
        (15, "clustered", 80),
        (40, "clustered", 60),
    ):

        def effect(seed: int, how: dict[str, object]) -> tuple[float, float, float]:
            flows = made_up_flows(seed, places=int(str(how["places"])))
            interval: Any = str(how["interval"])
            found = border(flows, flow="x", distance="km", interval=interval).table.row(
                0, named=True
            )
            low, high = (
                float("nan") if found[f"border_log_{end}"] is None else found[f"border_log_{end}"]
                for end in ("low", "high")
            )
            return found["border_log"], low, high

        cells = coverage(
            effect, {"places": places, "interval": interval}, float(np.log(4)), runs_count, 3
        ).split(" | ")
        lines.append(f"| {places} | {interval} | 4 | {cells[0]} ({np.log(4):.3f}) | {cells[1]} |")
    return [*lines, ""]


PLANTED = """Made-up prices and flows (`benchmarks.planted.prices`). 200 draws each; of borders 60 to 150. Of a right 90% interval nine in ten hold the
planted value."""


def coverage(
    run: Callable[[int, dict], tuple[float, float, float]],
    how: dict,
    truth: float,
    draws: int,
    digits: int,  # type: ignore[type-arg]
) -> str:
    """Mean estimate and share of intervals that hold the truth, as two cells."""
    found = np.array([run(seed, how) for seed in range(draws)])
    holds = float(((found[:, 1] <= truth) & (truth <= found[:, 2])).mean())
    return f"{found[:, 0].mean():.{digits}f} | {holds:.0%}"


if __name__ == "__main__":
    main()
