"""Growth forecasts on technologies whose later life is known, as Markdown: bands, saturations,
stages, beside baselines.

    python -m benchmarks.diffusion.growth DATA [docs/replications/growth.md] [--cache FOLDER]
    python -m benchmarks.diffusion.growth DATA docs/replications/growth.md --reached

The second writes only the page's part on saturations beside what was reached, and keeps the rest.

DATA is a folder with diffusion/technology_diffusion_comin_hobijn.csv and, for the stages, patents/.
Every second technology, in the order of the alphabet, is for choosing how models are averaged; the
figures are of the others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.diffusion import growth_saturation, growth_stages

from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_average import (
    RULES,
    model_weights,
    posteriors,
    simulate,
)
from firstlight.instruments.diffusion.growth_hindcast import BASELINES, growth_hindcast
from firstlight.instruments.diffusion.growth_series import growth_series

CEILING = (
    100.5  # the values are rounded shares in percent, so that 100 may stand for anything above 99.5
)
CUTS = (0.1, 0.25, 0.5, 0.75, 0.95)
SINGLE = ("logistic", "gompertz", "richards", "bass", "trend", "walk")
FITS = ("logistic",)
AHEAD = ((1, 2), (3, 5), (6, 10), (11, 20))
ERRORS: dict[str, dict[str, Any]] = {
    "no ceiling": {"errors": "lognormal"},
    "ceiling 100 %": {"errors": "logitnormal", "ceiling": CEILING},
}
HEAD = "<!-- Written by benchmarks/diffusion/growth.py: change nothing here. -->"
GROUP = ["technology", "cut"]
STAGES_HEADING = "## Stage of levels"


def main() -> None:
    """Run the hindcast (or read it from the cache) and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--reached", action="store_true")
    asked = parser.parse_args()
    reached = growth_saturation.section(asked.data / "diffusion")
    if asked.reached:
        text = asked.page.read_text(encoding="utf-8")
        asked.page.write_text(with_part(text, reached), encoding="utf-8")
        return
    forecasts, saturations, left_out = hindcasts(asked.data / "diffusion", asked.cache)
    text = "\n".join(
        [
            HEAD,
            "",
            *page(forecasts, saturations, left_out),
            *reached,
            *level_stages(asked.data / "diffusion"),
            *growth_stages.section(asked.data / "patents"),
            "",
        ]
    )
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def with_part(text: str, part: list[str]) -> str:
    """A page with another part on saturations beside what was reached, before the stages of
    levels."""
    before, _, after = text.partition(STAGES_HEADING)
    before = before.partition(part[0])[0]
    return f"{before}{chr(10).join(part)}{chr(10)}{STAGES_HEADING}{after}"


