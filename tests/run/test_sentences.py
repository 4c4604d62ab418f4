"""The list: chosen by the ranking, the likeliest first; and what its first lines say of few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.instruments.emergence.forecast.distribution import Chances
from firstlight.instruments.emergence.forecast.features import Features
from firstlight.instruments.emergence.forecast.outlook import Outlook
from firstlight.instruments.emergence.forecast.rules import RULES
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.message_json import message_from_json
from firstlight.phrases import each_year
from firstlight.run.corpus import Caution, remarks
from firstlight.run.glossary import with_translation
from firstlight.run.sentences import first_lines
from firstlight.sources import read_documents
from firstlight.texts import Count, Message, Name, family_texts, message

TEXTS = family_texts("emergence")


def technologies(*chances: float | None, watched: int = 0) -> pl.DataFrame:
    size = len(chances) + watched
    rank = pl.Series("rank", [*range(1, len(chances) + 1), *[None] * watched], dtype=pl.Int64)
    return pl.DataFrame({"technology_id": [f"t{row}" for row in range(size)]}).with_columns(
        rank, pl.Series("probability", [*chances, *[None] * watched], dtype=pl.Float64)
    )


def test_a_translation_stands_behind_its_column() -> None:
    found = with_translation(
        pl.DataFrame({"theme": ["fuel", None, "light"]}), "theme", {"light": "\u5149"}
    )
    assert found["theme_zh"].to_list() == [None, None, "\u5149"]


def lists(chances: list[float], came: list[bool]) -> pl.DataFrame:
    """The list of one earlier year."""
    return pl.DataFrame(
        {
            "forecast_year": [2010] * len(chances),
            "rank": pl.Series(range(1, len(chances) + 1), dtype=pl.Int64),
            "probability": pl.Series(chances, dtype=pl.Float64),
            "outcome": pl.Series(came, dtype=pl.Boolean),
        }
    )


def told(
    take_offs: int,
    listed: int,
    *,
    best: float = 0.2,
    is_future_known: bool = False,
    chances: Chances | None = None,
    past: pl.DataFrame | None = None,
    kind: str = "counts",
    cautions: Sequence[Caution] = (),
) -> dict[str, dict[str, Any]]:
    """Codes and values of the first lines for thirty technologies, of which the last ten took off."""
    names = [f"t{row}" for row in range(30)]
    technologies = pl.DataFrame(
        {
            "technology_id": names,
            "name": names,
            "name_zh": pl.Series([None] * 30, dtype=pl.String),
            "status": ["scored"] * 30,
            "same_as": pl.Series([None] * 30, dtype=pl.String),
            "bet": pl.Series([None] * 30, dtype=pl.String),
            "documents_count": [20] * 30,
            "outcome": [row >= 20 for row in range(30)],
            "probability": [None] * 30 if chances is None else chances.probability,
        }
    )
    rankings = [TREND, *(name for name, _ in RULES)]
    precisions = {TREND: 0.2, "size": best}
    record = pl.DataFrame(
        {
            "ranking": rankings * 2,
            "is_used": [name == TREND for name in rankings] * 2,
            "year": [None] * len(rankings) + [2010] * len(rankings),
            "scored_count": 300,
            "take_off_count": take_offs,
            "precision_20": [precisions.get(name, 0.1) for name in rankings] * 2,
            "base_rate": take_offs / 300,
        }
    )
    past = lists([0.0] * listed, [False] * listed) if past is None else past
    scores = {name: np.arange(30.0) for name in rankings}  # the last come first
    outlook = Outlook(scores, TREND, {}, chances, Features(*(np.zeros(30),) * 6))
    facts = {"as_of": 2013, "horizon": 3, "is_future_known": is_future_known, "kind": kind}
    tables = {"technologies": technologies, "record": record, "past_forecasts": past}
    said = first_lines(tables, facts, outlook, cautions, names, listed=listed)
    lines = [message_from_json(line) for line in said["first_lines"]]
    return {line.code: {name: value.value for name, value in line.values.items()} for line in lines}


def test_a_record_without_a_take_off_or_with_short_lists_says_so() -> None:
    assert told(0, 20)["believe_none"]["scored"] == 300
    assert told(9, 4)["believe_few"]["named"] == 4
    assert told(9, 20)["believe"]["took_off"] == 0.2


def test_lists_of_unequal_length_are_not_said_to_be_as_long_as_the_longest() -> None:
    assert told(9, 9)["believe"]["named"] == 9
    shorter = lists([0.0] * 6, [False] * 6).with_columns(forecast_year=pl.lit(2011, pl.Int64))
    both = pl.concat([lists([0.0] * 9, [False] * 9), shorter])
    assert told(9, 9, past=both)["believe"]["named"] == message("phrases.or_fewer", count=Count(9))
    longer = pl.concat([lists([0.0] * 40, [False] * 40), lists([0.0] * 25, [False] * 25)])
    assert told(9, 20, past=longer)["believe"]["named"] == 20


def test_lists_that_were_no_better_than_chance_are_said_to_be_so() -> None:
    """The trend's first twenty have .2; told() makes the base rate of 300 scored."""
    assert "believe_no_better" in told(60, 20), "20% and 20%"
    assert "believe_no_better" in told(61, 20, best=0.3), "behind a simple rule, too"
    assert "believe_no_better" not in told(57, 20), "20% and 19%"
    assert "believe_no_better" not in told(90, 4), "too few were named to tell"


