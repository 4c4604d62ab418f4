"""What a measurement is made of: the columns it needs, the options it offers, the function that makes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from firstlight.errors import InputError, did_you_mean
from firstlight.measurement import Measurement as Declared
from firstlight.sample.made_up_economy import LABEL as MADE_UP
from firstlight.sources.panels import Column

Tables = dict[str, pl.DataFrame]
YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")
_COMMA = re.compile("[,，、]")  # as a Chinese keyboard writes them, too
_RATIO = re.compile(r"(?P<one>[^<>=*]+)(?P<sign><=|>=)(?:(?P<times>[^*]+)\*)?(?P<other>[^<>=*]+)")


@dataclass(frozen=True)
class Option:
    """A choice that a measurement offers.

    kind    : "number", "whole", "yes", "choice", or "columns" (names of further columns of numbers, separated by commas),
              "label" (the name of one further column of texts), "names" (values of a column of texts, separated by commas),
              "share" (a number from 0 to 1, or a column of them), "ratios" ("K>=2*L", separated by commas), "text", "file"
              (a path; in Python also what the file would hold), or "table" (a path or a frame, of which ``columns`` are read)
    least, most : bounds of a number, themselves allowed
    is_filled   : whether a row without a value in a column that is named here is set aside
    """

    name: str
    kind: Literal[
        "number",
        "whole",
        "yes",
        "choice",
        "columns",
        "label",
        "names",
        "share",
        "ratios",
        "text",
        "file",
        "table",
    ]
    default: Any
    help_en: str
    help_zh: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    is_filled: bool = True

    def read(self, given: Any) -> Any:
        """A value as the measurement takes it, from a text or a value.

        Raises  InputError naming the option and what it allows.

        >>> Option("level", "number", 0.9, "", "", 0, 1).read("0.8"), Option("sum", "yes", False, "", "").read("yes")
        (0.8, True)
        """
        if given is None:
            return None
        if (self.kind == "file" and isinstance(given, Mapping)) or (
            self.kind == "table" and not isinstance(given, str)
        ):
            return given
        text = str(given).strip()
        if self.kind == "yes" and text.lower() in (*YES, *NO):
            return text.lower() in YES
        if (self.kind == "choice" and text in self.choices) or (
            self.kind in ("label", "text", "file", "table") and text
        ):
            return text
        if self.kind in ("columns", "names"):
            names = [
                each.strip()
                for each in (_COMMA.split(text) if isinstance(given, str) else map(str, given))
            ]
            if names and all(names) and len(set(names)) == len(names):
                return names
        if self.kind == "share":
            return self._share(text, given)
        if self.kind == "ratios":
            return [
                self._ratio(str(each))
                for each in (_COMMA.split(text) if isinstance(given, str) else given)
            ]
        if self.kind in ("number", "whole"):
            try:
                value = int(text) if self.kind == "whole" else float(text)
            except ValueError:
                raise self._refused(given) from None
            if (self.least is None or value >= self.least) and (
                self.most is None or value <= self.most
            ):
                return value
        raise self._refused(given)

    def _share(self, text: str, given: Any) -> float | str:
        """A number from 0 to 1, or the name of a column."""
        try:
            value = float(text)
        except ValueError:
            if text:
                return text
            raise self._refused(given) from None
        if 0 <= value <= 1:
            return value
        raise self._refused(given)

    def _ratio(self, text: str) -> dict[str, float]:
        """``K>=2*L`` as the coefficients of a sum that is not below 0: of K 1, of L -2."""
        found = _RATIO.fullmatch(text.strip())
        one, other = (found[name].strip() if found else "" for name in ("one", "other"))
        try:
            times = float(found["times"] or 1) if found else 0.0
        except ValueError:
            raise self._refused(text) from None
        if found is None or one == other or not (one and other and 0 < times < float("inf")):
            raise self._refused(text)
        sign = 1.0 if found["sign"] == ">=" else -1.0
        return {one: sign, other: -sign * times}

    def columns_in(self, value: Any) -> tuple[str, ...]:
        """The columns that a value names."""
        if self.kind == "columns":
            return tuple(value or ())
        return (value,) if self.kind == "share" and isinstance(value, str) else ()

    def allowed(self) -> str:
        """What may be given, in words."""
        if self.kind == "choice":
            return " or ".join(self.choices)
        if self.kind == "share":
            return "a number from 0 to 1, or the name of a column"
        if self.kind == "names":
            return "names, separated by commas, each once"
        if self.kind in ("label", "text", "file"):
            return {"label": "the name of a column of texts", "text": "a text", "file": "a file"}[
                self.kind
            ]
        if self.kind == "table":
            needs = ", ".join(
                own.name if own.if_absent == "error" else f"[{own.name}]" for own in self.columns
            )
            return f"a file with the columns {needs}"
        if self.kind == "ratios":
            return "such as 'K>=2*L,K<=5*L', a number above 0 and two different columns"
        if self.kind in ("yes", "columns"):
            return (
                "yes or no"
                if self.kind == "yes"
                else "names of columns, separated by commas, each once"
            )
        kind = "a whole number" if self.kind == "whole" else "a number"
        if self.least is None and self.most is None:
            return kind
        if self.most is None:
            return f"{kind} of at least {self.least:.10g}"
        return f"{kind} from {self.least:.10g} to {self.most:.10g}"

    def default_words(self) -> str:
        """The default as it would be given on the command line."""
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)

    def _refused(self, given: Any) -> InputError:
        return InputError(
            f"{self.name} = {given!r}",
            where=f"--{self.name.replace('_', '-')}",
            try_next=self.allowed(),
        )


@dataclass(frozen=True)
class Sample:
    """An invented table that ships: a frame, the options that fit it, and the columns that need a name."""

    frame: pl.DataFrame
    options: Mapping[str, Any]
    columns: Mapping[str, str] = field(default_factory=dict)
    title: tuple[str, str] = MADE_UP


@dataclass(frozen=True)
class Measurement:
    """What `measure` can measure.

    columns    : what the table must hold
    instrument : its name in the list of instruments
    compute    : (frame of those columns, choices) -> tables and facts; the tables ``sentences`` (code, text_en, text_zh: the
                 answer first) and ``conventions`` (text_en, text_zh) always, ``curves`` (see `curve_rows`) where there is
                 something to draw, ``record`` (how such forecasts did before, beside baselines) where something is
                 forecast, and whatever else it says
    shown      : the tables that a page shows, the main one first
    brief      : the columns of the main table that a terminal has room for; all of them where empty
    is_log     : whether values are drawn on a logarithmic axis
    absent_is_zero : whether a key without a row counts as 0; a row without a number is then refused, unless ``gaps`` is zero
    instruments : where there is an option ``method``: its value -> the instrument, ``instrument`` for all others
    check      : raises InputError for choices that don't go together, before anything is read
    sample     : an invented table to try it on where no table is handed in; samples : others, by method, that fit it better
    places     : the column of places that its maps show, or "nodes" for a network that is a map where its nodes have spots; such
                 a measurement offers `OUTLINES` and `OUTLINE_NAME`
    declared   : the declaration, of a measurement that has a folder of its own
    tells      : whether ``compute`` also takes ``progress``, which it tells with "3 of 10" how far it is
    """

    name: str
    title_en: str
    title_zh: str
    help_en: str
    help_zh: str
    columns: tuple[Column, ...]
    instrument: str
    compute: Callable[..., tuple[Tables, dict[str, Any]]]
    shown: tuple[str, ...]
    brief: tuple[str, ...] = ()
    is_log: bool = False
    absent_is_zero: bool = False
    options: tuple[Option, ...] = ()
    instruments: Mapping[str, str] = field(default_factory=dict)
    sample: Callable[[], Sample] | None = None
    samples: Mapping[str, Callable[[], Sample]] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], None] = lambda choices: None
    places: Literal["place", "nodes"] | None = None
    tells: bool = False
    declared: Declared | None = None

    def instrument_of(self, choices: Mapping[str, Any]) -> str:
        """The instrument that these choices ask for: that of the method, where there are several."""
        return self.instruments.get(str(choices.get("method")), self.instrument)

    def sample_of(self, method: Any = None) -> Sample | None:
        """The invented table for a method, or for any; None where there is none."""
        of = self.samples.get(str(method), self.sample)
        return of() if of else None

    def choices(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every option with its value.

        Raises  InputError for an unknown option, with those that exist, or for a value that isn't allowed.
        """
        known = {option.name: option for option in self.options}
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known)
                raise InputError(
                    f"{self.name} has no option {name!r}",
                    where=name,
                    try_next=f"{hint}one of {', '.join(known) or 'none'}",
                )
        return {
            name: option.read(given.get(name, option.default)) for name, option in known.items()
        }

    def within(self, folder: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
        """Options as given, the files and tables that they name being looked for from a folder."""
        files = {option.name for option in self.options if option.kind in ("file", "table")}
        return {
            name: str(Path(folder) / value)
            if name in files and isinstance(value, str) and value
            else value
            for name, value in given.items()
        }

    def needs(self, choices: Mapping[str, Any]) -> tuple[Column, ...]:
        """The columns to read: those that it always needs, and those that its options name."""
        named: dict[str, bool] = {}
        for option in self.options:
            for name in option.columns_in(choices[option.name]):
                named[name] = named.get(name, False) or option.is_filled
        labels = [
            choices[option.name]
            for option in self.options
            if option.kind == "label" and choices[option.name]
        ]
        if twice := [name for name in labels if name in named]:
            raise InputError(
                f"column {twice[0]!r} is both a text and a number",
                where=self.name,
                try_next="name it once",
            )
        return (
            *self.columns,
            *(Column(name, "text", "name", is_exact=True) for name in labels),
            *(
                Column(name, "number", "as handed in", is_exact=True, is_filled=named[name])
                for name in named
            ),
        )
