"""Generic technologies: which ones many industries will need, and where few can supply them."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.concordance.technology_breadth.breadth_intervals import (
    Breadth,
    breadths,
)
from firstlight.instruments.concordance.technology_breadth.hill_numbers import (
    generality,
    hill_number,
    rarefied_count,
    simpson_number,
)
from firstlight.instruments.concordance.technology_breadth.input_dependence import (
    input_dependence,
    lost_uses,
)
from firstlight.instruments.concordance.technology_breadth.technology_uses import (
    Uses,
    grid,
    strangers,
    technology_uses,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.growth_rates import annual_growth
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.ranks import average_ranks
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    counted,
    message,
    names,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEEDS = roles.Table(
    {"technology": roles.Key(), "needs": roles.Key(), "share": roles.Number("zero")},
    may_lack=("share",),
)
CITATIONS = roles.Table(
    {"technology": roles.Key(), "class": roles.Key(), "citations": roles.Number("zero")}
)
SOURCES = roles.Table(
    {
        "technology": roles.Key(),
        "providers": roles.Number("zero"),
        "capability": roles.Number("zero", is_share=True),
    },
    may_lack=("providers", "capability"),
)
KINDS = {"counts": "kind_counts", "amounts": "kind_amounts", "links": "kind_links"}
SUREST = pl.coalesce("breadth_low", "breadth").round(9)  # that many at least
TINY = 1e-12  # uses from which there are any
WEAK = 0.5  # 1 / providers, or what the own capability lacks, from which a source is weak
SHOWN_PART = 0.01  # of inputs, from which a dependence is listed
NAMED = 4  # technologies that a sentence names
FEWEST_COMPARED = 4  # technologies, for a rank correlation


def generic_technologies(
    frame: Any,
    *,
    technology: Annotated[str, roles.Key()] = "technology",
    industry: Annotated[str, roles.Key(is_heading=True)] = "industry",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str | None, roles.Number("zero")] = "value",
    probability: Annotated[str | None, roles.Number("zero", is_share=True)] = "probability",
    needs: Annotated[Any, NEEDS] = None,
    citations: Annotated[Any, CITATIONS] = None,
    sources: Annotated[Any, SOURCES] = None,
    years: Annotated[int, roles.Bounds(1, 200)] = 5,
    generic_share: Annotated[float, roles.Bounds(0.01, 1)] = 0.5,
    least_count: Annotated[int, roles.Bounds(2, 1_000_000)] = 10,
    hit_from: Annotated[float, roles.Bounds(0, 1)] = 0.1,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.9,
    resamples: Annotated[int, roles.Bounds(20, 100_000)] = 200,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
) -> Result:
    """Technologies by how many industries use them alike, those with few sources first.

    Breadth is the number of industries that, using it alike, would be as diverse as those that do;
    it is corrected for the number of uses, so that a large technology is not broad by its size.

    Parameters
    ----------
    frame
        A row for each technology and industry that uses it, and year.
    technology
        Column of the technologies.
    industry
        Column of the industries, classes, occupations or fields that use them.
    year
        Column of the years.
    value
        Column of the number of uses: patents, products, jobs. Where there is none, and no
        probability, each row is one use, which is there.
    probability
        Column of the probability that the technology is used there, where that is what is known.
    needs
        What technologies need of one another: a row for each pair, with the share of its inputs.
    citations
        How often each class cites the technology, to hold breadth against the generality of its
        citations.
    sources
        How many providers a technology has, or how capable one's own are, from 0 to 1.
    years
        How many years, up to the last one, breadth is told from; growth is against as many before.
    generic_share
        Part of the breadth of all uses together from which a technology counts as generic.
    least_count
        Uses below which a technology is not ranked, where uses are counted.
    hit_from
        Part of its uses from which an industry counts as hit where a technology is missing.
    level
        Probability that an interval holds.
    resamples
        Random samples of the uses that intervals are told from.
    seed
        Seed of these samples.

    Returns
    -------
    Result with the tables ``technologies`` (rank, technology, standing, breadth and its interval,
    breadth_share, generic_probability, simpson_breadth, rarefied_count, industries_count, uses,
    growth, hit_share, industries_hit_share; dependence_share, direct_share; generality,
    citations_count; providers, capability_share; reason), weak links first; ``hits`` (technology,
    industry, hit_share); and, with ``needs``, ``dependences`` (technology, needs, direct_share,
    dependence_share).

    Raises
    ------
    InputError
        For values beside probabilities, and tables whose technologies are all unknown.

    References
    ----------
    Hill 1973, Ecology 54(2), 427-432; Chao, Wang and Jost 2013, Methods in Ecology and Evolution
    4(11), 1091-1100; Hall, Jaffe and Trajtenberg 2001, NBER Working Paper 8498.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("lasers", "cars", 8), ("lasers", "dentists", 8), ("looms", "textiles", 16)]
    >>> uses = pl.DataFrame(rows, ["technology", "industry", "value"], orient="row")
    >>> generic_technologies(uses).table.select("technology", "standing", "simpson_breadth").rows()
    [('lasers', 'generic', 2.142857142857143), ('looms', 'narrow', 1.0)]
    """
    data = GENERIC_TECHNOLOGIES.read(locals())
    uses = technology_uses(data, years)
    is_ranked = uses.totals >= TINY
    if uses.kind == "counts":
        is_ranked = uses.totals >= least_count
    breadth = breadths(uses.kind, uses.x, is_ranked, generic_share, level, resamples, seed)
    direct, part = _dependence(uses.technologies, data)
    lost = lost_uses(uses.x, part)
    table = _described(uses, breadth, is_ranked)
    table = _with_hits(table, lost, hit_from)
    if "needs" in data.tables:
        others = max(len(part) - 1, 1)
        table = table.with_columns(
            dependence_share=part.sum(axis=0) / others, direct_share=direct.sum(axis=0) / others
        )
    table = nan_to_null(_with_generality(table, data))
    table = _ranked(_with_sources(table, data))
    tables = {"technologies": table, "hits": _hits(uses, lost, hit_from)}
    if "needs" in data.tables:
        tables["dependences"] = _dependences(uses.technologies, direct, part)
    return Result(
        tables,
        (
            *_nothing_shared(uses.x),
            *_answer(table, breadth.whole),
            *_weak_links(table),
            *_against_count(table, uses.kind),
            *_leaned_on(table),
            *_by_citations(table),
            *_left_out(table, data, least_count),
        ),
        GENERIC_TECHNOLOGIES.texts,
        conventions=_conventions(uses, data, generic_share, level, resamples, hit_from),
        charts=(
            Chart(
                "by_rank",
                "technologies",
                "",
                (Mark("breadth", "points", "breadth_low", "breadth_high"),),
                line="technology",
            ),
        ),
        given=data.given,
    )


def _dependence(technologies: list[str], data: Data) -> tuple[Floats, Floats]:
    """Direct shares of inputs, and the part that leans on each technology in any way."""
    size = len(technologies)
    if "needs" not in data.tables:
        return np.zeros((size, size)), np.zeros((size, size))
    needs = data.tables["needs"]
    rows = needs.frame.filter(pl.col("technology") != pl.col("needs"))
    share = pl.col("share") if needs.has("share") else 1 / pl.len().over("technology")
    rows = rows.with_columns(share=share).drop_nulls("share")
    total = pl.col("share").sum().over("technology")
    rows = rows.with_columns(share=pl.col("share") / pl.max_horizontal(total, pl.lit(1.0)))
    place = {name: at for at, name in enumerate(technologies)}
    down, right = (
        rows[name].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        for name in ("technology", "needs")
    )
    direct = np.zeros((size, size))
    direct[down, right] = rows["share"].to_numpy()
    return direct, input_dependence(direct)


def _described(uses: Uses, breadth: Breadth, is_ranked: Bools) -> pl.DataFrame:
    """Breadth and what it is held against, a row for each technology."""
    x = uses.x
    totals = uses.totals
    simpson = hill_number(x, 2)
    rarefied = np.full(len(x), np.nan)
    if uses.kind == "counts":  # samples, for which the same numbers have estimators of their own
        simpson = simpson_number(x)
        if is_ranked.any():
            rarefied = rarefied_count(x, int(totals[is_ranked].min()))
    has_few = pl.when(~pl.Series(is_ranked)).then(pl.lit("few_uses"))
    reason = pl.when(pl.col("uses") <= 0).then(pl.lit("no_uses")).otherwise(has_few)
    return pl.DataFrame(
        {
            "technology": uses.technologies,
            "breadth": breadth.number,
            "breadth_low": breadth.low,
            "breadth_high": breadth.high,
            "breadth_share": breadth.number / breadth.whole,
            "generic_probability": breadth.sure,
            "simpson_breadth": simpson,
            "rarefied_count": rarefied,
            "industries_count": (x > 0).sum(axis=1),
            "uses": totals,
            "growth": _growth(uses),
        }
    ).with_columns(reason=reason)


def _growth(uses: Uses) -> Floats:
    """By how much the part of each technology in all uses grows a year; nan without years, and
    where it was or is not used."""
    if not uses.years:
        return np.full(len(uses.x), np.nan)
    now = uses.totals / uses.totals.sum()
    before = uses.before / positive_or_nan(uses.before.sum())
    ratio = now / np.where((before > 0) & (now > 0), before, np.nan)
    return np.asarray(annual_growth(ratio, uses.years_apart))


def _with_hits(table: pl.DataFrame, lost: Floats, hit_from: float) -> pl.DataFrame:
    """What goes where a technology is missing, over the industries that use anything."""
    some = lost[:, ~np.isnan(lost[0])]
    return table.with_columns(
        hit_share=some.mean(axis=1),
        industries_hit_share=((some >= hit_from) & (some > 0)).mean(axis=1),
    )


def _with_generality(table: pl.DataFrame, data: Data) -> pl.DataFrame:
    """The generality of citations, where they are known."""
    if "citations" not in data.tables:
        return table
    rows = data.tables["citations"].frame.drop_nulls("citations")
    known = set(table["technology"])
    if not set(rows["technology"]) & known:
        raise strangers("citations", set(rows["technology"]), known)
    classes = rows["class"].unique().sort().to_list()
    cited = rows.filter(pl.col("technology").is_in(sorted(known)))
    cited = cited.rename({"class": "industry", "citations": "amount"})
    x = grid(cited, table["technology"].to_list(), classes, "counts")
    return table.with_columns(generality=generality(x), citations_count=x.sum(axis=1))


def _with_sources(table: pl.DataFrame, data: Data) -> pl.DataFrame:
    """How weak the sources of each technology are, and what it is with that."""
    weakness = pl.lit(None, pl.Float64)
    if "sources" in data.tables:
        sources = data.tables["sources"]
        known = set(table["technology"])
        if not set(sources.frame["technology"]) & known:
            raise strangers("sources", set(sources.frame["technology"]), known)
        rows = sources.frame.rename({"capability": "capability_share"})
        table = table.join(rows, on="technology", how="left", maintain_order="left")
        few = 1 / pl.max_horizontal(pl.col("providers"), pl.lit(1.0))
        few = pl.when(pl.col("providers").is_not_null()).then(few)
        weakness = pl.max_horizontal(few, 1 - pl.col("capability_share"))
    is_generic = pl.col("generic_probability") >= 0.5
    standing = (
        pl.when(pl.col("reason").is_not_null())
        .then(pl.lit("not_ranked"))
        .when(is_generic & (weakness >= WEAK))
        .then(pl.lit("weak_link"))
        .when(is_generic)
        .then(pl.lit("generic"))
        .otherwise(pl.lit("narrow"))
    )
    return table.with_columns(standing=standing, weakness=weakness)


def _ranked(table: pl.DataFrame) -> pl.DataFrame:
    """Weak links first, by what they would hit; then the surest breadth; last the unranked."""
    place = pl.col("standing").replace_strict(
        {"weak_link": 0, "generic": 1, "narrow": 1, "not_ranked": 2}, return_dtype=pl.Int64
    )
    inner = pl.when(pl.col("standing") == "weak_link").then("hit_share").otherwise(SUREST)
    ordered = (
        table.with_columns(place=place, inner=inner.round(9))
        .sort("place", "inner", "technology", descending=[False, True, False], nulls_last=True)
        .with_columns(rank=pl.int_range(1, pl.len() + 1))
        .with_columns(rank=pl.when(pl.col("place") < 2).then("rank"))
        .drop("place", "inner", "weakness")
    )
    columns = [name for name in ordered.columns if name not in ("rank", "standing", "reason")]
    columns.remove("technology")
    return ordered.select("rank", "technology", "standing", *columns, "reason")


def _hits(uses: Uses, lost: Floats, hit_from: float) -> pl.DataFrame:
    """Which industries lose that part of their uses, or more, where a technology is missing."""
    down, right = np.nonzero((lost >= hit_from) & (lost > 0))
    return pl.DataFrame(
        {
            "technology": [uses.technologies[at] for at in down],
            "industry": [uses.industries[at] for at in right],
            "hit_share": lost[down, right],
        },
        schema={"technology": pl.String, "industry": pl.String, "hit_share": pl.Float64},
    ).sort("hit_share", "technology", "industry", descending=[True, False, False])


def _dependences(technologies: list[str], direct: Floats, part: Floats) -> pl.DataFrame:
    """Which technology leans on which, by a hundredth of its inputs or more."""
    down, right = np.nonzero((part >= SHOWN_PART) | (direct >= SHOWN_PART))
    return pl.DataFrame(
        {
            "technology": [technologies[at] for at in down],
            "needs": [technologies[at] for at in right],
            "direct_share": direct[down, right],
            "dependence_share": part[down, right],
        },
        schema={
            "technology": pl.String,
            "needs": pl.String,
            "direct_share": pl.Float64,
            "dependence_share": pl.Float64,
        },
    ).sort("dependence_share", "technology", "needs", descending=[True, False, False])


def _nothing_shared(x: Floats) -> list[Message]:
    """Says that no industry uses two technologies: they are parts of them, and no industries."""
    users = (x > 0).sum(axis=0)
    if (users > 1).any() or (x.sum(axis=1) > 0).sum() < 2:
        return []
    return [message("nothing_shared", count=Count(int((users > 0).sum())))]


def _answer(table: pl.DataFrame, whole: float) -> list[Message]:
    """How many are generic, which is the broadest, and which can't be told from it."""
    ranked = table.drop_nulls("rank").sort(SUREST, "technology", descending=[True, False])
    if ranked.is_empty():
        return [message("none_ranked", count=Count(table.height))]
    generic = ranked.filter(pl.col("standing") != "narrow")
    values: dict[str, Value[Any]] = {"all": Count(ranked.height), "whole": Number(whole, 1)}
    if generic.is_empty():
        first = ranked.row(0, named=True)
        return [message("none_generic", first=_broad(first), **values)]
    first = generic.row(0, named=True)
    said = [message("generic", count=Count(generic.height), first=_broad(first), **values)]
    if first["breadth_low"] is not None:
        near = generic.filter(
            (pl.col("breadth_high") >= first["breadth_low"])
            & (pl.col("technology") != first["technology"])
        )
        if near.height:
            listed = names(near["technology"], NAMED)
            said.append(message("near_first", count=Count(near.height), items=listed))
    return said