def test_that_a_simple_rule_did_better_is_said_where_the_percentages_show_it() -> None:
    behind = told(9, 20, best=0.21)["believe_behind"]
    assert (behind["took_off"], behind["rule_took_off"]) == (0.2, 0.21)
    assert behind["rule"] == "rankings.size"
    assert "believe" in told(9, 20, best=0.204), "20% and 20% would read as a contradiction"


def test_the_verdict_stands_beside_the_best_simple_rule_and_chance() -> None:
    verdict = told(9, 20, is_future_known=True)["verdict"]
    assert (verdict["count"], verdict["rule_count"], verdict["expected"]) == (0, 10, 7)
    assert verdict["rule"] == "rankings.size"


def test_the_verdict_counts_what_the_list_holds() -> None:
    verdict = told(9, 8, is_future_known=True)["verdict"]
    assert (verdict["named"], verdict["count"], verdict["rule_count"]) == (8, 0, 8)


def answered(*first: float, **how: Any) -> dict[str, dict[str, Any]]:
    """The first lines where the first technologies have these chances, and all others .001."""
    probability = np.full(30, 0.001)
    probability[: len(first)] = first
    fan, threshold = np.zeros((30, 3, 5)), np.zeros(30)
    given = Chances(probability, probability, probability, fan, threshold)
    return told(9, 20, chances=given, **how)


def test_what_hardly_can_take_off_is_not_named_as_an_answer() -> None:
    likely = answered(0.8, 0.06, 0.049)["answer"]["likely"]
    assert [one.value.values["name"].value for one in likely] == ["t0", "t1"]


def test_one_that_may_take_off_stands_alone() -> None:
    assert answered(0.2, 0.04)["answer_one"]["name"] == "t0"
    assert len(answered(0.2, 0.1)["answer_none_likely"]["likely"]) == 2


def test_where_nothing_is_likely_the_first_line_says_so() -> None:
    said = answered(0.01, 0.04)["answer_unlikely"]
    assert (said["name"], said["chance"], said["until"]) == ("t1", 0.04, 2016)


def test_of_few_names_in_documents_nothing_is_denied() -> None:
    few = answered(0.01, 0.04, kind="documents")
    assert few["answer_few_names"]["count"] == 30 and few["answer_few_names"]["name"] == "t1"
    assert "help_more" in few and "answer_unlikely" not in few
    aside = Caution("abstracts_change_alone", "yellow", message("abstracts_change_alone"), "")
    said = answered(0.01, 0.04, kind="documents", cautions=[aside])
    assert "help_abstracts" in said and "help_more" not in said
    assert "help_abstracts" not in answered(0.3, kind="documents", cautions=[aside])


