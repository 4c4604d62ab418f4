"""What a measurement reads: its table, further tables that its parameters name, and outlines for
its maps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.classifications.provinces import province_names
from firstlight.errors import InputError
from firstlight.measurement import Measurement
from firstlight.nouns import Result as Kept
from firstlight.nouns import Snapshot
from firstlight.parameters import Parameter
from firstlight.result import Result
from firstlight.roles import ColumnRole, Key, Label, Number, Observed, Year
from firstlight.run import reading
from firstlight.run.maps import Maps, WorldMap, world_map
from firstlight.run.reading import Handed
from firstlight.run.world_database import unread
from firstlight.schema import Data, checked_numbers, one_of_several
from firstlight.sources.archives import Content
from firstlight.sources.formats import snapshot
from firstlight.sources.outlines import outlines_content
from firstlight.sources.panels import Column, Panel, read_panel
from firstlight.sources.renamed_units import under_names
from firstlight.texts import Count, Name, message, names

OUTLINES_READ = "outlines_read"  # the Result that writes down the bytes of outlines


@dataclass(frozen=True)
class Inputs:
    """Tables and outlines, as read.

    panel   : the main table
    further : parameter -> the table that it names
    maps    : outlines; None where there are none
    world   : outlines of countries, where the table is about these and no others are given
    title   : of what was read
    sources : parameter -> what was handed in
    """

    panel: Panel
    further: Mapping[str, Panel]
    maps: Maps | None
    world: WorldMap | None
    title: str
    sources: Mapping[str, Any] = field(repr=False)

    @property
    def panels(self) -> list[Panel]:
        """Every table that was read."""
        return [self.panel, *self.further.values()]

    @property
    def outlines(self) -> Content | None:
        """The bytes of the outlines that are drawn."""
        drawn = self.maps or self.world
        if drawn is None:
            return None
        return drawn.content

    def _outlines_folder(self) -> Path | None:
        """Where the path of the outlines begins; None for those that are no file."""
        if self.maps is None:
            if self.world is None:
                return None
            return self.world.root
        source = self.sources["outlines"]
        if isinstance(source, Mapping):
            return None
        return Path(source).absolute().parent

    def with_maps(self, result: Result) -> Result:
        """The result with its outlines, and what is to be said of them."""
        drawn = self.maps or self.world
        if drawn is None:
            return result
        return drawn.on(result)

    def check_outlines(self, catalogue: Catalogue) -> None:
        """Raise InputError for outlines that can't be used, unless the catalogue holds their bytes:
        files are large.

        catalogue : looked into, and perhaps not there yet
        """
        if self.maps is None:
            return
        kept = catalogue.versions(OUTLINES_READ)
        known = {key for result in kept for key in result.inputs.values()}
        if f"sha256:{snapshot(self.maps.content, 'files').sha256}" not in known:
            _ = self.maps.given, self.maps.found  # both raise where they can't be had

    def keep(
        self, catalogue: Catalogue, declared: Measurement, reads: Mapping[str, Any]
    ) -> tuple[Kept, dict[str, str]]:
        """Write down the files and keep the tidy tables; the main one, and name -> key of all that
        a result rests on."""
        raw, _ = reading.keep_bytes(catalogue, self.panel, self.sources[declared.main.name])
        tidy = reading.keep_tidy(catalogue, f"{declared.name}_panel", self.panel, raw, reads)
        inputs = {tidy.name: tidy.key}
        for name, panel in self.further.items():
            own, _ = reading.keep_bytes(catalogue, panel, self.sources[name])
            kept = reading.keep_tidy(catalogue, f"{declared.name}_{name}", panel, own)
            inputs[kept.name] = kept.key
        if self.outlines is not None:
            snapshots, folder = [snapshot(self.outlines, "files")], self._outlines_folder()
            publisher = reading.files_publisher()
            outlines = catalogue.keep_snapshots(OUTLINES_READ, publisher, snapshots, folder=folder)
            inputs[outlines.name] = outlines.key
        return tidy, inputs

    def facts(self) -> dict[str, Any]:
        """Names, hashes and columns of what was read."""
        facts = reading.facts_of(self.panel, reading.files_publisher())
        for name, panel in self.further.items():
            if panel.snapshots != self.panel.snapshots:  # as those of one database are
                facts["inputs"] += reading.files_of(panel.snapshots)
            facts["mapping"] |= {f"{name}.{ours}": theirs for ours, theirs in panel.mapping.items()}
        if self.outlines is not None:
            facts["inputs"] += reading.files_of([snapshot(self.outlines, "files")])
        return facts

    def data(self, declared: Measurement, arguments: Mapping[str, Any]) -> dict[str, Data]:
        """The tables as a measurement takes them: parameter -> checked table.

        Raises InputError for the first value that isn't allowed, with its file and row there.
        """
        frame = self.panel.table.frame
        if self.maps is not None:
            frame, _ = self.maps.placed
        try:
            checked = _checked(frame, declared, arguments)
        except InputError as error:
            self.name_file(error, has_rows=True)
            raise
        tables = {name: Data(panel.table.frame) for name, panel in self.further.items()}
        return {declared.main.name: checked, **tables}

    def name_file(self, error: InputError, *, has_rows: bool = False) -> None:
        """Let an error name the file of the main table, in the place of the frame made of it.

        has_rows : whether its row is one of the main table, and so of a file; what is computed has
                   rows of its own
        """
        values = dict(error.values)
        if has_rows and {"row", "column"} <= values.keys():
            file, row = self.panel.places.row(values["row"].value - 1)
            column = values["column"].value
            column = Name(self.panel.mapping.get(column, column))
            values |= {"table": Name(file), "row": Count(row), "column": column}
        elif values.get("table") == Name("frame") and "row" not in values:
            values["table"] = Name(self.title)
        error.given = message(error.code, **values)


def read_inputs(
    declared: Measurement,
    sources: Mapping[str, Any],
    arguments: Mapping[str, Any],
    columns: Mapping[str, str],
    *,
    is_summed: bool | str | None,
    has_totals: bool,
    where: Mapping[str, str],
    encoding: str | None,
    lang: str,
    observed: Callable[[Any], tuple[Any, tuple[Snapshot, ...] | None]],
    instead: Mapping[str, Handed] = MappingProxyType({}),
) -> Inputs:
    """Read the main table, the further ones and the outlines.

    sources   : parameter -> what was handed in; ``outlines`` and ``outline_name`` for maps
    arguments : parameter -> value, of those that are no tables
    columns   : column -> column of the file, where the guess is wrong; "parameter.column" for a
                further table
    where     : column of the main table -> cell of the rows that are read
    lang      : in which labels are read where the main table has them in two languages
    observed  : what was handed in as an observation -> its table, and its bytes if it is a file
    instead   : parameter -> the table that what was handed in stands for

    Raises InputError for what cannot be read or has no usable row, and for outlines that fit no
    place.
    """
    of_main, of_further = _apart(declared, columns)
    main = sources[declared.main.name]
    if (handed := instead.get(declared.main.name)) is not None:
        main = handed.frame
    needs = columns_needed(declared, arguments, main)
    reads: dict[str, Any] = {
        "is_summed": is_summed,
        "has_totals": has_totals,
        "where": where,
        "encoding": encoding,
    }
    try:
        panel = read_panel(main, needs, of_main, **reads, lang=lang)
    except InputError as error:
        raise unread(declared, main, error) from error
    title = reading.title_of(panel)
    if handed is not None:
        panel = handed.on(panel)
        title = Path(sources[declared.main.name]).resolve().name
    reading.refuse_nothing(panel)
    panel = _with_provinces(panel, partial(province_names, lang=lang))
    if declared.zero_if_absent and arguments["gaps"] == "missing":
        reading.refuse_unknown(panel)
    further = {}
    for parameter in declared.of_kind("table"):
        given = sources.get(parameter.name)
        if given is None:
            continue
        handed = instead.get(parameter.name)
        if isinstance(parameter.role, Observed):
            given, snapshots = observed(given)
            if snapshots is not None:
                handed = reading.Handed(given, snapshots)
        elif handed is not None:
            given = handed.frame
        table = _further(declared, parameter, given, of_further.get(parameter.name, {}), encoding)
        if handed is not None:
            table = handed.on(table)
        if declared.places in panel.table.frame.columns:
            known = panel.table.frame[declared.places].drop_nulls().unique().to_list()
            table = _with_provinces(table, partial(province_names, known=known))
        further[parameter.name] = table
    if _named_elsewhere(panel.passed_over, further, declared, arguments):
        # without a language: under the labels that the further tables and files go by
        panel = replace(read_panel(main, needs, of_main, **reads), snapshots=panel.snapshots)
    maps = _maps(declared, sources, panel)
    world = None
    if maps is None and declared.places not in ("", "node"):
        world = world_map(panel.table.frame[declared.places])
    return Inputs(panel, further, maps, world, title, sources)


def _with_provinces(panel: Panel, called: Callable[[list[str]], dict[str, str]]) -> Panel:
    """The table with its provinces by name, so that CN-AH, anhui and 安徽 meet."""
    frame, notes = under_names(panel.table.frame, called)
    if not notes:
        return panel
    # The table stays sorted by its key, and says where its rows come from.
    order = pl.concat([frame, panel.places], how="horizontal").sort(
        panel.table.key, nulls_last=True
    )
    table = replace(panel.table, frame=order.select(frame.columns))
    places = order.select(panel.places.columns)
    return replace(panel, table=table, places=places, notes=(*panel.notes, *notes))


def _maps(declared: Measurement, sources: Mapping[str, Any], panel: Panel) -> Maps | None:
    """The outlines that were handed in; None where there are none."""
    outlines = sources.get("outlines")
    if outlines is None:
        return None
    place: str | None = declared.places
    if place == "node":  # of a network, which the result alone holds
        place = None
    content = outlines_content(outlines)
    return Maps(content, sources.get("outline_name"), panel.table.frame, place)


def _named_elsewhere(
    passed_over: Collection[str],
    further: Mapping[str, Panel],
    declared: Measurement,
    arguments: Mapping[str, Any],
) -> bool:
    """Whether further tables or files go by labels that were passed over for those in another
    language."""
    if not passed_over:
        return False
    cells = [
        set(column)
        for panel in further.values()
        for column in panel.table.frame.select(pl.col(pl.String))
    ]
    if any(not own.isdisjoint(passed_over) for own in cells):
        return True
    files = [arguments[own.name] for own in declared.of_kind("file")]
    texts = [_written_in(given) for given in files if given is not None]
    return any(label in text for text in texts for label in passed_over)


def _written_in(given: str | Path | Mapping[str, Any]) -> str:
    """The text of a file, or of what stands for one."""
    if isinstance(given, Mapping) or not Path(given).is_file():
        return str(given)
    return Path(given).read_text("utf-8", errors="ignore")


def _apart(
    declared: Measurement, columns: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Columns named by hand: those of the main table, and by parameter those of a further one."""
    own, of = dict[str, str](), dict[str, dict[str, str]]()
    known = [parameter.name for parameter in declared.of_kind("table")]
    for name, theirs in columns.items():
        table, dot, column = name.partition(".")
        if not dot:
            own[name] = theirs
        elif table in known:
            of.setdefault(table, {})[column] = theirs
        else:
            forms = names(["COLUMN", *(f"{each}.COLUMN" for each in known)])
            raise InputError(
                message("no_such_table", column=Name(name), table=Name(table), forms=forms)
            )
    return own, of


