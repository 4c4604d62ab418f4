"""Fit the weights of demand matching, and write how they do on corpora that they have not seen.

python benchmarks/concordance/fit_matching.py SHARED_DATA_FOLDER

Writes match_model.json and match_record.csv into the measurement's folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.concordance.matching_tables import (
    MatchingTable,
    Pairs,
    drawn_table,
    read_corpora,
    task_table,
)

from firstlight.instruments.concordance.demand_matching import match_model
from firstlight.instruments.concordance.demand_matching.text_scores import FEATURES, score_texts

FITTED = ("arxiv", "ai_conferences", "onet_tasks", "onet_others", "openalex_topics")
HELD_OUT = ("us_patents", "robotics", "esco", "arxiv_chinese")
# demands of one corpus against results of another: nothing fits
STRANGERS = (("us_patents", "robotics"), ("esco", "us_patents"), ("robotics", "esco"))
SIZES = ((12, 12), (40, 6), (150, 2), (500, 2))  # results of a table, and how many tables
NONE_SHARES = (0.1, 0.3, 0.6)
STATED = 0.5  # from which a match counts as stated
LANGUAGE = {"arxiv_chinese": "zh"}


def scored(table: MatchingTable, number: int) -> pl.DataFrame:
    """The candidate pairs of a table, with what is right."""
    pairs = score_texts(table.demands, table.results).pairs
    right = pl.Series(table.right)[pairs["demand"]]
    return pairs.with_columns(
        is_right=pl.col("result") == right,
        has_right=right >= 0,
        table=pl.lit(number),
        results_count=pl.lit(len(table.results)),
    )


def tables_of(corpus: Pairs | pl.DataFrame, seed: int) -> list[MatchingTable]:
    """Tables of four sizes and three shares of demands without a result; every second one is of one
    topic."""
    rng = np.random.default_rng(seed)
    found = []
    for size, count in SIZES:
        for share in NONE_SHARES:
            for number in range(count):
                if isinstance(corpus, Pairs):
                    is_one_topic = number % 2 == 1
                    found.append(drawn_table(corpus, rng, size, share, one_topic=is_one_topic))
                else:
                    found.append(task_table(corpus, rng, size, share))
    return found


def fitted(parts: list[pl.DataFrame]) -> dict[str, Any]:
    """The weights, every corpus counting alike."""
    pairs = pl.concat(parts)
    weights = np.concatenate([np.full(part.height, 1 / part.height) for part in parts])
    x = x_of(pairs)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    model = LogisticRegression(max_iter=2000).fit(
        (x - mean) / spread, pairs["is_right"], sample_weight=weights / weights.mean()
    )
    plain = model.coef_[0] / spread
    constant = float(model.intercept_[0] - plain @ mean)
    rounded = dict(zip(FEATURES, plain.round(4).tolist(), strict=True))
    by_length = lengths([part.with_columns(plain=x_of(part) @ plain + constant) for part in parts])
    return {
        "weights": rounded,
        "constant": round(constant, 4),
        "by_length": by_length,
        "fitted_on": list(FITTED),
    }


def x_of(pairs: pl.DataFrame) -> np.ndarray:
    """What speaks for each pair, pairs x FEATURES."""
    return pairs.select(FEATURES).to_numpy()


def lengths(parts: list[pl.DataFrame]) -> dict[str, float]:
    """What a longer demand adds to the log odds of its best result and to their slope, every corpus
    counting alike; the logistic regression of what was right, beside the plain log odds."""
    first = [first_by(part, "plain") for part in parts]
    best = pl.concat(first)
    weight = np.concatenate([np.full(part.height, 1 / part.height) for part in first])
    plain = np.minimum(best["plain"].to_numpy(), match_model.CEILING)
    length = match_model.demand_length(best["words_count"].to_numpy())
    more = np.column_stack([length, length * plain])
    sign = np.where(best["is_right"].to_numpy(), -1, 1)

    def loss(at: np.ndarray) -> float:
        return float(weight @ np.logaddexp(0, sign * (plain + more @ at)))

    shift, slope = minimize(loss, np.zeros(2), method="BFGS").x
    return {"shift": round(float(shift), 4), "slope": round(float(slope), 4)}


def with_log_odds(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the log odds of the model that ships."""
    return pairs.with_columns(log_odds=pl.Series(match_model.match_log_odds(pairs)).round(9))


