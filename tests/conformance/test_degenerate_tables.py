"""Tables that hold too little, nothing or too much, of every measurement: an answer that can be
worded, drawn and kept, or an error with a code; never an exception of somebody else's."""

from __future__ import annotations

import random
from dataclasses import replace

import polars as pl
import pytest
from declared_samples import NAMES, NEEDS, SLOW_SAMPLES, UNSAID, call, check_result
from degenerate_tables import TABLES

from firstlight.errors import FirstlightError
from firstlight.measurement import Measurement, measurement
from firstlight.result import Result
from firstlight.texts import LANGUAGES
from firstlight.views.result_page import result_page

EACH = [(name, kind) for name in NAMES for kind in TABLES]
QUICK = [pair for pair in EACH if pair[0] not in SLOW_SAMPLES]
ORDINARY = set(random.Random(2).sample(QUICK, 24))  # the others are proofs for make test-all
# kinds of tables whose cells say what no text of ours may
SPOKEN = ("hostile_names", "one_cell")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param(*pair, marks=[pytest.mark.slow] * (pair not in ORDINARY), id="-".join(pair))
        for pair in EACH
    ],
)
def test_a_degenerate_table_is_answered_or_refused(name: str, kind: str) -> None:
    if module := NEEDS.get(name):
        pytest.importorskip(module)
    declared = measurement(name)
    for made, arguments in TABLES[kind](declared):
        try:
            result = call(declared, **arguments)
        except FirstlightError as error:
            for lang in LANGUAGES:
                parts = error.parts(lang)
                assert "{" not in "".join(parts), made
                assert kind in SPOKEN or not UNSAID.search(" | ".join(parts)), made
            continue
        check_result(result, is_hostile=kind == "hostile_names")
        check_reasons(result)
        check_drawn(declared, result)


def check_reasons(result: Result) -> None:
    """Where a table says why there is no number, it says so of every row without any."""
    for name, table in result.tables.items():
        numbers = table.select(pl.selectors.float()).columns
        if numbers and "reason" in table.columns:
            silent = pl.all_horizontal(pl.col(numbers).is_null()) & pl.col("reason").is_null()
            assert table.filter(silent).is_empty(), name


def check_drawn(declared: Measurement, result: Result) -> None:
    """The result can be shown in a notebook, and on a page of its own."""
    assert result._repr_html_()
    facts = {
        "measurement": declared.name,
        "title": "made up",
        "rows": 1,
        "is_sample": True,
        "notes": [],
        "inputs": [],
        "mapping": {},
        "options": {},
        **dict.fromkeys(("formula", "formula_zh", "instrument_citation"), ""),
        **dict.fromkeys(("licence", "code_version"), ""),
    }
    assert result_page(replace(result, facts=facts))
