"""Counts in: yearly or quarterly numbers of anything (tags, patent classes, products) as one tidy
table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from firstlight.nouns import Snapshot, Table
from firstlight.sources.beside_numbers import (
    check_rates,
    is_figure,
    is_of_figures,
    loaded_as_one,
    one_table,
)
from firstlight.sources.columns import (
    GENERIC,
    Alias,
    Layout,
    aliases,
    guess_layout,
    missing_columns,
    plain,
)
from firstlight.sources.dates import MONTH_NAME, day_comes_first, fiscal_years, months_after_points
from firstlight.sources.document_rows import ALIASES as DOCUMENT_ALIASES
from firstlight.sources.document_rows import cleaned
from firstlight.sources.formats import names_in, only_a_header, open_given
from firstlight.sources.frames import Frame
from firstlight.sources.jsonlines import with_all_keys
from firstlight.sources.number_columns import are_whole, number_columns
from firstlight.sources.raw import ROW, TEXTS, Opened, Raw, said_once
from firstlight.sources.renamed_units import one_spelling
from firstlight.sources.setaside import gather, rejected_rows, with_reasons
from firstlight.sources.texts import no_values, western_years
from firstlight.sources.wide_tables import (
    FEWEST_PERIODS,
    VALUE,
    cells_under_headings,
    is_no_part,
    long_from_periods,
    month_columns,
    period_of,
    year_columns,
    year_of,
)
from firstlight.sources.written_numbers import read_numbers
from firstlight.texts import Code, Count, Message, Name, message
from firstlight.texts import names as listed

ALIASES = "count_columns.csv"
PARENTS = "parent_columns.csv"
SCHEMA: dict[str, pl.DataType] = {
    "entity": pl.String(),
    "year": pl.Int32(),
    "quarter": pl.Int8(),
    "count": pl.Float64(),
    "place": pl.String(),
    "total": pl.Float64(),
    "parent": pl.String(),
    "basis": pl.String(),
}
UNITS = {column: TEXTS.say("en", "units", "counts", column) for column in SCHEMA}
KEY = ("entity", "year", "quarter", "place", "parent")
PSEUDO_TOTAL = (
    100_000.0  # documents that a period is taken to have where a file holds rates and no total
)
FEWEST_HEADED = 3  # columns of numbers beside the year that make a table by what is counted
# A year, a year with a marked quarter (2016Q3, 2016年第3季度), or a date, of which year and month
# count.
_PERIOD = (
    r"^(\d{4})(?:\.0)?\s*年?"
    r"(?:[\s\-/]*[Qq第]\s*([1-4])\s*(?:季度?)?|[-/](\d{1,2})(?:[-/.]\d{1,2})?(?:[T ].*)?"
    r"|\s*(\d{1,2})\s*月(?:份|\s*\d{1,2}\s*日)?)?$"
)
# A month alone: by its name, or by its number where sign or heading say that it is one.
_MONTH = rf"(?i)^(?:{MONTH_NAME})\.?$|^\d{{1,2}}\s*月份?$|^\p{{Han}}{{1,2}}月份?$"
_MONTH_NUMBER = rf"{_MONTH}|^(?:0?[1-9]|1[0-2])(?:\.0)?$"
_MEASURES = ("count", "rate")
_QUARTER = r"^[Qq第]?\s*([1-4])(?:\.0)?\s*(?:季度?|[Qq])?$"


@dataclass(frozen=True)
class Counts:
    """Tidy counts, sorted by entity, year, quarter and place, and all rows that did not become one.

    table     : frame with the columns of ``SCHEMA``, key entity, year, quarter, place, parent
    set_aside : file, row, column, value, code, reason, reason_zh
    snapshots : the exact bytes that were read
    mapping   : canonical column -> column of the file
    notes     : what else a reader should know
    rows      : records read; equals the rows used and those set aside together
    summed    : how many rows were added to another row with the same key
    encoding  : of the text, where the user named it
    """

    table: Table
    set_aside: pl.DataFrame
    snapshots: tuple[Snapshot, ...]
    mapping: Mapping[str, str]
    notes: tuple[Message, ...]
    rows: int
    summed: int
    encoding: str = ""


def looks_like_counts(frame_columns: Sequence[str]) -> bool:
    """Whether columns are those of counts (entity, year, count) and not those of documents (title
    or abstract).

    >>> looks_like_counts(["year", "subfield", "count"]), looks_like_counts(
    ...     ["title", "year", "citations", "field"])
    (True, False)
    >>> looks_like_counts(["name", "year", "count"]), looks_like_counts(["name", "year", "number"])
    (True, False)
    """
    counts = _guess(frame_columns).names()
    if not {"entity", "year"} <= counts.keys() or counts.keys().isdisjoint(_MEASURES):
        return False
    if is_of_figures(frame_columns):
        return False
    texts = _texts(frame_columns)
    # Documents have a name and a number as well; what has been counted has a count.
    is_named = texts == {counts["entity"]} and plain(counts.get("count", "")) != "number"
    return not texts or is_named


def _texts(names: Sequence[str]) -> set[str]:
    """The columns that documents would have their text in."""
    found = guess_layout(names, DOCUMENT_ALIASES).names()
    return {found[column] for column in ("title", "abstract") if column in found}


def holds_counts(
    path_or_frame: Frame, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> bool:
    """Whether the input is counts, by the column names of the first file that tells; rows are read
    only where none tells and the year is known.

    Raises  InputError where nothing can be opened, as `read_counts`.

    >>> holds_counts(pl.DataFrame({"tag": ["a"], "year": [2016], "count": [1]}))
    True
    """
    measures = {alias.alias for alias in aliases(ALIASES) if alias.column == "rate"}
    if columns and {"entity", *_MEASURES, *measures} & set(columns):
        return True
    if columns and {"title", "abstract"} & set(columns):
        return False
    has_year = False
    for names in names_in(path_or_frame, ALIASES, encoding):
        if looks_like_counts(names):
            return True
        texts, periods = _texts(names), _periods(names)
        if periods and not texts - {_entity_beside(names, periods)}:
            return not is_of_figures(names)
        if texts:
            return False
        has_year |= "year" in _guess(names).columns
    if not has_year:
        return False
    opened = open_given(path_or_frame, ALIASES, None, encoding=encoding).opened
    return any(_by_content(with_all_keys(each)) or _headed(each) for _, each in opened)


def _by_content(opened: Opened) -> dict[str, str]:
    """What was counted and its count, of a table with nothing else but period and place: the column
    of names, unless its heading tells it, and that of numbers; empty where they can't be told."""
    layout = guess_layout(opened.names, ALIASES).names()
    known = _guess(opened.names).names()
    others = [name for name in opened.names if name not in layout.values()]
    is_told = "entity" in layout
    if "year" not in known or len(others) != (1 if is_told else 2) or _texts(opened.names):
        return {}
    frame = opened.load(tuple(others)).frame
    numbers = number_columns(frame, others)
    names = [name for name in others if name not in numbers]
    if len(numbers) != 1 or is_figure(numbers[0]):
        return {}
    if is_told:
        return {"count": numbers[0]} if are_whole(frame[numbers[0]]) else {}
    if frame.height < FEWEST_PERIODS * frame[names[0]].n_unique():
        return {}
    return {"entity": names[0], "count": numbers[0]}


