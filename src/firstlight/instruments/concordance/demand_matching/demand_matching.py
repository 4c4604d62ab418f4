"""Which results answer which stated problems, with the probability that the match is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.concordance.demand_matching.match_model import (
    Calibration,
    match_log_odds,
    probability,
    shipped_record,
)
from firstlight.instruments.concordance.demand_matching.own_outcomes import OwnRecord, own_record
from firstlight.instruments.concordance.demand_matching.text_scores import (
    BEST_RESULTS,
    FEWEST_DEMANDS,
    Scores,
    common_words,
    score_texts,
    text_words,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    message,
    names,
)

RESULTS = roles.Table(
    {
        "result": roles.Key(),
        "text": roles.Label(),
        "type": roles.Label(),
        "place": roles.Label(),
        "owner": roles.Label(),
        "year": roles.Label(),
    },
    may_lack=("type", "place", "owner", "year"),
)
OUTCOMES = roles.Table(
    {"demand": roles.Key(), "result": roles.Key(), "is_taken": roles.Number(is_share=True)},
    may_lack=("is_taken",),
)
FEWEST_RESULTS = 5  # a match is judged against the other results
FOLLOWERS = 4  # matches named after the surest
DIGITS = 9
EXCERPT = 80  # characters of a text that are shown beside its name
OF_RESULT = ("type", "owner", "place", "year")
# what each sentence on the record is filled with
_OF_FIRST = ("count", "first_low", "first_high", "cosine_low", "cosine_high")
_OF_STATED = ("right_low", "right_high", "stated_low", "stated_high")
_IS_CHINESE = re.compile("[\u4e00-\u9fff]")


def demands(
    frame: Any,
    results: Annotated[Any, RESULTS],
    *,
    outcomes: Annotated[Any, OUTCOMES] = None,
    demand: Annotated[str, roles.Key()] = "demand",
    text: Annotated[str, roles.Label()] = "text",
    field: Annotated[str | None, roles.Label()] = "field",
    place: Annotated[str | None, roles.Label()] = "place",
    year: Annotated[str | None, roles.Label()] = "year",
    least: Annotated[float, roles.Bounds(0, 1)] = 0.5,
) -> Result:
    """The results that answer each stated problem, with the probability that the match is right.

    Texts are compared by the words and the pieces of words that they share, rare ones counting
    most. A demand that no result answers with the least probability is said to have none.

    Parameters
    ----------
    frame
        A row for each demand: a problem that somebody has stated.
    results
        Papers, patents or projects, a row for each, with a text that says what was done.
    outcomes
        Pairs whose outcome is known: is_taken is 1 where the demand took the result, else 0.
        Without that column every pair counts as right, and the demand's other results as wrong.
    demand
        Column of the demands' names or numbers.
    text
        Column of the problem, a sentence or more, English or Chinese.
    field
        Column of the field or industry of the demand.
    place
        Column of the demand's place.
    year
        Column of the year in which the demand was stated.
    least
        Probability from which a result counts as fitting.

    Returns
    -------
    Result with the tables ``demands`` (demand, text, field, place, year, result, result_text, type,
    owner, result_place, result_year, probability, words, reason; of the texts the beginning),
    ``matches`` (demand, rank, result, probability, likeness, words), ``results`` (result, demand,
    probability, words, demands_count, reason), ``fields`` where there are fields, ``record``, and
    ``own_record`` where outcomes are given.

    Raises
    ------
    InputError
        For fewer than five results, texts without a word, and outcomes of unknown pairs.

    References
    ----------
    Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, chapter 6.

    Examples
    --------
    >>> stated = pl.DataFrame({"demand": ["a"], "text": ["Dendrites grow in lithium cells"]})
    >>> made = ["a coating that stops dendrites in lithium cells", "tea", "roads", "wind", "rain"]
    >>> found = demands(stated, pl.DataFrame({"result": list("vwxyz"), "text": made}))
    >>> found.table.select("demand", "result", "words").rows()
    [('a', 'v', 'cell, dendrite, lithium')]
    """
    data = DEMANDS.read(locals())
    asked = data.frame
    made = data.tables["results"].frame
    _check_texts(asked, made)
    scores = score_texts(
        asked["text"].fill_null("").to_list(), made["text"].fill_null("").to_list()
    )
    pairs = _pairs(scores, asked, made)
    judged = _judged(data, pairs)
    matches = _with_probability(pairs, judged.calibration if judged else Calibration())
    answers = _answers(asked, made, matches, least, data)
    tables = {
        "demands": answers,
        "matches": _listed(matches),
        "results": _of_results(made, matches, least),
    }
    if data.has("field"):
        tables["fields"] = _fields(answers)
    record = shipped_record()
    tables["record"] = record
    if judged:
        tables["own_record"] = judged.table
    return Result(
        tables,
        (
            *_answer(answers, least),
            *_where_unmet(tables.get("fields")),
            *_own_words(judged),
            *_record_words(record),
            *_doubts(asked, made, answers),
        ),
        DEMANDS.texts,
        conventions=_conventions(judged, asked.height),
        charts=_charts(tables),
        given=data.given,
    )


def _check_texts(asked: pl.DataFrame, made: pl.DataFrame) -> None:
    """Refuse what can't be compared at all."""
    if made.height < FEWEST_RESULTS:
        raise DEMANDS.error(message("few_results", count=Count(made.height)))
    for table, texts in (("frame", asked["text"]), ("results", made["text"])):
        if not any(text_words(text) for text in texts.drop_nulls()):
            raise DEMANDS.error(message("no_words", table=Name(table)))


