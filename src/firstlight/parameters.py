"""The parameters of a measurement, as the signature of its function and the columns that its family
shares declare them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypedDict,
    TypeVar,
    Union,
    Unpack,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from firstlight.errors import InputError, check_bounds, check_choice, check_positive, shown
from firstlight.roles import (
    Bounds,
    Columns,
    Default,
    File,
    Key,
    Label,
    Names,
    Number,
    Ratios,
    ShareOrColumn,
    Table,
    Year,
)
from firstlight.texts import Code, Count, Name, Value, message

__all__ = [
    "Parameter",
    "docstring_parameters",
    "meanings_of",
    "parameters_of",
    "shared_by",
    "with_defaults",
    "with_shared",
]

LISTS: dict[type, str] = {Columns: "columns", Names: "names", Ratios: "ratios"}
PLAIN: dict[Any, tuple[str, str]] = {
    bool: ("yes_no", "boolean"),
    int: ("whole", "integer"),
    float: ("number", "number"),
    str: ("text", "string"),
}
TYPES: dict[str, Any] = {
    "yes_no": bool,
    "whole": int,
    "number": (int, float),
    "text": str,
    "column": str,
    "file": (str, Path, Mapping),
    "share_or_column": (int, float, str),
}
Choices = TypeVar("Choices", bound=Mapping[str, Any])
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_COMMA = re.compile("[,，]")  # as a Chinese keyboard writes it, too
_PAUSE = "、"  # parts names as well, but stands within many: 石油加工、炼焦业


def _parted(text: str) -> list[str]:
    """The names that a text lists: parted by commas, or else by 、; a comma at the end tells of one
    name with 、 in it.

    >>> _parted("医药制造业,石油加工、炼焦业"), _parted("资本、劳动"), _parted("石油加工、炼焦业,")
    (['医药制造业', '石油加工、炼焦业'], ['资本', '劳动'], ['石油加工、炼焦业'])
    """
    parts = _COMMA.split(text) if _COMMA.search(text) else text.split(_PAUSE)
    if len(parts) > 1 and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip() for part in parts]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a measurement.

    kind   : frame (the main table), table, column, columns, names, ratios, share_or_column, file,
             choice, yes_no, whole, number, text or progress
    schema : the JSON schema of its value, None aside
    """

    name: str
    kind: str
    schema: Mapping[str, Any]
    role: Any
    default: Any
    is_required: bool
    is_optional: bool

    @property
    def is_column(self) -> bool:
        """Whether it names a column, or columns, of the main table."""
        return self.kind in ("column", "columns")

    @property
    def may_be_absent(self) -> bool:
        """Whether its column need not be in the table."""
        return self.is_optional and self.default is not None

    def read(self, given: Any) -> Any:
        """The value that a text of a command line or project file stands for; `check` judges it."""
        if not isinstance(given, str):
            return given
        text = given.strip()
        if self.is_optional and text == "none":
            return None
        if self.kind in LISTS.values():
            return _parted(text)
        if self.kind == "yes_no":
            return YES_NO.get(text.lower(), text)
        try:
            return {"whole": int, "number": float, "share_or_column": float}.get(self.kind, str)(
                text
            )
        except ValueError:
            return text

    def check(self, value: Any) -> None:
        """Raise InputError for a value that the declaration does not allow."""
        if self.kind in ("frame", "table", "progress") or (value is None and self.is_optional):
            return
        given: dict[str, Value[Any]]
        given = {"parameter": Name(self.name), "value": shown(value)}
        if self.kind == "choice":
            check_choice(self.name, value, self.schema["enum"])
        elif self.kind in LISTS.values():
            least = self.schema.get("minItems", 1)
            if not _are_names(value, least):
                raise InputError(message("few_columns", count=Count(least), **given))
        # To Python True is a whole number.
        elif not isinstance(value, TYPES[self.kind]) or (
            isinstance(value, bool) and self.kind != "yes_no"
        ):
            raise InputError(message("wrong_kind", kind=Code(f"kinds.{self.kind}"), **given))
        elif not isinstance(value, str) and ("minimum" in self.schema or "maximum" in self.schema):
            low, high = self.schema.get("minimum"), self.schema.get("maximum")
            check_bounds(self.name, value, low, high)
            if self.schema.get("exclusiveMinimum") is not None:
                check_positive(self.name, value)


def _are_names(value: Any, least: int) -> bool:
    """Whether a value is a list of so many names or more, none of them empty, each once."""
    if isinstance(value, str) or not isinstance(value, Collection):
        return False
    are_texts = all(isinstance(each, str) and each.strip() for each in value)
    return are_texts and least <= len(value) == len(set(value))


class NothingShared(TypedDict):
    """The columns of a measurement that shares none."""


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """The parameters by name, the main table first, then the columns that others share."""
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters
    main = next(iter(signature))
    own = {
        name: _parameter(given, hints[name], name == main)
        for name, given in signature.items()
        if given.kind is not given.VAR_KEYWORD
    }
    hints = get_type_hints(shared_by(function), include_extras=True)
    shared = {name: _shared_parameter(name, hint) for name, hint in hints.items()}
    return {main: own[main], **shared, **own}


def shared_by(function: Callable[..., Any]) -> type:
    """The columns and choices that a function shares with others of its family, a TypedDict:
    ``**columns: Unpack[TableColumns]``; one without columns where it shares none."""
    hints = get_type_hints(function, include_extras=True)
    unpacked = (get_args(hint) for hint in hints.values() if get_origin(hint) is Unpack)
    return next((shared for (shared,) in unpacked), NothingShared)


