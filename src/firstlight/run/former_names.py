"""Measurements and verbs under the names of the version before, which work for one version more."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from firstlight.errors import check_choice

FORMER_VERBS = {"follow": "trace"}
FORMER_RESULTS = ("followed",)  # names of kept results that no verb writes any longer


@cache
def _former() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def former_names() -> tuple[str, ...]:
    """Names of measurements that the version before had, and this one has under other names."""
    return tuple(_former())


def former_choice(name: str) -> str:
    """The option that says which of today's measurements a former name stands for; "" for no former
    name.

    >>> former_choice("productivity"), former_choice("efficiency")
    ('method', '')
    """
    return str(_former().get(name, {}).get("chosen_by", ""))


def now_called(name: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Today's name of a measurement, and its options; a name that isn't a former one stays as it
    is.

    Raises InputError for a choice that the former measurement did not have.

    >>> now_called("productivity", {"method": "gml", "bad": "CO2"})
    ('productivity_change', {'bad': 'CO2', 'index': 'malmquist_luenberger', 'frontier': 'global'})
    """
    chosen_by = former_choice(name)
    if not chosen_by:
        return name, dict(options)
    former = _former()[name]
    choice = options.get(chosen_by, former["default"])
    check_choice(chosen_by, choice, former["now"])
    now = dict(former["now"][choice])
    kept = {option: value for option, value in options.items() if option != chosen_by}
    return now.pop("measurement"), {**kept, **now}
