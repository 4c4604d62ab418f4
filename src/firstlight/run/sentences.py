"""What an observation says: the first lines of every view (the answer, whether to believe it, the
verdict where the future is known, cautions), and what stands above the sections of new links and of
precedents."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from firstlight.instruments.emergence.counts.remarks import ARE_PLACES
from firstlight.instruments.emergence.forecast.advice import POSSIBLE
from firstlight.instruments.emergence.forecast.outlook import Outlook
from firstlight.instruments.emergence.forecast.portfolio import expected_take_offs
from firstlight.instruments.emergence.forecast.precedents import NEAREST
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, RULES
from firstlight.instruments.emergence.links.figures import SIZES
from firstlight.instruments.emergence.links.forecast import COMBINATION
from firstlight.instruments.emergence.links.pairs import HORIZON
from firstlight.instruments.emergence.links.record import CHOICE
from firstlight.instruments.emergence.record.ranking import ranking
from firstlight.message_json import message_to_json
from firstlight.observation_tables import SCHEMAS
from firstlight.phrases import each_year
from firstlight.run.corpus import ARE_PATHS, MANY_SET_ASIDE, Caution
from firstlight.run.near_copies import MANY_COPIES
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Year,
    message,
)

NAMED = 5  # technologies in the first line
FEWEST_NAMED = 5  # in the lists of earlier years, to say what share of them took off
CALLED = 20  # technologies of each earlier year that the second line counts
CLEARLY = 0.1  # by which this list's chances exceed those of earlier ones, both on average
FEW_NAMES = 50  # scored of documents: of fewer that one takes off is not to be expected
LIKELY = 0.5  # above it something is called likely; chances from this on are counted together
# cautions that stand among the first lines, though nothing is wrong with the data
SAID_FIRST = (
    ARE_PLACES,
    ARE_PATHS,
    MANY_SET_ASIDE,
    MANY_COPIES,
    "own_years",
    "years_could_end",
    "old",
    "naming_stopped",
)
NONE_LIKELY, TOO_FEW_NAMES = "answer_unlikely", "answer_few_names"
ABSTRACTS_ASIDE = ("abstracts_come_and_go", "abstracts_change")  # cautions begin so
SIMPLE = tuple(name for name, _ in RULES)
Tables = Mapping[str, pl.DataFrame]
BETS = 3  # that are named
NAMED_PAIRS = 20  # pairs of each year that the sentences count


def first_lines(
    tables: Tables,
    facts: Mapping[str, Any],
    outlook: Outlook,
    cautions: Sequence[Caution],
    scored: Sequence[str],
    obstacle: Message | None = None,
    listed: int = CALLED,
) -> dict[str, Any]:
    """Facts first_lines and ranking_reason, messages as JSON.

    tables   : technologies, record and past_forecasts of the observation
    facts    : as_of, horizon, is_future_known
    scored   : ids of the scored technologies, in the order of the outlook's scores
    obstacle : why there can be no forecast, where there can be none
    listed   : technologies that the list holds, fewer than 20 of few counts
    """
    is_scored = (tables["technologies"]["status"] == "scored").any()
    if obstacle is None:
        lines = [_answer(tables["technologies"], facts, outlook)]
        lines += _what_would_help(lines[0], facts, cautions)
        lines += _portfolio(tables, listed)
    else:
        lines = [obstacle, *_rising(tables["technologies"])]
    if is_scored:
        believe = _believe(tables, facts, outlook)
        lines += [believe, *_no_better(believe)]
        lines += _lower_before(tables, outlook, listed)
    if is_scored and facts["is_future_known"]:
        lines.append(_verdict(tables, facts, outlook, scored, listed))
    lines += [one.message for one in cautions if one.code in SAID_FIRST]
    lines += [_caution(one) for one in cautions if one.severity == "red"]
    reason = _reason(tables["record"], outlook)
    return {
        "first_lines": [message_to_json(line) for line in lines],
        "ranking_reason": message_to_json(reason),
    }


def warnings_table(cautions: Sequence[Caution]) -> pl.DataFrame:
    """Cautions as the table that views read: code, severity, values, section."""
    rows = [
        (
            one.code,
            one.severity,
            json.dumps(message_to_json(one.message), ensure_ascii=False, sort_keys=True),
            one.section,
        )
        for one in cautions
    ]
    columns = ("code", "severity", "values", "section")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _answer(technologies: pl.DataFrame, facts: Mapping[str, Any], outlook: Outlook) -> Message:
    scored = _scored(technologies)
    watched = technologies.height - scored.height
    until = Year(facts["as_of"] + facts["horizon"])
    if not scored.height and not watched:
        return message("answer_nothing", year=Year(facts["as_of"]))
    if not scored.height:
        return message("answer_watched", year=Year(facts["as_of"]), count=Count(watched))
    if outlook.chances is None:
        named = List(tuple(_names(_first(scored))))
        by = Code(f"rankings.{outlook.used}")
        about: dict[str, Any] = {"count": Count(scored.height), "ranking": by, "names": named}
        if outlook.is_comparable:
            return message("answer_unscored", **about)
        return message("answer_incomparable", share=Share(outlook.comparable), **about)
    if scored["probability"].max() < POSSIBLE:  # type: ignore[operator]
        likeliest = scored.sort("probability", descending=True, maintain_order=True)
        said = _of_one(NONE_LIKELY, likeliest.head(1), until)
        if facts["kind"] == "documents" and scored.height < FEW_NAMES:
            return message(TOO_FEW_NAMES, count=Count(scored.height), **said.values)
        return said
    first = _named_first(scored)
    likely = List(
        tuple(
            Phrase(message("phrases.chance", name=name, chance=Share(chance)))
            for name, chance in zip(_names(first), first["probability"], strict=True)
        )
    )
    if first["probability"].max() > LIKELY:  # type: ignore[operator]
        return message("answer", until=until, likely=likely)
    if first.height == 1:
        return _of_one("answer_one", first, until)
    return message("answer_none_likely", until=until, likely=likely)


def _what_would_help(
    answer: Message, facts: Mapping[str, Any], cautions: Sequence[Caution]
) -> list[Message]:
    """What would find more, where documents seem to hold nothing that is likely to take off."""
    if answer.code not in (NONE_LIKELY, TOO_FEW_NAMES) or facts["kind"] != "documents":
        return []
    if any(one.code.startswith(ABSTRACTS_ASIDE) for one in cautions):
        return [message("help_abstracts")]
    return [message("help_more")] if answer.code == TOO_FEW_NAMES else []


def _portfolio(tables: Tables, listed: int) -> list[Message]:
    """How many of the list should take off, in which range, and how many bets they are; nothing of
    a list of few, or of one without chances worth naming."""
    first = _scored(tables["technologies"]).head(listed)
    chances = first["probability"].drop_nulls().to_numpy()
    if len(chances) < FEWEST_NAMED or chances.max() < POSSIBLE:
        return []
    told = expected_take_offs(chances)
    earlier = [
        expected_take_offs(own["probability"].to_numpy()).holds(int(own["outcome"].sum()))
        for _, own in tables["past_forecasts"]
        .filter(pl.col("rank") <= listed)
        .drop_nulls(["probability", "outcome"])
        .group_by("forecast_year")
    ]
    values: dict[str, Any] = {
        "count": Count(len(chances)),
        "expected": Number(told.expected, digits=0),
        "low": Count(told.low),
        "high": Count(told.high),
        "held": Count(sum(earlier)),
        "lists": Count(len(earlier)),
    }
    said = [message("expected" if earlier else "expected_unchecked", **values)]
    heads = first.filter(pl.col("bet") == pl.col("technology_id"))
    if 0 < heads.height < first.height:
        named = List(tuple(_names(heads.head(BETS))))
        said.append(
            message("bets", count=Count(heads.height), lines=Count(first.height), names=named)
        )
    return said


def _scored(technologies: pl.DataFrame) -> pl.DataFrame:
    return technologies.filter(pl.col("status") == "scored")


def _first(scored: pl.DataFrame) -> pl.DataFrame:
    """The first lines of the list; second names stand with the first."""
    return scored.filter(pl.col("same_as").is_null()).head(NAMED)


def _named_first(scored: pl.DataFrame) -> pl.DataFrame:
    """The technologies that the answer names, with their chances."""
    first = _first(scored)
    # What can hardly take off is no answer; where none of the first can, though some further down
    # can, the first are named all the same.
    possible = first.filter(pl.col("probability") >= POSSIBLE)
    if possible.is_empty():
        return first
    return possible


def _of_one(code: str, one: pl.DataFrame, until: Year) -> Message:
    (name,) = _names(one)
    return message(code, until=until, name=name, chance=Share(one["probability"][0]))


def _names(technologies: pl.DataFrame) -> Iterator[Name | Remark]:
    """The names of technologies, in other languages too where they have one."""
    for row in technologies.iter_rows(named=True):
        called = Remark.of(row, "name")
        yield called if len(called.value) > 1 else Name(row["name"])


def _rising(technologies: pl.DataFrame) -> list[Message]:
    """The watched technologies whose share rose most; nothing where none is known to have risen."""
    rising = technologies.filter(pl.col("share") > pl.col("share_before")).head(NAMED)
    if not rising.height:
        return []
    named = List(tuple(_names(rising)))
    return [message("answer_rising", count=Count(technologies.height), names=named)]


def _pooled(record: pl.DataFrame) -> pl.DataFrame:
    return record.filter(pl.col("year").is_null())


def _believe(tables: Tables, facts: Mapping[str, Any], outlook: Outlook) -> Message:
    record = tables["record"]
    pooled = _pooled(record)
    used = pooled.filter("is_used")
    if not used.height or used["precision_20"][0] is None:
        return message("believe_nothing")
    row = used.row(0, named=True)
    if not row["take_off_count"]:
        none: dict[str, Any] = {
            "scored": Count(row["scored_count"]),
            "years": each_year(record["year"].drop_nulls()),
            "horizon": Count(facts["horizon"]),
        }
        return message("believe_none", **none)
    shortest, named = _named(tables["past_forecasts"])
    if named < FEWEST_NAMED:
        return message("believe_few", named=Count(named))
    fewer = Phrase(message("phrases.or_fewer", count=Count(named)))
    values: dict[str, Any] = {
        "named": fewer if shortest < named else Count(named),
        "years": each_year(record["year"].drop_nulls()),
        "took_off": Share(row["precision_20"]),
        "horizon": Count(facts["horizon"]),
        "base": Share(row["base_rate"], 1),
    }
    other = _best_rule(pooled, outlook.used)
    if outlook.used in SIMPLE:
        rule = Code(f"rankings.{outlook.used}")
        if not _is_behind(row, other):
            return message("believe_rule", rule=rule, **values)
        values["other"] = Code(f"rankings.{other['ranking']}")
        values["other_took_off"] = Share(other["precision_20"])
        return message("believe_rule_behind", rule=rule, **values)
    values["rule_took_off"] = Share(other["precision_20"] or 0.0)
    values["rule"] = Code(f"rankings.{other['ranking']}")
    if _is_behind(row, other):
        return message("believe_behind", **values)
    return message("believe", **values)


def _no_better(believe: Message) -> list[Message]:
    """That earlier lists did no better than chance, where the line before tells both and the
    percentages say so."""
    if "base" not in believe.values:
        return []
    took_off, base = (round(believe.values[name].value, 2) for name in ("took_off", "base"))
    return [message("believe_no_better")] if took_off <= base else []


def _lower_before(tables: Tables, outlook: Outlook, listed: int) -> list[Message]:
    """What the chances of this list rest on where those of earlier lists were clearly lower: how
    often chances like those named first were given, and how many of them came true."""
    scored, past = _scored(tables["technologies"]), tables["past_forecasts"]
    if outlook.chances is None or past.is_empty():
        return []
    earlier = past.filter(pl.col("rank") <= CALLED).select("probability", "outcome").drop_nulls()
    now: Any = scored.head(listed)["probability"]
    before: Any = earlier["probability"]
    lowest: Any = _named_first(scored)["probability"].min()
    if before.is_empty() or now.mean() - before.mean() < CLEARLY or lowest < POSSIBLE:
        return []
    values: dict[str, Any] = {
        "before": Share(before.mean()),
        "most": Share(before.max()),
        "now": Share(now.mean()),
        "now_most": Share(now.max()),
        "level": Share(_level(lowest)),
    }
    # by the percentages that are shown
    given = earlier.filter(pl.col("probability").round(2) >= _level(lowest))
    if given.is_empty():
        return [message("believe_higher_untested", **values)]
    values |= {"count": Count(given.height), "took_off": Count(int(given["outcome"].sum()))}
    if not given["outcome"].any():
        return [message("believe_higher_none", **values)]
    return [message("believe_higher", **values)]


def _level(lowest: float) -> float:
    """A round chance that all named first have: one half, or the tenth below the lowest.

    >>> _level(0.8), _level(0.43), _level(0.07)
    (0.5, 0.4, 0.05)
    """
    tenth = math.floor(round(10 * lowest, 6)) / 10
    return max(min(LIKELY, tenth), POSSIBLE)


def _named(past_forecasts: pl.DataFrame) -> tuple[int, int]:
    """How many technologies the shortest and the longest list of an earlier year named, of their
    first 20."""
    lengths = past_forecasts.group_by("forecast_year").len()["len"].clip(upper_bound=CALLED)
    return min(lengths, default=0), max(lengths, default=0)


def _best_rule(pooled: pl.DataFrame, used: str) -> dict[str, Any]:
    """The simple rule other than the one used that did best among the first twenty."""
    return _other_rules(pooled, used).row(0, named=True)


def _other_rules(pooled: pl.DataFrame, used: str) -> pl.DataFrame:
    """The record of the simple rules other than the one used, the best among the first twenty
    first."""
    others = pooled.filter(pl.col("ranking").is_in(SIMPLE) & (pl.col("ranking") != used))
    return others.sort("precision_20", "ranking", descending=[True, False], nulls_last=True)


def _is_behind(used: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether another rule did better among the first twenty, as the percentages that are shown say
    it."""
    # Behind by less than is shown would read as a contradiction.
    theirs, ours = float(other["precision_20"] or 0.0), float(used["precision_20"])
    return round(theirs, 2) > round(ours, 2)


