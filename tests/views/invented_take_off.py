"""An observation of take-off in which everything is invented: tables and facts as every view
receives them.

``observation()`` knows what came; ``seen_from_today()`` doesn't; ``without_forecast()`` is too
small for one; ``nothing()`` has no technologies.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from invented_evidence import documents_of, leaders_of
from invented_new_links import link_facts, link_tables
from invented_take_off_record import record_tables
from scipy import stats

from firstlight.message_json import message_to_json
from firstlight.observation_tables import SCHEMAS
from firstlight.run.observed import BRIEF
from firstlight.texts import Code, Count, List, Message, Name, Phrase, Share, Year, message

Observation = tuple[dict[str, pl.DataFrame], dict[str, Any]]

FIRST, AS_OF, HORIZON = 2002, 2016, 3
SCORED, WATCHED, NAMED = 40, 20, 5
FACTOR, GAIN = 1.5, 0.0005
YEARS = np.arange(FIRST, AS_OF + HORIZON + 1)
TOTALS = np.rint(16000 * 1.06 ** (YEARS - FIRST)).astype(np.int64)
NOW = AS_OF - FIRST
QUANTILES = {"p10": -1.2816, "p25": -0.6745, "p50": 0.0, "p75": 0.6745, "p90": 1.2816}
ADJECTIVES = (
    *("amber", "braided", "folded", "hollow", "layered"),
    *("quiet", "swift", "tidal", "woven", "adaptive"),
)
NOUNS = (
    *("batteries", "ion sieves", "photon memory", "cell printing", "rock drills", "orbit tugs"),
    *("gene switches", "speech models", "fog networks"),
)
CHINESE = {
    0: "琥珀电池",
    3: "空心细胞打印",
    7: "潮汐语音模型",
    12: "折叠轨道拖船",
    41: "编织离子筛",
}
AREA_OF_NOUN = (
    *("energy", "materials", "information", "health", "manufacturing", "space"),
    *("health", "information", "none"),
)
THEMES = ("stored energy", "thin membranes", "machine memory", "living tissue", "deep ground")


def observation(seed: int = 7, *, is_future_known: bool = True) -> Observation:
    """Tables and facts of 40 technologies that are scored and 20 that are watched."""
    rng = np.random.default_rng(seed)
    documents, movement = _documents(rng)
    technologies = _technologies(documents, movement, is_future_known)
    order = technologies["place"].to_numpy()
    known = YEARS if is_future_known else YEARS[: NOW + 1]
    tables = {
        "technologies": technologies.drop("place"),
        "history": _history(technologies, documents[order], known),
        "fan": _fan(technologies, movement[order]),
        "forms": _forms(technologies),
        "themes": _themes(technologies),
        "links": _links(technologies),
        "leaders": leaders_of(technologies, AS_OF),
        "documents": documents_of(technologies, AS_OF),
        "near_duplicates": _near_duplicates(),
        "dropped": _dropped(technologies),
        "own_names": _own_names(technologies),
        "changes": pl.DataFrame(schema=SCHEMAS["changes"]),
        "named": _named(technologies),
        "years": _years(known),
        "areas_summary": _areas(technologies),
        "warnings": _warnings(),
        "set_aside": _set_aside(),
    }
    tables |= record_tables(technologies, AS_OF, HORIZON)
    tables |= link_tables(tables["technologies"], is_future_known=is_future_known)
    facts = link_facts(AS_OF, HORIZON, is_future_known=is_future_known)
    return tables, _facts(tables, is_future_known) | facts


def seen_from_today() -> Observation:
    """The same, its future unknown."""
    return observation(is_future_known=False)


def without_forecast() -> Observation:
    """Twenty technologies that are watched, of a file that is too small for a forecast: there is no
    record."""
    tables, facts = seen_from_today()
    tables["technologies"] = tables["technologies"].filter(pl.col("status") == "watched")
    of_a_forecast = (
        "fan",
        "record",
        "gains",
        "past_forecasts",
        "cases",
        "reliability",
        "leads",
        "universe",
    )
    of_a_forecast += ("new_links", "new_links_record", "precedents", "precedents_record")
    tables |= {name: tables[name].clear() for name in of_a_forecast}
    years = {"first": Year(AS_OF - 1), "last": Year(AS_OF)}
    lines = [message("answer_too_few_documents", count=Count(87), least=Count(100), **years)]
    facts["new_link_lines"] = [message_to_json(message("absent_few"))]
    facts |= {"first_lines": [message_to_json(line) for line in lines], "ranking_reason": None}
    return tables, {**facts, "ranking": "growth_last_year"}


def nothing() -> Observation:
    """An observation in which there is nothing: every table is there, and empty."""
    tables, facts = observation(is_future_known=False)
    lines = [message("answer_nothing", year=Year(AS_OF))]
    facts |= {"first_lines": [message_to_json(line) for line in lines], "ranking_reason": None}
    return {name: frame.clear() for name, frame in tables.items()}, facts


def _name(place: int) -> str:
    name = f"{ADJECTIVES[place % 10]} {NOUNS[place % 9]}"
    return (
        f"{name} ({''.join(word[0] for word in name.split()).upper()})" if place % 6 == 1 else name
    )


def _documents(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(K, Y) documents, and (K,) the yearly change of the log share expected from FY on."""
    count = SCORED + WATCHED
    is_scored = np.arange(count) < SCORED
    level = np.where(is_scored, 10 ** rng.uniform(-3.3, -2.1, count), 1.6e-4)
    movement = np.where(is_scored, rng.normal(0.09, 0.11, count), rng.normal(0.1, 0.05, count))
    born = np.where(
        is_scored, FIRST + rng.integers(0, 12, count), AS_OF - rng.integers(0, 4, count)
    )
    born[5], movement[5] = AS_OF, 0.22  # without a document the year before
    path = level[:, None] * np.exp(1.6 * movement[:, None] * (YEARS - AS_OF))
    came = movement + rng.normal(0, 0.11, count)
    later = level[:, None] * np.exp(came[:, None] * (YEARS - AS_OF))
    share = np.where(YEARS > AS_OF, later, path) * (born[:, None] <= YEARS)
    noise = rng.lognormal(0, 0.06, share.shape)
    return np.rint(share * noise * TOTALS).astype(np.int64), movement


