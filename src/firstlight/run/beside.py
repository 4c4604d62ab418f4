"""What a measurement reads beside its table: further tables that its options name, and outlines for its maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.run import reading
from firstlight.run.measurements.form import Measurement
from firstlight.run.measurements.outlined import OnMaps
from firstlight.sources.formats import snapshot
from firstlight.sources.outlines import outlines_content
from firstlight.sources.panels import Panel, read_panel

OUTLINES = "outlines_read"  # the Result that writes down the bytes of outlines


@dataclass(frozen=True)
class Beside:
    """Further tables and outlines, as read.

    panels  : option -> the table that it names
    maps    : outlines, None where there are none
    sources : option -> what it named
    """

    panels: Mapping[str, Panel]
    maps: OnMaps | None
    sources: Mapping[str, Any]

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The further tables, as ``compute`` finds them among its choices."""
        return {name: panel.table.frame for name, panel in self.panels.items()}

    def keep(
        self, catalogue: Catalogue, asked: Measurement, chosen: dict[str, Any], told: dict[str, Any]
    ) -> dict[str, str]:
        """Name and key of the Results of what was read; choices and facts then tell the names and hashes of the files."""
        inputs, files, mapping = dict[str, str](), list[dict[str, Any]](), dict[str, str]()
        for name, panel in self.panels.items():
            raw, _ = reading.keep_bytes(catalogue, panel, self.sources[name])
            tidy = reading.keep_tidy(catalogue, f"{asked.name}_{name}", panel, raw)
            inputs[tidy.name], chosen[name] = tidy.key, reading.title_of(panel)
            files += reading.files_of(panel.snapshots)
            mapping |= {f"{name}.{column}": theirs for column, theirs in panel.mapping.items()}
        if self.maps is not None:
            own, source = snapshot(self.maps.content, "files"), self.sources["outlines"]
            folder = None if isinstance(source, Mapping) else Path(source).absolute().parent
            kept = catalogue.keep_snapshots(
                OUTLINES, reading.files_publisher(), [own], folder=folder
            )
            inputs[kept.name], chosen["outlines"] = kept.key, own.path
            files += reading.files_of([own])
        told |= {"inputs": [*told["inputs"], *files], "mapping": {**told["mapping"], **mapping}}
        return inputs


def columns_apart(
    asked: Measurement, columns: Mapping[str, str] | None
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Columns named by hand: those of the table itself, and by option those named "option.column" of a further one.

    Raises  InputError for an option that is no table.
    """
    own, of = dict[str, str](), dict[str, dict[str, str]]()
    known = [option.name for option in asked.options if option.kind == "table"]
    for name, theirs in (columns or {}).items():
        option, dot, column = name.partition(".")
        if not dot:
            own[name] = theirs
        elif option in known:
            of.setdefault(option, {})[column] = theirs
        else:
            tables = ", ".join(f"{each}.COLUMN" for each in known)
            raise InputError(
                f"column {name!r}",
                where=asked.name,
                try_next=f"a column alone{', or ' * bool(tables)}{tables}",
            )
    return own, of


def read_beside(
    asked: Measurement,
    chosen: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, str]],
    frame: pl.DataFrame,
    catalogue: Catalogue,
    encoding: str | None = None,
) -> Beside:
    """Read what the options name.

    Of outlines whose bytes the catalogue holds already, the bytes alone: a map that is not stale needs no more, and files are large.

    columns   : option -> canonical column -> column of its table, where the guess is wrong
    frame     : the measurement's own table, whose places the outlines are for
    catalogue : looked into, and perhaps not there yet
    encoding  : of text files that aren't UTF-8
    Raises  InputError for what can't be read or has no usable row, and outlines that fit no place.
    """
    panels, maps = dict[str, Panel](), None
    for option in asked.options:
        if option.kind != "table" or chosen[option.name] is None:
            continue
        try:
            own = columns.get(option.name)
            panel = read_panel(
                chosen[option.name], option.columns, own, is_summed=None, encoding=encoding
            )
            reading.refuse_nothing(panel)
        except InputError as error:
            where = f"--{option.name.replace('_', '-')}: {error.where}"
            raise InputError(error.what, where=where, try_next=error.try_next) from error
        panels[option.name] = panel
    outlines, named = chosen.get("outlines"), chosen.get("outline_name")
    if outlines is not None:
        maps = OnMaps(outlines_content(outlines), named, frame, asked.places == "place")
        read = {one for kept in catalogue.versions(OUTLINES) for one in kept.inputs.values()}
        if f"sha256:{snapshot(maps.content, 'files').sha256}" not in read:
            _ = (
                maps.given,
                maps.found,
            )  # so that what can't be used is refused before anything is written
    elif named is not None:
        raise InputError(
            "a property of no outlines", where="--outline-name", try_next="--outlines FILE.geojson"
        )
    return Beside(panels, maps, dict(chosen))
