"""What a measurement reads beside its table: further tables that its options name, and outlines for its maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.observe import reading
from firstlight.observe.measurements.form import Measurement
from firstlight.observe.measurements.outlined import OnMaps, read_for_maps
from firstlight.sources.panels import Panel, read_panel


@dataclass(frozen=True)
class Beside:
    """Further tables and outlines, as read.

    panels : option -> the table that it names
    maps   : outlines, None where there are none
    inputs : the Results of what was read
    facts  : name, hash and size of each file; and "option.column" -> column of its table
    """

    panels: Mapping[str, Panel]
    maps: OnMaps | None
    inputs: Mapping[str, str]
    facts: Mapping[str, Any]

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The further tables, as ``compute`` finds them among its choices."""
        return {name: panel.table.frame for name, panel in self.panels.items()}


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
                f"column {name!r}", where=asked.name, try_next=f"a column alone{', or ' * bool(tables)}{tables}"
            )
    return own, of


def read_beside(
    catalogue: Catalogue, asked: Measurement, chosen: dict[str, Any], columns: Mapping[str, Mapping[str, str]]
) -> Beside:
    """Read and keep what the options name; in ``chosen``, each gives place to the names of its files.

    columns : option -> canonical column -> column of its table, where the guess is wrong
    Raises  InputError for what can't be read or has no usable row.
    """
    panels, inputs, files, mapping = dict[str, Panel](), dict[str, str](), list[dict[str, Any]](), dict[str, str]()
    for option in asked.options:
        source = chosen[option.name]
        if option.kind != "table" or source is None:
            continue
        try:
            panel = read_panel(source, option.columns, columns.get(option.name), is_summed=None)
            reading.refuse_nothing(panel)
        except InputError as error:
            where = f"--{option.name.replace('_', '-')}: {error.where}"
            raise InputError(error.what, where=where, try_next=error.try_next) from error
        raw, publisher = reading.keep_bytes(catalogue, panel, source)
        tidy = reading.keep_tidy(catalogue, f"{asked.name}_{option.name}", panel, raw)
        facts = reading.facts_of(panel, publisher)
        panels[option.name], inputs[tidy.name], chosen[option.name] = panel, tidy.key, reading.title_of(panel)
        files += facts["inputs"]
        mapping |= {f"{option.name}.{name}": theirs for name, theirs in panel.mapping.items()}
    maps = None
    if chosen.get("outlines") is not None:
        source = chosen["outlines"]
        maps = read_for_maps(source, chosen["outline_name"], "place" if asked.places == "place" else None)
        own = maps.given.snapshot
        folder = None if isinstance(source, Mapping) else Path(source).absolute().parent
        kept = catalogue.keep_snapshots("outlines_read", reading.files_publisher(), [own], folder=folder)
        inputs[kept.name], chosen["outlines"] = kept.key, own.path
        files.append({"name": own.path, "sha256": own.sha256, "bytes_count": own.bytes_count})
    elif chosen.get("outline_name") is not None:
        raise InputError("a property of no outlines", where="--outline-name", try_next="--outlines FILE.geojson")
    return Beside(panels, maps, inputs, {"inputs": files, "mapping": mapping})
