"""Base rates that jump from one earlier year to the next are said of documents, in red."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.run.corpus import Caution
from firstlight.run.counts_in import CountsWork
from firstlight.run.observation import ObservationRun
from firstlight.texts import message

KNOWN = Caution("reading", "note", message("reading"), "documents")


def cautions(kind: str, took_off: list[int]) -> list[Caution]:
    corpus = SimpleNamespace(kind=kind, cautions=lambda year, horizon: [KNOWN])
    record = pl.DataFrame({"year": [2001, 2002, 2003, 2004, None], "scored_count": [200] * 5})
    record = record.with_columns(
        take_off_count=pl.Series([*took_off, sum(took_off)]), is_used=pl.lit(True)
    )
    another = record.with_columns(
        take_off_count=pl.lit(0, pl.Int64), is_used=pl.lit(False)
    )  # another ranking's rows
    run = ObservationRun(cast(Any, None), cast(Any, corpus), 2007, 3, lambda line: None)
    return run._cautions(pl.concat([another, record]))


@pytest.mark.parametrize(
    ("kind", "took_off", "codes"),
    [
        ("documents", [0, 184, 8, 200], ["reading", "base_rates_jump"]),
        ("documents", [20, 24, 28, 22], ["reading"]),
        ("counts", [0, 184, 8, 200], ["reading"]),
    ],
)
def test_jumps(kind: str, took_off: list[int], codes: list[str]) -> None:
    found = cautions(kind, took_off)
    assert [one.code for one in found] == codes
    assert all(one.severity == "red" for one in found[1:])


def test_counts_say_how_grave_each_caution_is() -> None:
    years = list(range(2005, 2016))
    whole = pl.DataFrame({"entity": "a", "year": years, "count": 100.0})
    frame = whole.with_columns(count=pl.when(pl.col("year") == 2015).then(40.0).otherwise("count"))
    work = CountsWork(cast(Any, None), cast(Any, None), from_counts(frame))
    found = {one.code: one.severity for one in work.cautions(2014, 3)}
    assert found == {"total_sum": "note", "last_year_incomplete": "yellow"}