def _broad(row: dict[str, Any]) -> Phrase:
    """A technology with its breadth, and the interval where there is one."""
    technology = Name(row["technology"])
    breadth = Number(row["breadth"], 1)
    if row["breadth_low"] is None:
        return Phrase(message("phrases.broad", technology=technology, breadth=breadth))
    ends = {"low": Number(row["breadth_low"], 1), "high": Number(row["breadth_high"], 1)}
    return Phrase(message("phrases.broad_within", technology=technology, breadth=breadth, **ends))


def _weak_links(table: pl.DataFrame) -> list[Message]:
    """Generic technologies with few sources, and what would be hit without them."""
    if not {"providers", "capability_share"} & set(table.columns):
        return [message("no_sources")]
    generic = table.filter(pl.col("standing").is_in(["weak_link", "generic"]))
    weak = generic.filter(pl.col("standing") == "weak_link").sort("rank")
    said = list[Message]()
    if generic.height and weak.is_empty():
        said.append(message("no_weak_link"))
    if weak.height:
        phrases = tuple(
            Phrase(
                message(
                    "phrases.hit",
                    technology=Name(row["technology"]),
                    industries=Share(row["industries_hit_share"]),
                    share=Share(row["hit_share"]),
                )
            )
            for row in weak.iter_rows(named=True)
        )
        said.append(message("weak_links", count=Count(weak.height), items=List(phrases, NAMED)))
    unknown = generic.filter(pl.col("providers").is_null() & pl.col("capability_share").is_null())
    if unknown.height:
        listed = names(unknown["technology"].sort(), NAMED)
        said.append(message("sources_unknown", count=Count(unknown.height), items=listed))
    return said