@pytest.mark.parametrize(("paths", "is_said"), [(5, True), (4, False)])
def test_titles_that_are_paths_are_told(paths: int, is_said: bool, tmp_path: Path) -> None:
    titles = [f"owner-{row}/some.tool" for row in range(paths)]
    titles += [f"A study of and/or trees in case {row}" for row in range(10 - paths)]
    frame = pl.DataFrame({"title": titles, "year": [2015 + row % 2 for row in range(10)]})
    frame.write_csv(tmp_path / "papers.csv")
    codes = [one.code for one in remarks(read_documents(tmp_path / "papers.csv"))]
    assert ("titles_are_paths" in codes) == is_said


def believed(now: list[float], past: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """What is said of the chances, where the first twenty have those of now in turn."""
    probability = np.resize(np.array(now), 30)
    probability[20:] = 0.001
    fan, threshold = np.zeros((30, 3, 5)), np.zeros(30)
    given = Chances(probability, probability, probability, fan, threshold)
    said = told(9, 20, chances=given, past=past)
    return {code: values for code, values in said.items() if code.startswith("believe_higher")}


def test_chances_above_those_of_earlier_lists_stand_beside_what_came_of_such_chances() -> None:
    # by hand: .6, .496 (which reads as 50%) and .5 of the first twenty; the line beyond them not
    chances = [0.6, 0.496, 0.494, 0.5, *[0.1] * 16, 0.9]
    came = [True, False, True, True, *[False] * 16, True]
    said = believed([0.84, 0.8], lists(chances, came))["believe_higher"]
    assert (said["count"], said["took_off"], said["level"]) == (3, 2, 0.5)
    assert (said["most"], said["now_most"]) == (0.6, 0.84)
    assert (round(said["before"], 6), round(said["now"], 6)) == (0.1845, 0.82)


def test_where_none_or_no_such_chance_came_true_it_says_so() -> None:
    none = believed([0.8], lists([0.55] * 2 + [0.1] * 18, [False] * 20))
    assert none["believe_higher_none"]["count"] == 2
    untested = believed([0.8], lists([0.3] * 20, [True] * 20))
    assert untested["believe_higher_untested"]["most"] == 0.3


def test_a_chance_that_all_named_first_have_is_a_round_one() -> None:
    past = lists([0.4, 0.39, *[0.1] * 18], [True] * 20)
    said = believed([0.74, 0.51, 0.51, 0.41, 0.41], past)["believe_higher"]
    assert (said["level"], said["count"]) == (0.4, 1)
    low = believed([0.4, 0.4, 0.4, 0.4, 0.07], past)["believe_higher"]
    assert (low["level"], low["count"]) == (0.05, 20), "under a tenth: what is no real possibility"


def test_chances_like_those_of_earlier_lists_need_no_such_sentence() -> None:
    assert not believed([0.59], lists([0.5] * 20, [True] * 20))
    assert believed([0.61], lists([0.5] * 20, [True] * 20))
    assert not believed([0.61], lists([], []))
    assert not believed([0.61], lists([None] * 20, [True] * 20))  # type: ignore[list-item]


def test_what_a_reader_noted_is_a_whole_sentence() -> None:
    note = Message("per_cent", {"file": Name("a.csv"), "column": Name("share")})
    found = read_documents(pl.DataFrame({"title": ["valves"], "year": [2016]}))
    (caution,) = remarks(replace(found, notes=(note,)))
    said = {lang: TEXTS.sentence(lang, caution.message) for lang in ("en", "zh")}
    assert said["en"] == "a.csv, column 'share': per cent became shares."
    assert said["zh"].endswith("\u3002")


def test_two_years_are_named_and_more_are_a_span() -> None:
    def said(*years: int) -> str:
        return TEXTS.write("en", each_year(years))

    assert said(2020) == "2020"
    assert said(2020, 2021) == "2020 and 2021"
    assert said(2019, 2021, 2020) == "each year from 2019 to 2021"
