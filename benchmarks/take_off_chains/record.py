"""Scores the labelled pairs: python -m benchmarks.take_off_chains.record

`labelled.csv` holds the hundred pairs that `pairs.py` drew. A language model, not people, labelled
them twice, in two orders, from the names alone, before any score was looked at: 1 where the loss of
the input, or of the sector's supply, would hold up within a year those who make or run the
technology, since it goes directly into it, or where the sector is the industry that makes it. What
stands further back in the chain is 0. Names of the inputs are left out: their list is CC BY-NC.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from firstlight.joins.take_offs_by_chain.choke_sentences import LIKELY, RECORD

LABELLED = Path(__file__).with_name("labelled.csv")


def record(pairs: pl.DataFrame) -> pl.DataFrame:
    """kind (input, sector, all), pairs_count, needed_count, said_count (a probability of .5 or
    more), right_count (needed and said), word_count, word_right_count, stated_share
    (the mean probability of what was said) and agree_share of the two labels."""
    is_said, is_needed = pl.col("probability") >= LIKELY, pl.col("first") == 1
    has_word = pl.col("shares_word") == 1
    rows = [
        each.select(
            kind=pl.lit(kind),
            pairs_count=pl.len(),
            needed_count=is_needed.sum(),
            said_count=is_said.sum(),
            right_count=(is_said & is_needed).sum(),
            word_count=has_word.sum(),
            word_right_count=(has_word & is_needed).sum(),
            stated_share=pl.col("probability").filter(is_said).mean().round(4),
            agree_share=(pl.col("first") == pl.col("second")).mean(),
        )
        for kind, each in [
            *((k, pairs.filter(kind=k)) for k in ("input", "sector")),
            ("all", pairs),
        ]
    ]
    return pl.concat(rows)


if __name__ == "__main__":
    record(pl.read_csv(LABELLED)).write_csv(RECORD)
