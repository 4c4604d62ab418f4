"""Scores the labelled pairs: python -m benchmarks.take_off_chains.record

`labelled.csv` holds 308 pairs on which the rule was fitted (part fit) and a hundred that `pairs.py`
drew afterwards, read once with the rule fixed (part read): those are the record. A language model,
not people, labelled them from the names alone, before any score was looked at: 1 where the loss of
the input, or of the sector's supply, would hold up within a year those who make or run the
technology, since it goes directly into it, or where the sector is the industry that makes it. What
stands further back in the chain is 0. The first hundred were labelled twice, in two orders; of the
others only doubtful ones were looked at again, so that the agreement says little; whoever labelled
the part read had seen how the others had fared. Names of the chip
chain's inputs are left out: their list is CC BY-NC; their numbers in it stand there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize

from firstlight.joins.take_offs_by_chain.choke_sentences import LIKELY, POSSIBLE, RECORD

LABELLED = Path(__file__).with_name("labelled.csv")
DRAWS, SEED, LEAST = 2000, 0, 0.002


def record(pairs: pl.DataFrame, stated: str = "probability") -> pl.DataFrame:
    """kind (input, sector, all), pairs_count, needed_count, mean_share (stated of all),
    said_count (.5 or more), right_count (needed and said), stated_share (their mean),
    possible_count (.1 to .5), possible_right_count, possible_stated_share, word_count,
    word_right_count."""
    chance, is_needed = pl.col(stated), pl.col("first") == 1
    is_said = chance >= LIKELY
    is_possible = (chance >= POSSIBLE) & ~is_said
    has_word = pl.col("shares_word") == 1
    rows = [
        each.select(
            kind=pl.lit(kind),
            pairs_count=pl.len(),
            needed_count=is_needed.sum(),
            mean_share=chance.mean().round(4),
            said_count=is_said.sum(),
            right_count=(is_said & is_needed).sum(),
            stated_share=chance.filter(is_said).mean().round(4),
            possible_count=is_possible.sum(),
            possible_right_count=(is_possible & is_needed).sum(),
            possible_stated_share=chance.filter(is_possible).mean().round(4),
            word_count=has_word.sum(),
            word_right_count=(has_word & is_needed).sum(),
        )
        for kind, each in [
            *((k, pairs.filter(kind=k)) for k in ("input", "sector")),
            ("all", pairs),
        ]
    ]
    return pl.concat(rows)


def slope(stated: NDArray[np.float64], is_needed: NDArray[np.float64]) -> float:
    """By how much the log-odds of a need rise with those stated: 1 where what is stated holds."""
    near = np.clip(stated, LEAST, 1 - LEAST)
    odds = np.log(near / (1 - near))

    def lack(line: NDArray[np.float64]) -> float:
        tilt = line[0] + line[1] * odds
        return float((np.logaddexp(0, tilt) - is_needed * tilt).sum())

    return float(minimize(lack, [0.0, 1.0], method="BFGS").x[1])


def slope_interval(
    pairs: pl.DataFrame, stated: str = "probability", draws: int = DRAWS
) -> tuple[float, float, float]:
    """The slope, and its 95% interval where technologies are drawn again."""
    chance = pairs[stated].to_numpy()
    is_needed = pairs["first"].to_numpy().astype(float)
    names = pairs["technology"].to_numpy()
    rows = [np.flatnonzero(names == name) for name in np.unique(names)]
    random = np.random.default_rng(SEED)
    found = []
    for _ in range(draws):
        at = np.concatenate([rows[k] for k in random.integers(len(rows), size=len(rows))])
        found.append(slope(chance[at], is_needed[at]))
    low, high = np.quantile(found, (0.025, 0.975))
    return slope(chance, is_needed), float(low), float(high)


if __name__ == "__main__":
    labelled = pl.read_csv(LABELLED)
    for part in ("fit", "read"):
        for kept in ("before", "probability"):
            own = labelled.filter(part=part)
            sys.stdout.write(f"{part} {kept}, slope {slope_interval(own, kept)}\n")
            sys.stdout.write(record(own, kept).write_csv())
    record(labelled.filter(part="read")).write_csv(RECORD)
