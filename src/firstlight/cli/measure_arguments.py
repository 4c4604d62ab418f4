"""What ``measure NAME`` takes, made from the declaration of the measurement."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

from firstlight.measurement import Measurement, measurement
from firstlight.parameters import Parameter
from firstlight.texts import WORDS, Name, Texts

SHARED = Texts(WORDS)
FILES = ("file", "table")
LONGEST = 28  # letters of choices that stand in the usage; more of them are listed in the help
WIDTH = 79


def add_measurement(parser: argparse.ArgumentParser, name: str, lang: str) -> None:
    """The table and every option of one measurement.

    Raises InputError for a measurement that does not exist.
    """
    declared = measurement(name)
    parser.description = _about(declared, lang)
    if lang == "en":
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
    source = "source_or_database" if declared.databases else "source"
    parser.add_argument("source", nargs="?", help=SHARED.say(lang, "interface", source))
    options = parser.add_argument_group(SHARED.say(lang, "interface", "options_of"))
    for own in declared.options:
        metavar = "FILE" if own.kind in FILES else _metavar(own)
        _add(options, own.name, metavar, _option_help(declared, own, lang))
    if "indicator" not in declared.parameters:
        _add(options, "indicator", "NAME", SHARED.say(lang, "interface", "indicator"))
    where = SHARED.say(lang, "interface", "where")
    options.add_argument(
        "--where", dest="of_where", action="append", metavar="COLUMN=CELL", help=where
    )
    if declared.may_sum:
        _add(options, "sum", "yes|no|COLUMN", SHARED.say(lang, "interface", "sum"))
    if declared.may_hold_totals:
        _add(options, "keep_totals", "yes|no", SHARED.say(lang, "interface", "keep_totals"))
    if declared.databases:
        _add(options, "database_year", "VALUE", SHARED.say(lang, "interface", "database_year"))
    if declared.places:
        _add(options, "outlines", "FILE", SHARED.say(lang, "interface", "outlines"))
        _add(options, "outline_name", "TEXT", SHARED.say(lang, "interface", "outline_name"))
    columns = parser.add_argument_group(SHARED.say(lang, "interface", "columns_of"))
    for own in declared.columns:
        if own in declared.options:
            continue
        _add(columns, own.name, "COLUMN", _column_help(declared, own, lang))


def _add(group: argparse._ArgumentGroup, name: str, metavar: str, words: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    group.add_argument(flag, dest=f"of_{name}", metavar=metavar, help=words.replace("%", "%%"))


def _about(declared: Measurement, lang: str) -> str:
    texts = declared.texts
    lines = [texts.say(lang, "title"), texts.say(lang, "question"), texts.say(lang, "formula")]
    lines.append(declared.citation)
    if lang == "en":  # Chinese is wrapped by its own formatter
        lines = [textwrap.fill(line, WIDTH, break_on_hyphens=False) for line in lines]
    return "\n".join(lines)


def _choices(own: Parameter) -> str:
    return "|".join(map(str, own.schema.get("enum", ())))


def _metavar(own: Parameter) -> str:
    if choices := _choices(own):
        return choices if len(choices) <= LONGEST else "NAME"
    names = {
        "column": "COLUMN",
        "yes_no": "yes|no",
        "columns": "COLUMN,…",
        "names": "NAME,…",
        "ratios": "K>=2*L,…",
    }
    return names.get(own.kind, "VALUE")


def _option_help(declared: Measurement, own: Parameter, lang: str) -> str:
    return SHARED.say(lang, "interface", "between_options").join(_parts(declared, own, lang))


def _parts(declared: Measurement, own: Parameter, lang: str) -> Iterator[str]:
    """What an option means, what is allowed, and what it is where it is left out."""
    yield declared.help(own.name, lang).rstrip(".。")
    if len(_choices(own)) > LONGEST:
        listed = Name(", ".join(map(str, own.schema["enum"])))
        yield SHARED.say(lang, "interface", "one_of", names=listed)
    low, high = own.schema.get("minimum"), own.schema.get("maximum")
    if low is not None or high is not None:
        ends = {"low": Name("−∞" if low is None else f"{low:.10g}")}
        ends |= {"high": Name("∞" if high is None else f"{high:.10g}")}
        yield SHARED.say(lang, "interface", "from_to", **ends)
    if own.is_required:
        yield SHARED.say(lang, "interface", "needed")
    elif own.default is not None:
        yield SHARED.say(lang, "interface", "default", value=Name(_written(own.default)))


def _column_help(declared: Measurement, own: Parameter, lang: str) -> str:
    words = declared.help(own.name, lang).rstrip(".。")
    if own.default is not None:
        found = SHARED.say(lang, "interface", "found_by_name", value=Name(own.name))
        return SHARED.say(lang, "interface", "between_options").join([words, found])
    return words


def _written(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, float):
        return f"{default:g}"
    return ",".join(default) if isinstance(default, tuple | list) else str(default)
