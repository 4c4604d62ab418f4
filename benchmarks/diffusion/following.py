"""How well records are matched and followed: halves of one record, planted series, and real papers with real patents.

    python benchmarks/diffusion/following.py halves arxiv_tech.parquet 2008 2012 2016
    python benchmarks/diffusion/following.py planted
    python benchmarks/diffusion/following.py real arxiv_tech.parquet us_neural_network_patents.parquet COUNTS.csv.gz...

Every score stands beside its base rate or chance. Choices were made on halves of 2008 and 2012; 2016 was looked at once.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.diffusion.record_matching import match_records, same_company
from firstlight.instruments.diffusion.take_off import take_off
from firstlight.instruments.emergence.communities import communities, members
from firstlight.instruments.emergence.known_terms import KnownTerms, look_up
from firstlight.instruments.emergence.survey import Survey, read_company, survey_year
from firstlight.instruments.emergence.terms import count_terms
from firstlight.instruments.emergence.vocabulary import phrase_parts, technical_terms
from firstlight.observe.following import Followed, follow
from firstlight.sources import read_documents

MOST, SAME, DIFFERENT = 80_000, 0.35, 0.3
Found = tuple[Survey, Any]


def halves(path: Path, year: int) -> None:
    """Two random halves of five years, surveyed apart, a third of the technologies taken out of the second.

    The truth does not read terms: a technology of a half is the one of the whole with which it shares most documents
    (Jaccard .35 or more); pairs whose shared documents point nowhere are not scored.
    """
    frame = read_documents(path).table.frame.filter(pl.col("date").dt.year().is_between(year - 4, year))
    frame = frame.sample(min(MOST, frame.height), seed=0).sort("date", "id")
    rng = np.random.default_rng(0)
    whole = survey(frame, year)[1]
    large = np.flatnonzero(np.asarray(whole.sum(axis=0)).ravel() >= 40)
    gone = rng.choice(large, len(large) // 3, replace=False)
    first = rng.random(frame.height) < 0.5
    second = ~first & (np.asarray(whole[:, gone].sum(axis=1)).ravel() == 0)
    surveys, profiles = [], []
    for own in (first, second):
        found, belongs = survey(frame.filter(pl.Series(own)), year)
        surveys.append(found)
        profiles.append(jaccard(belongs, whole[np.flatnonzero(own)]))
    a, b = profiles
    same = (a.argmax(1)[:, None] == b.argmax(1)[None]) & (a.max(1)[:, None] >= SAME) & (b.max(1)[None] >= SAME)
    different = unit(a) @ unit(b).T < DIFFERENT
    found = match_records(*(units(own) for own in surveys), most=b.shape[0])
    matched = np.zeros(same.shape, dtype=bool)
    for left, right in (
        found.pairs.filter(pl.col("is_match") & (pl.col("rank") == 1)).select("left", "right").iter_rows()
    ):
        matched[surveys[0].labels.index(left), surveys[1].labels.index(right)] = True
    right, wrong = (matched & same).sum(), (matched & different).sum()
    alone = different.all(axis=1)
    print(
        f"{year}: {same.shape[0]} and {same.shape[1]} technologies, base rate {1 / same.shape[1]:.3f}; precision "
        f"{right / max(right + wrong, 1):.2f}, recall {right / same.any(1).sum():.2f} of {same.any(1).sum()}; of {alone.sum()} "
        f"without a partner {matched[alone].any(1).mean():.2f} matched; not scored {matched.sum() - right - wrong} matches"
    )
    company(frame, surveys[0], first, year)


def company(frame: pl.DataFrame, survey: Survey, first: Any, year: int) -> None:
    """Do documents of one technology keep the same company in the other half, and those of another technology another?"""
    terms = survey.terms.select(
        "term", weight=pl.lit(1.0), technology=pl.col("technology").cast(pl.String).str.zfill(4)
    )
    one, two = (look_up(terms, frame.filter(pl.Series(own)).iter_slices(20_000)) for own in (first, ~first))
    own = own_terms(one)
    found = same_company(profile(one), profile(two), own)
    order = np.random.default_rng(1).permutation(len(own))  # another technology's documents under this one's terms
    other = profile(two)
    other[1:] = other[1:][order]
    mistaken = same_company(profile(one), other, own)
    wrong = order != np.arange(len(own))
    print(
        f"{year}: same company of halves {np.nanmean(found.p_value <= 0.05):.2f}, of another technology's documents "
        f"{np.nanmean(mistaken.p_value[wrong] <= 0.05):.3f} (chance .05), {len(own)} technologies"
    )


def planted() -> None:
    """Coverage of take-off intervals, alarms where nothing takes off, and the size and power of the lead-lag test."""
    rng = np.random.default_rng(1)
    years = np.arange(1993, 2019)
    exposure = np.round(np.geomspace(400, 4000, len(years)))
    for base in (2e-4, 1e-3, 5e-3):
        for growth in (0.15, 0.3, 0.6):
            starts = rng.integers(1999, 2011, 200)
            rises = np.clip(years[None] - starts[:, None], 0, 5)
            noise = rng.gamma(20, 0.05, rises.shape)
            found = take_off(rng.poisson(base * np.exp(growth * rises) * exposure * noise), exposure, years)
            seen = np.array([state == "seen" for state in found.state])
            held = (np.nan_to_num(found.low, nan=0) <= starts) & (starts <= found.high)
            off = np.abs(found.start - starts)[seen]
            told = f"held {held[seen].mean():.2f}, off by {off.mean():.1f} years" if seen.any() else "-"
            print(
                f"share {base:g}, growth {growth:g}, rises {np.exp(5 * growth):.0f} times: seen {seen.mean():.2f}, {told}"
            )
    for name, walk in (("flat", 0.0), ("random walk .1", 0.1), ("random walk .2", 0.2)):
        curve = (
            np.exp(np.cumsum(rng.normal(0, walk, (400, len(years))), axis=1)) if walk else np.ones((400, len(years)))
        )
        states = take_off(
            rng.poisson(0.002 * curve * exposure * rng.gamma(20, 0.05, curve.shape)), exposure, years
        ).state
        print(f"{name}: take-off told in {np.mean([state in ('seen', 'before') for state in states]):.3f}")
    for size in (6, 30, 100):
        for ahead in (None, 0, 2, 4):
            runs = [lead_lag(*world(run, size, ahead), draws=299) for run in range(60 if size < 50 else 20)]
            single = np.mean([own.p_first < 0.05 for own in runs])
            pooled = np.mean([own.pooled_p_first < 0.05 for own in runs])
            print(f"{size} technologies, lead {ahead}: single {single:.3f}, pooled {pooled:.2f} ({runs[0].null})")


def real(papers: Path, patents: Path, counts: list[Path]) -> None:
    """Papers followed into patents, and into each file of counts by field."""
    pl.Config.set_tbl_rows(60).set_tbl_cols(20).set_fmt_str_lengths(60).set_tbl_width_chars(200)
    with tempfile.TemporaryDirectory() as project:
        for other in (patents, *counts):
            print(f"--- science and {other.name}")
            told(follow({"science": papers, "invention": other}, project=project, top=10_000))


def told(found: Followed) -> None:
    """What came of it: confirmed and matched, beside chance; lags; who leads; stages."""
    print(found.table("records"))
    for row in found.table("pooled").iter_rows(named=True):
        print(row)
    presence = found.table("presence").filter((pl.col("kind") == "invention") & pl.col("is_confirmed"))
    print(presence.sort("documents_count", descending=True).head(20))
    lags = found.table("lags").join(presence.select("technology"), on="technology")
    for event in ("first", "sustained"):
        own = lags.filter((pl.col("event") == event) & (pl.col("reason") == ""))
        print(event, own.height, "median", own["years"].median(), "patents first", (own["years"] < 0).mean())
    print(lags.filter((pl.col("event") == "take_off") & pl.col("years").is_not_null()))
    print(lags.filter(pl.col("event") == "take_off").group_by("reason").len().sort("reason"))
    matches = found.table("matches")
    print(matches.group_by("method").agg(pl.len(), pl.col("is_match").sum()).sort("method"))
    print(matches.filter(pl.col("method").is_in(["name", "technology"])).sort("p_value", "technology").head(12))
    print(found.table("technologies").group_by("stage", "is_taken_off").len().sort("stage", "is_taken_off"))
    print(found.table("lead_lag").filter(pl.col("reason") == ""))


def survey(frame: pl.DataFrame, year: int) -> Found:
    """The survey, and its documents by technology."""
    counts = count_terms(frame.iter_slices(20_000))
    found = survey_year(counts, phrase_parts(counts.terms), read_company(frame), year)
    vocabulary = technical_terms(counts, phrase_parts(counts.terms), year)
    belongs = members(counts, vocabulary, communities(vocabulary))
    in_year = np.asarray(belongs[counts.years == year].sum(axis=0)).ravel()
    return found, belongs[:, np.flatnonzero(in_year >= 20)]


def jaccard(own: Any, whole: Any) -> np.ndarray:
    """(own, whole) overlap of documents."""
    both = (own.T @ whole).toarray()
    sizes = [np.asarray(part.sum(axis=0)).ravel() for part in (own, whole)]
    return both / np.maximum(sizes[0][:, None] + sizes[1][None] - both, 1)


def unit(values: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def units(found: Survey) -> pl.DataFrame:
    """Technologies as weighted terms."""
    names = pl.DataFrame({"technology": range(len(found.labels)), "unit": found.labels})
    weight = (pl.col("weight") + 1e-6) * pl.col("documents_count").sqrt()
    return found.terms.join(names, on="technology").select("unit", "term", weight.alias("weight"))


def profile(found: KnownTerms) -> np.ndarray:
    """Documents by technology and term, as ``same_company`` takes them."""
    whole = np.concatenate([[found.totals.sum()], found.documents])
    return np.vstack([whole, np.column_stack([found.counts.sum(axis=1), found.company])])


def own_terms(found: KnownTerms) -> np.ndarray:
    """1 where a term is the technology's own."""
    row = {name: i for i, name in enumerate(found.technologies)}
    column = {term: i for i, term in enumerate(found.terms)}
    own = np.zeros(found.company.shape)
    for technology, term in found.uses.select("technology", "term").iter_rows():
        own[row[technology], column[term]] = 1
    return own


def world(seed: int, size: int, ahead: int | None) -> tuple[np.ndarray, ...]:
    """Two records whose technologies rise at random dates, the second later, at once, or (None) at dates of its own."""
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
    else:
        real(Path(given[0]), Path(given[1]), [Path(own) for own in given[2:]])
