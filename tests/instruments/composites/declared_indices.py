"""Declarations and tables that tests of indices share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl


def declared(k: int = 3, **choices: Any) -> dict[str, Any]:
    """Indicators x0, x1, ... in two dimensions, the last of them better when low."""
    directions = ["positive"] * (k - 1) + ["negative"]
    return {
        "name": "own",
        "title": "Own",
        "dimensions": [{"code": "a", "title": "A"}, {"code": "b", "title": "B"}],
        "indicators": [
            {
                "code": f"x{j}",
                "title": f"X{j}",
                "dimension": "a" if j < k - 1 else "b",
                "unit": "1",
                "direction": direction,
            }
            for j, direction in enumerate(directions)
        ],
        "choices": choices,
    }


def rows(x: Any, years: Any = None) -> pl.DataFrame:
    """A long table of units u00, u01, ... by year."""
    n, k = np.shape(x)
    frame = pl.DataFrame(np.asarray(x, float), [f"x{j}" for j in range(k)])
    frame = frame.with_columns(unit=pl.Series([f"u{row:02d}" for row in range(n)]))
    if years is not None:
        frame = frame.with_columns(year=pl.Series(years))
    keys = [name for name in ("unit", "year") if name in frame.columns]
    long = frame.unpivot(index=keys, variable_name="indicator", value_name="value")
    return long.with_columns(pl.col("value").fill_nan(None))


def asem(reference: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The public ASEM example: its table, and its metadata as a declaration."""
    folder = reference / "data/composites"
    meta = pl.read_csv(folder / "ASEM_iMeta.csv", null_values="NA")
    table = pl.read_csv(folder / "ASEM_iData.csv", null_values="NA", infer_schema_length=None)
    dimensions, indicators, denominators = list[Any](), list[Any](), list[Any]()
    for row in meta.iter_rows(named=True):
        part = {"code": row["iCode"], "title": row["iName"]}
        if row["Type"] == "Aggregate" and row["iCode"] != "Index":
            above = {"within": row["Parent"]} if row["Parent"] != "Index" else {}
            dimensions.append({**part, **above, "weight": row["Weight"]})
        elif row["Type"] == "Denominator":
            denominators.append({**part, "unit": row["Unit"]})
        elif row["Type"] == "Indicator":
            by = {"denominator": row["Denominator"]} if row["Denominator"] else {}
            direction = {1: "positive", -1: "negative"}[row["Direction"]]
            own = {"dimension": row["Parent"], "unit": row["Unit"], "weight": row["Weight"]}
            indicators.append({**part, **own, **by, "direction": direction})
    given = {
        "name": "asem",
        "title": "Sustainable connectivity",
        "dimensions": dimensions,
        "indicators": indicators,
        "denominators": denominators,
        "choices": {
            "missing": "mean",
            "outliers": "winsorise",
            "skewed": "log",
            "skew_limit": 2.0,
            "kurtosis_limit": 3.5,
            "most_winsorised": 5,
            "normalisation": "min_max",
            "lowest": 0,
            "highest": 100,
            "weights": "given",
            "aggregation": "arithmetic",
        },
    }
    codes = [each["code"] for each in (*indicators, *denominators)]
    long = table.unpivot(codes, index=["uCode", "Time", "EurAsia_group"], variable_name="indicator")
    return long.rename({"uCode": "unit", "Time": "year", "EurAsia_group": "group"}), given