def read_counts(
    path_or_frame: Frame, columns: Mapping[str, str] | None = None, *, encoding: str | None = None
) -> Counts:
    """Read a file, a folder or a frame of counts into one tidy table.

    Rows with the same entity, parent, year, quarter and place are summed, and a note says how many;
    their total is kept where they agree on it and is otherwise empty. Where only a place is named,
    the place is the entity. A second column of names (the domain of a subfield) is the entity's
    parent. A table with a column for each year or month, or with a row for each period and a
    column for each thing that is counted, is read with a row for each cell. Rates
    (per 100,000, shares, per cent) become counts: of the total of their row, or of a
    pseudo-total of 100,000 a year, a quarter or a month, as rows have it, where the file has no
    totals at all.

    Parameters
    ----------
    path_or_frame
        As in `read_documents`.
    columns
        Canonical column -> column of the file, where the guess is wrong.
    encoding
        Of text files that aren't UTF-8; found by their bytes unless given.

    Returns
    -------
    Counts, with ``table`` (a row for each entity, year and place), what was set aside and why, and
    notes.

    Raises
    ------
    InputError
        Where nothing can be read: empty or binary file, truncated archive, missing columns.

    Examples
    --------
    >>> frame = pl.DataFrame({"tag": ["a", "a"], "year": [2016, 2016], "count": [1, 2]})
    >>> read_counts(frame).table.frame.row(0)
    ('a', 2016, None, 3.0, None, None, None, 'counts')
    """
    given = open_given(path_or_frame, ALIASES, columns, encoding=encoding)
    parts, aside, notes, mapping, rows = [], [], list(given.notes), dict[str, str](), 0
    for file, opened in given.opened:
        layout, raw = _rows(opened, columns, file)
        for column, used in layout.names().items():
            mapping.setdefault(column, used)
        kept, unusable, told = _tidy_rows(raw, layout, file)
        parts.append(kept)
        aside += [rejected_rows(file, raw.rejected), unusable]
        notes += [*raw.notes, *told]
        rows += raw.rows
    if not rows:
        raise only_a_header(given)
    frame, of_rates = _with_pseudo_total(pl.concat(parts))
    summed, of_sums = _sum_rows(frame)
    notes += [*of_rates, *of_sums]
    table = Table("tidy.files__counts", summed, KEY, UNITS)
    extra = frame.height - summed.height
    return Counts(
        table,
        gather(aside),
        given.snapshots,
        mapping,
        said_once(notes),
        rows,
        extra,
        encoding or "",
    )


