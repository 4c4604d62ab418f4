"""Score forecasts of yearly counts beside baselines, out of time: points, bands, and what their width costs.

    python -m benchmarks.skill.counts [--shared FOLDER] [--cache FOLDER] [--period validation] [--to FILE]

Validation: outcomes up to 2004 (patents) and 2010 (arXiv); every choice looked at these alone. Test: forecast years from 2004
(patents), outcomes from 2011 (arXiv). Unseen: records that no choice has looked at, in all their years.
A series is scored when it had ten documents in its last three years.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.skill.counts_baselines import BASELINES, Floats, last_value_band
from benchmarks.skill.protocol import ROBOTICS
from benchmarks.skill.records import load, surveyed

from firstlight.errors import InputError
from firstlight.instruments.emergence.count_forecasts import EarlierCounts, forecast_counts, forecast_shares
from firstlight.instruments.emergence.identity import follow
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.survey_tables import unstack
from firstlight.sample import sky

HORIZONS = (1, 3, 5, 10)
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
REPEATS, SEED = 1000, 0
PERIODS = ("validation", "test", "unseen", "fresh")
SHARED = Path(__file__).resolve().parents[3] / "shared"
FIRST_PATENT_YEAR, LAST_PATENT_YEAR = 1976, 2024
OURS = "Firstlight"


@dataclass(frozen=True)
class Case:
    """One forecast year: what was known, what came ((series, 10), nan = not known or not of this period).

    whole : (years + 10,), everything that the series are shares of, known and to come; None where there is no such thing
    """

    year: int
    names: tuple[str, ...]
    counts: Floats
    exposure: Floats | None
    years: np.ndarray
    outcome: Floats
    earlier: list[EarlierCounts] | None
    whole: Floats | None


@dataclass
class Cells:
    """Scores of every forecast at one horizon, one row each; columns by name."""

    year: list[int]
    name: list[str]
    scores: dict[str, list[float]]


def main(shared: Path, cache: Path, periods: tuple[str, ...], target: Path | None) -> None:
    """Print (or write) the tables."""
    points, bands = [], []
    for period in periods:
        for title, cases in records(period, shared, cache):
            for name, found in ((title, scored(cases)), (f"{title}, shares", scored(cases, of_shares=True))):
                for horizon, cells in found.items():
                    points.append(point_row(period, name, horizon, cells))
                    bands.append(band_row(period, name, horizon, cells))
    text = "\n".join(
        [
            "<!-- Written by benchmarks/skill/counts.py: change nothing here. -->",
            "",
            *table(("period", "record", "years ahead", "forecasts", "from years", "log error of the last value", "ours / last value",
                    "same, of scaled counts", "same, mean absolute scaled", "best baseline / last value", "damped Holt / last value"), points),
            "",
            *table(("period", "record", "years ahead", "80% bands hold", "below", "above", "50% hold", "90% hold", "interval score", "last value's",
                    "quantile score", "last value's, again"), bands),
            "",
        ]
    )  # fmt: skip
    if target is None:
        print(text)
    else:
        target.write_text(text, encoding="utf-8")


def records(period: str, shared: Path, cache: Path) -> Iterator[tuple[str, list[Case]]]:
    """Cases of one period by record.

    Raises  InputError where the data are absent.
    """
    folder = shared / "data" / "patents"
    if not folder.is_dir():
        raise InputError("the patent counts are absent", where=str(folder), try_next="name the folder: --shared FOLDER")
    if period == "fresh":
        yield "Chinese technology contracts by province", contracts(shared / "data" / "provinces")
        return
    if period == "unseen":
        yield "US patents by country", classified(folder / "country_year.csv.gz", ["country"], period)
        yield (
            "US patents by organisation",
            classified(folder / "domain_org_year.csv.gz", ["domain", "organization"], period),
        )
        found = load(surveyed(ROBOTICS, shared, cache, print, [1.0])[1.0])
        last = ROBOTICS.last
        yield "robotics papers by technology", technologies(dict(found.surveys), dict(found.lineage), 0, last)
        return
    yield "US patents by field", classified(folder / "wipo_field_year.csv.gz", ["field"], period)
    yield "US patents by subfield", classified(folder / "domain_subfield_year.csv.gz", ["domain", "subfield"], period)
    surveys = unstack(sky.load())
    span = (0, 2010) if period == "validation" else (2011, 2019)
    yield "arXiv by technology", technologies(surveys, dict(follow(surveys).ids), *span)
    yield "arXiv by category", categories(*span)


def classified(path: Path, key: list[str], period: str) -> list[Case]:
    """Series of a fixed list; those of a domain are not known before its first year."""
    frame = pl.read_csv(path, schema_overrides={"country": pl.String} if "country" in path.name else None)
    frame = frame.drop_nulls(key).filter(pl.col("year") <= LAST_PATENT_YEAR)
    start = dict(frame.group_by("domain").agg(pl.col("year").min()).iter_rows()) if "domain" in key else {}
    first, last = FIRST_PATENT_YEAR, LAST_PATENT_YEAR
    names = sorted(frame.select(key).unique().rows())
    counts = np.zeros((len(names), last - first + 1))
    place = {name: row for row, name in enumerate(names)}
    for *name, year, count in frame.select(*key, "year", "count").iter_rows():
        counts[place[tuple(name)], year - first] += count
    for name, row in place.items():
        counts[row, : max(0, start.get(name[0], first) - first)] = np.nan
    origins, span = {
        "validation": (range(1985, 2004), (0, 2004)),
        "test": (range(2004, last), (2005, last)),
        "unseen": (range(1985, last), (0, last)),
    }[period]
    labels = [" / ".join(name) for name in names]
    years = np.arange(first, last + 1)
    return [_case(counts, None, years, origin, labels, span, None) for origin in origins]


def contracts(folder: Path) -> list[Case]:
    """Contracts sold on the technology market, by province; nine of the 24 years are not known."""
    frame = pl.read_csv(folder / "techme_MarketPush.csv", infer_schema_length=0, null_values="NA")
    frame = frame.filter((pl.col("variables") == "v4_cg_jssc_ht") & (pl.col("province") != "全国"))
    frame = frame.select("province", pl.col("year").cast(pl.Int64), pl.col("value").cast(pl.Float64)).drop_nulls()
    names, years = sorted(frame["province"].unique().to_list()), np.array(sorted(frame["year"].unique().to_list()))
    counts = np.full((len(names), years.size), np.nan)
    for name, year, value in frame.iter_rows():
        counts[names.index(name), int(np.searchsorted(years, year))] = value
    return [_case(counts, None, years, int(origin), names, (0, 9999), None) for origin in years[3:-1]]


def categories(first_outcome: int, last_outcome: int) -> list[Case]:
    """arXiv's categories, with hindsight only in that those without a document by the forecast year are not scored."""
    frame = sky.load()["category_years"]
    names, years = sorted(frame["name"].unique().to_list()), np.arange(1994, 2020)
    place = {name: row for row, name in enumerate(names)}
    counts = np.zeros((len(names), years.size))
    for name, year, count in (
        frame.filter(pl.col("year") >= years[0]).select("name", "year", "documents_count").iter_rows()
    ):
        counts[place[name], year - years[0]] = count
    span = (first_outcome, last_outcome)
    return [_case(counts, None, years, origin, names, span, None) for origin in range(1999, 2019)]