def columns_needed(declared: Measurement, arguments: Mapping[str, Any], main: Any) -> list[Column]:
    """The columns to read: those that parameters name, and those that are named by the caller
    alone.

    Raises InputError for a column that is asked for twice, naming the main table.
    """
    needs = []
    for own in declared.columns:
        has_name = own.default is not None
        words = declared.help(own.name).rstrip(".")
        if has_name:
            needs.append(_column(own.name, own.role, words, own.may_be_absent))
        elif arguments[own.name] is not None:
            needs.append(_column(arguments[own.name], own.role, words, False, is_exact=True))
    for own in declared.of_kind("columns"):
        words = declared.help(own.name).rstrip(".")
        for name in arguments[own.name] or ():
            needs.append(_column(name, own.role.each, words, False, is_exact=True))
    for own in declared.of_kind("share_or_column"):
        if isinstance(name := arguments[own.name], str):
            needs.append(_column(name, own.role.each, own.name, False, is_exact=True))
    asked = [need.name for need in needs]
    if twice := [name for name in asked if asked.count(name) > 1]:
        table = Path(main).name if isinstance(main, str | Path) else declared.main.name
        raise InputError(message("column_twice", table=Name(table), column=Name(twice[0])))
    return needs


def _column(
    name: str, role: ColumnRole, words: str, may_lack: bool, *, is_exact: bool = False
) -> Column:
    """A role as the reader of panels takes it."""
    absent: Any = "empty" if may_lack else "error"
    match role:
        case Key():
            if role.is_of_file:
                absent = "file"
            elif role.is_row:
                absent = "row"
            return Column(
                name,
                "text",
                words,
                absent,
                is_filled=absent != "empty" and not role.may_be_empty,
                is_exact=is_exact,
                separators=role.separators,
                is_heading=role.is_heading,
            )
        case Year():
            return Column(name, "year", words, absent, is_exact=is_exact)
        case Label():
            return Column(
                name,
                "text",
                words,
                absent,
                is_filled=False,
                is_exact=is_exact,
                separators=role.separators,
                is_label=True,
            )
        case Number():
            return Column(
                name,
                "number",
                words,
                absent,
                role.sign,
                is_filled=role.is_filled,
                is_share=role.is_share,
                is_exact=is_exact,
                secret_of=role.secret_of,
            )
    raise TypeError(f"{name}: several columns are read one by one")


