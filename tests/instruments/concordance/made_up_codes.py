"""Tables of codes whose meaning is known, written as people write them, and a judge of what
`conversion` makes of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.concordance import conversion
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_lists import code_list
from firstlight.result import Result

TOTALS = ["TOTAL", "Total", "T", "0", "00", "全部", "合计"]
WARNINGS = {"two_readings", "noughts_assumed", "read_as_written", "sections_beside"}


@dataclass(frozen=True)
class MadeUp:
    """A classification.

    levels  : number of digits -> its codes, digits alone
    section : division -> letter of its section, where there are sections
    point   : digits before the point, where it is written with one
    """

    levels: Mapping[int, list[str]]
    section: Mapping[str, str] = field(default_factory=dict)
    point: int = 0


@dataclass(frozen=True)
class Table:
    """What was meant, and how it was written.

    meant : what each row stands for (one code or several, of a range; none of a total) and value
    """

    written: list[str]
    meant: list[tuple[str, ...]]
    values: list[float]
    codes: Any
    known: list[str]
    read: Mapping[str, str]


def classifications(reference: Path) -> dict[str, MadeUp]:
    """Those that ship, those of the reference data, and two that are made up."""
    found = {}
    for name, point in (("isic4", 0), ("gbt4754", 0), ("hs2022", 0)):
        frame = code_list(name)
        parents = dict(frame.select("code", "parent").iter_rows())
        section = {code: up for code, up in parents.items() if len(code) == 2 and up.isalpha()}
        found[name] = MadeUp(_levels(parents), section, point)
    official = reference / "data/classifications/official"
    nace = pl.read_csv(official / "NACE2.csv.gz", infer_schema=False)
    codes = [code.replace(".", "") for code in nace["code"]]
    found["nace2"] = MadeUp(_levels(codes), found["isic4"].section, 2)
    naics = pl.read_csv(official / "NAICS2012_to_ISIC4.csv.gz", infer_schema=False)
    six = naics["NAICS2012"].drop_nulls().unique().sort()
    found["naics"] = MadeUp(_levels({code[:length] for code in six for length in range(2, 7)}))
    tree = [""]
    draw = random.Random(5)
    every = list[str]()
    for _ in range(5):  # as SITC is: sections of one digit, and codes that begin with two noughts
        inner = list[str]()
        for up in tree:
            digits = "123456789" if up == "00" else "0123456789"
            inner += [up + digit for digit in draw.sample(digits, 3)]
        tree = sorted(
            {*inner, "00"} if len(inner[0]) == 2 else inner if inner[0][1:] else {*inner, "0"}
        )
        every += tree
    found["made_up"] = MadeUp(_levels(every))
    return found


def _levels(codes: Any) -> dict[int, list[str]]:
    digits = sorted({code for code in codes if code.isdigit()})
    return {
        length: [code for code in digits if len(code) == length]
        for length in sorted({len(code) for code in digits})
    }


def made_up_table(of: MadeUp, seed: int) -> Table:
    """A table with a row for each code, and the codes of links that lead each to itself."""
    draw = random.Random(seed)
    lengths = list(of.levels)
    levels = lengths if draw.random() < 0.5 else draw.sample(lengths, draw.randint(1, len(lengths)))
    chosen = _chosen(of, levels, draw)
    rows: dict[tuple[str, ...], float] = {}
    for code in sorted(chosen, key=len, reverse=True):
        rest = draw.choice([0.0, round(draw.uniform(1, 99), 1)])
        parts = [value for (part,), value in rows.items() if _holder((part,), chosen) == code]
        rows[(code,)] = round(sum(parts) + (rest if parts else rest or 7.0), 6)
    if 2 in levels and draw.random() < 0.3:
        rows |= _range(of, chosen, draw)
    letters = dict[tuple[str, ...], float]()
    if of.section and draw.random() < 0.25:
        tops = {code: rows[(code,)] for code in chosen if not _holder((code,), chosen)}
        for letter in draw.sample(sorted(set(of.section.values())), 3):
            inside = [value for code, value in tops.items() if of.section.get(code[:2]) == letter]
            letters[(letter,)] = round(sum(inside) + draw.uniform(1, 9), 6)
    if letters and draw.random() < 0.4:
        rows = {}
    rows |= letters
    total = draw.choice(TOTALS) if draw.random() < 0.3 and len(rows) > 2 else None
    known_levels = lengths if draw.random() < 0.5 else [lengths[-1]]
    known = [code for length in known_levels for code in of.levels[length]]
    known_letters = sorted(set(of.section.values())) if known_levels == lengths else []
    return _written(of, rows, total, known, known_letters, draw)


def _chosen(of: MadeUp, levels: list[int], draw: random.Random) -> list[str]:
    """Codes of some levels, with a taste for those that begin with a nought and for families."""
    found = set[str]()
    for _ in range(draw.choice([1, 2, 3, 5, 8, 13, 21])):
        pool = of.levels[draw.choice(levels)]
        if draw.random() < 0.35:
            pool = [code for code in pool if code[0] == "0"] or pool
        code = draw.choice(pool)
        found.add(code)
        if draw.random() < 0.2:
            found |= {code[:length] for length in levels if length < len(code)}
    return sorted(found)


def _range(of: MadeUp, chosen: list[str], draw: random.Random) -> dict[tuple[str, ...], float]:
    """Divisions next to each other of which the table has nothing else."""
    free = [
        code
        for code in of.levels[2]
        if not any(other[:2] == code[: len(other)] for other in chosen)
    ]
    for first in draw.sample(free, len(free)):
        numbers = tuple(f"{number:02d}" for number in range(int(first), int(first) + 3))
        if all(number in free for number in numbers):
            return {numbers: 31.0}
    return {}


def _holder(code: tuple[str, ...], among: list[str]) -> str:
    """The narrowest other code that holds one."""
    return max(
        (up for up in among if code[0] != up and code[0].startswith(up)), key=len, default=""
    )


def _written(
    of: MadeUp,
    rows: dict[tuple[str, ...], float],
    total: str | None,
    known: list[str],
    letters: list[str],
    draw: random.Random,
) -> Table:
    is_lost, has_point = draw.random() < 0.6, bool(of.point) and draw.random() < 0.5
    is_range_lost = draw.random() < 0.5
    sign = draw.choice(["-", "–", " - "])

    def one(code: str) -> str:
        if has_point and len(code) > of.point:
            code = f"{code[: of.point]}.{code[of.point :]}"
        if is_lost and code.isdigit():
            return str(int(code))
        return code.lstrip("0") if is_lost else code

    written = []
    for meant in rows:
        if len(meant) > 1:
            ends = [meant[0], meant[-1]]
            lost = [str(int(end)) for end in ends]
            written.append(sign.join(lost if is_lost and is_range_lost else ends))
        else:
            written.append(one(meant[0]))
    meant, values = list(rows), list(rows.values())
    if total:
        tops = [code[0] for code in meant]
        held = [code for code in meant if _is_in_another(of, code, tops)]
        written.append(total)
        values.append(round(sum(rows[code] for code in meant if code not in held), 6))
        meant.append(())
    order = draw.sample(range(len(written)), len(written))
    written = [written[at] for at in order]
    shown: Any = list(written)
    if all(code.isdigit() for code in written) and is_lost and draw.random() < 0.6:
        shown = draw.choice(
            [
                [int(code) for code in written],
                [float(code) for code in written],
                [f"{code}.0" for code in written],
            ]
        )
    elif draw.random() < 0.3:
        shown = [
            draw.choice(["", " ", "\u00a0"]) + code + draw.choice(["", "  "]) for code in written
        ]
    read = {code: code for code in known}
    if draw.random() < 0.5 and of.point:
        read = {
            code[: of.point] + "." * (len(code) > of.point) + code[of.point :]: code
            for code in known
        }
    elif (
        draw.random() < 0.2
        and len({len(code) for code in known}) == 1
        and "00" not in {code[:2] for code in known}
    ):
        read = {str(int(code)): code for code in known}
    read |= {letter: letter for letter in letters}
    return Table(
        written,
        [meant[at] for at in order],
        [values[at] for at in order],
        shown,
        sorted(read),
        read,
    )


def _is_in_another(of: MadeUp, code: tuple[str, ...], tops: list[str]) -> bool:
    return bool(_holder(code, tops)) or of.section.get(code[0][:2]) in tops


def expected(of: MadeUp, table: Table) -> list[dict[str, float]]:
    """Of each row, how much of it goes to each code of the links, by what was meant."""
    codes = [code for meant in table.meant if len(meant) == 1 for code in meant]
    known = sorted(table.read.values())
    found = []
    for meant, value in zip(table.meant, table.values, strict=True):
        if not meant:
            found.append({})
            continue
        rest = value
        for other, part in zip(table.meant, table.values, strict=True):
            is_part = len(other) == 1 and _holder(other, codes) == meant[0] and len(meant) == 1
            in_section = (
                other and meant[0] == of.section.get(other[0][:2]) and not _holder(other, codes)
            )
            if is_part or in_section:
                rest -= part
        found.append(_goes_to(meant, max(round(rest, 6), 0.0), known, codes))
    return found


def _goes_to(
    meant: tuple[str, ...], rest: float, known: list[str], codes: list[str]
) -> dict[str, float]:
    if len(meant) == 1 and meant[0] in known:
        return {meant[0]: rest}
    above = [up for up in known if len(meant) == 1 and len(up) > 1 and meant[0].startswith(up)]
    if above:
        return {max(above, key=len): rest}
    inside = [code for code in known if code.startswith(meant)]
    tops = [code for code in inside if not any(code != up and code.startswith(up) for up in inside)]
    stated = tuple(code for code in codes if code not in meant and code.startswith(meant))
    free = [code for code in tops if not code.startswith(stated)]
    return {code: rest / len(free) for code in free}


def outcome(of: MadeUp, table: Table) -> str:
    """right, told, refused, or what is silently wrong."""
    frame = pl.DataFrame({"code": table.codes, "value": table.values}, strict=False)
    links = pl.DataFrame(
        {"code_from": table.known, "code_to": [f"to {code}" for code in table.known]}
    )
    try:
        found = conversion(frame, links)
    except InputError:
        return "refused"
    meant = expected(of, table)
    whole = found.table["value"].sum() + found.tables["unconverted"]["value"].sum()
    got = {code: dict[str, float]() for code in table.written}
    for code, to, weight in (
        found.tables["routes"].select("code", "code_to", "weight_share").iter_rows()
    ):
        got[code][table.read[to.removeprefix("to ")]] = weight
    told = _told(found)
    wrong = {
        code
        for code, own in zip(table.written, meant, strict=True)
        if code not in told and not _alike(got[code], own)
    }
    related = {
        code
        for code, own in zip(table.written, table.meant, strict=True)
        for other, theirs in zip(table.written, table.meant, strict=True)
        if other in told
        and own
        and (
            other.startswith((code, *own))
            or (
                theirs and (theirs[0].startswith(own[0]) or own[0] == of.section.get(theirs[0][:2]))
            )
        )
    }
    if wrong - related:
        return f"wrong: {sorted(wrong - related)}"
    is_right = all(_alike(got[code], own) for code, own in zip(table.written, meant, strict=True))
    sums = dict[str, float]()
    for own in meant:
        for code, value in own.items():
            sums[code] = sums.get(code, 0.0) + value
    values = {
        table.read[to.removeprefix("to ")]: value
        for to, value in found.table.select("code_to", "value").iter_rows()
    }
    off = {
        code
        for code in sums.keys() | values.keys()
        if abs(sums.get(code, 0.0) - values.get(code, 0.0)) > 1e-6
    }
    if not off and is_right:
        return "right"
    doubtful = told | related
    touched = {
        code
        for written, own in zip(table.written, meant, strict=True)
        if written in doubtful
        for code in own
    }
    touched |= {code for written in doubtful & got.keys() for code in got[written]}
    if off - touched:
        return f"wrong: values of {sorted(off - touched)}"
    return "told" if whole >= 0 else "wrong"


def _told(found: Result) -> set[str]:
    """The codes that a warning names, and those that were set aside."""
    named = set(found.tables["unconverted"]["code"])
    for message in found.said:
        if message.code in WARNINGS:
            for item in dict(message.values)["codes"].value:
                named |= set(str(item.value).removesuffix(")").split(" ("))
    return named


def _alike(got: Mapping[str, float], meant: Mapping[str, float]) -> bool:
    """Whether a row goes where it was meant to go; one without a value left goes nowhere."""
    some = {code: value for code, value in meant.items() if value > 1e-9}
    total = sum(some.values())
    if not some:
        return not got or set(got) == set(meant)
    return got.keys() == some.keys() and all(
        abs(got[code] - value / total) < 1e-9 for code, value in some.items()
    )
