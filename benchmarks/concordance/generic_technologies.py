"""Are planted generic technologies found, by which rule, and do intervals of breadth hold?

python -m benchmarks.concordance.generic_technologies   (prints Markdown)
"""

from __future__ import annotations

import polars as pl
from benchmarks.planted.generic import made_up_uses
from sklearn.metrics import roc_auc_score

from firstlight.concordance import generic_technologies

RULES = {
    "uses": "uses, the size alone",
    "industries_count": "industries, the plain count",
    "rarefied_count": "industries at equal size",
    "simpson_breadth": "breadth of order 2, 1 / (1 - generality)",
    "breadth": "breadth of order 1",
    "breadth_low": "breadth of order 1, at least (the order of the list)",
}
SEEDS = range(10)


def scores(mean_size: float, seeds: range = SEEDS) -> dict[str, float]:
    """AUC of each rule, and how often the interval of 90% holds the true breadth.

    >>> sorted(scores(80, range(1))) == sorted([*RULES, "coverage"])
    True
    """
    found: dict[str, list[float]] = {name: [] for name in (*RULES, "coverage")}
    for seed in seeds:
        uses, truth = made_up_uses(mean_size=mean_size, seed=seed)
        table = generic_technologies(uses, resamples=100).table.drop_nulls("rank")
        joined = table.join(truth, on="technology", suffix="_true").sort("technology")
        for name in RULES:
            score = roc_auc_score(joined["is_generic"].to_numpy(), joined[name].to_numpy())
            found[name].append(float(score))
        holds = pl.col("breadth_true").is_between(pl.col("breadth_low"), pl.col("breadth_high"))
        found["coverage"].append(float(joined.select(holds.mean()).item()))
    return {name: sum(values) / len(values) for name, values in found.items()}


def main() -> None:
    sizes = (15, 80, 400)
    table = {size: scores(size) for size in sizes}
    print("| rule: AUC of the planted ones |", " | ".join(f"{size} uses" for size in sizes), "|")
    print("|---|" + "---|" * len(sizes))
    for name, title in {**RULES, "coverage": "intervals of 90% that hold the truth"}.items():
        print(f"| {title} |", " | ".join(f"{table[size][name]:.3f}" for size in sizes), "|")


if __name__ == "__main__":
    main()