def _against_count(table: pl.DataFrame, kind: str) -> list[Message]:
    """What the plain number of industries would say, and how both go with size."""
    ranked = table.drop_nulls("breadth")
    if ranked.is_empty():
        return []
    if kind == "links":
        return [message("count_is_breadth")]
    plain = ranked.sort("industries_count", "uses", "technology", descending=[True, True, False])
    broadest = ranked.sort(SUREST, "technology", descending=[True, False])
    by_count = _rank_correlation(ranked, "industries_count", "uses")
    by_breadth = _rank_correlation(ranked, "breadth", "uses")
    if by_count is None or by_breadth is None:
        return []
    code = "count_agrees"
    if plain["technology"][0] != broadest["technology"][0]:
        code = "count_differs"
    return [
        message(
            code,
            first=Name(plain["technology"][0]),
            count_with_size=Number(by_count),
            breadth_with_size=Number(by_breadth),
        )
    ]


def _rank_correlation(table: pl.DataFrame, one: str, other: str) -> float | None:
    """Spearman's, of the rows that have both; None for few rows, or none that differ."""
    both = table.drop_nulls([one, other])
    varies = both[one].n_unique() > 1 and both[other].n_unique() > 1
    if both.height < FEWEST_COMPARED or not varies:
        return None
    ranks = [average_ranks(both[name].to_numpy()) for name in (one, other)]
    return float(np.asarray(np.corrcoef(ranks))[0, 1])