def _two_years(documents: np.ndarray) -> np.ndarray:
    """(K, Y) s(y): documents of y-1 and y over all documents of these years; the first year alone."""
    before = np.concatenate([np.zeros((len(documents), 1), np.int64), documents[:, :-1]], axis=1)
    totals = TOTALS + np.concatenate([[0], TOTALS[:-1]])
    return (documents + before) / totals


def _threshold(share: np.ndarray) -> np.ndarray:
    """(K,) the least share at FY+h that is a take-off: factor, gain and 2.5 standard errors."""
    now, later = (
        TOTALS[NOW - 1 : NOW + 1].sum(),
        TOTALS[NOW + HORIZON - 1 : NOW + HORIZON + 1].sum(),
    )
    grid = share[:, None] + np.linspace(0, 0.05, 5001)
    pooled = (share[:, None] * now + grid * later) / (now + later)
    z = (grid - share[:, None]) / np.sqrt(
        np.maximum(pooled * (1 - pooled), 1e-12) * (1 / now + 1 / later)
    )
    return np.maximum.reduce(
        [FACTOR * share, share + GAIN, grid[np.arange(len(share)), (z >= 2.5).argmax(1)]]
    )


def _technologies(
    documents: np.ndarray, movement: np.ndarray, is_future_known: bool
) -> pl.DataFrame:
    count = len(documents)
    place = np.arange(count)
    both, yearly = _two_years(documents), documents / TOTALS
    share, before = both[:, NOW], yearly[:, NOW - 5 : NOW].mean(1)
    threshold = _threshold(share)
    spread = 0.14 * np.sqrt(HORIZON)
    gap = np.log(threshold / np.maximum(share, 1e-9))
    chance, low, high = (
        stats.norm.sf((gap - HORIZON * (movement + step)) / spread) for step in (0, -0.03, 0.03)
    )
    is_newborn = documents[:, NOW - 1] == 0
    last = yearly[:, NOW] / np.where(is_newborn, 1, yearly[:, NOW - 1]) - 1
    is_scored = place < SCORED
    ratio = both[:, NOW + HORIZON] / np.maximum(share, 1e-9)
    frame = pl.DataFrame(
        {
            "place": place,
            "technology_id": [f"t{number:03d}" for number in place],
            "name": [_name(number) for number in place.tolist()],
            "name_zh": pl.Series(
                [CHINESE.get(number) for number in place.tolist()], dtype=pl.String
            ),
            "status": np.where(is_scored, "scored", "watched"),
            "area": [AREA_OF_NOUN[number % 9] for number in place],
            "area_probability": (0.5 + 0.05 * (place % 9)).round(3),
            "theme_id": [None if number % 8 == 7 else f"h{number % 5}" for number in place],
            "theme": [None if number % 8 == 7 else THEMES[number % 5] for number in place],
            "theme_zh": pl.Series([None] * len(place), dtype=pl.String),
            "first_year": YEARS[(documents.cumsum(1) >= 3).argmax(1)],
            "documents_count": documents[:, NOW - 1] + documents[:, NOW],
            "documents_total_count": documents[:, : NOW + 1].sum(1),
            "share": share,
            "share_before": before,
            "growth_last_year": last,
            "is_newborn": is_newborn,
            "growth_five_years": share / np.maximum(both[:, NOW - 5], 1e-9) - 1,
            "score": np.log((yearly[:, NOW] + GAIN) / (before + GAIN)),
            "probability": chance.round(4),
            "probability_low": low.round(4),
            "probability_high": high.round(4),
            "threshold_share": threshold,
            "stage": _stages(place, movement),
            "outcome": both[:, NOW + HORIZON] >= threshold,
            "outcome_share": both[:, NOW + HORIZON],
            "outcome_ratio": ratio,
            "x": (0.5 + 0.38 * np.cos(2 * np.pi * (place % 5) / 5) + 0.1 * np.cos(place)).clip(
                0, 1
            ),
            "y": (0.5 + 0.38 * np.sin(2 * np.pi * (place % 5) / 5) + 0.1 * np.sin(place)).clip(
                0, 1
            ),
        }
    )
    was_there = documents[:, NOW - 6 : NOW - 4].sum(1) > 0
    return _ranked(frame.with_columns(was_there=pl.Series(was_there)), is_future_known)