def technologies(surveys: dict[int, Survey], ids: dict[int, tuple[str, ...]], first: int, last: int) -> list[Case]:
    """Technologies as each forecast year found them; earlier forecast years teach with their own."""
    cases = []
    for year in sorted(surveys)[:-1]:
        survey = surveys[year].until(last)
        before = [surveys[one].until(year) for one in sorted(surveys) if one < year]
        earlier = [EarlierCounts(one.counts, one.totals, one.years, one.forecast_year) for one in before]
        cases.append(_case(survey.counts, survey.totals, survey.years, year, ids[year], (first, last), earlier))
    return cases


def _case(
    counts: Floats,
    totals: Floats | None,
    years: np.ndarray,
    origin: int,
    names: list[str] | tuple[str, ...],
    outcomes: tuple[int, int],
    earlier: list[EarlierCounts] | None,
) -> Case:
    past = years <= origin
    scored = np.nansum(counts[:, (years > origin - 3) & past], axis=1) >= 10
    outcome = np.full((int(scored.sum()), max(HORIZONS)), np.nan)
    for ahead in range(1, max(HORIZONS) + 1):
        column = np.flatnonzero(years == origin + ahead)
        known = column.size and outcomes[0] <= origin + ahead <= outcomes[1]
        if known and (totals is None or totals[column[0]] > 0):
            outcome[:, ahead - 1] = counts[scored, column[0]]
    kept = tuple(name for name, own in zip(names, scored, strict=True) if own)
    exposure = None if totals is None else totals[past]
    whole = None
    if totals is not None or not np.isnan(counts).any():  # series of a fixed list, known in all years, are a whole
        every = counts.sum(axis=0) if totals is None else totals
        ahead = [every[years == origin + h] for h in range(1, max(HORIZONS) + 1)]
        whole = np.concatenate([every[past], [one[0] if one.size else np.nan for one in ahead]])
    return Case(origin, kept, counts[scored][:, past], exposure, years[past], outcome, earlier, whole)