def _leaned_on(table: pl.DataFrame) -> list[Message]:
    """What others need most."""
    if "dependence_share" not in table.columns:
        return []
    first = table.sort("dependence_share", "technology", descending=[True, False]).row(
        0, named=True
    )
    if not first["dependence_share"]:
        return [message("nothing_needed")]
    whole = Share(first["dependence_share"])
    direct = Share(first["direct_share"])
    return [message("leaned_on", first=Name(first["technology"]), share=whole, direct=direct)]


def _by_citations(table: pl.DataFrame) -> list[Message]:
    """How breadth and the generality of citations agree."""
    if "generality" not in table.columns:
        return []
    count = Count(table.drop_nulls(["breadth", "generality"]).height)
    agreement = _rank_correlation(table, "breadth", "generality")
    if agreement is None:
        return [message("few_cited", count=count)]
    return [message("citations_agree", count=count, correlation=Number(agreement))]


def _left_out(table: pl.DataFrame, data: Data, least_count: int) -> list[Message]:
    """What is not ranked, and values that are missing."""
    said = []
    few = table.filter(pl.col("reason") == "few_uses")
    if few.height and few.height < table.height:
        listed = names(few["technology"].sort(), NAMED)
        least = Count(least_count)
        said.append(message("few_uses", count=Count(few.height), least=least, items=listed))
    measured = [name for name in ("value", "probability") if data.has(name)]
    missing = sum(data.frame[name].null_count() for name in measured)
    said += counted("value_missing", missing)
    return said


def _conventions(
    uses: Uses, data: Data, generic_share: float, level: float, resamples: int, hit_from: float
) -> tuple[Message, ...]:
    """How it was measured."""
    said = [message(KINDS[uses.kind]), message("generic_from", share=Share(generic_share))]
    if uses.kind == "counts":
        said.append(message("interval", level=Share(level), resamples=Count(resamples)))
    said += counted("last_years", uses.years)
    said.append(message("hit", share=Share(hit_from)))
    if "needs" in data.tables:
        said.append(message("leaning"))
    if "citations" in data.tables:
        said.append(message("generality"))
    if "sources" in data.tables:
        said.append(message("weak"))
    return tuple(said)


GENERIC_TECHNOLOGIES = Measurement(
    generic_technologies,
    citation="Hill 1973, Ecology 54(2), 427-432; Hall, Jaffe and Trajtenberg 2001, NBER 8498",
    sample=Sample(
        {"years": 2},
        tables={
            "needs": "sample_needs.csv",
            "citations": "sample_citations.csv",
            "sources": "sample_sources.csv",
        },
    ),
    brief=(
        "rank",
        "technology",
        "standing",
        "breadth",
        "breadth_low",
        "breadth_high",
        "hit_share",
        "growth",
    ),
)
