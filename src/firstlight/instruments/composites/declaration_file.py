"""Declarations of indices as files: read, and checked with line and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np

from firstlight.errors import InputError, shown
from firstlight.instruments.composites.index_declaration import (
    Choices,
    Declaration,
    Denominator,
    Dimension,
    Indicator,
    Judgements,
)
from firstlight.instruments.composites.pairwise_judgements import RANDOM_INDEX
from firstlight.texts import LANGUAGES, Count, Message, Name, Value, message, names
from firstlight.toml_lines import TomlText, read_toml

FOLDER = Path(__file__).parent
# by name, so that a result knows which files its code reads
SHIPPED = {
    "new_quality": "declarations/new_quality.toml",
    "high_quality": "declarations/high_quality.toml",
    "four_chains": "declarations/four_chains.toml",
}
HEAD = ("name", "title", "note", "choices")
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "dimensions": ("code", "title", "within", "weight"),
    "indicators": (
        *("code", "title", "dimension", "unit", "direction", "weight", "publisher", "source"),
        *("denominator", "names", "measured_by", "goalposts", "reference", "target", "note"),
    ),
    "denominators": ("code", "title", "unit", "publisher", "source", "names"),
    "judgements": ("of", "order", "matrix"),
}
DIRECTIONS = ("positive", "negative", "moderate")
# choice -> the least and the greatest number allowed
NUMBERS: Mapping[str, tuple[float, float]] = {
    "most_winsorised": (0, 1e6),
    "skew_limit": (0, 1e6),
    "kurtosis_limit": (-10, 1e6),
    "lowest": (-1e6, 1e6),
    "highest": (-1e6, 1e6),
    "centre": (-1e6, 1e6),
    "spread": (1e-6, 1e6),
    "weights_year": (1500, 2200),
    "doubt_least_share": (0, 1),
    "distinguishing": (0.01, 1),
    "compromise": (0, 1),
    "least_weight": (0, 1),
}
WHOLE = ("most_winsorised", "weights_year")
RECIPROCAL = 0.02  # by which a judgement and its opposite may fail to multiply to 1
SINGLE = ("ahp", "combination", "benefit_of_the_doubt")


def read_declaration(given: str | Path | Mapping[str, Any]) -> Declaration:
    """The declaration of a name that ships, of a TOML file, or of its content.

    Parameters
    ----------
    given
        new_quality, high_quality or four_chains; the path of a file that ends in ``.toml``; or what
        such a file holds.

    Returns
    -------
    `Declaration`.

    Raises
    ------
    InputError
        For an unknown name, and for a file that is at fault, with its line and key.

    Examples
    --------
    >>> [each.code for each in read_declaration("new_quality").dimensions]
    ['labourers', 'objects', 'means']
    """
    if isinstance(given, Mapping):
        return _Reading("declaration", "", given).declaration()
    path = Path(given)
    # a project looks for files in its folder, and so for a name that ships
    if path.suffix != ".toml" and path.name in SHIPPED:
        path = FOLDER / SHIPPED[path.name]
    elif path.suffix != ".toml":
        known = names(SHIPPED, most=len(SHIPPED))
        raise _fault("no_declaration", name=Name(str(given)), names=known)
    return _Reading(path.name, *read_toml(path, "indicators")).declaration()


def refuse_clash(declaration: Declaration) -> None:
    """Raise InputError for choices that do not go together, of which one was given as an option."""
    if clash := declaration.clash:
        about = {name: Name(value) for name, value in clash.values.items()}
        place = {"file": Name(declaration.name), "line": Name("–"), "key": Name(clash.key)}
        raise _fault(clash.code, **place, **about)


def made_of(declaration: Declaration) -> Message:
    """Says which index it is, and of how many indicators and dimensions."""
    return message(
        "made_of",
        index=Name(declaration.name),
        indicators=Count(len(declaration.indicators)),
        dimensions=Count(len(declaration.dimensions)),
    )


class _Reading(TomlText):
    """The file of a declaration while it is read."""

    def __init__(self, file: str, text: str, given: Mapping[str, Any]) -> None:
        super().__init__(file, text, FOLDER)
        self.given = given

    def declaration(self) -> Declaration:
        """The file, checked."""
        self.check_keys(self.given, (*HEAD, *SECTIONS))
        dimensions = tuple(self.dimension(*row) for row in self.rows("dimensions"))
        indicators = tuple(self.indicator(*row) for row in self.rows("indicators"))
        denominators = tuple(self.denominator(*row) for row in self.rows("denominators"))
        if not dimensions:
            raise self.fault("no_section", "dimensions")
        if not indicators:
            raise self.fault("no_section", "indicators")
        self.refuse_twice(dimensions, indicators, denominators)
        self.check_places(dimensions, indicators, denominators)
        read = Declaration(
            name=self.text(self.given, "name"),
            title=self.texts(self.given, "title"),
            note=self.texts(self.given, "note") if "note" in self.given else None,
            dimensions=dimensions,
            indicators=indicators,
            denominators=denominators,
            choices=self.choices(),
        )
        rows = self.rows("judgements")
        judged = tuple(self.judged(row, at, read) for row, at in rows)
        twice = [each.of for each in judged]
        for at, of in enumerate(twice):
            if of in twice[:at]:
                raise self.fault("code_twice", "of", ("judgements", at), value=Name(of))
        read = replace(read, judgements=judged)
        if clash := read.clash:
            about = {name: Name(value) for name, value in clash.values.items()}
            raise self.fault(clash.code, clash.key, ("choices", 0), **about)
        return read

    def rows(self, section: str) -> list[tuple[Mapping[str, Any], int]]:
        """The tables of a section, with their places, whose keys are all known."""
        given = self.given.get(section, [])
        if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
            raise self.fault("not_sections", section)
        for at, row in enumerate(given):
            self.check_keys(row, SECTIONS[section], (section, at))
        return list(zip(given, range(len(given)), strict=True))

    def dimension(self, row: Mapping[str, Any], at: int) -> Dimension:
        where = "dimensions", at
        return Dimension(
            self.text(row, "code", where),
            self.texts(row, "title", where),
            self.text(row, "within", where) if "within" in row else "",
            self.number(row, "weight", where, 1.0, is_positive=True),
        )

    def denominator(self, row: Mapping[str, Any], at: int) -> Denominator:
        where = "denominators", at
        return Denominator(
            self.text(row, "code", where),
            self.texts(row, "title", where),
            self.texts(row, "unit", where),
            self.listed(row, "names", where),
        )

    def indicator(self, row: Mapping[str, Any], at: int) -> Indicator:
        where = "indicators", at
        direction = self.text(row, "direction", where)
        if direction not in DIRECTIONS:
            known = names(DIRECTIONS)
            raise self.fault(
                "no_such_choice", "direction", where, value=shown(direction), choices=known
            )
        optional: dict[str, Any] = {
            key: self.texts(row, key, where)
            for key in ("publisher", "source", "note")
            if key in row
        }
        codes: dict[str, Any] = {
            key: self.text(row, key, where) for key in ("denominator", "measured_by") if key in row
        }
        goalposts = None
        if "goalposts" in row:
            goalposts = _two_numbers(row["goalposts"])
            if goalposts is None or goalposts[0] == goalposts[1]:
                value = shown(row["goalposts"])
                raise self.fault("bad_goalposts", "goalposts", where, value=value)
        reference = None
        if "reference" in row:
            reference = self.number(row, "reference", where, 1.0, is_positive=True)
        return Indicator(
            code=self.text(row, "code", where),
            title=self.texts(row, "title", where),
            dimension=self.text(row, "dimension", where),
            unit=self.texts(row, "unit", where),
            is_negative=direction != "positive",
            target=self.target(row, direction, where),
            weight=self.number(row, "weight", where, 1.0, is_positive=True),
            names=self.listed(row, "names", where),
            goalposts=goalposts,
            reference=reference,
            **optional,
            **codes,
        )

    def target(
        self, row: Mapping[str, Any], direction: str, where: tuple[str, int]
    ) -> tuple[float, float] | None:
        """Where a moderate indicator is best: a number, or two; no other indicator has a target."""
        if direction != "moderate":
            if "target" in row:
                raise self.fault("idle_target", "target", where, direction=Name(direction))
            return None
        if "target" not in row:
            raise self.fault("key_lacking", "target", where)
        given = row["target"]
        target = _two_numbers([given, given] if _is_number(given) else given)
        if target is None:
            raise self.fault("bad_target", "target", where, value=shown(given))
        return target

    def judged(self, row: Mapping[str, Any], at: int, read: Declaration) -> Judgements:
        """Judgements of all that a dimension, or the index, is made up of."""
        where = "judgements", at
        of = self.text(row, "of", where)
        order = self.listed(row, "order", where)
        if of == read.name:  # the dimensions are compared as parts of the index itself
            of = ""
        siblings = read.siblings(of)
        if not siblings or set(order) != set(siblings) or len(order) != len(siblings):
            wanted = names(siblings or [read.name, *(each.code for each in read.dimensions)], 20)
            key = "order" if siblings else "of"
            raise self.fault("other_order", key, where, value=names(order, 20), wanted=wanted)
        if len(order) > len(RANDOM_INDEX["saaty_1980"]):
            raise self.fault("many_judgements", "order", where, count=Count(len(order)))
        matrix = self.matrix(row.get("matrix"), order, where)
        return Judgements(of, order, matrix)

    def matrix(
        self, given: Any, order: Sequence[str], where: tuple[str, int]
    ) -> tuple[tuple[float, ...], ...]:
        """A square of judgements, each the opposite of its mirror image."""
        size = len(order)
        is_square = isinstance(given, list) and len(given) == size
        if not is_square or not all(isinstance(row, list) and len(row) == size for row in given):
            raise self.fault("no_square", "matrix", where, count=Count(size))
        read = [[self.judgement(cell, where) for cell in row] for row in given]
        judgements = np.array(read)
        off = np.abs(judgements * judgements.T - 1) > RECIPROCAL
        if off.any():
            i, j = (int(place) for place in np.argwhere(off)[0])
            values = {"one": Name(order[i]), "other": Name(order[j])}
            raise self.fault("not_reciprocal", "matrix", where, **values)
        return tuple(map(tuple, read))

    def judgement(self, cell: Any, where: tuple[str, int]) -> float:
        """A number above 0, or a fraction as a text: "1/3"."""
        try:
            value = float(Fraction(cell)) if isinstance(cell, str) else cell
        except (ValueError, ZeroDivisionError) as error:
            raise self.fault("bad_judgement", "matrix", where, value=shown(cell)) from error
        if not _is_number(value) or not value > 0:
            raise self.fault("bad_judgement", "matrix", where, value=shown(cell))
        return float(value)

    def choices(self) -> Choices:
        """The section of choices; what it leaves out is as `Choices` has it."""
        given = self.given.get("choices", {})
        where = "choices", 0
        if not isinstance(given, Mapping):
            raise self.fault("not_sections", "choices")
        hints = get_type_hints(Choices)
        self.check_keys(given, list(hints), where)
        read = dict[str, Any]()
        for key, value in given.items():
            if key in NUMBERS:
                read[key] = self.bounded(key, value)
            elif key == "combine_shares":
                if not isinstance(value, list) or not all(_is_number(e) and e > 0 for e in value):
                    raise self.fault("bad_number", key, where, value=shown(value))
                read[key] = tuple(map(float, value))
            elif key == "combine":
                read[key] = self.combined(value)
            else:
                read[key] = self.choice(key, value, _words(hints[key]))
        return Choices(**read)

    def choice(self, key: str, value: Any, words: Sequence[str]) -> Any:
        if value not in words:
            listed = names(words, most=len(words))
            raise self.fault(
                "no_such_choice", key, ("choices", 0), value=shown(value), choices=listed
            )
        return value

    def combined(self, value: Any) -> tuple[Any, ...]:
        words = [
            word for word in _words(get_type_hints(Choices)["weights"]) if word not in SINGLE[1:]
        ]
        listed = value if isinstance(value, list) else [value]
        return tuple(self.choice("combine", each, words) for each in dict.fromkeys(listed))

    def bounded(self, key: str, value: Any) -> Any:
        low, high = NUMBERS[key]
        is_right = _is_number(value) and (key not in WHOLE or type(value) is int)
        if not is_right or not low <= value <= high:
            ends = {"low": Name(f"{low:g}"), "high": Name(f"{high:g}")}
            raise self.fault("beyond_bounds", key, ("choices", 0), value=shown(value), **ends)
        return value if key in WHOLE else float(value)

    def texts(
        self, table: Mapping[str, Any], key: str, where: tuple[str, int] | None = None
    ) -> dict[str, str]:
        """A text for each language; one that stands alone is that of both."""
        value = table.get(key)
        if not isinstance(value, Mapping):
            one = self.text(table, key, where, otherwise="not_text")
            return dict.fromkeys(LANGUAGES, one)
        is_right = set(value) <= set(LANGUAGES) and value
        if not is_right or not all(isinstance(e, str) and e.strip() for e in value.values()):
            raise self.fault("not_text", key, where, value=shown(dict(value)))
        first = next(iter(value.values()))
        return {lang: value.get(lang, first).strip() for lang in LANGUAGES}

    def listed(self, table: Mapping[str, Any], key: str, where: tuple[str, int]) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(e, str) and e.strip() for e in value):
            raise self.fault("not_text", key, where, value=shown(value))
        return tuple(each.strip() for each in value)

    def number(
        self,
        table: Mapping[str, Any],
        key: str,
        where: tuple[str, int],
        default: float,
        *,
        is_positive: bool = False,
    ) -> float:
        value = table.get(key, default)
        if not _is_number(value) or (is_positive and not value > 0):
            raise self.fault("bad_number", key, where, value=shown(value))
        return float(value)

    def refuse_twice(self, *sections: Sequence[Any]) -> None:
        """No code may stand twice: tables and judgements name parts by their codes."""
        seen = set[str]()
        for name, rows in zip(SECTIONS, sections, strict=False):
            for at, row in enumerate(rows):
                if row.code in seen:
                    raise self.fault("code_twice", "code", (name, at), value=Name(row.code))
                seen.add(row.code)

    def check_places(
        self,
        dimensions: Sequence[Dimension],
        indicators: Sequence[Indicator],
        denominators: Sequence[Denominator],
    ) -> None:
        """Every dimension and denominator that is named is there, and no dimension is empty or
        within itself."""
        within = {each.code: each.within for each in dimensions}
        known = names(within, most=len(within))
        for at, dimension in enumerate(dimensions):
            where = ("dimensions", at)
            path = [dimension.code]
            while above := within[path[-1]]:
                if above not in within:
                    value = Name(above)
                    raise self.fault("no_dimension", "within", where, value=value, known=known)
                if above in path:
                    raise self.fault("within_itself", "within", where, value=Name(above))
                path.append(above)
        divided = [each.code for each in denominators]
        for at, each in enumerate(indicators):
            where = "indicators", at
            if each.dimension not in within:
                value = Name(each.dimension)
                raise self.fault("no_dimension", "dimension", where, value=value, known=known)
            if each.denominator is not None and each.denominator not in divided:
                value = Name(each.denominator)
                there = names(divided, 20)
                raise self.fault("no_denominator", "denominator", where, value=value, known=there)
        used = {each.dimension for each in indicators} | set(within.values())
        for at, dimension in enumerate(dimensions):
            if dimension.code not in used:
                raise self.fault(
                    "empty_dimension", "code", ("dimensions", at), value=Name(dimension.code)
                )


def _words(hint: Any) -> tuple[str, ...]:
    """The words that a choice may be, from its type."""
    parts = get_args(hint)
    return tuple(
        word for part in parts for word in (get_args(part) or (part,)) if isinstance(word, str)
    )


def _two_numbers(given: Any) -> tuple[float, float] | None:
    """Two numbers, the second no lower than the first; None for all else."""
    are_two = isinstance(given, list) and len(given) == 2 and all(map(_is_number, given))
    if not are_two or given[0] > given[1]:
        return None
    return float(given[0]), float(given[1])


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and bool(np.isfinite(value))


def _fault(code: str, **values: Value[Any]) -> InputError:
    return InputError(message(code, **values), FOLDER)