def _verdict(
    tables: Tables, facts: Mapping[str, Any], outlook: Outlook, ids: Sequence[str], listed: int
) -> Message:
    """How many of those named took off, and how many of those that the best simple rule would have
    named."""
    technologies = tables["technologies"]
    scored = _scored(technologies)
    named = scored.head(listed)
    values: dict[str, Any] = {
        "named": Count(named.height),
        "year": Year(facts["as_of"]),
        "count": Count(int(named["outcome"].sum())),
        "until": Year(facts["as_of"] + facts["horizon"]),
    }
    mean: Any = scored["outcome"].mean()
    values["expected"] = Count(round(named.height * float(mean or 0.0)))
    if outlook.used in SIMPLE:
        return message("verdict_rule", **values)
    others = _other_rules(_pooled(tables["record"]), outlook.used)
    rule = RULE_TO_BEAT
    if others.height:
        rule = others["ranking"][0]
    in_order = pl.DataFrame({"technology_id": ids}).join(
        scored, on="technology_id", how="left", maintain_order="left"
    )
    order = ranking(outlook.scores[rule], in_order["documents_count"].to_numpy().astype(float), ids)
    hits = int(in_order["outcome"][order[: named.height]].sum())
    return message("verdict", rule=Code(f"rankings.{rule}"), rule_count=Count(hits), **values)