def _standing_in(layout: Layout, other: str, column: str) -> Layout:
    """The layout with one column taken for another, where that is not there."""
    if column in layout.columns or other not in layout.columns:
        return layout
    columns = dict(layout.columns)
    return Layout(layout.publisher, {column: columns.pop(other), **columns})


def _guess(
    names: Sequence[str], columns: Mapping[str, str] | None = None, where: str = ""
) -> Layout:
    layout = guess_layout(names, ALIASES, columns, where)
    # Counts by country alone: the country is what is counted.
    layout = _standing_in(layout, "place", "entity")
    # A quarter without a year beside it says the year as well: 2016Q3.
    layout = _standing_in(layout, "quarter", "year")
    chosen = dict(layout.columns)
    if "total" not in chosen:
        # A publisher's own name of its total: medline_total, total_grants.
        words = {name: plain(name).split() for name in _untaken(names, chosen)}
        named = [name for name, own in words.items() if len(own) == 2 and "total" in own]
        if len(named) == 1:
            chosen["total"] = (named[0], Alias("total", named[0], GENERIC, (), ""))
    # Looked for last: a domain is the entity, unless a subfield is.
    above = guess_layout(_untaken(names, chosen), PARENTS, where=where)
    return Layout(layout.publisher, {**above.columns, **chosen})


def _untaken(names: Sequence[str], chosen: Mapping[str, tuple[str, Alias]]) -> list[str]:
    taken = {name for name, _ in chosen.values()}
    return [name for name in names if name not in taken]


def _rows(opened: Opened, columns: Mapping[str, str] | None, where: str) -> tuple[Layout, Raw]:
    """What each column is, and the rows: one for each entity and period, also of a table that has
    a column for each year or month, or for each thing that is counted."""
    periods = _periods(opened.names)
    if not periods:
        if headed := _headed(opened, columns, where):
            return _of_headings(*headed, columns or {}, where)
        return _long(opened, columns or {}, where)
    others = [name for name in opened.names if name not in periods]
    ((held, period), *_) = periods.values()
    entity = _entity_beside(opened.names, periods)
    known = {"count": held, **({"entity": entity} if entity else {}), **(columns or {})}
    layout = _layout([*others, "year", held], known, where)
    if "total" not in known:  # one of all years is the sum of a row, and no year's total
        of_years = {column: own for column, own in layout.columns.items() if column != "total"}
        layout = replace(layout, columns=of_years)
    used = [name for name in layout.names().values() if name in others]
    raw = loaded_as_one(opened, (*dict.fromkeys(used), *periods), where)
    code = "months_in_columns" if isinstance(period, str) else "years_in_columns"
    ends = sorted((of for _, of in periods.values()), key=str)
    told = [message(code, first=year_of(ends[0]), last=year_of(ends[-1]))]
    if fiscal_years(periods):
        told.append(message("fiscal_years", file=Name(where)))
    if unread := [name for name in others if name not in used and not is_no_part(name)]:
        told.append(message("columns_beside_unread", file=Name(where), columns=listed(unread)))
    frame = long_from_periods(raw.frame, periods, where)
    return layout, replace(raw, frame=frame, notes=(*raw.notes, *told))