def series(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Technology -> years and levels, from the first level above 0 on."""
    frame = pl.read_csv(
        folder / "technology_diffusion_comin_hobijn.csv",
        new_columns=["technology", "year", "level"],
    )
    found = {}
    for (name,), rows in frame.sort("technology", "year").group_by(
        "technology", maintain_order=True
    ):
        own = rows.filter(pl.col("year") >= rows.filter(pl.col("level") > 0)["year"].min())
        found[str(name)] = (own["year"].to_numpy(), own["level"].to_numpy())
    return found


def hindcasts(
    folder: Path, cache: Path | None
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, str]]:
    """All forecasts and saturations, and the series that can't be used with the reason."""
    left_out: dict[str, str] = {}
    kept = [] if cache is None else [cache / "forecasts.parquet", cache / "saturations.parquet"]
    is_kept = bool(kept) and all(path.is_file() for path in kept)
    forecasts, saturations = [], []
    for number, (name, (years, levels)) in enumerate(series(folder).items()):
        print(f"{number} {name}", file=sys.stderr, flush=True)
        tags = [pl.lit(name).alias("technology"), pl.lit(number % 2 == 0).alias("is_for_choosing")]
        for errors, choices in ERRORS.items():
            try:
                if is_kept:
                    continue
                found = growth_hindcast(
                    levels,
                    years,
                    cuts=CUTS,
                    methods=(*RULES[1:], *SINGLE),
                    fits=FITS,
                    horizon=20,
                    draws=800,
                    kind="level",
                    **choices,
                )
            except InputError as error:
                print(f"{name}: {error.what}", file=sys.stderr)
                continue
            if not found.forecasts.is_empty():
                forecasts.append(
                    found.forecasts.with_columns(*tags, pl.lit(errors).alias("errors"))
                )
                saturations.append(
                    found.saturations.with_columns(*tags, pl.lit(errors).alias("errors"))
                )
    if is_kept:
        both = pl.read_parquet(kept[0]), pl.read_parquet(kept[1])
    else:
        both = pl.concat(forecasts), pl.concat(saturations)
    for path, frame in zip(kept, both, strict=False):
        frame.write_parquet(path)
    used = set(both[0]["technology"].unique())
    for name, (years, _) in series(folder).items():
        if name not in used:
            left_out[name] = f"{years.size} values"
    return *both, left_out


def scored(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Errors, coverage and interval score (on the log scale) of each forecast."""
    log = {
        name: pl.col(name).log()
        for name in ("lower_80", "upper_80", "lower_90", "upper_90", "median", "truth")
    }
    below, above = (
        (log["lower_80"] - log["truth"]).clip(0),
        (log["truth"] - log["upper_80"]).clip(0),
    )
    return forecasts.with_columns(
        log_error=(log["median"] - log["truth"]).abs(),
        points=(pl.col("median") - pl.col("truth")).abs(),
        in_80=pl.col("truth").is_between("lower_80", "upper_80"),
        in_90=pl.col("truth").is_between("lower_90", "upper_90"),
        interval_score=log["upper_80"] - log["lower_80"] + 10 * (below + above),
    )


def summary(forecasts: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Means over cuts of technologies, so that a long series weighs no more than a short one."""
    measures = ["log_error", "points", "in_80", "in_90", "interval_score"]
    own = scored(forecasts).group_by([*by, *GROUP]).agg(pl.col(measures).mean())
    return own.group_by(by).agg(
        pl.len().alias("n"),
        pl.col("points").median().alias("median_points"),
        pl.col(measures).mean(),
    )


def chosen_rules(forecasts: pl.DataFrame) -> tuple[dict[str, str], pl.DataFrame]:
    """For each error model the rule with the least interval score on the technologies for choosing,
    over all horizons."""
    own = forecasts.filter(pl.col("is_for_choosing") & pl.col("method").is_in(RULES[1:]))
    table = summary(own, ["errors", "method"]).sort("errors", "interval_score", "method")
    return {
        errors: table.filter(pl.col("errors") == errors)["method"][0] for errors in ERRORS
    }, table


def sums(choosing: pl.DataFrame) -> str:
    """The interval scores of each rule added over the error models, the least first."""
    own = (
        choosing.group_by("method")
        .agg(pl.col("interval_score").sum())
        .sort("interval_score", "method")
    )
    return ", ".join(
        f"*{method}* {score:.2f}"
        for method, score in own.select("method", "interval_score").iter_rows()
    )


def page(forecasts: pl.DataFrame, saturations: pl.DataFrame, left_out: dict[str, str]) -> list[str]:
    """The page's first part."""
    rules, choosing = chosen_rules(forecasts)
    tested = forecasts.filter(~pl.col("is_for_choosing"))
    shown = ["evidence", "mixed", "equal", "logistic", "gompertz", "trend", "walk", *BASELINES]
    lines = [
        "# Growth curves on technologies of known later life",
        "",
        f"{forecasts['technology'].n_unique()} technologies of the United States (Comin and Hobijn 2004, and others), mostly "
        "shares of households in percent, cut where they first reached 10, 25, 50, 75 and 95 % of the highest level of the "
        "whole series, and forecast from there up to 20 years ahead. A cut counts where at least four values lie before it and "
        "one after. Leading zeros are left out, since a level of 0 has no logarithm. Bands are of forecasts made from the values "
        "up to the cut only; the cut itself, though, is found with later knowledge, and so no forecaster could choose it.",
        "",
        f"Left out: {len(left_out)} more, of which no cut leaves four values before it and one after.",
        "",
        "## How models are averaged",
        "",
        "Chosen on every second technology of the alphabet by the interval score of the 80 % band (log scale, all horizons, "
        "less is better): "
        + ", ".join(f"**{rule}** with {errors}" for errors, rule in rules.items())
        + ".",
        "",
        "The other half is not untouched. The rules *mixed* and *tempered* were thought of after forecasts of all technologies, both "
        f"halves, had been looked at; and the first criterion was the sum of both error models' scores ({sums(choosing)}). To choose for each error model by itself was decided when the figures of "
        "both halves were on the table. The figures below are therefore somewhat kinder than those of a technology never seen.",
        "",
        *table(
            choosing,
            {
                "errors": "errors",
                "method": "weights",
                "n": "cuts",
                "interval_score": "interval score",
                "in_80": "in 80 %",
                "in_90": "in 90 %",
                "log_error": "mean log error",
            },
        ),
        "",
        "## Forecasts, on the other half",
        "",
        "Log error: mean of |log(median / truth)|. Points: median over cuts of |median - truth|, mostly in percentage points. "
        "Baselines know the ceiling where the curves do.",
        "",
    ]
    for first, last in AHEAD:
        own = tested.filter(pl.col("ahead").is_between(first, last) & pl.col("method").is_in(shown))
        frame = summary(own, ["errors", "method"])
        order = {name: k for k, name in enumerate(shown)}
        frame = frame.with_columns(order=pl.col("method").replace_strict(order, default=99)).sort(
            "errors", "order"
        )
        lines += [f"### {first} to {last} years ahead", "", *forecast_table(frame), ""]
    return [*lines, *saturation_part(saturations.filter(~pl.col("is_for_choosing")), rules)]


def forecast_table(frame: pl.DataFrame) -> list[str]:
    """Errors and coverage as Markdown."""
    columns = {
        "errors": "errors",
        "method": "method",
        "n": "cuts",
        "log_error": "log error",
        "median_points": "points",
        "in_80": "in 80 %",
        "in_90": "in 90 %",
        "interval_score": "interval score",
    }
    return table(frame, columns)


def saturation_part(saturations: pl.DataFrame, rules: dict[str, str]) -> list[str]:
    """How the saturation and the midpoint estimated early compare with what came, and the stages
    called."""
    names = ("average", "logistic", "gompertz", "logistic fit")
    is_rule = pl.col("method") == pl.col("errors").replace_strict(rules)
    renamed = pl.when(is_rule).then(pl.lit("average")).otherwise("method").alias("method")
    settled = saturations.with_columns(renamed).filter(pl.col("method").is_in(names))
    is_open = pl.col("upper_90").is_infinite()
    frame = (
        settled.with_columns(
            ratio=pl.when(pl.col("median").is_finite()).then(pl.col("median") / pl.col("truth")),
            inside=pl.col("truth").is_between("lower_90", "upper_90"),
            inside_80=pl.col("truth").is_between("lower_80", "upper_80"),
            late=pl.when(pl.col("midpoint").is_finite()).then(
                pl.col("midpoint") - pl.col("true_midpoint")
            ),
        )
        .group_by("errors", "cut", "method")
        .agg(
            pl.len().alias("n"),
            pl.col("ratio").count().alias("given"),
            pl.col("ratio").quantile(0.1, "nearest").alias("low"),
            pl.col("ratio").median().alias("middle"),
            pl.col("ratio").quantile(0.9, "nearest").alias("high"),
            is_open.mean().alias("open"),
            pl.col("inside_80").mean().alias("inside_80"),
            pl.col("inside").mean().alias("inside"),
            pl.col("late").median().alias("late"),
        )
        .sort("errors", "cut", "method")
    )
    columns = {
        "errors": "errors",
        "cut": "cut at",
        "method": "method",
        "n": "cuts",
        "given": "finite",
        "low": "10th",
        "middle": "median ratio",
        "high": "90th",
        "open": "90 % open above",
        "inside_80": "in 80 %",
        "inside": "in 90 %",
        "late": "midpoint late by, years",
    }
    return [
        "## Saturation, from early years",
        "",
        "The ratio of the saturation estimated at the cut to the highest level that came, where it is finite: its 10th "
        "percentile, median and 90th percentile over technologies; then how often the 90 % interval is open above, how often "
        "the intervals hold the highest level, and by how many years the estimated midpoint lies after that of the level that "
        "came. *fit* is one curve fitted by maximum likelihood with its profile interval; no finite saturation is given where "
        "that is open. A series that still rises where the record ends has a saturation above its highest level, so that "
        "coverage is a lower bound.",
        "",
        *table(frame, columns),
        "",
    ]


def level_stages(folder: Path) -> list[str]:
    """Brier scores of stages judged at a fifth, two, three and four fifths of each series' years,
    beside the base rate."""
    rows = []
    for errors, choices in ERRORS.items():
        p, outcome = [], []
        for years, levels in series(folder).values():
            for at in {int(years.size * share) for share in (0.2, 0.4, 0.6, 0.8)}:
                if at >= 4 and levels[:at].max() < CEILING:
                    own = growth_series(levels[:at], years[:at], kind="level", **choices)
                    found = posteriors(own)
                    drawn = simulate(
                        own, found, model_weights(own, found, "default"), np.ones(1), draws=1000
                    )
                    p.append(drawn.stages)
                    outcome.append(
                        int(np.searchsorted((0.1, 0.9), levels[at - 1] / levels[at - 1 :].max()))
                    )
        rows += [[errors, *row] for row in growth_stages.figures(np.array(p), np.array(outcome))]
    return [
        STAGES_HEADING,
        "",
        "Judged after a fifth, two, three and four fifths of each series' values (at least four), all technologies, against the "
        "level over the highest from then on (below .1 emergence, to .9 growth, above maturity). The base rate's scores know "
        "the shares of the outcomes, which no forecaster does.",
        "",
        *growth_stages.markdown(["errors", *growth_stages.FIGURES], rows),
        "",
    ]


def table(frame: pl.DataFrame, columns: dict[str, str]) -> list[str]:
    """Columns of a frame as Markdown."""
    rows = [[_shown(value) for value in row] for row in frame.select(list(columns)).iter_rows()]
    return growth_stages.markdown(list(columns.values()), rows)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