def forecasts(case: Case, of_shares: bool) -> tuple[dict[str, Floats], Floats, Floats]:
    """Points by method, our bands and those around the last value, all in documents.

    Of shares: every count is brought to the whole of the forecast year, and back to the whole that came.
    """
    ahead, horizon, counts, exposure = np.arange(1.0, max(HORIZONS) + 1), max(HORIZONS), case.counts, case.exposure
    factor, came = np.ones(counts.shape[1]), np.ones(horizon)
    if of_shares and case.whole is not None:
        known, exposure = case.whole[: counts.shape[1]], np.ones(counts.shape[1])
        factor = np.divide(known[-1], known, out=np.full(known.shape, np.nan), where=known > 0)
        came = case.whole[counts.shape[1] :] / known[-1]
        ours = forecast_shares(counts, known, case.years, horizon, tuple(LEVELS), earlier=case.earlier)
        point, bands = ours.point * known[-1], ours.quantiles * known[-1]
    else:
        ours = forecast_counts(counts, exposure, case.years, horizon, tuple(LEVELS), earlier=case.earlier)
        point, bands = ours.point, ours.quantiles
    points = {name: f(counts * factor, exposure, ahead) for name, f in BASELINES.items()} | {OURS: point}
    earlier = [(one.counts * factor, int(np.searchsorted(case.years, one.forecast_year))) for one in case.earlier or ()]
    if case.earlier is None:
        earlier = [(counts * factor, made) for made in range(5, counts.shape[1] - 1)]
    naive = last_value_band(earlier, counts * factor, horizon, LEVELS)
    return {name: own * came for name, own in points.items()}, bands * came[:, None], naive * came[:, None]


def scored(cases: list[Case], of_shares: bool = False) -> dict[int, Cells]:
    """Every forecast with a known outcome, by horizon; of shares where there is a whole."""
    found = {horizon: Cells([], [], {}) for horizon in HORIZONS}
    for case in cases:
        if not np.isfinite(case.outcome).any() or (of_shares and case.whole is None):
            continue
        points, bands, naive = forecasts(case, of_shares)
        level = np.maximum(np.nanmean(case.counts[:, -3:], axis=1), 1.0)
        steps = np.abs(np.diff(case.counts, axis=1))
        step = np.maximum(np.nansum(steps, axis=1) / np.maximum(np.isfinite(steps).sum(axis=1), 1), 1.0)
        for horizon, cells in found.items():
            y = case.outcome[:, horizon - 1]
            ok = np.isfinite(y)
            if not ok.any():
                continue
            cells.year += [case.year] * int(ok.sum())
            cells.name += [name for name, own in zip(case.names, ok, strict=True) if own]
            own = {
                f"{name}: {m}": v for name, p in points.items() for m, v in _point(p[:, horizon - 1], y, level, step)
            }
            own |= dict(_band(OURS, bands[:, horizon - 1], y))
            own |= dict(_band("last value", naive[:, horizon - 1], y))
            for name, values in own.items():
                cells.scores.setdefault(name, []).extend(values[ok].tolist())
    return {horizon: cells for horizon, cells in found.items() if cells.year}


def _point(point: Floats, y: Floats, level: Floats, step: Floats) -> list[tuple[str, Floats]]:
    """Squared error of log(1 + count), and of the count over its level; absolute error over the mean yearly step (1 at least)."""
    log = (np.log1p(point) - np.log1p(y)) ** 2
    return [
        ("log", log),
        ("scaled", ((point - y) / level) ** 2),
        ("absolute", np.abs(point - y) / step),
    ]


