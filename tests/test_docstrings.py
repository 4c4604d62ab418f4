"""Docstrings of public names have NumPy sections, and tell of every parameter and of no other."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import pytest

import firstlight

PACKAGE = Path(firstlight.__file__).parent
ROOM_DOORS = (path.parent for path in PACKAGE.glob("*/__init__.pyi"))
DOORS = [*(path for path in PACKAGE.glob("*.pyi") if path.stem != "__init__"), *ROOM_DOORS]
FAMILIES = sorted(path.stem for path in DOORS)
ORDER = (
    "Parameters",
    "Attributes",
    "Returns",
    "Raises",
    "Notes",
    "References",
    "Examples",
)
HEADING = re.compile(r"^([A-Z][A-Za-z ]*)\n-{3,}\n", re.MULTILINE)
# the form that came before: fields in the prose
FORMER = re.compile(r"^(Source: |Returns? +\w|Raises +\w)", re.MULTILINE)


def public() -> Iterator[tuple[str, Any]]:
    """Every public function and class of the families, and the package's own functions."""
    for family in FAMILIES:
        module = import_module(f"firstlight.{family}")
        for name in module.__all__:
            if callable(given := getattr(module, name)):
                yield f"{family}.{name}", given
    for name in firstlight.__all__:
        if inspect.isfunction(given := getattr(firstlight, name)):
            yield name, given


def classes() -> Iterator[tuple[str, type]]:
    """Every public class of the families and of the package."""
    own = [(name, getattr(firstlight, name)) for name in firstlight.__all__]
    for name, given in [*public(), *own]:
        if inspect.isclass(given):
            yield name, given


def methods(name: str, owner: type) -> Iterator[tuple[str, Any]]:
    """The public methods that a class defines itself, bound, so that none tells of what it is bound
    to; a function that is the default of a field is no method."""
    fields = getattr(owner, "__dataclass_fields__", {})
    for own, member in vars(owner).items():
        if own.startswith("_") or own in fields:
            continue
        if isinstance(member, FunctionType):
            yield f"{name}.{own}", MethodType(member, owner)
        elif isinstance(member, (classmethod, staticmethod)):
            yield f"{name}.{own}", member.__get__(None, owner)


def sections(text: str) -> dict[str, str]:
    """Title -> text of every section; what stands before the first has no title."""
    head, *parts = HEADING.split(text)
    return {"": head, **dict(zip(parts[::2], parts[1::2], strict=True))}


def entries(section: str) -> dict[str, str]:
    """Name -> meaning; several names may stand before one meaning."""
    parts = re.split(r"^(\S.*)\n", section, flags=re.MULTILINE)[1:]
    return {
        name.strip().lstrip("*"): meaning.strip()
        for names, meaning in zip(parts[::2], parts[1::2], strict=True)
        for name in names.split(",")
    }


def faults(given: Any) -> list[str]:
    """What a docstring lacks, tells twice over or has in another form."""
    found = sections(inspect.getdoc(given) or "")
    if dataclasses.is_dataclass(given):
        wanted = [field.name for field in dataclasses.fields(given)]
        needed, listing = ["Attributes"], "Attributes"
    else:
        signature, listing = inspect.signature(given), "Parameters"
        wanted = list(signature.parameters)
        needed = ["Parameters"] if wanted else []
        if signature.return_annotation not in (None, "None"):
            needed.append("Returns")
    told = entries(found.get(listing, ""))
    titles = [title for title in found if title]
    return [
        *(f"no {title}" for title in needed if not found.get(title, "").strip()),
        *(f"{name} is not told" for name in wanted if not told.get(name)),
        *(f"{name} is no parameter" for name in told if name not in wanted),
        *(f"{title} is unknown" for title in titles if title not in ORDER),
        *(["sections out of order"] if titles != [t for t in ORDER if t in titles] else []),
        *(f"{hit.group().strip()} in prose" for hit in FORMER.finditer(found[""])),
        *(f"example in {title}" for title in found if ">>>" in found[title] and title != ORDER[-1]),
    ]


def test_every_public_name_tells_of_all_it_takes_and_returns() -> None:
    names = dict(public())
    assert len(names) > 150
    assert [f"{name}: {fault}" for name, given in names.items() for fault in faults(given)] == []


def test_every_public_method_tells_of_all_it_takes_and_returns() -> None:
    found = [each for name, owner in classes() for each in methods(name, owner)]
    assert len(found) > 45
    assert [f"{name}: {fault}" for name, given in found for fault in faults(given)] == []


def told(docstring: str) -> Callable[[int, int], int]:
    def function(x: int, y: int) -> int:
        return x + y

    function.__doc__ = inspect.cleandoc(docstring)
    return function


SOUND = """A sum.

Parameters
----------
x, y
    Whole numbers.

Returns
-------
A whole number.

Examples
--------
>>> 1 + 1
2
"""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("x, y", "x", "y is not told"),
        ("    Whole numbers.", "", "x is not told"),
        ("x, y", "x, y, z", "z is no parameter"),
        ("Returns\n-------\nA whole number.\n", "", "no Returns"),
        ("A whole number.\n", "", "no Returns"),
        ("Parameters\n----------", "Arguments\n---------", "no Parameters"),
        ("Parameters\n----------", "Arguments\n---------", "Arguments is unknown"),
        ("A sum.", "A sum.\n\nRaises  InputError.", "Raises  I in prose"),
        ("Examples\n--------\n", "", "example in Returns"),
        ("Returns\n", "Examples\n--------\n>>> 1\n1\n\nReturns\n", "sections out of order"),
    ],
)
def test_a_fault_is_found(before: str, after: str, fault: str) -> None:
    assert faults(told(SOUND)) == []
    assert fault in faults(told(SOUND.replace(before, after, 1)))


def test_a_field_that_is_not_told_is_found() -> None:
    @dataclasses.dataclass
    class Pair:
        """Two.

        Attributes
        ----------
        x
            The first.
        """

        x: int
        y: int

    assert faults(Pair) == ["y is not told"]


class Scale:
    """A scale with a method of each kind, all without sections."""

    def of(self, x: int) -> int:
        """A number on the scale."""
        return x

    @classmethod
    def named(cls, name: str) -> Scale:
        """The scale of a name."""
        return cls()

    @staticmethod
    def ends() -> tuple[int, int]:
        """Both ends."""
        return 0, 1

    def note(self, x: int) -> None:
        """Note a number.

        Parameters
        ----------
        x
            A whole number.
        """

    @property
    def size(self) -> int:
        """Its size."""
        return 1

    def _hidden(self, x: int) -> int:
        return x


@dataclasses.dataclass
class Longer(Scale):
    """Nothing of its own but a field that holds a function."""

    count: Callable[[str], int] = len


@pytest.mark.parametrize(
    ("method", "lacking"),
    [
        ("of", ["no Parameters", "no Returns", "x is not told"]),
        ("named", ["no Parameters", "no Returns", "name is not told"]),
        ("ends", ["no Returns"]),
        ("note", []),
    ],
)
def test_a_method_without_sections_is_found(method: str, lacking: list[str]) -> None:
    assert faults(dict(methods("Scale", Scale))[f"Scale.{method}"]) == lacking


def test_properties_private_and_inherited_methods_and_fields_are_no_methods_of_a_class() -> None:
    assert [name for name, _ in methods("Scale", Scale)] == [
        "Scale.of",
        "Scale.named",
        "Scale.ends",
        "Scale.note",
    ]
    assert list(methods("Longer", Longer)) == []