def _further(
    declared: Measurement,
    parameter: Parameter,
    given: Any,
    columns: Mapping[str, str],
    encoding: str | None,
) -> Panel:
    role = parameter.role
    words = declared.texts.find("en", "inputs", parameter.name)[0]
    every = [
        _column(name, each, words[name], name in role.may_lack)
        for name, each in role.columns.items()
    ]
    needs = [replace(each, table=parameter.name) for each in every]
    try:
        panel = read_panel(given, needs, columns, is_summed=None, encoding=encoding)
        reading.refuse_nothing(panel)
    except InputError as error:
        error.met_in(Name(f"--{parameter.name.replace('_', '-')}"))
        raise
    return panel


def _checked(frame: pl.DataFrame, declared: Measurement, arguments: Mapping[str, Any]) -> Data:
    several = {
        own.name: pl.DataFrame(
            [one_of_several(frame[name], own.role.each) for name in arguments[own.name]]
        )
        for own in declared.of_kind("columns")
        if arguments[own.name]
    }
    return Data(_named(frame, declared, arguments), several)


def _named(
    frame: pl.DataFrame, declared: Measurement, arguments: Mapping[str, Any]
) -> pl.DataFrame:
    """The columns under the names of their parameters; null throughout where nobody named one."""
    parts = [_of_parameter(frame, own, arguments[own.name]) for own in declared.columns]
    for own in declared.of_kind("share_or_column"):
        if isinstance(name := arguments[own.name], str):
            parts.append(checked_numbers(frame[name], own.role.each).alias(own.name))
    return pl.DataFrame(parts)


def _of_parameter(frame: pl.DataFrame, own: Parameter, name: Any) -> pl.Series:
    if own.default is not None:
        return frame[own.name]
    is_number = isinstance(own.role, Number)
    if name is None:
        kind: Any = pl.String
        if is_number:
            kind = pl.Float64
        return pl.Series(own.name, [None] * frame.height, dtype=kind)
    if is_number:
        return checked_numbers(frame[name], own.role).alias(own.name)
    column: pl.Series = frame[name].alias(own.name)
    return column
