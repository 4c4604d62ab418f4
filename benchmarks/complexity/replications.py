"""Complexity on real records: published figures, three public libraries beside ours, US
metropolitan areas, patents by country.

    python -m benchmarks.complexity.replications SHARED_DATA_FOLDER
    [docs/replications/complexity.md]

The three libraries are run by a Python of their own, with what ``peers.txt`` asks for (see
``speed.py``); without it the page says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import spearmanr

from firstlight.instruments.complexity.activity_table import read_activities
from firstlight.instruments.complexity.complexity_index import complexity_index, reflections
from firstlight.instruments.complexity.density import outlook
from firstlight.instruments.complexity.economic_complexity.yearly_indices import economic_complexity
from firstlight.instruments.complexity.fitness import fitness
from firstlight.instruments.complexity.next_activities.portfolios import portfolios
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.instruments.complexity.specialisation import PresenceRule, specialisation

HERE = Path(__file__).resolve()
PYTHON_OF_PEERS = (
    Path(os.environ.get("FIRSTLIGHT_PEERS", HERE.parents[2] / ".peers"))
    / "complexity"
    / "bin"
    / "python"
)
HEAD = "<!-- Written by benchmarks/complexity/replications.py: change nothing here. -->"
PUBLISHED = {"deu": 3.81289568, "esp": 3.35972133, "ita": 3.23411659}
Lines = list[str]


def main() -> None:
    """Write the page, or print it."""
    data = Path(sys.argv[1])
    trade = data / "trade" / "world_trade_avg_1998_to_2000.csv"
    if not trade.is_file():
        sys.exit(f"no {trade.name} in {trade.parent}")
    lines = [
        HEAD,
        "",
        "# Complexity, replicated",
        "",
        INTRODUCTION,
        "",
        *world_trade(trade),
        *libraries(trade),
        *metros(data / "places" / "us_metro_industry_2018.parquet"),
        *patents(data / "patents" / "tech_city_period.csv.gz"),
    ]
    text = "\n".join(lines) + "\n"
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text, encoding="utf-8")
    else:
        print(text)


INTRODUCTION = """What the instruments of complexity say of records that anyone can get: published figures, three public libraries beside ours, US
metropolitan areas, and patents by country."""


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Lines:
    """A Markdown table, and an empty line."""
    names = list(head)
    return [
        f"| {' | '.join(map(str, line))} |" for line in (names, ["---"] * len(names), *rows)
    ] + [""]


# -- world trade -----------------------------------------------------------------------------------


def _trade(file: Path) -> Any:
    rows = pl.read_csv(file, schema_overrides={"product": pl.String, "value": pl.Float64})
    return read_activities(rows, "country", "product", "value")[0]


def world_trade(file: Path) -> Lines:
    """The published figures, met or not."""
    read = _trade(file)
    found = specialisation(read.values)
    fit = dict(zip(read.places, fitness(found.presence, updates=19).fitness.tolist(), strict=True))
    cells = int((found.rca.data > 1).sum())
    rows: list[tuple[Any, ...]] = [
        ("cells with a Balassa index above 1", "31,951", f"{cells:,}", _met(cells == 31_951))
    ]
    for place, published in PUBLISHED.items():
        here = fit[place]
        rows.append(
            (
                f"fitness, {place.upper()}",
                published,
                f"{here:.8f}",
                _met(abs(here - published) < 5e-9),
            )
        )
    settled = fitness(found.presence)
    return [
        "## World trade, 226 countries and 785 products, 1998 to 2000",
        "",
        "Published: tests and documentation of economiccomplexity (R), which ships the table.",
        "",
        *table(("figure", "published", "here", ""), rows),
        f"Fitness is after 19 simultaneous updates from ones, each divided by its mean. Until nothing moves by 1e-8 it takes {settled.updates} "
        f"updates; the largest change of a fitness from 19 on is {np.abs(settled.fitness - np.array(list(fit.values()))).max():.1g}.",
        "",
    ]


def _met(is_met: bool) -> str:
    return "met" if is_met else "**not met**"


# -- three libraries -------------------------------------------------------------------------------


def libraries(file: Path) -> Lines:
    """Ranking and scale of three libraries, and what each does otherwise."""
    title = ["## One index, three libraries", ""]
    if not PYTHON_OF_PEERS.is_file():
        return [
            *title,
            "The libraries did not run: `benchmarks/complexity/peers.txt` says what they need.",
            "",
        ]
    run = [
        str(PYTHON_OF_PEERS),
        "-W",
        "ignore",
        str(HERE.with_name("three_libraries.py")),
        str(file),
    ]
    theirs = json.loads(
        subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
    )
    read = _trade(file)
    m = specialisation(read.values).presence
    index = complexity_index(m)
    rows = []
    for name, one in theirs.items():
        eci, pci = _vector(one["eci"], read.places), _vector(one["pci"], read.activities)
        same = int((np.argsort(-eci) == np.argsort(-index.eci)).sum())
        rows.append(
            (
                f"{name} {one['version']}",
                f"{same} of {eci.size}",
                f"{spearmanr(eci, index.eci)[0]:.6f}",
                f"{np.abs(_z(eci) - index.eci).max():.1e}",
                *_scales(eci, pci, index.pci),
            )
        )
    head = (
        "library",
        "countries in the same place",
        "rank correlation",
        "largest difference of ECI, same scale",
    )
    return [
        *title,
        "The same trade, nothing trimmed, presence by an RCA of 1 or more; ours is the symmetric eigenproblem. Differences are after ECI has been",
        "brought to mean 0 and standard deviation 1.",
        "",
        *table((*head, "scale of ECI", "scale of PCI"), rows),
        *_otherwise(theirs, read, m, index),
    ]


def _vector(known: dict[str, float], names: list[str]) -> Any:
    return np.array([known[name] for name in names])


def _z(x: Any, ddof: int = 0) -> Any:
    return (x - x.mean()) / x.std(ddof=ddof)


def _scales(eci: Any, pci: Any, ours: Any) -> tuple[str, str]:
    of_places = (
        "divided by n (ddof 0)" if abs(eci.std() - 1) < 1e-9 else "divided by n - 1 (ddof 1)"
    )
    if np.abs(pci - ours).max() < 1e-9:
        return of_places, "ECI's: ECI is the mean PCI of what is present"
    ddof = 0 if abs(pci.std() - 1) < 1e-9 else 1
    return (
        of_places,
        f'its own, ddof {ddof} (largest difference from ours by `pci_scale="own"`: {np.abs(_z(pci) - _z(ours)).max():.1e})',
    )


def _otherwise(theirs: dict[str, Any], read: Any, m: Any, index: Any) -> Lines:
    one, other, third = theirs["ecomplexity"], theirs["econcomplex"], theirs["economic-complexity"]
    own, raw = complexity_index(m, pci_scale="own"), complexity_index(m, scale="none")
    whole, alone = outlook(m, raw.pci), outlook(m, own.pci, has_self=False)
    ours = outlook(m, index.pci)

    def gap(theirs_by_name: dict[str, float], here: Any) -> str:
        return f"{np.abs(_vector(theirs_by_name, read.places) - here).max():.1e}"

    def mean_gain(found: Any) -> Any:
        return np.nan_to_num(found.gain).mean(axis=1)

    moved = np.abs(_z(ours.index) - _z(whole.index)).max()
    after = _z(reflections(m, 18)[0][18], 1)
    words = [
        f"- **ecomplexity**: density as ours (largest difference of a country's mean {gap(one['density'], ours.density.mean(axis=1))}). Its outlook index "
        f'and gain are made with the PCI of the eigenvector, before it is standardised: with `complexity_index(m, scale="none").pci` ours are the same '
        f"({gap(one['coi'], _z(whole.index))} and {gap(one['gain'], mean_gain(whole) / raw.eci.std())}). Standardising first, as here by default, moves every "
        f"PCI by the same amount and so adds a multiple of the absent density: the outlook index of a country then differs by up to {moved:.2f} standard "
        f"deviations (rank correlation {spearmanr(ours.index, whole.index)[0]:.3f}). A convention, not an error of either.",
        f'- **econcomplex**: density and outlook index without the proximity of a product to itself; with `has_self=False` and `pci_scale="own"` ours are the '
        f"same ({gap(other['density'], alone.density.mean(axis=1))} and {gap(other['coi'], alone.index)}). Its outlook gain divides by the proximities of the "
        f"product that is added instead of those of the product that comes nearer, and differs (mean gain of a country by up to {gap(other['gain'], mean_gain(alone))}). "
        f"Its fitness puts the new fitness, not the last one, into complexity: after 20 updates it differs from 20 simultaneous ones by up to "
        f"{gap(other['fitness'], fitness(m, updates=20).fitness)}; both close in on the same.",
        f"- **economic-complexity**: no eigenvector but reflections, 18 of them for countries; `reflections(m, 18)` gives the same up to {gap(third['eci'], after)}, "
        f"and 18 are not yet the limit: {np.abs(_z(reflections(m, 18)[0][18]) - index.eci).max():.3f} from it at most, after 30 "
        f"{np.abs(_z(reflections(m, 30)[0][30]) - index.eci).max():.4f}. With pandas 3 its proximity does not run, so that density is not compared.",
        "- **economiccomplexity** (R) was not run here; its published fitness and its count of cells are above.",
    ]
    return ["What they do otherwise:", "", *words, ""]


# -- US metropolitan areas -------------------------------------------------------------------------

METROS = {
    "12420": "Austin", "14460": "Boston", "16980": "Chicago", "17140": "Cincinnati", "17460": "Cleveland", "19100": "Dallas", "19820": "Detroit",
    "31080": "Los Angeles", "33340": "Milwaukee", "33460": "Minneapolis", "35620": "New York", "37980": "Philadelphia", "38300": "Pittsburgh",
    "41860": "San Francisco", "41940": "San Jose",
}  # fmt: skip
INDUSTRIES = {
    "3141": "textile furnishings", "3162": "footwear", "3222": "converted paper products", "3231": "printing", "3251": "basic chemicals",
    "3256": "soap and cleaning agents", "3262": "rubber products", "3274": "lime and gypsum", "3313": "aluminium", "3314": "other non-ferrous metals",
    "3315": "foundries", "3325": "hardware", "3328": "coating and heat treatment", "3342": "communications equipment",
    "3343": "audio and video equipment", "3345": "instruments", "3346": "magnetic and optical media", "3351": "lighting",
    "3353": "electrical equipment", "4532": "office supplies stores", "4861": "crude oil pipelines", "5122": "sound recording",
    "5152": "subscription programming", "5211": "central bank", "5231": "securities brokerage", "5232": "securities exchanges",
    "6222": "psychiatric hospitals", "6223": "specialty hospitals", "7114": "agents", "7115": "independent artists", "8133": "social advocacy",
}  # fmt: skip
SHOWN = ("41940", "14460", "16980", "19820", "38300", "12420")


def metros(file: Path) -> Lines:
    """The most complex areas and industries, and what some could take up next."""
    rows = pl.read_parquet(file).filter(pl.col("naics_level") == 4)
    hidden = rows.filter(pl.col("EMP") == 0).height
    found = economic_complexity(rows, "cbsa_code", "naics_code", "EMP")
    firms = economic_complexity(rows, "cbsa_code", "naics_code", "ESTAB", measures=["eci"])
    jobs = rows.group_by("cbsa_code").agg(jobs=pl.col("EMP").sum())
    ranked = found.table.join(jobs, left_on="place", right_on="cbsa_code").sort(
        "eci", descending=True
    )
    other = dict(firms.table.select("place", "eci").rows())
    top = [
        (
            k + 1,
            METROS.get(row["place"], row["place"]),
            f"{row['jobs']:,}",
            f"{row['diversity_count']:.0f}",
            f"{row['eci']:.2f}",
            f"{other[row['place']]:.2f}",
        )
        for k, row in enumerate(ranked.head(12).iter_rows(named=True))
    ]
    eci = ranked["eci"].to_numpy()
    beside = [
        ("logarithm of jobs", np.log(ranked["jobs"].to_numpy())),
        ("diversity", ranked["diversity_count"].to_numpy()),
        ("ECI by establishments", np.array([other[place] for place in ranked["place"]])),
    ]
    activities = found.activities.sort("pci", descending=True).head(10)
    named = [
        f"{INDUSTRIES.get(code, code)} ({code}, in {count:.0f})"
        for code, count in activities.select("activity", "ubiquity_count").rows()
    ]
    fit = found.table["fitness"].to_numpy()
    return [
        "## US metropolitan and micropolitan areas, 2018",
        "",
        f"Employment of {found.table.height} areas in {found.activities.height} industries (NAICS, four digits). {hidden} cells have establishments and an employment of 0.",
        "",
        *table(
            (
                "rank",
                "area",
                "jobs",
                "industries with RCA of 1 or more",
                "ECI",
                "ECI by establishments",
            ),
            top,
        ),
        "Size tells most of it. Rank correlation of ECI with: "
        + "; ".join(f"{name} {spearmanr(eci, values)[0]:.2f}" for name, values in beside)
        + ".",
        "",
        "Most complex industries (areas that are specialised): " + "; ".join(named) + ".",
        "",
        f"Fitness says nothing here: {int((fit < 1e-6).sum())} of {fit.size} areas head for 0, as one industry is found in two areas alone and takes all "
        "complexity. The finding says so in a sentence.",
        "",
        *_next(rows),
    ]


def _next(rows: pl.DataFrame) -> Lines:
    near = related_activities(rows, "cbsa_code", "naics_code", "EMP")
    found = portfolios(near, most=3)
    pairs = near.pairs()
    lines = []
    for code in SHOWN:
        own = (
            pairs.filter((pl.col("place") == code) & ~pl.col("is_present"))
            .sort("density_share", descending=True)
            .head(3)
        )
        first = found.table.filter(pl.col("place") == code)
        lines.append(
            (
                METROS[code],
                "; ".join(
                    f"{INDUSTRIES.get(name, name)} {density:.2f}"
                    for name, density in own.select("activity", "density_share").rows()
                ),
                "; ".join(
                    f"{INDUSTRIES.get(name, name)} (density {density:.2f}, PCI {gain:+.1f})"
                    for name, density, gain in first.select(
                        "activity", "density_share", "pci_gain"
                    ).rows()
                ),
            )
        )
    base = pairs.filter(~pl.col("is_present"))["density_share"].mean()
    return [
        f"What is nearest to some of them, and what comes first on their Pareto frontier of nearness, complexity and outlook gain. The mean density of an absent "
        f"industry over all areas is {base:.2f}; PCI is less the area's own ECI. Nearness follows diversity: a wide area is near to everything.",
        "",
        *table(("area", "nearest absent industries (density)", "first on the frontier"), lines),
    ]


# -- patents by country ----------------------------------------------------------------------------


def patents(file: Path) -> Lines:
    """Specialisation of countries in three fields, with exact intervals."""
    rows = pl.read_csv(file).filter(pl.col("period_start").is_in([2015, 2020]))
    counts = rows.group_by("country", "tech_area").agg(pl.col("patent_count").sum()).drop_nulls()
    least = (
        counts.group_by("country")
        .agg(pl.col("patent_count").sum())
        .sort("patent_count", descending=True)
        .head(12)
    )
    found = economic_complexity(
        counts,
        "country",
        "tech_area",
        "patent_count",
        rule=PresenceRule(significance=0.05),
        measures=["eci"],
    )
    cells = {
        (place, field): row
        for place, field, *row in found.specialisation.select(
            "place", "activity", "rca", "rca_low", "rca_high"
        ).rows()
    }
    fields = sorted(counts["tech_area"].unique())
    lines = []
    for country, total in least.rows():
        own = [cells.get((country, field)) for field in fields]
        lines.append(
            (
                country,
                f"{total:,}",
                *(f"{r[0]:.2f} ({r[1]:.2f} to {r[2]:.2f})" if r else "0" for r in own),
            )
        )
    return [
        "## US patents by country of the inventor's city, 2015 to 2024",
        "",
        "Revealed comparative advantage in the three fields that the record holds, so that each is measured against the other two; exact 95% intervals",
        "(Garwood); the twelve countries with most. Cities with fewer than 5 patents in a field and five years are not in the record. Three activities are too few for an index of complexity: it would rank who has which field, which the",
        "table says better.",
        "",
        *table(("country", "patents", *fields), lines),
    ]


if __name__ == "__main__":
    main()
