"""One call of each kind with a pandas frame; run by the tests where PyArrow is absent."""

from __future__ import annotations

import sys
import tempfile

HIDDEN = "--hide-pyarrow"
if HIDDEN in sys.argv:
    sys.modules["pyarrow"] = None  # type: ignore[assignment]

import pandas as pd  # noqa: E402

import firstlight as fl  # noqa: E402
from firstlight import productivity  # noqa: E402

GIVEN = {
    "technology": [name for name in "abcdefghij" for _ in range(2000, 2016)],
    "year": list(range(2000, 2016)) * 10,
    "count": [20 + 3 * row % 17 + row // 16 * (row % 16) for row in range(160)],
}


def main() -> None:
    """Assert that what goes in as pandas is read, and comes back as pandas."""
    with tempfile.TemporaryDirectory() as folder:
        observed = fl.observe(pd.DataFrame(GIVEN), project=folder)
        assert isinstance(observed.frame, pd.DataFrame) and len(observed.frame)
        costs = pd.DataFrame(
            {"technology": "lamp", "year": range(2000, 2008), "cost": [9, 8, 7, 6.5, 5, 4.6, 4, 3]}
        )
        measured = fl.measure("learning", costs, project=folder)
        assert measured.frame["technology"].tolist() == ["lamp"]
    units = pd.DataFrame({"unit": list("abcd"), "x": [2.0, 4, 3, 5], "y": [1.0, 2, 3, 2]})
    found = productivity.efficiency(units, inputs=["x"], outputs=["y"])
    assert len(found.table) == 4
    texts = pd.DataFrame(
        {"title": [f"graph neural network {row}" for row in range(40)], "year": 2016}
    )
    assert fl.read_documents(texts).table.frame.height == 40
    print("read without PyArrow" if sys.modules.get("pyarrow") is None else "read with PyArrow")


if __name__ == "__main__":
    main()
