"""How well technologies are traced: halves of one record, planted series, and real papers with real
patents.

    python -m benchmarks.diffusion.tracing halves arxiv_tech.parquet 2008 2012 2016 python -m
    benchmarks.diffusion.tracing planted python -m benchmarks.diffusion.tracing real
    arxiv_tech.parquet us_neural_network_patents.parquet COUNTS.csv.gz... python -m
    benchmarks.diffusion.tracing concordance arxiv_tech.parquet COUNTS.csv.gz CONCORDANCE.csv

Every score stands beside its base rate or chance.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.diffusion.same_company import same_company
from firstlight.instruments.diffusion.take_off import SUSTAINED, take_off
from firstlight.instruments.emergence.technologies.mentions import Mentions, mentions, nested
from firstlight.result import Result
from firstlight.run.documents_in import from_documents
from firstlight.run.tracing.steps import IS_LONG_ENOUGH, MOST_BESIDE, SAME
from firstlight.run.tracing.tracing import trace
from firstlight.sources import read_documents

MOST = 80_000
Rows = np.ndarray


def halves(path: Path, year: int) -> None:
    """Five years in two random halves: do documents of one name keep the same company in the other
    half?

    And under another technology's documents, as if its name meant something else there?
    """
    whole = read_documents(path).table.frame.filter(pl.col("year").is_between(year - 4, year))
    frame = whole.sample(min(MOST, whole.height), seed=0).sort("date", "id")
    first = np.random.default_rng(0).random(frame.height) < 0.5
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "half.parquet"
        frame.filter(pl.Series(first)).write_parquet(given)
        catalogue = Catalogue.open(Path(folder) / "project")
        corpus = from_documents(catalogue, given, read_documents(given), year)
        survey, kept = corpus.surveys([year], year, lambda line: None)[year]
        terms = catalogue.table(kept, "terms")
    terms = terms.filter(IS_LONG_ENOUGH)
    rows = np.intersect1d(np.flatnonzero(survey.is_scored), terms["technology"].to_numpy())
    number = {int(row): place for place, row in enumerate(rows)}
    own = terms.filter(pl.col("technology").is_in(list(number)))
    own = own.with_columns(pl.col("technology").replace_strict(number, return_dtype=pl.Int64)).sort(
        "technology"
    )
    one, two = (mentions(own, frame.filter(pl.Series(half))) for half in (first, ~first))
    company(own, one, two, year)


def company(forms: pl.DataFrame, one: Mentions, two: Mentions, year: int) -> None:
    """Print how often a technology is told to mean the same: its own documents, and another's under
    its name."""
    sizes = [found.shared.diagonal() for found in (one, two)]
    present = np.flatnonzero(np.minimum(*sizes) >= SUSTAINED)
    beside = np.sort(np.argsort(-np.minimum(*sizes), kind="stable")[:MOST_BESIDE])
    within = nested(forms)
    own = np.zeros((len(sizes[0]), len(sizes[0])))
    own[within["technology"].to_numpy(), within["other"].to_numpy()] = 1
    own = own[present][:, beside]
    before, after = (profile(found, present, beside) for found in (one, two))
    right = same_company(before, after, own).p_value <= SAME
    order = np.random.default_rng(1).permutation(
        len(present)
    )  # another technology's documents under this one's name
    other = after.copy()
    other[1:] = after[1:][order]
    wrong = same_company(before, other, own).p_value <= SAME
    wrong = wrong[order != np.arange(len(order))]
    says_more = (
        forms.group_by("technology")
        .agg((pl.col("is_phrase") | pl.col("is_capital")).any())
        .sort("technology")
    )
    plain = ~says_more["is_phrase"].to_numpy()[present]
    few = np.minimum(*sizes)[present] < 10
    print(
        f"{year}: {len(present)} technologies; the same in {right.mean():.2f}, plain words {right[plain].mean():.2f} of "
        f"{plain.sum()}, under ten documents {right[few].mean():.2f} of {few.sum()}; another's documents {wrong.mean():.3f} "
        f"(chance {SAME})",
        flush=True,
    )


def profile(found: Mentions, rows: Rows, columns: Rows) -> np.ndarray:
    """Documents by technology and technology beside it, as ``same_company`` takes them."""
    sizes = found.shared.diagonal()
    inside = np.column_stack([sizes[rows], found.shared[rows][:, columns].toarray()])
    return np.vstack([np.concatenate([[found.totals.sum()], sizes[columns]]), inside])


def planted() -> None:
    """Coverage of take-off intervals, alarms where nothing takes off, and the size and power of the
    lead-lag test."""
    rng = np.random.default_rng(1)
    years = np.arange(1993, 2019)
    exposure = np.round(np.geomspace(400, 4000, len(years)))
    for base in (2e-4, 1e-3, 5e-3):
        for growth in (0.15, 0.3, 0.6):
            starts = rng.integers(1999, 2011, 200)
            rises = np.clip(years[None] - starts[:, None], 0, 5)
            noise = rng.gamma(20, 0.05, rises.shape)
            found = take_off(
                rng.poisson(base * np.exp(growth * rises) * exposure * noise), exposure, years
            )
            seen = np.array([state == "seen" for state in found.state])
            held = (np.nan_to_num(found.low, nan=0) <= starts) & (starts <= found.high)
            off = np.abs(found.start - starts)[seen]
            told = (
                f"held {held[seen].mean():.2f}, off by {off.mean():.1f} years"
                if seen.any()
                else "-"
            )
            print(
                f"share {base:g}, growth {growth:g}, rises {np.exp(5 * growth):.0f} times: seen {seen.mean():.2f}, {told}"
            )
    for name, walk in (("flat", 0.0), ("random walk .1", 0.1), ("random walk .2", 0.2)):
        curve = (
            np.exp(np.cumsum(rng.normal(0, walk, (400, len(years))), axis=1))
            if walk
            else np.ones((400, len(years)))
        )
        states = take_off(
            rng.poisson(0.002 * curve * exposure * rng.gamma(20, 0.05, curve.shape)),
            exposure,
            years,
        ).state
        print(
            f"{name}: take-off told in {np.mean([state in ('seen', 'before') for state in states]):.3f}"
        )
    for size in (6, 30, 100):
        for ahead in (None, 0, 2, 4):
            runs = [
                lead_lag(*world(run, size, ahead), draws=299)
                for run in range(60 if size < 50 else 20)
            ]
            single = np.mean([own.p_first < 0.05 for own in runs])
            pooled = np.mean([own.pooled_p_first < 0.05 for own in runs])
            print(
                f"{size} technologies, lead {ahead}: single {single:.3f}, pooled {pooled:.2f} ({runs[0].null})"
            )


def real(papers: Path, patents: Path, counts: list[Path]) -> None:
    """Papers traced into patents, and into each file of counts by field."""
    with tempfile.TemporaryDirectory() as project:
        for other in (patents, *counts):
            print(f"--- science and {other.name}")
            told(trace({"science": papers, "invention": other}, project=project, top=100_000))


def concordance(papers: Path, counts: Path, pairs: Path) -> None:
    """Papers traced into counts by field, with a concordance."""
    with tempfile.TemporaryDirectory() as project:
        given = {"science": papers, "invention": counts}
        told(trace(given, project=project, top=100_000, concordances={"invention": pairs}))


def told(found: Result) -> None:
    """What came of it: confirmed and matched, beside chance; lags; who leads; stages."""
    pl.Config.set_tbl_rows(60).set_tbl_cols(20).set_fmt_str_lengths(60).set_tbl_width_chars(200)
    print(found.tables["records"])
    for name in ("steps", "pooled"):
        for row in found.tables[name].iter_rows(named=True):
            print(row)
    presence = found.tables["presence"].filter(
        (pl.col("kind") == "invention") & pl.col("is_confirmed")
    )
    lags = found.tables["lags"].join(presence.select("technology"), on="technology")
    for event in ("first", "sustained"):
        own = lags.filter((pl.col("event") == event) & (pl.col("reason") == ""))
        print(
            event,
            own.height,
            "median",
            own["years"].median(),
            "patents first",
            (own["years"] < 0).mean(),
        )
    print(
        lags.filter((pl.col("event") == "take_off") & pl.col("years").is_not_null()).sort("years")
    )
    print(lags.filter(pl.col("event") == "take_off").group_by("reason").len().sort("reason"))
    matches = found.tables["matches"]
    print(matches.group_by("method", "is_match").len().sort("method", "is_match"))
    print(matches.filter(pl.col("method").is_in(["name", "concordance"])).head(60))
    unlike = matches.filter(~pl.col("is_match") & pl.col("p_value").is_not_null()).sort(
        "p_value", descending=True
    )
    print(unlike.select("technology", "score", "p_value").head(30))
    print(
        found.tables["technologies"]
        .group_by("stage", "is_taken_off")
        .len()
        .sort("stage", "is_taken_off")
    )
    print(found.tables["lead_lag"].filter(pl.col("reason") == "").sort("p_from"))


def world(seed: int, size: int, ahead: int | None) -> tuple[np.ndarray, ...]:
    """Two records whose technologies rise at random dates, the second later, at once, or (None) at
    dates of its own."""
    rng = np.random.default_rng(seed)
    span, t = 25, np.arange(35.0)

    def curves() -> np.ndarray:
        middle, width = rng.uniform(-5, span + 15, (2, size, 1)), rng.uniform(1.5, 4, (size, 1))
        height = rng.uniform(-1, 2.5, (2, size, 1))
        rises = sum(h / (1 + np.exp(-(t - m) / width)) for h, m in zip(height, middle, strict=True))
        return rises + np.cumsum(rng.normal(0, 0.05, (size, len(t))), axis=1)

    own = curves()
    other = own if ahead is not None else curves()
    made: list[np.ndarray] = []
    exposures = np.round(np.geomspace(2000, 20000, span)), np.round(np.geomspace(1000, 3000, span))
    for curve, exposure, later in ((own, exposures[0], 0), (other, exposures[1], ahead or 0)):
        share = np.exp(curve[:, 5 - later : 5 - later + span] + rng.normal(0, 0.1, (1, span)))
        total = 100 * span * rng.lognormal(0, 0.7, (size, 1))
        made += [rng.poisson(share * exposure / (share @ exposure)[:, None] * total), exposure]
    return made[0], made[1], made[2], made[3]


if __name__ == "__main__":
    verb, *given = sys.argv[1:]
    if verb == "halves":
        for chosen in given[1:]:
            halves(Path(given[0]), int(chosen))
    elif verb == "planted":
        planted()
    elif verb == "concordance":
        concordance(*(Path(own) for own in given))
    else:
        real(Path(given[0]), Path(given[1]), [Path(own) for own in given[2:]])