def _caution(one: Caution) -> Message:
    said = Message(f"says.{one.code}", one.message.values)
    return message("warn", warning=Phrase(said))


def _reason(record: pl.DataFrame, outlook: Outlook) -> Message:
    pooled = _pooled(record)
    by = Code(f"rankings.{outlook.used}")
    used = pooled.filter("is_used")
    if not used.height or used["precision_20"][0] is None:
        return message("no_earlier_years", ranking=by)
    other = _best_rule(pooled, outlook.used)
    values: dict[str, Any] = {
        "ranking": by,
        "score": Share(used["precision_20"][0]),
        "other": Code(f"rankings.{other['ranking']}"),
        "other_score": Share(other["precision_20"] or 0.0),
    }
    if outlook.used not in SIMPLE:
        return message("did_best_on_earlier_years", **values)
    if _is_behind(used.row(0, named=True), other):
        return message("rule_kept", **values)
    return message("rule_did_best", **values)


# ---- new links and precedents


def no_new_links() -> dict[str, pl.DataFrame]:
    """The tables of an observation that predicts none."""
    tables = ("new_links", "new_links_record")
    return {name: pl.DataFrame(schema=SCHEMAS[name]) for name in tables}


def named_links(links: pl.DataFrame, ids: Sequence[str], labels: Sequence[str]) -> pl.DataFrame:
    """Pairs with names in place of ids; those with a technology that the user hides are left out.

    links : see ``links.forecast.LINKS``; ids, labels : of the technologies that are shown
    """
    shown = pl.DataFrame(
        {"id": list(ids), "label": list(labels)}, schema={"id": pl.String, "label": pl.String}
    )
    for column, name in (("technology_id", "name"), ("other_id", "other_name")):
        links = links.join(
            shown.rename({"id": column, "label": name}), on=column, maintain_order="left"
        )
    common = links.select("rank", pl.col("common").alias("id")).explode("id").drop_nulls("id")
    common = common.join(shown, on="id", maintain_order="left")
    common = common.group_by("rank", maintain_order=True).agg(pl.col("label").alias("common"))
    links = links.drop("common").join(common, on="rank", how="left", maintain_order="left")
    links = links.with_columns(
        pl.col("common").fill_null(pl.lit([], pl.List(pl.String))),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
    )
    return links.select(list(SCHEMAS["new_links"])).cast(pl.Schema(SCHEMAS["new_links"]))


