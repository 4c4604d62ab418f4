"""Library and command line share one set of defaults: every option of every measurement beside the functions it is handed to."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from firstlight.instruments.complexity.specialisation import BALASSA
from firstlight.instruments.productivity.accounting.base_stock import BaseStock
from firstlight.run.listing import INSTRUMENTS
from firstlight.run.measurements.activity_choices import presence_rule
from firstlight.run.measurements.form import Measurement
from firstlight.run.measurements.lines import MEASUREMENTS

FUNCTIONS = {own.name: own.function for own in INSTRUMENTS}
NOT_THE_SAME = {
    # an option of this name asks which index is computed; the function's, how an index is made up
    ("productivity", "method"),
    # the rule's name on the command line, a whole rule in the library: the next test holds both together
    ("capital", "base"),
}


def functions_of(own: Measurement) -> Iterator[Callable[..., Any]]:
    """The instruments of a measurement, and whatever else of the instruments the module that computes it calls."""
    if own.declared is not None:
        return  # its options are the parameters of its function
    yield from (FUNCTIONS[name] for name in sorted({own.instrument, *own.instruments.values()}))
    for value in vars(sys.modules[own.compute.__module__]).values():
        for each in value.values() if isinstance(value, dict) else [value]:
            if inspect.isfunction(each) and each.__module__.startswith("firstlight.instruments"):
                yield each


def differences(own: Measurement) -> list[str]:
    """Options whose default isn't that of the parameter of the same name; None leaves the choice to the function."""
    found = []
    for function in functions_of(own):
        parameters = inspect.signature(function).parameters
        for option in own.options:
            if (
                option.name not in parameters
                or (own.name, option.name) in NOT_THE_SAME
                or option.default is None
            ):
                continue
            default = parameters[option.name].default
            if default is not inspect.Parameter.empty and default != option.default:
                found.append(
                    f"{function.__name__}: {option.name} is {default!r}, the option {option.default!r}"
                )
    return sorted(set(found))


@pytest.mark.parametrize("own", MEASUREMENTS, ids=[own.name for own in MEASUREMENTS])
def test_an_option_has_the_default_of_its_function(own: Measurement) -> None:
    assert not differences(own)


def test_what_once_differed_is_compared() -> None:
    compared = {
        option.name
        for own in MEASUREMENTS
        for function in functions_of(own)
        for option in own.options
        if option.name in inspect.signature(function).parameters and option.default is not None
    }
    assert compared >= {
        "log",
        "weights",
        "level",
        "draws",
        "seed",
        "horizon",
        "errors",
    }


def test_rules_that_stand_for_several_options_have_their_defaults() -> None:
    complexity = next(own for own in MEASUREMENTS if own.name == "complexity")
    assert presence_rule(complexity.choices({})) == BALASSA
    capital = next(own for own in MEASUREMENTS if own.name == "capital")
    assert capital.choices({})["base"] == BaseStock().rule