def _pairs(scores: Scores, asked: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """The candidates by their names, with log odds, rank and the words that speak for them."""
    pairs = scores.pairs.with_columns(log_odds=pl.Series(match_log_odds(scores.pairs)))
    pairs = pairs.filter(pl.col("word_cosine") > 0)
    at = pairs["demand"].to_numpy(), pairs["result"].to_numpy()
    words = [", ".join(each) or None for each in common_words(scores, *at)]
    return (
        pairs.with_columns(
            pl.col("log_odds").round(DIGITS),
            demand=asked["demand"].gather(pairs["demand"]),
            result=made["result"].gather(pairs["result"]),
            words=pl.Series(words, dtype=pl.String),
        )
        .sort("demand", "log_odds", "likeness", "result", descending=[False, True, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("demand"))
    )


def _judged(data: Data, pairs: pl.DataFrame) -> OwnRecord | None:
    """The record on the user's outcomes, where there are any."""
    if "outcomes" not in data.tables:
        return None
    table = data.tables["outcomes"]
    known = {
        "demand": data.frame["demand"],
        "result": data.tables["results"].frame["result"],
    }
    for column, there in known.items():
        lost = table.frame.filter(~pl.col(column).is_in(there.implode()))
        if lost.height:
            raise DEMANDS.error(
                message("unknown_outcome", column=Name(column), name=Name(lost[column][0]))
            )
    taken = pl.lit(1.0) if not table.has("is_taken") else pl.col("is_taken")
    outcomes = table.frame.with_columns(is_taken=taken).drop_nulls("is_taken")
    judged = outcomes.select("demand", "result", is_right=pl.col("is_taken") >= 0.5)
    return own_record(pairs.select("demand", "result", "rank", "log_odds"), judged)


def _with_probability(pairs: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    stated = probability(calibration.log_odds(pairs["log_odds"].to_numpy()))
    return pairs.with_columns(probability=pl.Series(stated).round(DIGITS))


def _answers(
    asked: pl.DataFrame, made: pl.DataFrame, matches: pl.DataFrame, least: float, data: Data
) -> pl.DataFrame:
    """The best result of each demand, or why it has none; the surest first."""
    first = matches.filter(pl.col("rank") == 1).select("demand", "result", "probability", "words")
    fits = pl.col("probability") >= least
    of_result = data.tables["results"]
    shown = [name for name in OF_RESULT if of_result.has(name)]
    kept = [name for name in ("field", "place", "year") if data.has(name)]
    called = {"place": "result_place", "year": "result_year"}
    facts = made.select("result", *shown, result_text=_excerpt()).rename(called, strict=False)
    return (
        asked.select("demand", *kept, text=_excerpt(), has_text=pl.col("text").is_not_null())
        .join(first, on="demand", how="left", maintain_order="left")
        .with_columns(
            reason=pl.when(~pl.col("has_text"))
            .then(pl.lit("no_text"))
            .when(pl.col("probability").is_null())
            .then(pl.lit("nothing_shared"))
            .when(~fits)
            .then(pl.lit("none_fits"))
        )
        .with_columns(pl.when(fits).then(pl.col(name)).alias(name) for name in ("result", "words"))
        .join(facts, on="result", how="left", maintain_order="left")
        .select(
            "demand",
            "text",
            *kept,
            "result",
            "result_text",
            *(called.get(name, name) for name in shown),
            "probability",
            "words",
            "reason",
        )
        .sort("probability", "demand", descending=[True, False], nulls_last=True)
    )


def _excerpt() -> pl.Expr:
    """The beginning of a text."""
    text = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars()
    is_long = text.str.len_chars() > EXCERPT
    return pl.when(is_long).then(text.str.head(EXCERPT) + "…").otherwise(text)


def _listed(matches: pl.DataFrame) -> pl.DataFrame:
    return matches.filter(pl.col("rank") <= BEST_RESULTS).select(
        "demand", "rank", "result", "probability", "likeness", "words"
    )


def _of_results(made: pl.DataFrame, matches: pl.DataFrame, least: float) -> pl.DataFrame:
    """The best demand of each result, and how many demands name it first."""
    best = (
        matches.sort("result", "probability", "demand", descending=[False, True, False])
        .unique("result", keep="first", maintain_order=True)
        .select("result", "demand", "probability", "words")
    )
    named = (
        matches.filter((pl.col("rank") == 1) & (pl.col("probability") >= least))
        .group_by("result")
        .agg(demands_count=pl.len().cast(pl.Int64))
    )
    fits = pl.col("probability") >= least
    return (
        made.select("result")
        .join(best, on="result", how="left")
        .join(named, on="result", how="left")
        .with_columns(
            pl.col("demands_count").fill_null(0),
            reason=pl.when(pl.col("probability").is_null())
            .then(pl.lit("nothing_shared"))
            .when(~fits)
            .then(pl.lit("none_fits")),
        )
        .with_columns(pl.when(fits).then(pl.col(name)).alias(name) for name in ("demand", "words"))
        .select("result", "demand", "probability", "words", "demands_count", "reason")
        .sort("probability", "result", descending=[True, False], nulls_last=True)
    )


def _fields(answers: pl.DataFrame) -> pl.DataFrame:
    """Demands of each field, and how many have a result that fits."""
    return (
        answers.drop_nulls("field")
        .group_by("field")
        .agg(
            demands_count=pl.len().cast(pl.Int64),
            matched_count=pl.col("result").count().cast(pl.Int64),
        )
        .with_columns(matched_share=pl.col("matched_count") / pl.col("demands_count"))
        .sort("matched_share", "field", descending=[True, False])
    )


def _answer(answers: pl.DataFrame, least: float) -> list[Message]:
    """How many demands have a result that fits, and the surest of them."""
    matched = answers.drop_nulls("result")
    values: dict[str, Value[Any]] = {"count": Count(answers.height), "least": Share(least)}
    if matched.is_empty():
        return [message("none_matched", **values)]
    if matched.height == answers.height:
        said = [message("all_matched", **values)]
    else:
        said = [message("matched", matched=Count(matched.height), **values)]
    rows = matched.head(1 + FOLLOWERS).rows(named=True)
    placed = tuple(Phrase(_placed(row)) for row in rows)
    words = (rows[0]["words"] or "–").split(", ")
    said.append(message("surest", first=placed[0], words=names(words)))
    if placed[1:]:
        said.append(message("followers", items=List(placed[1:])))
    if {"place", "result_place"} <= set(answers.columns):
        both = matched.drop_nulls(["place", "result_place"])
        if both.height:
            here = int((both["place"] == both["result_place"]).sum())
            said.append(message("same_place", here=Count(here), count=Count(both.height)))
    return said


def _placed(row: Mapping[str, Any]) -> Message:
    return message(
        "phrases.match",
        demand=Name(row["demand"]),
        result=Name(row["result"]),
        chance=Share(row["probability"]),
    )


def _where_unmet(fields: pl.DataFrame | None) -> list[Message]:
    """The field whose demands have a result least often."""
    if fields is None or fields.height < 2:
        return []
    row = fields.row(-1, named=True)
    if row["matched_count"] == row["demands_count"]:
        return []
    values = {"count": Count(row["demands_count"]), "matched": Count(row["matched_count"])}
    return [message("least_met", field=Name(row["field"]), **values)]


def _own_words(judged: OwnRecord | None) -> list[Message]:
    """What came of the user's own pairs."""
    if not judged:
        return []
    row = judged.table.row(0, named=True)
    said = []
    if row["first_right_share"] is not None:
        said.append(
            message(
                "own_first",
                count=Count(row["demands_count"]),
                first=Share(row["first_right_share"]),
                five=Share(row["first_five_right_share"]),
            )
        )
    if row["stated_count"]:
        said.append(
            message(
                "own_stated",
                count=Count(row["stated_count"]),
                stated=Share(row["stated_probability"]),
                right=Share(row["stated_right_share"]),
            )
        )
    code = "adjusted" if judged.is_adjusted else "not_adjusted"
    if judged.is_adjusted:
        losses = {"loss": Number(row["loss"], 3), "adjusted": Number(row["adjusted_loss"], 3)}
        return [*said, message(code, **losses)]
    return [*said, message(code, reason=Code(f"codes.reason.{row['reason']}"))]


def _record_words(record: pl.DataFrame) -> list[Message]:
    """How matches did elsewhere: the worst and the best corpus."""
    known = record.drop_nulls("first_right_share")
    ends: dict[str, Value[Any]] = {"count": Count(known.height)}
    for name, column in (
        ("first", "first_right_share"),
        ("cosine", "cosine_right_share"),
        ("right", "stated_right_share"),
        ("stated", "stated_probability"),
    ):
        low, high = _ends(known[column])
        ends |= {f"{name}_low": Share(low), f"{name}_high": Share(high)}
    chance = Share(float(known["chance_right_share"].to_numpy().mean()))
    low, high = _ends(known["calibration_slope"])
    none = _ends(record["none_recognised_share"])
    return [
        message("record", chance=chance, **{key: ends[key] for key in _OF_FIRST}),
        message("record_stated", **{key: ends[key] for key in _OF_STATED}),
        message(
            "record_slope",
            low=Number(low),
            high=Number(high),
            none_low=Share(none[0]),
            none_high=Share(none[1]),
        ),
    ]


def _ends(column: pl.Series) -> tuple[float, float]:
    values = column.drop_nulls().to_numpy()
    return float(np.min(values)), float(np.max(values))


def _doubts(asked: pl.DataFrame, made: pl.DataFrame, answers: pl.DataFrame) -> list[Message]:
    """What the texts do not allow."""
    said = []
    languages = [_chinese_share(texts) >= 0.5 for texts in (asked["text"], made["text"])]
    if languages[0] != languages[1]:
        said.append(message("two_languages"))
    lost = answers.filter(pl.col("reason") == "no_text")["demand"].sort()
    if len(lost):
        said.append(message("no_text", count=Count(len(lost)), demands=names(lost)))
    return said


def _chinese_share(texts: pl.Series) -> float:
    known = texts.drop_nulls()
    return sum(bool(_IS_CHINESE.search(text)) for text in known) / max(len(known), 1)


def _conventions(judged: OwnRecord | None, count: int) -> tuple[Message, ...]:
    return (
        message("likeness"),
        message("weights"),
        message("ceiling"),
        message("alone" if count < FEWEST_DEMANDS else "both_ways"),
        *([message("cross_fitted")] if judged and judged.is_adjusted else []),
    )


def _charts(tables: Mapping[str, pl.DataFrame]) -> tuple[Chart, ...]:
    """How often the demands of each field are met."""
    if "fields" not in tables:
        return ()
    return (Chart("met", "fields", "", (Mark("matched_share", "bars"),), line="field"),)


DEMANDS = Measurement(
    demands,
    citation="Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, "
    "Cambridge University Press; Firstlight",
    sample=Sample(tables={"results": "sample_results.csv", "outcomes": "sample_outcomes.csv"}),
    brief=("demand", "result", "probability", "words", "reason"),
)
