"""Networks on real records: co-operation, new partners out of time, hidden ties, consortia; writes
a page of figures.

    python -m benchmarks.networks.partners SHARED_DATA_FOLDER docs/replications/networks.md

No person and no organisation is named.
"""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.collaboration_network.centrality import betweenness
from firstlight.instruments.networks.joint_works import joint_works
from firstlight.instruments.networks.partner_choice.consortium import choose_members, covered
from firstlight.instruments.networks.partner_choice.link_scores import (
    SCORES,
    link_record,
    link_scores,
)
from firstlight.instruments.networks.partner_choice.partner_choice import PARTNERS
from firstlight.instruments.networks.partner_choice.partner_forecast import backtest_partners
from firstlight.instruments.networks.works_network import joint_links

KINDS = [  # which part of an address is the organisation: the first kind that is found decides
    r"univ|universit|hochschule|college|polytech|politec|institute of technology|eth |epfl|\bmit\b|kaist|kth",
    r"academy|cnrs|inria|dlr|aerospace|laborator|nasa|institut|research|centre|center|council",
]
YEARS = (2008, 2011, 2014, 2017, 2020)


def organisation(address: str) -> str | None:
    """A heuristic name: the part of an address that looks most like an organisation, in plain
    lower-case letters."""
    plain = unicodedata.normalize("NFKD", address.lower()).encode("ascii", "ignore").decode()
    parts = [part.strip() for part in re.sub(r"\S+@\S+", "", plain).split(",") if part.strip()]
    for kind in KINDS:
        for part in parts:
            if re.search(kind, part):
                return clean(part)
    return clean(parts[0]) if parts else None


def clean(part: str) -> str | None:
    found = " ".join(
        word for word in re.findall(r"[a-z]+", part) if word not in ("the", "of", "at")
    )
    return found if len(found) > 2 else None