def _stages(place: np.ndarray, movement: np.ndarray) -> np.ndarray:
    stages = np.select(
        [movement > 0.2, movement > 0.06, movement > -0.05],
        ["emerging", "growing", "mature"],
        "declining",
    )
    return np.where(place >= SCORED, "unknown", stages)


def _ranked(frame: pl.DataFrame, is_future_known: bool) -> pl.DataFrame:
    """Scored ones by chance, then watched ones by what they gained; what doesn't apply is null."""
    is_scored = pl.col("status") == "scored"
    chances = ("probability", "probability_low", "probability_high", "score", "threshold_share")
    outcomes = ("outcome", "outcome_share", "outcome_ratio")
    frame = frame.with_columns(
        pl.when(is_scored).then(pl.col(chances)),
        pl.when(is_scored & is_future_known).then(pl.col(outcomes)),
        pl.when(~pl.col("is_newborn")).then("growth_last_year").alias("growth_last_year"),
        pl.when("was_there").then("growth_five_years").alias("growth_five_years"),
    ).drop("was_there")
    gained = (pl.col("share") - pl.col("share_before")).fill_null(0.0)
    second = pl.when(is_scored).then("documents_count").otherwise(gained)
    frame = frame.sort(~is_scored, -pl.col("probability").fill_null(0), -second, "technology_id")
    rank = pl.when(is_scored).then(pl.int_range(1, pl.len() + 1, dtype=pl.Int64)).alias("rank")
    wide = pl.col("probability_high") - pl.col("probability_low") > 0.4
    advice = (
        pl.when(~is_scored)
        .then(pl.lit("watch,too_few_documents,enough_documents"))
        .when(pl.col("stage") == "declining")
        .then(pl.lit("leave,losing_share,growth_returns"))
        .when((pl.col("probability") >= 0.5) & ~wide)
        .then(pl.lit("act,likely,chance_falls"))
        .when(pl.col("probability") >= 0.25)
        .then(pl.lit("prepare,likely_but_uncertain,interval_narrows"))
        .when(pl.col("probability") >= 0.1)
        .then(pl.lit("watch,possible,chance_rises"))
        .otherwise(pl.lit("leave,unlikely,chance_rises"))
        .str.split(",")
    )
    told = {"advice": 0, "advice_reason": 1, "advice_change": 2}
    frame = frame.with_columns(
        rank, *(advice.list.get(at).alias(name) for name, at in told.items())
    )
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias("same_as"),
        pl.lit(None, pl.List(pl.String)).alias("members"),
        pl.lit(None, pl.String).alias("bet"),
    )
    first = ("rank", "technology_id", "name", "name_zh", "same_as", "members", "bet", "status")
    return frame.select(*first, pl.exclude(first))