def _headed(
    opened: Opened, columns: Mapping[str, str] | None = None, where: str = ""
) -> tuple[list[str], Raw] | None:
    """The columns that count one thing each, and the rows, of a table with a row for each period:
    all beside the year, where they hold numbers and no period stands twice; None where it is
    another table."""
    layout = _guess(opened.names, columns, where)
    known, free = layout.names(), _untaken(opened.names, layout.columns)
    others = [name for name in free if not is_no_part(name)]
    if not {"year"} <= known.keys() <= {"year", "quarter", "total"} or _texts(opened.names):
        return None
    # GDP, population and employment by year are figures of one place, and no things counted.
    if len(others) < FEWEST_HEADED or any(map(is_figure, others)):
        return None
    raw = one_table(opened.load(tuple(opened.names)), where)
    periods = [known[column] for column in ("year", "quarter") if column in known]
    if raw.frame.select(periods).is_duplicated().any():
        return None
    return (others, raw) if number_columns(raw.frame, others) == others else None


def _of_headings(
    headed: Sequence[str], raw: Raw, columns: Mapping[str, str], where: str
) -> tuple[Layout, Raw]:
    """What each column is, and the rows of a table that has a column for each thing counted."""
    # An empty cell stays, to be set aside as one.
    frame = cells_under_headings(raw.frame, headed, "entity")
    known = {**columns, "entity": "entity", "count": VALUE}
    layout = _layout([name for name in frame.columns if name != ROW], known, where)
    told = message("things_in_columns", columns=listed(headed))
    return layout, replace(raw, frame=frame, notes=(*raw.notes, told))


def _long(opened: Opened, columns: Mapping[str, str], where: str) -> tuple[Layout, Raw]:
    """What each column is, and the rows of a table that has one for each entity and year."""
    guessed = _guess(opened.names, columns, where).columns
    told = list[Message]()
    if "entity" not in guessed or guessed.keys().isdisjoint(_MEASURES):
        opened = with_all_keys(opened)
        columns = {**_by_content(opened), **columns}
        about = {"file": Name(where)}
        told = [
            message("only_one_left", column=Name(column), own=Name(own), **about)
            for column, own in columns.items()
            if column not in guessed
        ]
    layout = _layout(opened.names, columns, where)
    raw = loaded_as_one(opened, tuple(dict.fromkeys(layout.names().values())), where)
    return layout, replace(raw, notes=(*raw.notes, *told))


def _periods(names: Sequence[str]) -> Mapping[str, tuple[str, int | str]]:
    """The columns named for years or months, where they hold one thing and no column holds the
    year."""
    if "year" in guess_layout(names, ALIASES).columns:
        return {}
    by_year = year_columns(names)
    kinds = {kind for kind, _ in by_year.values()}
    if len(by_year) >= FEWEST_PERIODS and len(kinds) == 1 and kinds.isdisjoint(names):
        return by_year
    return month_columns(names)


def _entity_beside(names: Sequence[str], periods: Mapping[str, tuple[str, int | str]]) -> str:
    """The column that names what is counted, beside columns for years or months: by what it is
    called, or the only one; empty where it can't be told."""
    others = [name for name in names if name not in periods]
    if entity := _guess(others).names().get("entity"):
        return entity
    return others[0] if len(others) == 1 else ""


def _layout(names: Sequence[str], columns: Mapping[str, str] | None, where: str) -> Layout:
    layout = _guess(names, columns, where)
    wanted = [column for column in ("entity", "year") if column not in layout.columns]
    if layout.columns.keys().isdisjoint(_MEASURES):
        wanted.append("count")
    if wanted:
        raise missing_columns(names, layout, wanted, where)
    return layout


