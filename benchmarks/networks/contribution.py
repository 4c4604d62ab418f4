"""Contribution and talent on real records, and how fast they are; writes a page of figures.

    python -m benchmarks.networks.contribution SHARED_DATA_FOLDER docs/replications/contribution.md

No person and no organisation is named.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse
from scipy.stats import spearmanr

from firstlight.instruments.networks.contribution_profile.atypical_combinations import (
    atypical_combinations,
)
from firstlight.instruments.networks.contribution_profile.contribution_profile import contribution
from firstlight.instruments.networks.contribution_profile.disruption import (
    disruption,
    disruption_counts,
)
from firstlight.instruments.networks.contribution_profile.new_combinations import new_combinations
from firstlight.instruments.networks.talent_flows.flows import talent_flows
from firstlight.instruments.networks.talent_flows.skill_relatedness import skill_relatedness

LANDS = {  # the last part of an address -> country
    "usa": "United States|us|u.s.a|united states|united states of america|u.s",
    "china": "China|p.r. china|p. r. china|pr china|people's republic of china|cn",
    "japan": "Japan|jp",
    "germany": "Germany|de",
    "france": "France|fr",
    "italy": "Italy|it",
    "canada": "Canada",
    "switzerland": "Switzerland|ch",
    "uk": "United Kingdom|united kingdom|u.k|england|scotland|great britain",
    "south korea": "South Korea|korea|republic of korea|kr",
    "spain": "Spain|es",
    "australia": "Australia|au",
    "singapore": "Singapore",
    "sweden": "Sweden|se",
    "taiwan": "Taiwan",
    "portugal": "Portugal",
    "greece": "Greece",
    "india": "India",
    "belgium": "Belgium",
    "netherlands": "Netherlands|the netherlands|nl",
    "austria": "Austria",
    "brazil": "Brazil",
    "hong kong": "Hong Kong|hong kong sar",
    "israel": "Israel",
    "turkey": "Turkey",
    "denmark": "Denmark",
    "finland": "Finland",
    "norway": "Norway",
    "new zealand": "New Zealand",
    "mexico": "Mexico",
    "iran": "Iran",
    "czech republic": "Czechia|czechia",
}
COUNTRY = {
    alias: text.split("|")[0]
    for name, text in LANDS.items()
    for alias in (name, *text.split("|")[1:])
}
PERIODS = ((2005, 2012), (2013, 2021))
NO_INDEX = {
    "no_references": "no reference in the record: the index would be 1 whoever cites",
    "not_cited": "neither it nor its references are cited in the window",
    "window_open": "the window isn't over within the record",
}
LEAST = 100  # papers of a country in a period


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def half(names: list[str]) -> list[str]:
    """Lists that stand twice in a row, once."""
    middle = len(names) // 2
    return names[:middle] if len(names) % 2 == 0 and names[:middle] == names[middle:] else names


def speed() -> list[str]:
    rng = np.random.default_rng(0)
    works, links = 100_000, 1_000_000
    years = np.sort(rng.integers(1990, 2020, works))
    citing = rng.integers(works // 50, works, links)
    near = (citing * rng.random(links)).astype(int)
    far = rng.permutation(works)[np.minimum((rng.pareto(1.2, links) * 50).astype(int), works - 1)]
    cited = np.where((rng.random(links) < 0.5) & (far < citing), far, near)
    held = sparse.csr_array((np.ones(links, dtype=np.int32), (citing, cited)), shape=(works, works))
    rows = []
    for horizon in (5, None):
        start = time.perf_counter()
        counts = np.stack(disruption_counts(held, years, horizon=horizon))
        spent = time.perf_counter() - start
        alone, seconds = by_sets(held, years, horizon, rng.choice(works, 300, replace=False))
        assert all((counts[:, f] == own).all() for f, own in alone.items())
        span = f"{horizon} years" if horizon else "all later years"
        rows.append(
            [span, f"{counts.sum():,}", f"{spent:.1f} s", f"{seconds / 300 * works:,.0f} s"]
        )
    degree = int(np.diff(held.tocsc().indptr).max())
    return [
        "## Speed",
        "",
        f"{held.nnz:,} citations drawn between {works:,} works of 30 years, the most cited with {degree:,}; generated, two cores, with other work on the machine. Counts of 300 works, drawn "
        "at random, are the same as counted with sets in a plain loop; its time for all works is taken from these 300.",
        "",
        table(
            ["window", "citing works told apart", "sparse products", "sets, in proportion"], rows
        ),
        "",
    ]


def by_sets(
    held: sparse.csr_array, years: np.ndarray, horizon: int | None, sample: np.ndarray
) -> tuple[dict[int, list[int]], float]:
    cites = [
        set(held.indices[held.indptr[k] : held.indptr[k + 1]].tolist()) - {k}
        for k in range(held.shape[0])
    ]
    citers: list[set[int]] = [set() for _ in cites]
    for one, own in enumerate(cites):
        for two in own:
            citers[two].add(one)
    start, found = time.perf_counter(), {}
    for f in sample.tolist():
        top = np.inf if horizon is None else years[f] + horizon
        to_focal = {w for w in citers[f] if years[f] < years[w] <= top}
        to_old = {w for r in cites[f] for w in citers[r] if years[f] < years[w] <= top}
        found[f] = [len(to_focal - to_old), len(to_focal & to_old), len(to_old - to_focal)]
    return found, time.perf_counter() - start


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def references(folder: Path) -> list[str]:
    """A small export of one subject: what disruption can say on it."""
    held = pl.read_csv(folder / "documents" / "scopus_export.csv.gz").filter(
        pl.col("PY").is_not_null()
    )
    titles = {plain(title): work for work, title in held.select("UT", "TI").rows()}
    rows = []
    for work, cell in held.select("UT", "CR").drop_nulls().rows():
        for part in cell.split(";"):
            hit = re.match(r"(.*)\((\d{4})\)", part)
            if hit:
                title = plain(re.split(r"\.,\s", hit[1])[-1])
                rows.append((work, titles.get(title, f"{title} {hit[2]}")))
    links = pl.DataFrame(rows, schema=["citing", "cited"], orient="row").unique()
    works = held.select(work="UT", year=pl.col("PY").cast(int)).unique("work")
    inside = links.filter(pl.col("cited").is_in(works["work"].to_list())).height
    found = disruption(works, links)
    known = found.drop_nulls("disruption_index")
    cited = known.filter(pl.col("only_focal_count") + pl.col("both_count") > 0)
    wide = (known["disruption_high"] - known["disruption_low"]).median()
    counts = found.drop_nulls("reason")["reason"].value_counts()
    reasons = sorted((NO_INDEX[code], count) for code, count in counts.rows())
    return [
        "## Disruption on a record of one subject",
        "",
        f"A Scopus export of {works.height} records on bibliometrics with {links.height:,} references, {inside} of them to records of the export (by title). "
        f"An index comes out for {known.height} works, of which {cited.height} are cited within the export at all; its mean is "
        f"{known['disruption_index'].mean():.3f} and the median width of its 95% interval {wide:.2f}, of a range of 2. For the others: "
        + "; ".join(f"{reason} ({count})" for reason, count in reasons)
        + ". So small a record tells hardly anything about any one work, and the intervals say so.",
        "",
    ]


def novelty(folder: Path) -> list[str]:
    held = pl.read_parquet(
        folder / "documents" / "arxiv_tech.parquet", columns=["id", "year", "categories"]
    )
    rows = (
        held.filter(pl.col("year") >= 2005)
        .select("id", "year", term=pl.col("categories").str.split(","))
        .explode("term")
    )
    rows = rows.with_columns(pl.col("term").str.strip_chars()).filter(pl.col("term") != "")
    start = time.perf_counter()
    typical = atypical_combinations(rows, "id", "term")
    one = time.perf_counter() - start
    start = time.perf_counter()
    new = new_combinations(rows, "id", "term")
    two = time.perf_counter() - start
    last = rows.filter(pl.col("year") == 2015)
    drawn = atypical_combinations(last, "id", "term", null="randomised", draws=100)
    both = typical.table.join(
        drawn.table, on="id" if "id" in drawn.table.columns else "work", suffix="_drawn"
    ).drop_nulls(["tail_z", "tail_z_drawn"])
    same = (both["is_novel"] == both["is_novel_drawn"]).mean()
    rank = spearmanr(both["tail_z"], both["tail_z_drawn"]).statistic
    by_year = (
        typical.table.group_by("year")
        .agg(pl.len(), pl.col("tail_z").count().alias("several"), pl.col("is_novel").mean())
        .join(
            new.table.group_by("year").agg(pl.col("is_new").mean(), known=pl.col("is_new").count()),
            on="year",
        )
        .sort("year")
    )
    shown = [
        [
            str(y),
            f"{n:,}",
            f"{s:,}",
            f"{novel:.1%}",
            f"{is_new:.1%}" if is_new is not None else "not yet known",
        ]
        for y, n, s, novel, is_new, _ in by_year.filter(pl.col("year") % 2 == 0).rows()
    ]
    return [
        "## Novelty: categories that arXiv papers combine",
        "",
        f"{rows.height:,} pairs of paper and category, {rows['term'].n_unique()} categories, 2005 to 2019. Atypical combinations took {one:.1f} s, new combinations "
        f"{two:.1f} s. The null by formula beside one hundred shuffles that keep both margins exactly, papers of 2015: the tail's z has a rank correlation of "
        f"{rank:.3f}, and {same:.1%} of {both.height:,} papers are called novel or not alike.",
        "",
        table(
            [
                "year",
                "papers",
                "with two categories or more",
                "of these novel",
                "papers with new combinations",
            ],
            shown,
        ),
        "",
        "The categories of some fields were introduced within these years, and papers of machine learning are in the record only where also listed elsewhere.",
        "",
    ]


def impact(folder: Path) -> list[str]:
    held = pl.read_parquet(folder / "documents" / "robotics_ml_with_countries.parquet")
    cited = pl.when(pl.col("citations") >= 0).then(pl.col("citations"))
    rows = held.select(
        work="id",
        unit=pl.col("country").str.split(";"),
        year="year",
        field="venue",
        citations=cited,
    )
    rows = rows.explode("unit").with_columns(pl.col("unit").str.strip_chars()).unique()
    found = []
    for first, last in PERIODS:
        own = contribution(
            rows.filter(pl.col("year").is_between(first, last)),
            contributor="unit",
        )
        found.append(own.table.filter(pl.col("works_count") >= LEAST))
    both = found[0].join(found[1], on=["category", "unit"], suffix="_after")
    lines = []
    for name in ("impact", "most_cited"):
        mine = both.filter(category=name)
        base = mine["position_after"].value_counts()
        share = dict(zip(base["position_after"], base["count"], strict=True))
        for side in ("above", "within", "below"):
            own = mine.filter(position=side)
            after = [
                own.filter(position_after=then).height for then in ("above", "within", "below")
            ]
            lines.append([name, side, str(own.height), *(str(k) for k in after)])
        lines.append(
            [
                name,
                "all",
                str(mine.height),
                *(str(share.get(then, 0)) for then in ("above", "within", "below")),
            ]
        )
    largest = found[1].filter(category="most_cited").sort("works_count", descending=True).head(12)
    mean = dict(
        found[1]
        .filter(category="impact")
        .select("unit", pl.struct("value", "value_low", "value_high"))
        .rows()
    )
    shown = [
        [
            r["unit"],
            f"{r['works_count']:,}",
            "{value:.2f} ({value_low:.2f} to {value_high:.2f})".format(**mean[r["unit"]]),
            f"{r['value']:.1%} ({r['value_low']:.1%} to {r['value_high']:.1%})",
        ]
        for r in largest.iter_rows(named=True)
    ]
    rank = [
        spearmanr(own["value"], own["value_after"]).statistic
        for _, own in both.group_by("category", maintain_order=True)
    ]
    return [
        "## Impact within the venue and year, by country",
        "",
        "Papers of four robotics and machine-learning conferences; field is the venue; a paper is shared equally by its countries; intervals are 95% stability "
        f"intervals of 1,000 draws. Papers of {PERIODS[1][0]} to {PERIODS[1][1]}, the twelve countries with most papers; all papers: 1.00 and 10.0%.",
        "",
        table(["country", "papers", "mean normalised score", "among the top 10%"], shown),
        "",
        f"Does it last? Countries with {LEAST} papers or more in both periods, by where they stood in {PERIODS[0][0]} to {PERIODS[0][1]} and then in "
        f"{PERIODS[1][0]} to {PERIODS[1][1]}; rank correlation of the values {rank[0]:.2f} (mean score) and {rank[1]:.2f} (top 10%).",
        "",
        table(["category", "before", "countries", "after: above", "within", "below"], lines),
        "",
    ]


def people(folder: Path) -> tuple[pl.DataFrame, int, int]:
    """Author, country and year where authors and addresses can be matched one to one."""
    held = pl.read_parquet(folder / "documents" / "robotics_ml_with_countries.parquet")
    rows, lost, unknown = [], 0, 0
    for year, authors, addresses in (
        held.filter(pl.col("venue").is_in(["icra", "iros"]))
        .select("year", "authors", "affiliations")
        .rows()
    ):
        names, places = (
            [part.strip() for part in cell.split(";")] for cell in (authors, addresses)
        )
        names = half(names)
        places = places if len(places) == len(names) else half(places)
        if len(names) != len(places):
            lost += 1
            continue
        for name, place in zip(names, places, strict=True):
            land = COUNTRY.get(place.split(",")[-1].strip().strip(".").lower())
            unknown += land is None
            if land and name:
                rows.append((name, land, year))
    return pl.DataFrame(rows, schema=["person", "unit", "year"], orient="row"), lost, unknown


def talent(folder: Path) -> list[str]:
    rows, lost, unknown = people(folder)
    start = time.perf_counter()
    found = talent_flows(rows, gap=3)
    spent = time.perf_counter() - start
    several = (
        rows.unique().group_by("person", "year").len().filter(pl.col("len") > 1)["person"].unique()
    )
    clean = talent_flows(rows.filter(~pl.col("person").is_in(several.to_list())), gap=3)
    lines = []
    span = found.table.filter(pl.col("year").is_between(2010, 2020))
    for own, other in ((span, clean.table.filter(pl.col("year").is_between(2010, 2020))),):
        sums = (
            sums_of(own)
            .join(sums_of(other), on="unit", suffix="_clean")
            .sort("mean", descending=True)
            .head(10)
        )
        lines = [
            [
                r["unit"],
                f"{r['mean']:,.0f}",
                f"{r['arrivals']:,.0f}",
                f"{r['departures']:,.0f}",
                f"{r['net']:+,.0f}",
                f"{r['back']:.0%}",
                f"{r['net_clean']:+,.0f}",
            ]
            for r in sums.iter_rows(named=True)
        ]
    early, late = (
        skill_relatedness(found.moves.filter(pl.col("year").is_between(*years)))
        for years in ((2001, 2012), (2013, 2023))
    )
    units = sorted(set(early.units) & set(late.units))
    every = pl.DataFrame(
        [(one, two) for k, one in enumerate(units) for two in units[k + 1 :]],
        schema=["unit_1", "unit_2"],
        orient="row",
    )
    both = every.join(early.table, on=["unit_1", "unit_2"], how="left")
    both = both.join(late.table, on=["unit_1", "unit_2"], how="left", suffix="_late")
    both = both.with_columns(pl.col("relatedness_index", "relatedness_index_late").fill_null(-1.0))
    rank = spearmanr(both["relatedness_index"], both["relatedness_index_late"]).statistic
    kept = both.filter(pl.col("is_related").fill_null(False))
    again = kept.filter(pl.col("is_related_late").fill_null(False)).height
    size, pairs = both.filter(pl.col("is_related_late").fill_null(False)).height, both.height
    return [
        "## Talent: authors between countries",
        "",
        f"ICRA and IROS, 2000 to 2023: {rows['person'].n_unique():,} names, {rows.height:,} rows of name, country and year. Authors and addresses could not be matched "
        f"in {lost:,} papers, and {unknown:,} addresses end in no country of the list; both stay out. Unseen for less than three years, an author stays where last seen. "
        f"{spent:.1f} s. Sums of 2010 to 2020; the last column leaves out the {several.len():,} names that stand in two countries in one year, as namesakes would.",
        "",
        table(
            [
                "country",
                "mean stock",
                "arrivals",
                "departures",
                "net",
                "of arrivals, back",
                "net without such names",
            ],
            lines,
        ),
        "",
        "## Relatedness of countries, out of time",
        "",
        f"Moves until 2012 beside moves from 2013 on, between {pairs:,} pairs of countries. Of {kept.height} pairs with surely more moves than chance before, {again} have so "
        f"again; of all pairs {size} have so after ({size / pairs:.0%}). Rank correlation of relatedness over all of them: {rank:.2f}. Moves are few, and few pairs stand out.",
        "",
    ]


def sums_of(own: pl.DataFrame) -> pl.DataFrame:
    came, went = pl.col("arrivals_count").sum(), pl.col("departures_count").sum()
    back = pl.col("returnees_count").sum() / came
    return own.group_by("unit").agg(
        mean=pl.col("stock_count").mean(),
        arrivals=came,
        departures=went,
        net=came - went,
        back=back,
    )


def projects(folder: Path) -> list[str]:
    held = pl.read_csv(
        folder / "provinces" / "techme_national_projects.csv", infer_schema_length=10_000
    )
    rows = held.select(person="chairman", unit="institution", year="year").drop_nulls()
    rows = rows.filter(
        pl.col("person").str.strip_chars() != "", pl.col("unit").str.strip_chars() != ""
    )
    found = talent_flows(rows, gap=3)
    several = (
        rows.unique(["person", "unit"]).group_by("person").len().filter(pl.col("len") > 1).height
    )
    moved = found.moves["people_count"].sum()
    return [
        "## What a record of projects does not allow",
        "",
        f"{rows.height:,} national projects of 2018 to 2020 name {rows['person'].n_unique():,} leaders of {rows['unit'].n_unique():,} institutions; {several} names stand under two. "
        f"That makes {moved:.0f} moves, some of them namesakes: too few for any flow, and for relatedness.",
        "",
    ]


def main(folder: Path, page: Path) -> None:
    text = [
        "<!-- Written by benchmarks/networks/contribution.py: change nothing here. -->",
        "",
        "# Contribution and talent, measured",
        "",
        "What the measures of [contribution by category](../explanation/contribution.md) say on public records, and where these say too little. Settings were set once.",
        "",
    ]
    for part in (impact, novelty, references, talent, projects):
        print(part.__name__)
        text += part(folder)
    text += speed()
    page.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