def _history(technologies: pl.DataFrame, documents: np.ndarray, known: np.ndarray) -> pl.DataFrame:
    shares = _two_years(documents)[:, : len(known)]
    return pl.DataFrame(
        {
            "technology_id": np.repeat(technologies["technology_id"].to_numpy(), len(known)),
            "year": np.tile(known, len(documents)),
            "documents_count": documents[:, : len(known)].ravel(),
            "share": shares.ravel(),
            "is_future": np.tile(known > AS_OF, len(documents)),
        }
    ).sort("technology_id", "year")


def _fan(technologies: pl.DataFrame, movement: np.ndarray) -> pl.DataFrame:
    ahead = np.arange(1, HORIZON + 1)
    scored = technologies.filter(pl.col("status") == "scored")
    middle = np.log(scored["share"].to_numpy())[:, None] + movement[:SCORED, None] * ahead
    bands = {
        name: np.exp(middle + z * 0.14 * np.sqrt(ahead)).ravel() for name, z in QUANTILES.items()
    }
    threshold = np.full((SCORED, HORIZON), np.nan)
    threshold[:, -1] = scored["threshold_share"].to_numpy()
    return (
        pl.DataFrame(
            {
                "technology_id": np.repeat(scored["technology_id"].to_numpy(), HORIZON),
                "year": np.tile(AS_OF + ahead, SCORED),
                **bands,
                "threshold_share": threshold.ravel(),
            }
        )
        .with_columns(pl.col("threshold_share").fill_nan(None))
        .sort("technology_id", "year")
    )


def _forms(technologies: pl.DataFrame) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for own in technologies.iter_rows(named=True):
        name, _, acronym = own["name"].removesuffix(")").partition(" (")
        first = (own["technology_id"], name, "name", own["documents_count"], "name", 0.81)
        rows += [
            first,
            (own["technology_id"], name.removesuffix("s"), "spelling", 7, "spelling", None),
        ]
        if acronym:
            rows.append((own["technology_id"], acronym, "acronym", 12, "acronym", 0.93))
    columns = ("technology_id", "form", "kind", "documents_count", "rule", "evidence")
    return pl.DataFrame(rows, schema=columns, orient="row").sort(
        "technology_id", -pl.col("documents_count"), "form"
    )


def _themes(technologies: pl.DataFrame) -> pl.DataFrame:
    scored = technologies.filter(pl.col("theme_id").is_not_null())
    return (
        scored.group_by("theme_id")
        .agg(
            name=pl.col("theme").first(),
            name_zh=pl.col("theme_zh").first(),
            technologies_count=pl.len().cast(pl.Int64),
            documents_count=pl.col("documents_count").sum(),
            share=pl.col("share").sum(),
            growth_five_years=pl.col("growth_five_years").median(),
            top=pl.col("name").head(5),
        )
        .sort("theme_id")
    )