def meanings_of(function: Callable[..., Any]) -> dict[str, str]:
    """Parameter -> what the docstrings of the function and of the shared columns say of it."""
    told = _meanings_of_shared(shared_by(function)) | docstring_parameters(function)
    return {name: told[name] for name in parameters_of(function) if name in told}


def _meanings_of_shared(shared: type) -> dict[str, str]:
    """Parameter -> what the docstring of shared columns, or of those that they extend, says of it:
    ``class PlaceColumns(UnitColumns, TypedDict)``."""
    told = dict[str, str]()
    for base in getattr(shared, "__orig_bases__", ()):
        if base is not TypedDict:
            told |= _meanings_of_shared(base)
    return told | docstring_parameters(shared)


def with_shared(
    function: Callable[..., Any],
    parameters: Mapping[str, Parameter],
    arguments: Mapping[str, Any],
) -> dict[str, Any]:
    """The arguments of a call, as ``locals()`` has them, with shared columns among the others.

    Raises TypeError for a name that is no parameter's, as Python does.
    """
    own = {name: value for name, value in arguments.items() if name in parameters}
    further = [value for name, value in arguments.items() if name not in parameters]
    if not further:
        return own
    return {**with_defaults(shared_by(function), further[0], function.__name__), **own}


def with_defaults(shared: type[Choices], given: Choices, caller: str = "") -> Choices:
    """What a function was given of the choices that it shares, and the defaults of the others.

    Raises TypeError for a name that is none of theirs, as Python does.
    """
    hints = get_type_hints(shared, include_extras=True)
    for name in given:
        if name not in hints:
            raise TypeError(
                f"{caller or shared.__name__}() got an unexpected keyword argument {name!r}"
            )
    whole: Any = {name: _shared_parameter(name, hint).default for name, hint in hints.items()}
    whole.update(given)
    return cast("Choices", whole)


def _parameter(parameter: inspect.Parameter, hint: Any, is_main: bool) -> Parameter:
    """A parameter read from its annotation: ``Annotated`` and ``| None`` in any order."""
    extras: list[Any] = []
    kinds, is_optional = _unfolded(hint, extras)
    bounds = next((extra for extra in extras if isinstance(extra, Bounds)), Bounds())
    role = next((extra for extra in extras if not isinstance(extra, Bounds | Default)), None)
    kind, schema = _kind(parameter.name, kinds, role, is_main)
    limits = {"minimum": bounds.low, "maximum": bounds.high}
    if bounds.is_above:
        limits["exclusiveMinimum"] = 0
    schema = {**schema, **{key: limit for key, limit in limits.items() if limit is not None}}
    is_required = parameter.default is parameter.empty
    default = None if is_required else parameter.default
    return Parameter(parameter.name, kind, schema, role, default, is_required, is_optional)


def _shared_parameter(name: str, hint: Any) -> Parameter:
    """A parameter that functions share, with the default that its annotation gives it; a column
    without one goes by its own name."""
    extras: list[Any] = []
    _unfolded(hint, extras)
    declared = [extra.value for extra in extras if isinstance(extra, Default)]
    own = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
    parameter = _parameter(own, hint, is_main=False)
    if declared:
        return replace(parameter, default=declared[0])
    return replace(parameter, default=name) if parameter.kind == "column" else parameter


def _unfolded(hint: Any, extras: list[Any]) -> tuple[list[Any], bool]:
    """The types that an annotation allows, and whether None is one; what is annotated goes into
    ``extras``."""
    if get_origin(hint) is Annotated:
        inside, *more = get_args(hint)
        extras += more
        return _unfolded(inside, extras)
    if get_origin(hint) in (Union, UnionType):
        kinds, is_optional = list[Any](), False
        for part in get_args(hint):
            if part is NoneType:
                is_optional = True
                continue
            inner, is_inner_optional = _unfolded(part, extras)
            kinds += inner
            is_optional = is_optional or is_inner_optional
        return kinds, is_optional
    return [hint], False


def _kind(name: str, kinds: Sequence[Any], role: Any, is_main: bool) -> tuple[str, dict[str, Any]]:
    """What a parameter is, and the JSON schema of its value."""
    rows = {"type": "array", "items": {"type": "object"}}
    if is_main or isinstance(role, Table):
        return ("frame" if is_main else "table"), rows
    if isinstance(role, ShareOrColumn):
        return "share_or_column", {"type": ["number", "string"], "minimum": 0, "maximum": 1}
    if isinstance(role, File):
        return "file", {"type": "string"}
    if isinstance(role, Columns | Names | Ratios):
        listed = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
        return LISTS[type(role)], {**listed, "minItems": getattr(role, "at_least", 1)}
    if len(kinds) != 1:
        raise TypeError(f"{name}: one type, or one and None, rather than {kinds}")
    if get_origin(kinds[0]) is Literal:
        return "choice", {"enum": list(get_args(kinds[0]))}
    if kinds[0] in PLAIN:
        kind, json_type = PLAIN[kinds[0]]
        return ("column" if isinstance(role, Key | Year | Label | Number) else kind), {
            "type": json_type
        }
    if role is None and get_origin(kinds[0]) is not None:
        return "progress", {}
    raise TypeError(f"{name}: an annotation that can't be read: {kinds[0]}")


def docstring_parameters(documented: Callable[..., Any]) -> dict[str, str]:
    """Name -> text, of the ``Parameters`` section of a docstring in NumPy style."""
    parts = re.split(r"^([A-Z]\w+)\n-+\n", inspect.getdoc(documented) or "", flags=re.M)
    section = parts[parts.index("Parameters") + 1] if "Parameters" in parts else ""
    entries = re.split(r"^\**(\w+).*\n", section, flags=re.M)[1:]
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return {name: " ".join(text.split()) for name, text in pairs}
