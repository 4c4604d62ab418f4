"""Names of plans in two languages, found by their parts alone: the lists that parts are learned from
hold none of them.

    python -m benchmarks.concordance.composed_names
"""

from __future__ import annotations

from importlib.resources import files

import polars as pl

from firstlight.instruments.concordance.composed_names import composed_pairs
from firstlight.instruments.concordance.known_names import OF_PLANS, known_pairs


def main() -> None:
    """Print how many names find their partner, and every pair that the answers lack."""
    table = files("firstlight").joinpath(OF_PLANS).read_bytes()
    answers = set(pl.read_csv(table, infer_schema=False).iter_rows())
    pairs = known_pairs().select("name_en", "name_zh").iter_rows()
    known = tuple(pair for pair in pairs if pair not in answers)
    english = sorted({pair[0] for pair in answers})
    found = set(composed_pairs(english, sorted({pair[1] for pair in answers}), known))
    print(f"{len(english)} names: {len(found & answers)} find their partner")
    for pair in sorted(found - answers):
        print("not among the answers:", *pair)


if __name__ == "__main__":
    main()
