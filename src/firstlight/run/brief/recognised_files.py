"""Which files of a folder are what, by their columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import FirstlightError, InputError
from firstlight.instruments.chains.country_rows import SIGNS
from firstlight.instruments.concordance.code_lists import code_list, code_lists
from firstlight.run.project import FILE, HIDDEN
from firstlight.sources.archives import Content
from firstlight.sources.columns import columns_with_units, guess_layout
from firstlight.sources.counts import ALIASES as OF_COUNTS
from firstlight.sources.counts import looks_like_counts
from firstlight.sources.delimited import Delimited
from firstlight.sources.document_rows import ALIASES as OF_DOCUMENTS
from firstlight.sources.document_rows import is_dated
from firstlight.sources.formats import is_readable, open_content
from firstlight.sources.panels import ALIASES as OF_PANELS
from firstlight.sources.plan_lists import PlanList, is_plain_text
from firstlight.sources.raw import Opened
from firstlight.sources.wide_tables import year_columns
from firstlight.sources.workbooks import is_workbook
from firstlight.texts import List, Message, Name, Remark, message, names

FOLDER = Path(__file__).parent
COUNTS = ("entity", "year", "count")
MOSTLY = 0.8  # share of a file's codes that a classification holds, from which they are of it
SHOWN = 8  # headings that are listed where a file is of no kind
NAMED = {"isic": "isic4", "gb": "gbt4754", "cpc": "cpc", "hs": "hs2022", "soc": "soc"}
LEAST_SQUARE = 3  # names that a square table has both in rows and in columns
_PLAN = re.compile(r"(?i)plan(?:s|ned)?\b|strategy|规划|规劃|計畫|计划|方案|纲要|綱要")
_CODE = re.compile(r"^[A-Z]?\d[\dA-Z.\-]*$")


@dataclass(frozen=True)
class Kind:
    """The canonical columns of a kind of files: those it needs, may have and never has.

    called : what it is called
    others : columns that no kind knows and that it has at the least; a file is of such a kind where
             it is of no other
    suffix : of its files, where that tells them; "" where their columns do
    square : whether it may be a square table too, whose rows and columns have the same names: of
             one country, or of many, in front of each name; "" for neither
    exact   : headings that make a file of this kind, whatever its other columns are
    said_by : parts of headings of which one has to say that a file is of this kind
    """

    called: Remark
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    others: int = 0
    suffix: str = ""
    square: str = ""
    exact: tuple[str, ...] = ()
    said_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A file of a known kind.

    columns        : canonical column -> heading of the file
    classification : of its codes; None where it has none, or they are of no known one
    rank           : how well its columns fit the kind, of two files the better one higher
    """

    path: Path
    kind: str
    columns: Mapping[str, str] = field(default_factory=dict)
    classification: str | None = None
    rank: tuple[int, ...] = ()


@dataclass(frozen=True)
class Unrecognised:
    """A file that is used for nothing, and why."""

    path: Path
    reason: Message


