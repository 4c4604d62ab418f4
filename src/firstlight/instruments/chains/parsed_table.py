"""Tables of many countries with their stressors, as pymrio holds them or reads them from a folder
of EXIOBASE, WIOD, OECD, EORA or GLORIA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, installing
from firstlight.instruments.chains.world_table import WorldTable, world_table
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
# database -> the function of pymrio that reads it
DATABASES: Mapping[str, str] = {
    "exiobase1": "parse_exiobase1",
    "exiobase2": "parse_exiobase2",
    "exiobase3": "parse_exiobase3",
    "wiod": "parse_wiod",
    "oecd": "parse_oecd",
    "eora26": "parse_eora26",
    "gloria": "parse_gloria",
    "saved": "load_all",
}


@dataclass(frozen=True)
class ParsedTable:
    """A table of n sectors in many countries, with k stressors.

    Attributes
    ----------
    places, sectors
        n countries, n sectors.
    flows
        (n, n), what the row delivers to the column.
    final
        (n, m), what final users buy.
    final_places, final_uses
        m countries, m final uses.
    output
        (n,), what is delivered in all.
    stressors
        (n, k)
    direct
        (m, k), of final users themselves.
    names, units
        k names, k units.
    """

    places: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Floats
    final: Floats
    final_places: tuple[str, ...]
    final_uses: tuple[str, ...]
    output: Floats
    stressors: Floats
    direct: Floats
    names: tuple[str, ...]
    units: tuple[str, ...]

    def rows(self) -> pl.DataFrame:
        """A row for each cell that is not 0, as `footprints`, `trade_value_added` and
        `export_decomposition` take it.

        Value added is output less what each sector buys.

        Returns
        -------
        Frame with supplier_country, supplier, user_country, user, value
        """
        added = self.output - self.flows.sum(axis=0)
        blocks = (
            (self.flows, self.places, self.sectors, self.places, self.sectors),
            (self.final, self.places, self.sectors, self.final_places, self.final_uses),
            (added[None, :], (None,), ("value added",), self.places, self.sectors),
            (self.output[None, :], (None,), ("output",), self.places, self.sectors),
        )
        parts = []
        for cells, countries, suppliers, user_countries, users in blocks:
            is_told = cells != 0
            if cells is self.flows:  # sectors stay in the table even where they deliver nothing
                np.fill_diagonal(is_told, val=True)
            i, j = np.nonzero(is_told)
            columns = {
                "supplier_country": pl.Series(countries, dtype=pl.String)[i],
                "supplier": pl.Series(suppliers, dtype=pl.String)[i],
                "user_country": pl.Series(user_countries, dtype=pl.String)[j],
                "user": pl.Series(users, dtype=pl.String)[j],
                "value": cells[i, j],
            }
            parts.append(pl.DataFrame(columns))
        return pl.concat(parts)

    def world_table(self) -> WorldTable:
        """The flows and final uses as `world_table` holds them, for functions of matrices.

        Returns
        -------
        WorldTable
        """
        return world_table(self.flows, self.final, self.places, self.sectors, self.final_places)

    def stressor_rows(self) -> pl.DataFrame:
        """A row for each stressor of each sector, and of final users where that is not 0.

        Returns
        -------
        Frame with stressor, unit, place, sector, value
        """
        parts = []
        for k, (name, unit) in enumerate(zip(self.names, self.units, strict=True)):
            columns = {"place": self.places, "sector": self.sectors, "value": self.stressors[:, k]}
            used = pl.DataFrame(
                {
                    "place": self.final_places,
                    "sector": self.final_uses,
                    "value": self.direct[:, k],
                }
            ).filter(pl.col("value") != 0)
            both = pl.concat([pl.DataFrame(columns), used])
            parts.append(both.with_columns(stressor=pl.lit(name), unit=pl.lit(unit)))
        schema = {"stressor": pl.String, "unit": pl.String, "place": pl.String}
        if not parts:
            return pl.DataFrame(schema={**schema, "sector": pl.String, "value": pl.Float64})
        return pl.concat(parts).select(*schema, "sector", "value")


def from_pymrio(system: Any) -> ParsedTable:
    """The table of an ``IOSystem`` of pymrio, with the stressors of all its extensions.

    Parameters
    ----------
    system
        Parsed, loaded or computed by pymrio; it is not changed, and pymrio need not be installed.

    Returns
    -------
    ParsedTable

    Raises
    ------
    InputError
        For a system without flows or final demand.

    References
    ----------
    Stadler 2021, Journal of Open Research Software 9(1), 8 (pymrio).
    """
    flows: Any = getattr(system, "Z", None)
    final: Any = getattr(system, "Y", None)
    if flows is None or final is None:
        raise InputError(message("no_pymrio_flows"), FOLDER)
    z = flows.to_numpy(float)
    y = final.to_numpy(float)
    stressors = [np.zeros((len(z), 0))]
    direct = [np.zeros((y.shape[1], 0))]
    named = list[str]()
    units = list[str]()
    for extension in system.get_extensions(data=True):
        amounts = extension.F
        if amounts is None:
            continue
        stressors.append(amounts.to_numpy(float).T)
        own: Any = getattr(extension, "F_Y", None)
        is_there = own is not None and own.shape == (len(amounts), y.shape[1])
        direct.append(own.to_numpy(float).T if is_there else np.zeros((y.shape[1], len(amounts))))
        named += [_label(each) for each in amounts.index]
        units += _units(extension, amounts.index)
    places, sectors = _levels(flows.index)
    final_places, final_uses = _levels(final.columns)
    return ParsedTable(
        places,
        sectors,
        z,
        y,
        final_places,
        final_uses,
        z.sum(axis=1) + y.sum(axis=1),
        np.nan_to_num(np.concatenate(stressors, axis=1)),
        np.nan_to_num(np.concatenate(direct, axis=1)),
        tuple(named),
        tuple(units),
    )


def read_database(path: str | Path, database: str, **options: Any) -> ParsedTable:
    """The table in a folder or an archive of a database, read by pymrio.

    Parameters
    ----------
    path
        As the database is published, or a folder that pymrio saved.
    database
        exiobase1, exiobase2, exiobase3, wiod, oecd, eora26, gloria, or saved.
    **options
        Of the function of pymrio that reads it, such as ``year``.

    Returns
    -------
    ParsedTable

    Raises
    ------
    InputError
        For another database, a path that is not there, and without pymrio (the extra ``chains``).
    """
    check_choice("database", database, tuple(DATABASES))
    if not Path(path).exists():
        raise InputError(message("no_database", path=Name(str(path))), FOLDER)
    try:
        import pymrio
    except ImportError as error:
        raise InputError(message("no_pymrio", command=installing("chains")), FOLDER) from error
    return from_pymrio(getattr(pymrio, DATABASES[database])(path, **options))


def _levels(index: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The countries and the names of an index of two levels or more, whose last are joined."""
    pairs = [("", each) for each in index]
    if index.nlevels > 1:
        pairs = list(index)
    return tuple(str(pair[0]) for pair in pairs), tuple(_label(pair[1:]) for pair in pairs)


def _label(each: Any) -> str:
    return ", ".join(str(part) for part in each) if isinstance(each, tuple) else str(each)


def _units(extension: Any, index: Any) -> list[str]:
    """The units of an extension's rows; "" where it has none."""
    unit = getattr(extension, "unit", None)
    if unit is None:
        return [""] * len(index)
    units = dict(zip(map(_label, unit.index), map(str, unit.iloc[:, 0]), strict=True))
    return [units.get(_label(each), "") for each in index]