def _band(name: str, q: Floats, y: Floats) -> Iterator[tuple[str, Floats]]:
    """Held or not (within half a document); interval score of 80% and quantile score, of log(1 + count)."""
    z, lz = np.log1p(q), np.log1p(y)
    below, above = z[:, 1] - lz, lz - z[:, 5]
    for level, low, high in (("80", 1, 5), ("50", 2, 4), ("90", 0, 6)):
        yield f"{name}: hold {level}", ((q[:, low] - 0.5 <= y) & (y <= q[:, high] + 0.5)).astype(np.float64)
    yield f"{name}: below", (y < q[:, 1] - 0.5).astype(np.float64)
    yield f"{name}: interval", z[:, 5] - z[:, 1] + 10.0 * (np.maximum(below, 0.0) + np.maximum(above, 0.0))
    miss = lz[:, None] - z
    yield f"{name}: quantile", 2.0 * np.where(miss >= 0, miss * LEVELS, -miss * (1 - LEVELS)).mean(axis=1)


def draws(cells: Cells) -> tuple[Floats, Floats]:
    """Weights of every forecast in bootstraps over series, and over series and forecast years; (repeats, forecasts)."""
    generator = np.random.default_rng(SEED)
    years, year = np.unique(cells.year, return_inverse=True)
    names, name = np.unique(cells.name, return_inverse=True)
    series = generator.multinomial(names.size, np.full(names.size, 1.0 / names.size), REPEATS)[:, name]
    period = generator.multinomial(years.size, np.full(years.size, 1.0 / years.size), REPEATS)[:, year]
    return series.astype(np.float64), (series * period).astype(np.float64)


def point_row(period: str, title: str, horizon: int, cells: Cells) -> tuple[str, ...]:
    """One line of the table of points."""
    by_series, _ = draws(cells)
    value = {name: np.array(own) for name, own in cells.scores.items()}

    def ratio(name: str, measure: str, power: float) -> float:
        return float((value[f"{name}: {measure}"].mean() / value[f"last value: {measure}"].mean()) ** power)

    low, high = np.quantile(
        np.sqrt((by_series @ value[f"{OURS}: log"]) / (by_series @ value["last value: log"])), (0.05, 0.95)
    )
    others = {name: ratio(name, "log", 0.5) for name in BASELINES if name != "last value"}
    best = min(others, key=lambda name: others[name])
    return (
        period, title, str(horizon), f"{len(cells.year):,}", str(len(set(cells.year))),
        f"{np.sqrt(value['last value: log'].mean()):.2f}",
        f"**{ratio(OURS, 'log', 0.5):.2f}** [{low:.2f}, {high:.2f}]",
        f"{ratio(OURS, 'scaled', 0.5):.2f}", f"{ratio(OURS, 'absolute', 1.0):.2f}",
        f"{others[best]:.2f} {best}", f"{others['damped Holt']:.2f}",
    )  # fmt: skip


def band_row(period: str, title: str, horizon: int, cells: Cells) -> tuple[str, ...]:
    """One line of the table of bands."""
    _, by_both = draws(cells)
    value = {name: np.array(own) for name, own in cells.scores.items()}
    held = value[f"{OURS}: hold 80"]
    some = by_both.sum(axis=1) > 0
    low, high = np.quantile((by_both[some] @ held) / by_both[some].sum(axis=1), (0.05, 0.95))
    both = np.isfinite(value["last value: interval"])
    scores = []
    for measure in ("interval", "quantile"):
        ours, naive = value[f"{OURS}: {measure}"], value[f"last value: {measure}"]
        # Where the last value has no past changes to make a band of, there is nothing to compare.
        scores += (
            [f"{ours[both].mean():.2f}", f"{naive[both].mean():.2f}"] if both.any() else [f"{ours.mean():.2f}", ""]
        )
    below = value[f"{OURS}: below"].mean()
    return (
        period, title, str(horizon), f"**{held.mean():.2f}** [{low:.2f}, {high:.2f}]", f"{below:.2f}",
        f"{1 - held.mean() - below:.2f}", f"{value[f'{OURS}: hold 50'].mean():.2f}",
        f"{value[f'{OURS}: hold 90'].mean():.2f}", *scores,
    )  # fmt: skip


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score forecasts of yearly counts.")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--cache", type=Path, default=Path(__file__).resolve().parent / "cache")
    parser.add_argument("--period", choices=PERIODS)
    parser.add_argument("--to", type=Path)
    given = parser.parse_args()
    try:
        main(given.shared, given.cache, (given.period,) if given.period else PERIODS, given.to)
    except InputError as error:
        sys.exit(str(error))
