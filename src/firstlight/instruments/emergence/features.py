"""The figures that a forecast reads: all known at the end of the forecast year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata

from firstlight.errors import InputError
from firstlight.instruments.emergence.indicator_table import INDICATORS, ROTOLO, Indicator
from firstlight.instruments.emergence.indicators import measure
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.trend import Trend, shrunken_trend

Floats = npt.NDArray[np.float64]
_DEFINED = f"Defined here, for an attribute of emergence named by {ROTOLO}"

OWN_INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "new_authors_share_3",
        "share",
        "New authors, three years",
        "三年新作者占比",
        "Of the authors of its documents of the last three years, the share with no earlier document in the record.",
        "最近三年文献的作者中，此前在记录里没有文献者所占的比重。",
        "newcomers arrive",
        "新人涌入",
        _DEFINED,
    ),
    Indicator(
        "level_gap",
        "log",
        "Above its trend",
        "高于趋势",
        "How far the forecast year lies above the smooth trend; a lucky year is often followed by a lesser one.",
        "预测年高出平滑趋势的程度；偶然的高点之后往往回落。",
        "a high that may not last",
        "可能不持久的高点",
        "Regression to the mean; Galton (1886)",
    ),
    Indicator(
        "need_language",
        "share",
        "Speaks of need",
        "提及需求",
        "Of its documents of the last three years, the share that speaks of a need, a challenge, an issue or an application.",
        "最近三年的文献中，提及需求、挑战、问题或应用者所占的比重。",
        "its documents speak of needs and uses",
        "文献多谈需求与应用",
        "Defined here; demand pull: Schmookler (1966), Invention and Economic Growth",
    ),
    Indicator(
        "category_age",
        "years",
        "Age of its categories",
        "类别年龄",
        "Mean years since the categories of its documents of the last three years entered the record.",
        "最近三年文献所属类别进入记录以来的平均年数。",
        "in long-established fields",
        "身处老领域",
        _DEFINED,
    ),
    Indicator(
        "authors_per_document",
        "authors",
        "Authors per document",
        "篇均作者数",
        "Mean number of authors of its documents of the last three years.",
        "最近三年文献的平均作者数。",
        "larger teams",
        "团队更大",
        _DEFINED,
    ),
    Indicator(
        "size",
        "log documents",
        "Size",
        "规模",
        "Documents in the forecast year, in logs.",
        "预测年文献数的对数。",
        "larger",
        "规模更大",
        _DEFINED,
    ),
    Indicator(
        "term_youth",
        "share",
        "Young terms",
        "新术语占比",
        "Share of its terms, by weight, first used within the last five years.",
        "按权重计，最近五年内首次出现的术语所占比重。",
        "a younger vocabulary",
        "词汇更新",
        _DEFINED,
    ),
    Indicator(
        "term_age",
        "years",
        "Age of terms",
        "术语年龄",
        "Mean age of its terms, by weight.",
        "按权重计的术语平均年龄。",
        "an older vocabulary",
        "词汇更老",
        _DEFINED,
    ),
    Indicator(
        "terms_count",
        "terms",
        "Number of terms",
        "术语数",
        "How many technical terms make it up.",
        "构成它的技术术语数。",
        "a broader technology",
        "范围更广",
        _DEFINED,
    ),
    Indicator(
        "trend",
        "log per year",
        "Shrunken trend",
        "收缩趋势",
        "Yearly trend of its share in recent years, drawn towards that of all technologies the fewer documents it has.",
        "近年份额的年度趋势；文献越少，越向全体趋势收缩。",
        "faster growth",
        "增长更快",
        "Efron and Morris (1975). Data analysis using Stein's estimator. Journal of the American Statistical Association 70(350), 311-319",
    ),
    Indicator(
        "trend_long",
        "log per year",
        "Long trend",
        "长期趋势",
        "The same over a longer memory.",
        "更长时段上的同一趋势。",
        "faster growth for longer",
        "长期增长更快",
        "Efron and Morris (1975). Data analysis using Stein's estimator. Journal of the American Statistical Association 70(350), 311-319",
    ),
    Indicator(
        "chance",
        "place",
        "Chance by trend",
        "趋势机会",
        "Its place among the year's technologies by the probability that the shrunken trend alone gives it.",
        "仅凭收缩趋势得到的概率在当年各技术中的位次。",
        "a stronger trend",
        "趋势更强",
        "Defined here from the shrunken trend (Efron and Morris 1975, Journal of the American Statistical Association 70(350), 311-319)",
    ),
)

ALL_FEATURES = (
    "new_authors_share",
    "new_authors_share_3",
    "spread",
    "term_youth",
    "level_gap",
    "authors_per_document",
    "size",
    "term_age",
    "terms_count",
    "trend",
    "trend_long",
    "stage",
    "vitality",
    "neighbours_growth",
    "growth_1",
    "acceleration",
)


@dataclass(frozen=True)
class Features:
    """Figures of K technologies at one forecast year; a name is absent where the record can't tell it.

    forecast_year : int
    values        : name -> (K,), nan where not known
    ranks         : name -> (K,), place within the year's technologies, -.5 to .5; unknown in the middle
    trend         : the shrunken trend, for fans and probabilities
    """

    forecast_year: int
    values: dict[str, Floats]
    ranks: dict[str, Floats]
    trend: Trend


def indicator_words() -> dict[str, Indicator]:
    """Every indicator and feature by name."""
    return {indicator.name: indicator for indicator in (*INDICATORS, *OWN_INDICATORS)}


def read_features(survey: Survey) -> Features:
    """Every figure of a survey that ends at its forecast year.

    Raises  InputError where the survey still holds later years: cut it with ``until`` first.
    """
    if len(survey.years) == 0 or survey.years[-1] != survey.forecast_year:
        raise InputError(
            "a forecast must not read later years",
            where=f"survey of {survey.forecast_year}",
            try_next="hand in survey.until(survey.forecast_year)",
        )
    now = len(survey.years) - 1
    size = survey.counts.shape[0]
    recent_authors = survey.authors[:, -3:].sum(axis=1)
    known = survey.authors.sum() > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        new_1 = np.where(
            survey.authors[:, now] > 0, survey.new_authors[:, now] / survey.authors[:, now], np.nan
        )
        new_3 = np.where(
            recent_authors > 0, survey.new_authors[:, -3:].sum(axis=1) / recent_authors, np.nan
        )
    categories = _categories(survey.groups, size)
    measured = measure(
        survey.counts,
        survey.totals,
        survey.years,
        new_authors_share=new_1 if known else None,
        categories=categories,
        neighbours=_neighbours(survey.links, size) if survey.links.height else None,
    )
    values = dict(measured.values)
    trend = shrunken_trend(survey.counts, survey.totals, now)
    values["trend"] = trend.slope
    values["trend_long"] = shrunken_trend(
        survey.counts, survey.totals, now, window=14, half_life=4.0
    ).slope
    values["level_gap"] = np.log((survey.counts[:, now] + 0.5) / survey.totals[now]) - trend.level
    values["size"] = np.log(np.maximum(survey.counts[:, now], 0.5))
    if known:
        documents = np.maximum(survey.counts[:, -3:].sum(axis=1), 1)
        values["new_authors_share_3"] = new_3
        values["authors_per_document"] = recent_authors / documents
    if survey.needs.sum() > 0:
        recent = survey.counts[:, -3:].sum(axis=1)
        values["need_language"] = np.where(
            recent > 0, survey.needs[:, -3:].sum(axis=1) / np.maximum(recent, 1), np.nan
        )
    values |= _of_categories(survey.groups, survey.forecast_year, size)
    values |= _of_terms(survey.terms, survey.forecast_year, size)
    values = {name: own for name, own in values.items() if not np.isnan(own).all()}
    return Features(
        survey.forecast_year, values, {name: rank(own) for name, own in values.items()}, trend
    )


def rank(values: Floats) -> Floats:
    """Places within the year: -.5 (lowest) to .5, ties in the middle of theirs, unknown at 0."""
    known = ~np.isnan(values)
    ranks = np.zeros(len(values))
    if known.any():
        ranks[known] = (rankdata(np.round(values[known], 12)) - 0.5) / known.sum() - 0.5
    return ranks


def _categories(groups: pl.DataFrame, size: int) -> Floats | None:
    own = groups.filter((pl.col("kind") == "category") & (pl.col("technology") >= 0))
    if own.is_empty():
        return None
    names = own["name"].unique().sort()
    column = own.join(
        pl.DataFrame({"name": names}).with_row_index("column"), on="name", maintain_order="left"
    )["column"]
    matrix = np.zeros((size, len(names)))
    matrix[own["technology"].to_numpy(), column.to_numpy()] = own["documents_count"].to_numpy()
    return matrix


def _of_categories(groups: pl.DataFrame, forecast_year: int, size: int) -> dict[str, Floats]:
    own = groups.filter((pl.col("kind") == "category") & (pl.col("technology") >= 0))
    if own.is_empty():
        return {}
    weight = pl.col("documents_count")
    mean = ((forecast_year - pl.col("first_year")) * weight).sum() / weight.sum()
    ages = own.group_by("technology").agg(mean.alias("age")).sort("technology")
    values = np.full(size, np.nan)
    values[ages["technology"].to_numpy()] = ages["age"].to_numpy()
    return {"category_age": values}


def _neighbours(links: pl.DataFrame, size: int) -> Floats:
    matrix = np.zeros((size, size))
    matrix[links["technology"].to_numpy(), links["other"].to_numpy()] = links["weight"].to_numpy()
    return matrix


def _of_terms(terms: pl.DataFrame, forecast_year: int, size: int) -> dict[str, Floats]:
    if terms.is_empty():
        return {}
    weight = pl.col("weight")
    young = (pl.col("first_year") > forecast_year - 5).cast(pl.Float64)
    summary = (
        terms.group_by("technology")
        .agg(
            ((young * weight).sum() / weight.sum()).alias("term_youth"),
            (((forecast_year - pl.col("first_year")) * weight).sum() / weight.sum()).alias(
                "term_age"
            ),
            pl.len().cast(pl.Float64).alias("terms_count"),
        )
        .sort("technology")
    )
    place = summary["technology"].to_numpy()
    found = {}
    for name in ("term_youth", "term_age", "terms_count"):
        values = np.full(size, np.nan)
        values[place] = summary[name].to_numpy()
        found[name] = values
    return found