def link_lines(tables: Tables, told: Mapping[str, Any], as_of: int) -> list[Message]:
    """The sentences above the pairs: how far to trust them first, then what a pair is and what
    came.

    tables : new_links and new_links_record; told : used, fewest and rate
    """
    if tables["new_links"].is_empty():
        return [message("absent_few")]
    what = message("what", year=Year(as_of), fewest=Count(told["fewest"]), horizon=Count(HORIZON))
    return [
        _of_links(tables["new_links_record"], told["used"]),
        what,
        *_came(tables["new_links"], told, as_of),
    ]


def absent_lines(kind: str) -> list[Message]:
    """Why there are no new links where the documents are not at hand.

    kind : documents (of which statistics ship) or counts
    """
    if kind == "counts":
        return [message("absent_counts")]
    return [message("absent_statistics")]


def _of_links(record: pl.DataFrame, used: str) -> Message:
    pooled = {
        row["ranking"]: row for row in record.filter(pl.col("year").is_null()).iter_rows(named=True)
    }
    if CHOICE not in pooled or pooled[CHOICE]["precision_20"] is None:
        return message("record_none", ranking=Code(f"link_rankings.{used}"))
    own = pooled[CHOICE]
    values: dict[str, Any] = {
        "named": Count(NAMED_PAIRS),
        "years": each_year(record["year"].drop_nulls()),
        "met": Share(own["precision_20"]),
        "base": Share(own["base_rate"], 1),
    }
    if used == SIZES:
        return message("record_sizes", **values)
    values["sizes_met"] = Share(pooled[SIZES]["precision_20"] or 0.0)
    if used != COMBINATION:
        return message("record_rule", rule=Code(f"link_rankings.{used}"), **values)
    rules = [name for name in pooled if name not in (CHOICE, COMBINATION)]
    best = max(rules, key=lambda name: (pooled[name]["precision_20"] or 0.0, name))
    values |= {
        "rule": Code(f"link_rankings.{best}"),
        "rule_met": Share(pooled[best]["precision_20"] or 0.0),
    }
    return message("record", **values)