def kinds_of(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """The kinds that a file declares, and what they are called."""
    kinds = {}
    for name, about in told.items():
        kinds[name] = Kind(
            Remark.under(about),
            needs=tuple(about.get("needs", ())),
            may=tuple(about.get("may", ())),
            never=tuple(about.get("never", ())),
            others=about.get("others", 0),
            suffix=about.get("suffix", ""),
            square=about.get("square", ""),
            exact=tuple(about.get("exact", ())),
            said_by=tuple(about.get("said_by", ())),
        )
    return kinds


def recognised(
    folder: Path, kinds: Mapping[str, Kind]
) -> tuple[list[Recognised], list[Unrecognised]]:
    """The files right in a folder that are of a known kind, and those that aren't, by name.

    Raises  InputError for a folder that isn't there or has no files.
    """
    if not folder.is_dir():
        raise InputError(message("no_folder", folder=Name(str(folder))), FOLDER)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    seen = [path for path in files if not path.name.startswith(HIDDEN) and path.name != FILE]
    if not seen:
        raise InputError(message("empty_folder", folder=Name(str(folder))), FOLDER)
    known, unknown = list[Recognised](), list[Unrecognised]()
    for path in seen:
        found = _recognise(path, kinds)
        if isinstance(found, Recognised):
            known.append(found)
        else:
            unknown.append(found)
    return known, unknown


def one_of_each(
    known: Sequence[Recognised],
) -> tuple[list[Recognised], list[Unrecognised]]:
    """The file of each kind whose columns fit it best, and the others; where several fit as well,
    none is taken. Where there are documents, counts are others."""
    of_kind: dict[str, list[Recognised]] = {}
    for own in known:
        of_kind.setdefault(own.kind, []).append(own)
    taken, others = list[Recognised](), list[Unrecognised]()
    for files in of_kind.values():
        best = [own for own in files if own.rank == max(each.rank for each in files)]
        if len(best) == 1:
            taken += best
            why = message("another", taken=Name(best[0].path.name))
        else:
            why = message("several_fit", files=names(own.path.name for own in best))
        others += [Unrecognised(own.path, why) for own in files if own not in taken]
    documents = [own for own in taken if own.kind == "documents"]
    for counts in [own for own in taken if documents and own.kind == "counts"]:
        taken.remove(counts)
        why = message("another", taken=Name(documents[0].path.name))
        others.append(Unrecognised(counts.path, why))
    return taken, others


def _recognise(path: Path, kinds: Mapping[str, Kind]) -> Recognised | Unrecognised:
    for name, kind in kinds.items():
        if kind.suffix and path.suffix.lower() == kind.suffix:
            return Recognised(path, name)
    if not (is_readable(path.name) or is_workbook(path.name)):
        return Unrecognised(path, message("not_read", suffix=Name(path.suffix or path.name)))
    try:
        return _by_columns(path, open_content(Content(path.name, path), OF_PANELS), kinds)
    except FirstlightError as error:
        return unreadable(path, error)


def unreadable(path: Path, error: FirstlightError) -> Unrecognised:
    """A file that an error keeps from being used."""
    said = Remark.by_language(lambda lang: error.parts(lang)[0])
    return Unrecognised(path, message("unreadable", said=said))


def _by_columns(path: Path, opened: Opened, kinds: Mapping[str, Kind]) -> Recognised | Unrecognised:
    headings = [name for name in opened.names if name]
    for name, declared in kinds.items():
        if declared.exact and set(declared.exact) <= set(headings):
            return Recognised(path, name)
    if "documents" in kinds and is_of_documents(headings):
        layout = guess_layout(headings, OF_DOCUMENTS).names()
        return Recognised(path, "documents", layout, rank=_rank(layout))
    fits = _fits(headings, kinds)
    codes = {kind: _values(opened, own["code"]) for kind, own in fits.items() if "code" in own}
    for kind, values in codes.items():
        if not _are_codes(values):
            del fits[kind]
    fits = {kind: fits[kind] for kind in fits if not kinds[kind].others} or fits
    shown = names(headings, most=SHOWN)
    if not fits:
        if square := _square_kind(opened, kinds):
            return Recognised(path, square)
        if "plan" in kinds and _is_plan(path):
            return Recognised(path, "plan")
        return Unrecognised(path, message("no_kind", columns=shown))
    ranks = {kind: _rank(columns) for kind, columns in fits.items()}
    fitting = [kind for kind in fits if ranks[kind] == max(ranks.values())]
    if len(fitting) > 1:
        each = tuple(kinds[kind].called for kind in fitting)
        return Unrecognised(path, message("several_kinds", kinds=List(each), columns=shown))
    kind = fitting[0]
    columns = fits[kind]
    if kind not in codes:
        return Recognised(path, kind, columns, rank=ranks[kind])
    of = _classification(columns["code"], codes[kind])
    return Recognised(path, kind, columns, of, ranks[kind])


def _square_kind(opened: Opened, kinds: Mapping[str, Kind]) -> str | None:
    """The kind of a square table: three names or more of the first column are headings too. It is
    of many countries if most of them end as others do: CHN_mines, DEU_mines."""
    of = {kind.square: name for name, kind in kinds.items() if kind.square}
    header = opened.header if isinstance(opened, Delimited) else opened.names
    if not of or len(header) < LEAST_SQUARE or header.count(header[0]) > 1:
        return None
    first, *others = header  # the corner may be empty
    raw = opened.load((first,)).frame
    both = sorted(set(_texts(raw[raw.columns[0]])) & set(others))
    if len(both) < LEAST_SQUARE:
        return None
    for sign in SIGNS:
        ends = Counter(name.partition(sign)[2] for name in both)
        if 2 * sum(count for end, count in ends.items() if end and count > 1) > len(both):
            return of.get("countries")
    return of.get("country")


def _is_plan(path: Path) -> bool:
    """Whether a text without columns is called a plan, or has entries that stand under headings, as
    a plan's do."""
    if not is_plain_text(path.name):
        return False
    if _PLAN.search(path.stem):
        return True
    listed = PlanList(Content(path.name, path)).load(("section",)).frame
    return bool((listed["section"] != "").any())


def is_of_documents(headings: Sequence[str]) -> bool:
    """Whether columns are those of documents: a title, not merely a name, and a date or year.

    >>> is_of_documents(["题名", "摘要", "年"]), is_of_documents(["name", "year", "count"])
    (True, False)
    """
    layout = guess_layout(headings, OF_DOCUMENTS).names()
    has_title = layout.get("title", "name").lower() != "name"
    return has_title and is_dated(layout)


def _fits(headings: Sequence[str], kinds: Mapping[str, Kind]) -> dict[str, dict[str, str]]:
    """Kind -> canonical column -> heading, for the kinds whose needs stand among headings."""
    years = year_columns(headings)
    columns = {column for kind in kinds.values() for column in (*kind.needs, *kind.may)}
    known = {*_found(headings, sorted(columns)).values(), *years}
    fits = {}
    for name, kind in kinds.items():
        if not kind.needs:
            continue
        own = (*kind.needs, *kind.may)
        found = _found(headings, own)
        if years:  # a column for each year stands for the two that a long table has
            first = next(iter(years))
            found = {column: first for column in ("year", "value") if column in own} | found
        if not set(kind.needs) <= set(found):
            continue
        if kind.others:
            is_other = len(set(headings) - known) < kind.others
            is_other |= not set(kind.never).isdisjoint(headings)
        else:
            is_other = _has_any(headings, kind.never, found) or not _is_said(found, kind.said_by)
        if not is_other:
            fits[name] = found
    if "counts" not in kinds:
        return fits
    counted = guess_layout(headings, OF_COUNTS, None, "", COUNTS).names()
    if looks_like_counts(headings) and not _has_any(headings, kinds["counts"].never, counted):
        fits["counts"] = counted
    return fits


def _found(headings: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Canonical column -> heading: a heading of the very name first, then by aliases."""
    exact = {name: name for name in columns if name in headings}
    left = [name for name in headings if name not in exact]
    rest = tuple(name for name in columns if name not in exact)
    guessed: dict[str, str] = {}
    if left and rest:
        guessed = guess_layout(left, OF_PANELS, None, "", rest).names()
    known = {**exact, **guessed, **columns_with_units(left, OF_PANELS, rest, guessed)}
    return {name: known[name] for name in columns if name in known}


def _is_said(columns: Mapping[str, str], said_by: Sequence[str]) -> bool:
    headings = [heading.casefold() for heading in columns.values()]
    return not said_by or any(word in heading for heading in headings for word in said_by)


def _rank(columns: Mapping[str, str]) -> tuple[int, int]:
    """How well a kind fits: how many of its columns are there, and how many by their very name."""
    return len(columns), sum(name == heading for name, heading in columns.items())


def _has_any(headings: Sequence[str], columns: Sequence[str], used: Mapping[str, str]) -> bool:
    """Whether a column stands among the headings that are not used for something else."""
    left = [name for name in headings if name not in used.values()]
    return any(_found(left, (column,)) for column in columns)


def _values(opened: Opened, heading: str) -> pl.Series:
    return _texts(opened.load((heading,)).frame[heading])


def _texts(cells: pl.Series) -> pl.Series:
    return cells.cast(pl.String).str.strip_chars().drop_nulls().unique().sort()


def _are_codes(values: pl.Series) -> bool:
    """Whether most of the values have the form of codes: 26, 2610, C26, 17-2141, B60L."""
    given = values.filter(values != "")
    fitting = [value for value in given if _CODE.match(value)]
    return given.len() > 0 and len(fitting) >= MOSTLY * given.len()


def _classification(heading: str, codes: pl.Series) -> str | None:
    """What a heading says that its codes are of, such as hs_code; else what the codes say."""
    words = re.findall("[a-z]+", heading.lower())
    for word in words:
        if word in NAMED:
            return NAMED[word]
    return classification_of(codes)


def classification_of(values: pl.Series) -> str | None:
    """The classification that holds most of the codes, of those that ship; None where none does.

    Codes may be coarser than those of its list. Of classifications that hold as many, the one with
    the fewest codes is taken: it holds them least by chance.

    >>> classification_of(pl.Series(["B60L", "H01M"])), classification_of(pl.Series(["x1", "x2"]))
    ('cpc', None)
    """
    given = [value for value in values if value]
    shares = []
    for name in code_lists():
        codes = code_list(name)["code"].to_list()
        known = set(codes)
        if name == "soc":  # of O*NET, whose codes begin with those of SOC: 11-1011.00
            known |= {code[:7] for code in codes}
        share = sum(value in known for value in given) / max(len(given), 1)
        shares.append((-share, len(codes), name))
    share, _, best = min(shares)
    if -share < MOSTLY:
        return None
    return best