def _tidy_rows(
    raw: Raw, layout: Layout, file: str
) -> tuple[pl.DataFrame, pl.DataFrame, list[Message]]:
    texts = {
        column: cleaned(raw.frame, layout, column)
        for column in ("entity", "year", "quarter", "place", "parent")
    }
    texts |= {column: western_years(texts[column]) for column in ("year", "quarter")}
    texts |= {column: one_spelling(texts[column]) for column in ("entity", "place", "parent")}
    texts["year"], fiscal = _as_periods(texts["year"])
    notes = [message("fiscal_years", file=Name(file))] if fiscal else []
    # A file with both a count and a rate of it is read by its counts.
    measure, basis, documents = "count", "counts", pl.col("count")
    if "count" not in layout.columns:
        measure, basis, documents = "rate", "rates", _count_of_rate(layout)
    values = {
        "count_text": cleaned(raw.frame, layout, measure),
        "total_text": cleaned(raw.frame, layout, "total"),
    }
    of_count, told = _amount(raw, layout, measure, "count", file)
    of_total, also_told = _amount(raw, layout, "total", "total", file)
    if measure == "rate":
        own, alias = layout.columns[measure]
        check_rates(raw.frame[own], of_count[0], float(alias.form or 1), raw.frame[ROW], file)
    notes += [*told, *also_told]
    frame = pl.DataFrame([raw.frame[ROW].alias("row"), *texts.values()]).with_columns(
        *of_count, *of_total, **values
    )
    period = pl.col("year")
    month = pl.coalesce(period.str.extract(_PERIOD, 3), period.str.extract(_PERIOD, 4))
    frame = frame.with_columns(
        year_number=period.str.extract(_PERIOD, 1).cast(pl.Int32),
        month=month.cast(pl.Int8),
        quarter_number=pl.coalesce(
            pl.col("quarter").str.extract(_QUARTER, 1), period.str.extract(_PERIOD, 2)
        ).cast(pl.Int8),
    )
    of_month = pl.when(pl.col("month").is_between(1, 12)).then((pl.col("month") + 2) // 3)
    frame = frame.with_columns(quarter_number=pl.coalesce("quarter_number", of_month)).with_columns(
        code=_code(measure == "rate" and of_total[0].is_not_null().any(), _month_alone(layout))
    )
    aside = _unusable(frame.filter(pl.col("code").is_not_null()), layout, file)
    kept = frame.filter(pl.col("code").is_null()).select(
        "entity",
        pl.col("year_number").alias("year"),
        pl.col("quarter_number").alias("quarter"),
        documents,
        "place",
        "total",
        "parent",
        pl.lit(basis).alias("basis"),
        "month",
    )
    return kept, aside, notes


def _as_periods(texts: pl.Series) -> tuple[pl.Series, bool]:
    """Periods as the pattern of periods has them, where they can be read otherwise (01/2016,
    FY2016, 2016-17), and whether they are years that run into the next."""
    distinct = texts.unique().drop_nulls().sort()
    fiscal = fiscal_years(distinct)
    read = {text: str(year) for text, year in fiscal.items()}
    order = day_comes_first(distinct)
    has_months = months_after_points(distinct)
    for text in distinct.filter(~distinct.str.contains(_PERIOD)):
        dated = period_of(text, day_first=order, has_point_months=has_months)
        if text not in read and dated:
            read[text] = str(dated.date.year)
            if dated.precision != "year":
                read[text] = f"{dated.date:%Y-%m}"
    return texts.replace(read) if read else texts, bool(fiscal)


def _count_of_rate(layout: Layout) -> pl.Expr:
    """Documents behind a rate: of the total given, or else of the pseudo-total."""
    per = float(layout.columns["rate"][1].form or 1)
    return (pl.col("count") / per * pl.col("total").fill_null(PSEUDO_TOTAL)).alias("count")


def _with_pseudo_total(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    """Rates without a total with the total that they were given, and a note that says so."""
    is_alone = (pl.col("basis") == "rates") & pl.col("total").is_null()
    rows = frame.filter(is_alone).height
    if not rows:
        return frame, []
    note = message("rates_without_total", count=Count(rows), total=Count(int(PSEUDO_TOTAL)))
    total = pl.when(is_alone).then(PSEUDO_TOTAL).otherwise("total").alias("total")
    basis = pl.when(is_alone).then(pl.lit("rates_alone")).otherwise("basis").alias("basis")
    return frame.with_columns(total, basis), [note]


def _amount(
    raw: Raw, layout: Layout, column: str, name: str, file: str
) -> tuple[list[pl.Series], list[Message]]:
    """A column of counts, rates or totals under a name, where it holds no number (``name_misfit``),
    and notes."""
    if column not in layout.columns:
        empty = no_values(name, pl.Float64, raw.frame.height)
        return [empty, empty.is_not_null().alias(f"{name}_misfit")], []
    own, alias = layout.columns[column]
    read = read_numbers(raw.frame[own], form=raw.decimal, is_whole=column != "rate")
    value = read.value
    if read.unit and column == "rate":
        value = value / 100 * float(alias.form or 1)
    misfit = read.code.is_not_null()
    return [value.alias(name), misfit.alias(f"{name}_misfit")], read.notes(file, own)


def _month_alone(layout: Layout) -> str:
    """The pattern of a month without a year in the column of years."""
    heading = plain(layout.columns["year"][0])
    return _MONTH_NUMBER if heading in ("month", "月份") else _MONTH


def _code(needs_total: bool, month_alone: str) -> pl.Expr:
    """Why a row can't be used; null where it can.

    needs_total : whether the rows are rates of totals that the file gives
    month_alone : pattern of a month without a year
    """
    year, code = pl.col("year_number"), pl.lit
    bad_total = pl.col("total_misfit") | (pl.col("total") < 0).fill_null(False)
    bad_quarter = (
        pl.col("quarter").is_not_null() & pl.col("quarter").str.extract(_QUARTER, 1).is_null()
    )
    return (
        pl.when(pl.col("entity").is_null()).then(code("entity_missing"))
        .when(pl.col("year").is_null()).then(code("year_missing"))
        .when(pl.col("year").str.contains(month_alone)).then(code("year_of_month_missing"))
        .when(year.is_null() | ~year.is_between(1500, 2200)).then(code("year_unparsable"))
        .when(bad_quarter).then(code("quarter_unparsable"))
        .when(pl.col("count_misfit")).then(code("count_unparsable"))
        .when(pl.col("count").is_null()).then(code("count_missing"))
        .when(pl.col("count") < 0).then(code("count_negative"))
        .when(bad_total).then(code("total_unparsable"))
        .when(pl.lit(needs_total) & pl.col("total").is_null()).then(code("total_missing"))
    )  # fmt: skip


def _unusable(rows: pl.DataFrame, layout: Layout, file: str) -> pl.DataFrame:
    names = {"count": layout.names().get("rate", ""), **layout.names()}
    kind = pl.col("code").str.split("_").list.first()
    shown = pl.coalesce(
        pl.when(kind == "year").then("year"),
        pl.when(kind == "quarter").then("quarter"),
        pl.when(kind == "count").then("count_text"),
        pl.when(kind == "total").then("total_text"),
        "entity",
        pl.lit(""),
    )
    column = kind.replace_strict(names, default="", return_dtype=pl.String)
    return with_reasons(
        rows.select(file=pl.lit(file), row="row", column=column, value=shown, code="code")
    )


def _sum_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Message]]:
    agrees = pl.col("total").n_unique() == 1
    # Rates of three months are of three pseudo-totals, or the quarter's share would be their sum. A
    # month is the record's: of an entity without a row for it there is nothing, as with counts.
    months = pl.col("month").n_unique().over("year", "quarter", "place")
    is_alone = pl.col("basis").max() == "rates_alone"
    times = pl.when(is_alone).then(pl.col("months").first()).otherwise(1)
    # Floats are added in one order, so that the sum's last digit doesn't depend on the order of
    # rows.
    grouped = (
        frame.with_columns(months=months)
        .sort("count", "total", nulls_last=True)
        .group_by(*KEY, maintain_order=True)
        .agg(
            pl.col("count").sum(),
            pl.when(agrees).then(pl.col("total").first() * times).alias("total"),
            # Of counts and rates under one key the sum rests on rates: their words sort so.
            pl.col("basis").max(),
            clash=~agrees,
        )
        .sort(*KEY, nulls_last=False)
    )
    extra, clashes, notes = frame.height - grouped.height, int(grouped["clash"].sum()), []
    if extra:
        notes.append(message("counts_summed", count=Count(extra)))
    if clashes:
        column = Code("codes.shared.total")
        notes.append(message("sums_disagree", count=Count(clashes), column=column))
    return grouped.select(*SCHEMA).cast(dict(SCHEMA)), notes  # type: ignore[arg-type]
