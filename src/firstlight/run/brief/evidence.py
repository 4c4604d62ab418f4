"""What the files of a place are, and what is measured on them for its brief."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import FirstlightError
from firstlight.result import Result
from firstlight.run.brief.place_industries import PlaceIndustries, place_industries
from firstlight.run.brief.place_names import place_in, places_like
from firstlight.run.bundled import BUNDLED
from firstlight.run.measured import measure
from firstlight.run.observed_table import observed_table
from firstlight.run.observing import observe
from firstlight.run.reading import Say
from firstlight.run.sector.recognised_files import (
    Recognised,
    Unrecognised,
    kinds_of,
    one_of_each,
    recognised,
    unreadable,
)
from firstlight.sources.archives import Content
from firstlight.sources.formats import open_content
from firstlight.sources.panels import ALIASES as PANEL_ALIASES

__all__ = ["KIND_WORDS", "Evidence", "evidence_of"]

KIND_WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8")
)
_BURDENS = (
    *("co2", "carbon", "emission", "energy", "coal", "waste", "pollut"),
    *("排放", "碳", "能耗", "能源", "污染", "废"),
)
STALE = 5  # years by which chances end before the newest, from which a record is not read
OF_INDUSTRIES = ("industries", "coded_industries")
OF_TECHNOLOGIES = (
    *("name", "name_zh", "forms", "probability", "advice", "growth_five_years", "until"),
)


@dataclass(frozen=True)
class Evidence:
    """What there is on a place.

    files      : those that were used, by kind; unused : the others, with the reason
    results    : measurement -> its result
    industries : strengths of the place and what is within reach; None without such a table
    measure    : what the numbers of that table are, as its heading says
    burden     : the same, where they count a burden (emissions, energy, waste), which shows no
                 strength
    observed   : the technologies of the records that were read, with their chances
    records    : how many records that ship were read
    """

    place: str
    files: Mapping[str, Recognised]
    unused: Sequence[Unrecognised]
    results: Mapping[str, Result] = field(default_factory=dict)
    industries: PlaceIndustries | None = None
    measure: str = ""
    burden: str = ""
    observed: pl.DataFrame | None = None
    records: int = 0


def evidence_of(place: str, folder: Path, project: Path, lang: str, say: Say) -> Evidence:
    """Everything that the files of a folder say of a place, measured.

    Raises  InputError for a folder without files, and for a place that no table of places has.
    """
    known, unknown = recognised(folder, kinds_of(KIND_WORDS))
    taken, others = one_of_each(known)
    files = {own.kind: own for own in taken}
    unused = [*unknown, *others]
    results = dict[str, Result]()

    def measured(name: str, kind: str, **options: Any) -> Result | None:
        """One measurement; its file is of no use where that can't be made."""
        say(name)
        source = files[kind].path
        try:
            results[name] = measure(name, source, project=project, lang=lang, **options)
        except FirstlightError as error:
            unused.append(unreadable(source, error))
            del files[kind]
            return None
        return results[name]

    industries, heading, burden = None, "", ""
    kind = next((own for own in OF_INDUSTRIES if own in files), None)
    if kind is not None:
        columns = {"industry": files[kind].columns["code"]} if kind == "coded_industries" else {}
        found = measured("concentration", kind, columns=columns)
        if found is not None:
            quotients = found.tables["quotients"]
            written = place_in(place, quotients["place"].unique().sort())
            heading = found.facts["mapping"]["value"]
            if any(word in heading.casefold() for word in _BURDENS):
                burden = heading
            else:
                industries = place_industries(quotients, written)
    observed, records = _observed(files, project, say)
    if "plan" in files:
        options: dict[str, Any] = {"technologies": observed}
        if "others" in files:
            options |= {"others": files["others"].path, "own_place": _own_name(place, files)}
        measured("plan", "plan", **options)
    if "chain" in files:
        tables = {"providers": files["providers"].path} if "providers" in files else {}
        measured("weak_links", "chain", **tables)
    return Evidence(place, files, unused, results, industries, heading, burden, observed, records)


def _own_name(place: str, files: Mapping[str, Recognised]) -> str | None:
    """The place as the plans of others write it, where its own entries stand among them."""
    own = files["others"]
    heading = own.columns["place"]
    opened = open_content(Content(own.path.name, own.path), PANEL_ALIASES)
    written = opened.load((heading,)).frame[heading].drop_nulls().unique().sort()
    return next(iter(places_like(place, written)), None)


def _observed(files: Mapping[str, Recognised], project: Path, say: Say) -> tuple[pl.DataFrame, int]:
    """The technologies of one's own documents and of the records that ship, the first that has a
    name counting; and how many that ship were read."""
    own = []
    if "documents" in files:
        seen = observe(files["documents"].path, project=project / "observed", progress=say)
        own.append(_technologies(seen, project, say))
    parts = [_technologies(corpus, project / corpus, say) for corpus in BUNDLED]
    ends = [int(part["until"].max() or 0) for part in parts]  # type: ignore[arg-type]
    recent = [part for part, end in zip(parts, ends, strict=True) if end > max(ends) - STALE]
    every = pl.concat([*own, *recent], how="diagonal_relaxed")
    return every.unique("name", keep="first", maintain_order=True), len(recent)


def _technologies(given: Result | str, project: Path, say: Say) -> pl.DataFrame:
    frame, _ = observed_table(given, project, say)
    named: pl.DataFrame = frame.rename({"technology": "name"})
    return named.select(name for name in OF_TECHNOLOGIES if name in named.columns)