def first_by(pairs: pl.DataFrame, by: str, most: int = 1) -> pl.DataFrame:
    """The best pairs of each demand."""
    order = pairs.sort("table", "demand", by, "result", descending=[False, False, True, False])
    return order.group_by("table", "demand", maintain_order=True).head(most)


def record_of(name: str, pairs: pl.DataFrame) -> dict[str, Any]:
    """A row of the record."""
    pairs = with_log_odds(pairs)
    first = first_by(pairs, "log_odds")
    chance = match_model.probability(first["log_odds"].to_numpy())
    first = first.with_columns(probability=pl.Series(chance))
    stated = first.filter(pl.col("probability") >= STATED)
    having, lacking = first.filter("has_right"), first.filter(~pl.col("has_right"))
    row: dict[str, Any] = {
        "corpus": name,
        "language": LANGUAGE.get(name, "en"),
        "demands_count": first.height,
        "none_share": lacking.height / first.height,
        "first_right_share": None,
        "first_five_right_share": None,
        "cosine_right_share": None,
        "chance_right_share": None,
        "stated_share": stated.height / first.height,
        "stated_probability": stated["probability"].mean(),
        "stated_right_share": stated["is_right"].mean(),
        "none_recognised_share": 1 - (lacking["probability"] >= STATED).mean(),
        "calibration_slope": None,
    }
    if having.height:
        asked = pairs.filter("has_right")
        five = (
            first_by(asked, "log_odds", 5).group_by("table", "demand").agg(pl.col("is_right").any())
        )
        calibration = match_model.fit_calibration(
            np.minimum(first["log_odds"].to_numpy(), match_model.CEILING),
            first["is_right"].to_numpy(),
            prior=0,
        )
        row |= {
            "first_right_share": having["is_right"].mean(),
            "first_five_right_share": five["is_right"].mean(),
            "cosine_right_share": first_by(asked, "word_cosine")["is_right"].mean(),
            "chance_right_share": (1 / having["results_count"]).mean(),
            "calibration_slope": calibration.slope,
        }
    return row


def stranger_pairs(one: Pairs, other: Pairs) -> pl.DataFrame:
    """Candidates of tables whose demands have no result at all."""
    rng = np.random.default_rng(3)
    parts = []
    for number, (size, _) in enumerate(SIZES):
        demands = rng.permutation(one.demands)[: 2 * size // 3].tolist()
        results = rng.permutation(other.results)[:size].tolist()
        table = MatchingTable(demands, results, np.full(len(demands), -1))
        parts.append(scored(table, number))
    return pl.concat(parts)


def main(shared: Path) -> None:
    """Fit, then write the weights and the record."""
    corpora = read_corpora(shared, (*FITTED, *HELD_OUT))
    pairs = {}
    for name, corpus in corpora.items():
        tables = tables_of(corpus, seed=7)
        pairs[name] = pl.concat([scored(table, at) for at, table in enumerate(tables)])
    model = fitted([pairs[name] for name in FITTED])
    written = json.dumps(model, indent=2) + "\n"
    (match_model.FOLDER / "match_model.json").write_text(written, encoding="utf-8")
    rows = [record_of(name, pairs[name]) for name in HELD_OUT]
    strange = [stranger_pairs(corpora[one], corpora[other]) for one, other in STRANGERS]
    numbered = [part.with_columns(pl.col("table") + 10 * at) for at, part in enumerate(strange)]
    rows.append(record_of("strangers", pl.concat(numbered)))
    record = pl.DataFrame(rows).with_columns(pl.selectors.float().round(3))
    record.write_csv(match_model.FOLDER / "match_record.csv")
    for name in FITTED:
        print("fitted", {key: _short(value) for key, value in record_of(name, pairs[name]).items()})
    with pl.Config(tbl_cols=-1, tbl_width_chars=240):
        print(record)


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "data")
