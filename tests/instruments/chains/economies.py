"""Small economies that tests of chains share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.texts import LANGUAGES

REFERENCE = Path(__file__).parents[2] / "reference" / "chains_cases.json"
CASES: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
GERMANY: dict[str, Any] = CASES["germany_1995"]


def cells(
    sectors: list[str], flows: Any, uses: Mapping[str, Any], payments: Mapping[str, Any]
) -> pl.DataFrame:
    """The rows of a table: supplier, user, value."""
    rows = [
        (one, other, float(flows[i][j]))
        for i, one in enumerate(sectors)
        for j, other in enumerate(sectors)
    ]
    for name, column in uses.items():
        rows += [(sector, name, float(own)) for sector, own in zip(sectors, column, strict=True)]
    for name, row in payments.items():
        rows += [(name, sector, float(own)) for sector, own in zip(sectors, row, strict=True)]
    return pl.DataFrame(rows, schema=["supplier", "user", "value"], orient="row")


def germany() -> pl.DataFrame:
    """Germany in 1995, with what households buy and the rest of final demand."""
    flows, output = np.array(GERMANY["flows"]), np.array(GERMANY["output"])
    rest = output - flows.sum(axis=1) - np.array(GERMANY["households"])
    payments = ("imports", "product_taxes", "wages", "value_added", "output", "employment")
    named = {name.replace("_", " "): GERMANY[name] for name in payments}
    named["net tax products"] = named.pop("product taxes")
    uses = {"households": GERMANY["households"], "other uses": rest}
    return cells(GERMANY["sectors"], flows, uses, named)


def in_order(table: pl.DataFrame, column: str, sectors: list[str] | None = None) -> list[Any]:
    """A column in the order of the reference figures."""
    by_sector = dict(table.select("sector", column).iter_rows())
    return [by_sector[sector] for sector in sectors or GERMANY["sectors"]]


def fault_of(call: Callable[[], Any]) -> InputError:
    """The error that a call ends in, which can be worded in every language."""
    with pytest.raises(InputError) as caught:
        call()
    for lang in LANGUAGES:
        assert "{" not in "".join(caught.value.parts(lang))
    return caught.value


def code_of(call: Callable[[], Any]) -> str:
    """Its code."""
    return fault_of(call).code
