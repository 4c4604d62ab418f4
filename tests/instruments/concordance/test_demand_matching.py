"""Demands and results: planted pairs are found and their absence is said, in both languages; what
changes nothing; outcomes of the user; the record that ships; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from firstlight.concordance import demands, score_texts
from firstlight.errors import InputError
from firstlight.instruments.concordance.demand_matching import match_model
from firstlight.instruments.concordance.demand_matching.match_model import (
    CEILING,
    fit_calibration,
    match_log_odds,
    probability,
    shipped_record,
)
from firstlight.instruments.concordance.demand_matching.own_outcomes import own_record
from firstlight.instruments.concordance.demand_matching.text_scores import FEATURES, text_words
from firstlight.result import Result

SYLLABLES = ["ba", "ke", "li", "mo", "nu", "pra", "ste", "tro", "vi", "zol"]
CHINESE = "电池容量在低温下迅速衰减"


def invented_words(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(SYLLABLES, 4)) for _ in range(count)]


def planted(count: int = 30, shared: int = 4, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Demand i and result i share rare words, among words that all have; the last third of the
    demands has no result."""
    rng = np.random.default_rng(seed)
    usual, rare = invented_words(12), invented_words(count * shared, seed=seed + 50)
    asked, made = [], []
    for at in range(count):
        own = rare[at * shared : (at + 1) * shared]
        asked.append(" ".join([*own, *rng.choice(usual, 6)]))
        made.append(" ".join([*own, *rng.choice(usual, 8)]))
    kept = [at for at in range(count) if at < 2 * count // 3]
    stated = pl.DataFrame({"demand": [f"d{at:02d}" for at in range(count)], "text": asked})
    results = pl.DataFrame(
        {"result": [f"r{at:02d}" for at in kept], "text": [made[at] for at in kept]}
    )
    return stated, results


def said(found: Result) -> dict[str, dict[str, Any]]:
    return {message.code: dict(message.values) for message in found.said}


def test_planted_pairs_are_found_and_demands_without_a_result_have_none() -> None:
    stated, results = planted()
    table = demands(stated, results).table.sort("demand")
    assert table["result"].to_list() == [f"r{at:02d}" for at in range(20)] + [None] * 10
    assert set(table["reason"][20:]) <= {"none_fits", "nothing_shared"}
    assert table["reason"][:20].null_count() == 20


def test_the_words_that_speak_for_a_match_are_the_rare_ones_of_both() -> None:
    stated, results = planted()
    row = demands(stated, results).table.filter(demand="d03").row(0, named=True)
    both = set(stated["text"][3].split()) & set(results["text"][3].split())
    words = set(row["words"].split(", "))
    assert words <= both
    assert not words & set(stated["text"][4].split())


def test_chinese_is_compared_by_its_words() -> None:
    stated = pl.DataFrame({"demand": ["甲", "乙"], "text": [CHINESE, "桥梁钢索内部锈蚀难以发现"]})
    made = [
        "一种低温下电池容量不衰减的电解液",
        "钢索锈蚀的磁性检测，用于桥梁",
        "温室大棚的保温帘幕",
        "河流雾情的提前预报",
        "黏土砖干燥时不开裂的配方",
    ]
    found = demands(stated, pl.DataFrame({"result": list("vwxyz"), "text": made}))
    best = found.tables["matches"].filter(rank=1).sort("result")
    assert best.select("demand", "result").rows() == [("甲", "v"), ("乙", "w")]
    assert "two_languages" not in said(found)
    english = pl.DataFrame({"result": list("vwxyz"), "text": ["cells", "a", "tea", "road", "rain"]})
    assert "two_languages" in said(demands(stated, english))


def test_a_demand_that_shares_no_word_with_any_result_has_no_probability() -> None:
    stated, results = planted()
    lone = pl.DataFrame({"demand": ["x", "y"], "text": ["qqqq wwww", None]})
    table = demands(pl.concat([stated, lone]), results).table.filter(
        pl.col("demand").is_in(["x", "y"])
    )
    assert table.sort("demand").select("result", "probability", "reason").rows() == [
        (None, None, "nothing_shared"),
        (None, None, "no_text"),
    ]


def test_one_demand_alone_is_held_against_the_results() -> None:
    stated, results = planted()
    alone = demands(stated.head(1), results)
    assert alone.table["result"].to_list() == ["r00"]
    assert {each.code for each in alone.conventions} >= {"alone"}


def test_results_show_their_best_demand_and_how_many_name_them_first() -> None:
    stated, results = planted()
    found = demands(stated, results)
    both = found.tables["results"].sort("result")
    assert both["demand"].to_list() == [f"d{at:02d}" for at in range(20)]
    assert both["demands_count"].sum() == found.table["result"].count()


def test_fields_and_places_count_what_is_met() -> None:
    stated, results = planted()
    stated = stated.with_columns(
        field=pl.Series(["met"] * 20 + ["unmet"] * 10), place=pl.lit("here")
    )
    results = results.with_columns(place=pl.Series(["here"] * 5 + ["there"] * 15))
    found = demands(stated, results)
    assert found.tables["fields"].rows() == [("met", 20, 20, 1.0), ("unmet", 10, 0, 0.0)]
    assert said(found)["same_place"]["here"].value == 5
    assert said(found)["least_met"]["field"].value == "unmet"


def test_where_all_are_met_none_is_said_to_be_left() -> None:
    stated, results = planted()
    stated = stated.head(20).with_columns(field=pl.Series(["one", "other"] * 10))
    found = said(demands(stated, results))
    assert found["all_matched"]["count"].value == 20
    assert not {"matched", "none_matched", "least_met"} & set(found)


def test_features_are_the_definitions() -> None:
    """Likeness and leads recomputed with dense arithmetic from the texts."""
    stated, results = planted(count=9)
    texts = [*stated["text"], *results["text"]]
    scores = score_texts(stated["text"].to_list(), results["text"].to_list())

    def weights(cut: Any) -> np.ndarray:
        cuts = [list(cut(text)) for text in texts]
        vocabulary = sorted({word for each in cuts for word in each})
        counts = np.array([[each.count(word) for word in vocabulary] for each in cuts], float)
        logs = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
        idf = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
        rows = logs * idf
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def pieces(text: str) -> list[str]:
        return [f" {w} "[at : at + 4] for w in text.split() for at in range(len(w) - 1)]

    cosine = [own[:9] @ own[9:].T for own in (weights(text_words), weights(pieces))]
    likeness = (cosine[0] + cosine[1]) / 2
    for row in scores.pairs.iter_rows(named=True):
        at, of = row["demand"], row["result"]
        assert row["likeness"] == pytest.approx(likeness[at, of], abs=1e-8)
        others = np.delete(likeness[at], of).max()
        lead = np.log((likeness[at, of] + 0.02) / (others + 0.02))
        assert row["above_results"] + row["below_results"] == pytest.approx(lead, abs=1e-7)
        rivals = np.delete(likeness[:, of], at).max()
        lead = np.log((likeness[at, of] + 0.02) / (rivals + 0.02))
        assert row["above_demands"] + row["below_demands"] == pytest.approx(lead, abs=1e-7)


def test_probabilities_are_the_logistic_of_the_weights_that_ship() -> None:
    kept = json.loads((match_model.FOLDER / "match_model.json").read_text(encoding="utf-8"))
    pairs = pl.DataFrame({name: [0.5] * 4 for name in FEATURES})
    pairs = pairs.with_columns(words_count=pl.Series([13, 26, 400, 1]))
    total = kept["constant"] + 0.5 * sum(kept["weights"].values())
    adds = kept["by_length"]["shift"] + kept["by_length"]["slope"] * total
    # twice the usual words; more or fewer than the corpora have count as their most and least
    expected = [total + np.log(times) * adds for times in (1, 2, 40 / 13, 4 / 13)]
    assert match_log_odds(pairs) == pytest.approx(expected)
    assert probability(np.array([-1.0, CEILING + 5])).tolist() == [
        pytest.approx(expit(-1.0)),
        pytest.approx(0.95),
    ]


def test_the_order_of_results_is_the_same_for_a_long_and_a_short_demand() -> None:
    leads = np.linspace(-4, 4, 9)
    orders = []
    for words in (1, 13, 400):
        pairs = pl.DataFrame(
            {name: leads if name == "above_results" else np.zeros(9) for name in FEATURES}
        ).with_columns(words_count=pl.lit(words))
        orders.append(np.argsort(match_log_odds(pairs)).tolist())
    assert orders == [list(range(9))] * 3


def test_the_record_that_ships_is_of_corpora_that_the_weights_have_not_seen() -> None:
    kept = json.loads((match_model.FOLDER / "match_model.json").read_text(encoding="utf-8"))
    record = shipped_record()
    assert not set(record["corpus"]) & set(kept["fitted_on"])
    known = record.drop_nulls("first_right_share")
    assert (known["first_right_share"] > known["cosine_right_share"]).all()
    assert (known["first_five_right_share"] >= known["first_right_share"]).all()
    assert (known["cosine_right_share"] > known["chance_right_share"]).all()


def test_calibration_finds_planted_numbers() -> None:
    rng = np.random.default_rng(4)
    given = rng.normal(size=20_000)
    came = rng.random(20_000) < expit(-0.5 + 0.6 * given)
    found = fit_calibration(given, came, prior=0)
    assert found.shift == pytest.approx(-0.5, abs=0.05)
    assert found.slope == pytest.approx(0.6, abs=0.05)
    assert fit_calibration(given[:0], came[:0]).slope == 1.0


def test_calibration_does_not_swing_past_the_optimum_where_outcomes_defy_the_model() -> None:
    given = np.repeat([2.944, -2.1], [40, 20])
    came = np.r_[np.arange(40) < 12, np.arange(20) < 9]
    found = fit_calibration(given, came, prior=0)
    # two groups and two numbers: the stated probabilities are the groups' shares
    assert expit(found.shift + found.slope * 2.944) == pytest.approx(0.3, abs=1e-6)
    assert expit(found.shift - found.slope * 2.1) == pytest.approx(0.45, abs=1e-6)


def judged_pairs(slope: float, count: int = 2000) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(5)
    log_odds = rng.normal(size=count) * 1.5
    came = rng.random(count) < expit(slope * log_odds)
    key = {"demand": [f"d{at:03d}" for at in range(count)], "result": ["r"] * count}
    pairs = pl.DataFrame({**key, "rank": [1] * count, "log_odds": log_odds})
    return pairs, pl.DataFrame({**key, "is_right": came})


def test_outcomes_adjust_probabilities_only_where_that_does_better_on_demands_left_out() -> None:
    bold = own_record(*judged_pairs(0.3))
    assert bold.is_adjusted
    assert bold.calibration.slope == pytest.approx(0.3, abs=0.15)
    row = bold.table.row(0, named=True)
    assert row["adjusted_loss"] < row["loss"]
    exact = own_record(*judged_pairs(1.0))
    assert abs(exact.table["loss"][0] - exact.table["adjusted_loss"][0]) < 0.01
    few = own_record(*(frame.head(10) for frame in judged_pairs(0.3)))
    assert (few.is_adjusted, few.table["reason"][0]) == (False, "few_judged_pairs")


def test_outcomes_with_right_pairs_alone_count_the_other_candidates_as_wrong() -> None:
    stated, results = planted()
    right = pl.DataFrame({"demand": ["d00", "d01"], "result": ["r00", "r01"]})
    found = demands(stated, results, outcomes=right)
    row = found.tables["own_record"].row(0, named=True)
    listed = found.tables["matches"].filter(pl.col("demand").is_in(["d00", "d01"])).height
    assert row["right_pairs_count"] == 2
    assert row["judged_pairs_count"] >= listed > 2
    assert (row["first_right_share"], row["first_five_right_share"]) == (1.0, 1.0)
    wrong = pl.DataFrame({"demand": ["d00"], "result": ["r09"], "is_taken": [1]})
    own = demands(stated, results, outcomes=wrong).tables["own_record"].row(0, named=True)
    assert own["first_right_share"] == 0.0


def test_adjusted_probabilities_are_those_of_the_calibration() -> None:
    stated, results = planted(count=60)
    rng = np.random.default_rng(6)
    plain = demands(stated, results).tables["matches"]
    # fits come true in one of three cases only: probabilities were too bold
    judged = plain.filter(rank=1).select(
        "demand", "result", is_taken=pl.Series(rng.random(plain.filter(rank=1).height) < 0.33)
    )
    found = demands(stated, results, outcomes=judged.cast({"is_taken": pl.Int64}))
    assert found.tables["own_record"]["is_adjusted"][0]
    both = plain.join(found.tables["matches"], on=["demand", "result"], suffix="_adjusted")
    below = both.filter(pl.col("probability") < 0.94)
    x, y = (logit(below[name].to_numpy()) for name in ("probability", "probability_adjusted"))
    slope, shift = np.polyfit(x, y, 1)
    assert np.abs(y - shift - slope * x).max() < 1e-4


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("few_results", lambda d, r: {"results": r.head(4)}),
        ("no_words", lambda d, r: {"frame": d.with_columns(text=pl.lit("12 34 ..."))}),
        (
            "unknown_outcome",
            lambda d, r: {"outcomes": pl.DataFrame({"demand": ["d00"], "result": ["none"]})},
        ),
        (
            "unknown_outcome",
            lambda d, r: {"outcomes": pl.DataFrame({"demand": ["none"], "result": ["r00"]})},
        ),
    ],
)
def test_what_is_refused(code: str, change: Any) -> None:
    stated, results = planted()
    call = {"frame": stated, "results": results, **change(stated, results)}
    with pytest.raises(InputError) as refused:
        demands(**call)
    assert refused.value.code == code


def test_the_record_can_be_made_again_from_the_folder_that_ships() -> None:
    """The record's file holds one row for each corpus that the words name."""
    folder = Path(match_model.__file__).parent
    words = (folder / "en.toml").read_text(encoding="utf-8")
    assert all(f"\n{corpus} = " in words for corpus in shipped_record()["corpus"])