def _links(technologies: pl.DataFrame) -> pl.DataFrame:
    ids = technologies["technology_id"].to_list()
    rows = [
        (name, ids[(place + step) % len(ids)], round(0.8 / step, 3))
        for place, name in enumerate(ids)
        for step in (1, 2, 5)
    ]
    return pl.DataFrame(rows, schema=["technology_id", "other_id", "weight"], orient="row").sort(
        "technology_id", "other_id"
    )


def _own_names(technologies: pl.DataFrame) -> pl.DataFrame:
    ids = technologies["technology_id"]
    rows = [
        (1, "LSTM", "rename", "long short-term memory", ids[0]),
        (3, "no such name", "hide", None, None),
    ]
    schema = {
        "row": pl.Int64,
        "name": pl.String,
        "action": pl.String,
        "to": pl.String,
        "technology_id": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _named(technologies: pl.DataFrame) -> pl.DataFrame:
    """The first is named in both languages, the second in none."""
    first, second = technologies.select("technology_id", "name").head(2).rows()
    answers = (
        (first, "en", first[1], "Stores charge between two sheets.", "accepted"),
        (first, "zh", "琥珀电池", "在两片之间储存电荷。", "translation"),
        (second, "en", "a name from elsewhere", "It is not known here.", "not_in_evidence"),
        (second, "zh", "别处的名称", "此处没有。", "original_rejected"),
    )
    rows = [
        (key, language, old, *said, "a model", "0" * 64, "1" * 64, date(2020, 1, 2))
        for (key, old), language, *said in answers
    ]
    return pl.DataFrame(rows, schema=dict(SCHEMAS["named"]), orient="row")


def _dropped(technologies: pl.DataFrame) -> pl.DataFrame:
    rules = ("part", "rarely_ends", "plain_word", "once_a_text")
    rows = [
        (
            f"loose phrase {place}",
            900 - 7 * place,
            rules[place % 4],
            0.2,
            None if place % 4 else "amber batteries",
        )
        for place in range(60)
    ]
    columns = ("term", "documents_count", "rule", "evidence", "into")
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def _years(known: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {"year": known, "documents_count": TOTALS[: len(known)], "is_complete": known > 0}
    )


def _areas(technologies: pl.DataFrame) -> pl.DataFrame:
    is_scored = pl.col("status") == "scored"
    return (
        technologies.group_by("area")
        .agg(
            technologies_count=pl.len().cast(pl.Int64),
            scored_count=is_scored.sum().cast(pl.Int64),
            first_ten_count=(pl.col("rank") <= 10).sum().cast(pl.Int64),
            best_name=pl.col("name").sort_by("rank", nulls_last=True).first(),
        )
        .sort("area")
    )


def warnings_said() -> list[tuple[str, str, Message]]:
    """Severity, section and message of each warning."""
    joined = message(
        "strata_join",
        names=List((Name("Venue Nine"),)),
        count=Count(1),
        when=Year(2015),
        share=Share(0.18),
        share_year=Year(AS_OF),
        kind=Code("strata_kinds.source"),
        take_offs=Count(66),
        due=Share(0.3),
        denied=Share(0.4),
    )
    withdrawn = List((Code("turned_down.withdrawn"),))
    return [
        ("red", "technologies", joined),
        ("yellow", "record", message("believe_few", named=Count(31))),
        (
            "note",
            "documents",
            message("turned_down", count=Count(412), share=Share(0.001, 1), reasons=withdrawn),
        ),
    ]


def _warnings() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "code": [said.code for _, _, said in warnings_said()],
            "severity": [severity for severity, _, _ in warnings_said()],
            "values": [
                json.dumps(message_to_json(said), sort_keys=True) for _, _, said in warnings_said()
            ],
            "section": [section for _, section, _ in warnings_said()],
        }
    )


