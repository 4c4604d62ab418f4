"""Functions of the version before are measurements, with a notice."""

from __future__ import annotations

import inspect
from importlib import import_module

import polars as pl
import pytest

import firstlight as fl
from firstlight.former_functions import RENAMED, former_function, former_functions
from firstlight.measurement import measurement

ENTRIES = [(family, name) for family, own in former_functions().items() for name in own]


@pytest.mark.parametrize(("family", "name"), ENTRIES)
def test_every_former_function_is_a_measurement_with_options_that_it_has(
    family: str, name: str
) -> None:
    module, former = import_module(f"firstlight.{family}"), former_functions()[family][name]
    assert name not in module.__all__ and former["now"] in module.__all__
    own = inspect.signature(getattr(module, former["now"])).parameters
    renamed = former.get("renamed", {})
    assert {*former["columns"], *former.get("fixed", {}), *renamed.values()} <= own.keys()
    assert not (RENAMED | renamed).keys() & own.keys() - {"method"}
    for option, value in former.get("fixed", {}).items():
        measurement(former["now"]).parameters[option].check(value)
    called = getattr(module, name)
    with (
        pytest.warns(DeprecationWarning, match=f"{family}.{name} is now"),
        pytest.raises((TypeError, fl.FirstlightError)),
    ):
        called(None)


def test_a_former_function_gives_what_the_measurement_gives() -> None:
    rows = pl.DataFrame({"unit": list("abcd"), "x": [1.0, 2, 3, 4], "y": [2.0, 3, 4, 4], "b": 1.0})
    with pytest.warns(DeprecationWarning, match="efficiency"):
        found = fl.productivity.sbm(rows, ["x"], ["y"], bads=["b"], returns="vrs")
    asked = {"inputs": ["x"], "outputs": ["y"], "bad": ["b"], "method": "sbm", "returns": "vrs"}
    assert found.table.equals(fl.productivity.efficiency(rows, **asked).table)
    assert former_function("productivity", "efficiency") is None
    with pytest.raises(AttributeError):
        fl.productivity.no_such_name  # noqa: B018