def documents(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Works by organisation, works by country, words of titles."""
    held = pl.read_parquet(folder / "documents" / "robotics_ml_with_countries.parquet").filter(
        pl.col("year") <= 2023
    )
    rows, places, words = [], [], []
    for work, year, title, addresses, country in held.select(
        "id", "year", "title", "affiliations", "country"
    ).rows():
        own = {name for part in addresses.split(";") if (name := organisation(part)) is not None}
        rows += [(work, name, year) for name in own]
        lands = [land.strip() for land in country.split(";") if land.strip()]
        places += [(work, land, year) for land in lands]
        words += [(work, word) for word in set(re.findall(r"[a-z]{4,}", title.lower()))]
    return (
        pl.DataFrame(rows, schema=["work", "member", "year"], orient="row"),
        pl.DataFrame(places, schema=["work", "member", "year"], orient="row"),
        pl.DataFrame(words, schema=["work", "term"], orient="row"),
    )


def homes_known(rows: pl.DataFrame, places: pl.DataFrame, now: int) -> dict[str, str]:
    """Each organisation's country from works of one country up to a year, so that nothing later is
    used."""
    lone = (
        places.filter(pl.col("year") <= now).group_by("work").agg(pl.col("member").unique().sort())
    )
    lone = lone.filter(pl.col("member").list.len() == 1).select(
        "work", country=pl.col("member").list.first()
    )
    held = (
        rows.filter(pl.col("year") <= now).join(lone, on="work").group_by("member", "country").len()
    )
    held = held.sort(["member", "len", "country"], descending=[False, True, False])
    return dict(
        held.unique("member", keep="first", maintain_order=True)
        .select("member", "country")
        .iter_rows()
    )


def shown(value: float | None, digits: int = 3) -> str:
    return (
        "-"
        if value is None or not np.isfinite(value)
        else f"{value:.{digits}f}".lstrip("0")
        if 0 <= value < 1
        else f"{value:.{digits}f}"
    )


def table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join(
        "| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]
    )


def record_rows(found: pl.DataFrame, at: tuple[int, ...]) -> list[list[str]]:
    """Means over forecast years, the learnt score first."""
    mean = found.group_by("score", maintain_order=True).agg(
        pl.col("auc").mean(), *(pl.col(f"precision_at_{k}_share").mean() for k in at)
    )
    return [
        [
            PARTNERS.texts.say("en", "codes", "score", row["score"]),
            shown(row["auc"]),
            *(shown(row[f"precision_at_{k}_share"], 2) for k in at),
        ]
        for row in mean.iter_rows(named=True)
    ]


def organisations(rows: pl.DataFrame, places: pl.DataFrame, words: pl.DataFrame) -> list[str]:
    parts = []
    for now in YEARS:
        parts.append(
            backtest_partners(
                rows,
                [now],
                groups=homes_known(rows, places, now),
                terms=words,
                least_works=8,
                at=(10, 50, 200),
            )
        )
    found = pl.concat(parts)
    sizes = found.filter(pl.col("score") == "learnt")
    return [
        "## New co-operation between organisations, out of time",
        "",
        "Papers of four robotics and machine-learning conferences, 1995 to 2023. Organisations are read from addresses by a rule (the first part "
        "that names a university, an institute or a laboratory), so that one organisation may stand under two spellings and count as its own "
        "partner. Pairs of organisations with eight or more papers in five years, and no joint paper in any year up to the forecast year; "
        "outcome: a joint paper in the next three years. Countries and words of titles are those known at the forecast year. The learnt score "
        "is fitted three years before the forecast year, on outcomes up to it.",
        "",
        table(
            [
                "forecast year",
                "organisations",
                "pairs",
                "came together",
                "base rate",
                "AUC, learnt",
                "Adamic-Adar",
                "preferential attachment",
                "common terms",
            ],
            year_rows(found, sizes),
        ),
        "",
        f"Means over the forecast years; the mean base rate is {sizes['base_rate_share'].mean():.2%}, which is also the precision of a blind choice.",
        "",
        table(
            ["score", "AUC", "precision at 10", "at 50", "at 200"],
            record_rows(found, (10, 50, 200)),
        ),
        "",
        said_beside_came(sizes, (10, 50, 200)),
        "",
    ]


def year_rows(found: pl.DataFrame, sizes: pl.DataFrame) -> list[list[str]]:
    """A row per forecast year: sizes, base rate, and the AUC of four scores."""
    return [
        [
            str(r["year"]),
            f"{r['member_count']:,}",
            f"{r['pair_count']:,}",
            f"{r['link_count']:,}",
            f"{r['base_rate_share']:.2%}",
            shown(r["auc"]),
        ]
        + [
            shown(
                found.filter((pl.col("year") == r["year"]) & (pl.col("score") == s))["auc"].item()
            )
            for s in ("adamic_adar", "preferential_attachment", "terms")
        ]
        for r in sizes.iter_rows(named=True)
    ]


def said_beside_came(learnt: pl.DataFrame, at: tuple[int, ...]) -> str:
    """Mean chance of the first pairs and the share that came together, over forecast years."""
    means = learnt.select(pl.col("^(said|precision)_at_.*$").mean()).row(0, named=True)
    pairs = "; ".join(
        f"of {k}, {means[f'said_at_{k}_share']:.0%} said, {means[f'precision_at_{k}_share']:.0%} came"
        for k in at
    )
    return f"What the learnt score said of its first pairs, beside what came: {pairs}."


def countries(places: pl.DataFrame) -> list[str]:
    whole = joint_works(places.select("work", "year", place="member")).whole
    shares = whole.filter(pl.col("year").is_in([2005, *YEARS, 2023]))
    rows = [
        [
            str(r["year"]),
            f"{r['work_count']:,}",
            f"{r['joint_share']:.1%}",
            f"{r['joint_low_share']:.1%} to {r['joint_high_share']:.1%}",
        ]
        for r in shares.iter_rows(named=True)
    ]
    found = backtest_partners(places, YEARS, least_works=3, at=(10, 50))
    sizes = found.filter(pl.col("score") == "learnt")
    return [
        "## Countries",
        "",
        "Share of papers with a known country that name two or more (95% Wilson interval).",
        "",
        table(["year", "papers", "international", "interval"], rows),
        "",
        f"New pairs of countries in the next three years, as above, with three or more papers: {int(sizes['pair_count'].sum()):,} pairs over five "
        f"forecast years, mean base rate {sizes['base_rate_share'].mean():.2%}.",
        "",
        table(["score", "AUC", "precision at 10", "at 50"], record_rows(found, (10, 50))),
        "",
    ]


def hidden_ties(folder: Path) -> list[str]:
    """A network without years: a tenth of the ties is hidden at random, and the scores have to find
    them again."""
    names, ties = read_links(pl.read_csv(folder / "places" / "edges.csv"), "from", "to", "w")
    start = time.perf_counter()
    betweenness(ties)
    seconds = time.perf_counter() - start
    full = ties.toarray() > 0
    one, two = np.triu_indices(len(names), 1)
    linked = np.flatnonzero(full[one, two])
    records: dict[str, list[float]] = {name: [] for name in SCORES}
    top: dict[str, list[float]] = {name: [] for name in SCORES}
    base = 0.0
    for seed in range(5):
        hidden = np.random.default_rng(seed).choice(linked, len(linked) // 10, replace=False)
        seen = full.copy()
        seen[one[hidden], two[hidden]] = seen[two[hidden], one[hidden]] = False
        open_ = ~seen[one, two]
        came = np.isin(np.flatnonzero(open_), hidden)
        base = came.mean()
        for name, score in link_scores(seen.astype(float)).items():
            record = link_record(score[one, two][open_], came, (100,))
            records[name].append(record.auc)
            top[name].append(record.precision[100])
    return [
        "## Hidden ties",
        "",
        f"The published network of co-authors in network science (Newman 2006; {len(names):,} with ties, {len(linked):,} ties) has no years, so "
        "nothing here is out of time: a tenth of the ties is hidden at random, five times, and looked for among all pairs without a tie. Base rate "
        f"{base:.4%}. A tie inside a paper of three or more authors is given away by the paper's other ties, so that the figures "
        f"say little about new co-operation. Betweenness of all members took {seconds:.1f} s.",
        "",
        table(
            ["score", "AUC", "precision at 100"],
            [
                [
                    n.replace("_", " "),
                    shown(float(np.mean(records[n]))),
                    shown(float(np.mean(top[n])), 2),
                ]
                for n in SCORES
            ],
        ),
        "",
    ]


def projects(folder: Path) -> list[str]:
    held = pl.read_csv(
        folder / "provinces" / "techme_national_projects.csv", infer_schema_length=10_000
    )
    held = held.select(
        work=pl.col("type") + "-" + pl.col("year").cast(pl.String),
        member="institution",
        year="year",
    )
    found = backtest_partners(held, [2019], 1, past=2, least_works=1, at=(10, 50, 200))
    first = found.filter(pl.col("score") == "learnt").row(0, named=True)
    return [
        "## National projects",
        "",
        f"{held.height:,} projects of three years, each with one lead institution: the table holds no co-operation. What can be scored is which "
        "institutions come to lead projects of one programme for the first time in 2020, from 2018 and 2019 (learnt on 2018 and 2019): "
        f"{first['pair_count']:,} pairs, base rate {first['base_rate_share']:.2%}. One forecast year, so that no interval can be told.",
        "",
        table(
            ["score", "AUC", "precision at 10", "at 50", "at 200"],
            record_rows(found, (10, 50, 200)),
        ),
        "",
    ]


def consortia(rows: pl.DataFrame, words: pl.DataFrame) -> list[str]:
    """Five organisations chosen on five years' titles; do they cover the technology's words in the
    next three?"""
    out = []
    for now in YEARS:
        past, later = (
            rows.filter(pl.col("year").is_between(*span))
            for span in ((now - 4, now), (now + 1, now + 3))
        )
        count = (
            words.join(past.select("work").unique(), on="work")
            .group_by("term")
            .len()
            .sort(["len", "term"], descending=[True, False])
        )
        terms = sorted(count.slice(30, 300)["term"].to_list())
        members = sorted(
            past.group_by("member").len().filter(pl.col("len") >= 8)["member"].to_list()
        )
        grids = [coverage(span, words, members, terms) for span in (past, later)]
        greedy = choose_members(grids[0], 5)
        papers = dict(past.group_by("member").len().iter_rows())
        size = np.array([papers[name] for name in members])
        largest = np.argsort(-size, kind="stable")[:5]
        rng = np.random.default_rng(now)
        blind = [
            covered(grids[1][rng.choice(len(members), 5, replace=False)]).mean() for _ in range(200)
        ]
        out.append(
            [str(now), str(len(members)), shown(greedy.objective[-1], 2), shown(greedy.at_least, 2)]
            + [
                shown(float(covered(grids[1][list(who)]).mean()), 2)
                for who in (greedy.chosen, largest)
            ]
            + [shown(float(np.mean(blind)), 2)]
        )
    return [
        "## Consortia",
        "",
        "Five organisations chosen greedily to cover 300 frequent words of titles of five years (the 30 most frequent left out; a word counts as covered "
        "with two papers). Out of time: the share of the same words that the five cover in the next three years, beside the five with most papers "
        "and five at random (mean of 200).",
        "",
        table(
            [
                "year",
                "organisations",
                "covered when chosen",
                "certain share of the best",
                "covered later",
                "five largest, later",
                "random, later",
            ],
            out,
        ),
        "",
    ]


def coverage(
    rows: pl.DataFrame, words: pl.DataFrame, members: list[str], terms: list[str]
) -> np.ndarray:
    held = rows.filter(pl.col("member").is_in(members)).join(
        words.filter(pl.col("term").is_in(terms)), on="work"
    )
    count = held.group_by("member", "term").len().filter(pl.col("len") >= 2)
    place, column = ({k: i for i, k in enumerate(keys)} for keys in (members, terms))
    found = np.zeros((len(members), len(terms)))
    for name, term, _ in count.iter_rows():
        found[place[name], column[term]] = 1.0
    return found


def main(folder: Path, page: Path) -> None:
    rows, places, words = documents(folder)
    recent = rows.filter(pl.col("year").is_between(2019, 2023))
    links = joint_links(recent)
    ends = pl.concat([links["member_1"], links["member_2"]]).value_counts(name="degree")
    members = recent.select(pl.col("member").unique())
    degrees = members.join(ends, left_on="member", right_on="member_1", how="left")["degree"]
    degrees = degrees.fill_null(0)
    text = [
        "# Networks, measured",
        "",
        "Who works with whom, who comes to, and who together covers a technology, on public records. All figures are from "
        "`benchmarks/networks/partners.py`; no person or organisation is named.",
        "",
        f"Papers of 2019 to 2023 name {members.height:,} organisations by the rule below, {links.height:,} ties among them, a median of "
        f"{degrees.median():.0f} partners; {(degrees == 0).sum():,} have no joint paper.",
        "",
        "Settings (least papers, windows, number of words) were set once, before any result was seen, and not changed after. In short: between "
        "organisations the learnt score ranks all pairs better than any single score in every forecast year, but its first ten are no better than "
        "those by common partners; between countries it is no better than the product of the two numbers of papers. Consortia chosen "
        "to cover words cover later on hardly more, and once less, than the five largest organisations.",
        "",
        *countries(places),
        *organisations(rows, places, words),
        *consortia(rows, words),
        *hidden_ties(folder),
        *projects(folder),
    ]
    page.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