def _near_duplicates() -> pl.DataFrame:
    row = {"document_id": "p-1", "other_id": "p-2", "similarity": 0.9}
    return pl.DataFrame([{**row, "title": "Growing films", "other_title": "On growing films"}])


def _set_aside() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "reason": ["no year can be read"],
            "reason_zh": ["年份无法识别"],
            "documents_count": [37],
            "example": ["papers.csv, row 41"],
        }
    )


def _facts(tables: dict[str, pl.DataFrame], is_future_known: bool) -> dict[str, Any]:
    return {
        "title": "Invented papers",
        "corpus": None,
        "kind": "documents",
        "as_of": AS_OF,
        "horizon": HORIZON,
        "factor": FACTOR,
        "gain": GAIN,
        "ranking": "trend",
        "ranking_reason": message_to_json(_ranking_reason(tables["record"])),
        "is_future_known": is_future_known,
        "first_lines": [message_to_json(line) for line in _first_lines(tables, is_future_known)],
        "sources": [{"name": "papers.csv", "sha256": "ab" * 32, "bytes_count": 123456}],
        "brief": list(BRIEF),
        "licence": "CC0-1.0",
        "parameters": {"as_of": AS_OF, "horizon": HORIZON},
        "code_version": "0.1.0+invented",
        "results": {"observation": "c0ffee" * 10, "tidy.files__documents": "beef" * 16},
    }


def _pooled(record: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {
        row["ranking"]: row for row in record.filter(pl.col("year").is_null()).iter_rows(named=True)
    }


def _ranking_reason(record: pl.DataFrame) -> Message:
    rows = _pooled(record)
    return message(
        "did_best_on_earlier_years",
        ranking=Code("rankings.trend"),
        score=Share(rows["trend"]["precision_20"]),
        other=Code("rankings.relative_gain"),
        other_score=Share(rows["relative_gain"]["precision_20"]),
    )


def _first_lines(tables: dict[str, pl.DataFrame], is_future_known: bool) -> list[Message]:
    technologies, rows = tables["technologies"], _pooled(tables["record"])
    years = tables["record"]["year"].drop_nulls().to_list()
    first = [
        Phrase(message("phrases.chance", name=Name(own["name"]), chance=Share(own["probability"])))
        for own in technologies.head(NAMED).iter_rows(named=True)
    ]
    lines = [
        message("answer", until=Year(AS_OF + HORIZON), likely=List(tuple(first))),
        message(
            "believe",
            named=Count(20),
            years=Phrase(
                message("phrases.each_year", first=Year(min(years)), last=Year(max(years)))
            ),
            horizon=Count(HORIZON),
            took_off=Share(rows["trend"]["precision_20"]),
            rule=Code("rankings.relative_gain"),
            rule_took_off=Share(rows["relative_gain"]["precision_20"]),
            base=Share(rows["trend"]["base_rate"]),
        ),
    ]
    if is_future_known:
        came = technologies.head(20)["outcome"].sum()
        by_rule = technologies.sort("growth_last_year", descending=True, nulls_last=True)
        rule_came = by_rule.filter(pl.col("status") == "scored").head(20)["outcome"].sum()
        verdict = message(
            "verdict",
            named=Count(20),
            year=Year(AS_OF),
            until=Year(AS_OF + HORIZON),
            count=Count(came),
            rule=Code("rankings.growth_last_year"),
            rule_count=Count(rule_came),
            expected=Count(2),
        )
        lines += [verdict, message("old", year=Year(AS_OF + HORIZON), count=Count(7))]
    (red,) = [said for severity, _, said in warnings_said() if severity == "red"]
    return [*lines, message("warn", warning=Phrase(Message(f"says.{red.code}", red.values)))]


def with_second_name(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables where the second technology stands in the line of the third."""
    technologies = tables["technologies"]
    second, third = technologies["technology_id"][1:3]
    same_as = pl.when(pl.col("technology_id") == second).then(pl.lit(third)).otherwise("same_as")
    return {**tables, "technologies": technologies.with_columns(same_as=same_as)}