def _came(links: pl.DataFrame, told: Mapping[str, Any], as_of: int) -> list[Message]:
    if told["rate"] is None:
        return []
    first = links.head(NAMED_PAIRS)
    values: dict[str, Any] = {
        "named": Count(first.height),
        "year": Year(as_of),
        "until": Year(as_of + HORIZON),
        "count": Count(int(first["outcome"].sum())),
        "expected": Count(round(first.height * told["rate"])),
    }
    return [message("came", **values)]


def precedent_lines(record: pl.DataFrame) -> list[Message]:
    """How far the share of precedents that took off can be trusted, by its own record.

    record : see ``forecast.precedents.RECORD``
    """
    pooled = record.filter(pl.col("year").is_null())
    if pooled.is_empty() or pooled["auc"][0] is None:
        return [message("unchecked", nearest=Count(NEAREST))]
    row = pooled.row(0, named=True)
    values: dict[str, Any] = {
        "nearest": Count(NEAREST),
        "auc": Number(row["auc"], digits=2),
        "base": Share(row["base_rate"], 1),
    }
    # better at telling who takes off than a coin, and nearer to what came than the base rate
    if (row["auc_low"] or 0.0) <= 0.5 or (row["brier_skill"] or 0.0) <= 0:
        return [message("illustration", **values)]
    if row["chance_auc"] is None:
        return [message("tells", **values)]
    return [
        message("tells_beside_chance", chance_auc=Number(row["chance_auc"], digits=2), **values)
    ]
