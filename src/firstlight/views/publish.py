"""Write an observation where people look for it: a page, a brief, tables, a file for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.catalogue import published
from firstlight.result import ASIDE, Result
from firstlight.texts import family_texts
from firstlight.views.result_page import page_name, result_page
from firstlight.views.tables import (
    DATA_PACKAGE,
    data_package,
    observation_json,
    write_csv,
    write_tables,
    write_text,
)


def publish(
    tables: Mapping[str, pl.DataFrame],
    facts: Mapping[str, Any],
    folder: str | Path,
    *,
    lang: str = "en",
) -> dict[str, Path]:
    """Write index.html, report.md, observation.json and tables/ into ``folder``, all of one run or
    none of it.

    tables/ holds a data dictionary, too, datapackage.json. Where rows of the input were set aside,
    set_aside.csv lists each with its place, value and reason.

    Parameters
    ----------
    tables
        Name -> table of an observation (``Observation.tables``).
    facts
        What stands beside them (``Observation.facts``).
    folder
        Where to write; made where it is absent.
    lang
        Language of the page and the report, ``en`` or ``zh``.

    Returns
    -------
    What was written: page, report, observation, tables, set_aside -> path.

    Raises
    ------
    StoreError
        Where the folder can't be written.
    """
    # a measurement draws neither this page nor a profile's, and starts sooner without them
    from firstlight.views.observation_page import observation_page
    from firstlight.views.observation_report import observation_report

    target = Path(folder)
    files = {
        "page": target / "index.html",
        "report": target / "report.md",
        "observation": target / "observation.json",
        "tables": target / "tables",
    }
    aside, package = target / "set_aside.csv", f"tables/{DATA_PACKAGE}"
    last = [files[each].name for each in ("observation", "report", "page")]
    rows = tables.get(ASIDE[1])
    with published(target, aside.name, package, *last) as draft, ThreadPoolExecutor(1) as beside:

        def write_for_machines() -> None:
            (draft / "observation.json").write_bytes(observation_json(tables, facts))
            write_tables(tables, draft / "tables")
            told = data_package("observation", tables, family_texts("emergence"))
            write_text(told, draft / package)

        for_machines = beside.submit(write_for_machines)
        write_text(observation_page(tables, facts, lang=lang), draft / "index.html")
        write_text(observation_report(tables, facts, lang=lang), draft / "report.md")
        if rows is not None and rows.height:
            write_csv(rows, draft / aside.name)
            files["set_aside"] = aside
        for_machines.result()
    return files


def publish_result(result: Result, folder: str | Path, *, lang: str = "en") -> dict[str, Path]:
    """Write NAME.html and NAME/TABLE.csv for each table of a result into ``folder``, all of one run
    or none of it. Where an observation has a page of that name, the result has another.

    NAME/datapackage.json is their data dictionary. Tables that an earlier one lists, and this run
    doesn't have, go. Returns what was written: page, tables (the folder), set_aside.
    Raises StoreError where the folder can't be written.
    """
    name, target = str(result.facts["measurement"]), Path(folder)
    page_file, own = target / page_name(name), target / name
    kept = {
        each: frame
        for each, frame in result.tables.items()
        if frame.width and (frame.height or each != ASIDE[1])
    }
    last = [*_listed(own, set(kept)), f"{name}/{DATA_PACKAGE}", page_file.name]
    with published(target, *last) as draft:
        for each, frame in kept.items():
            write_csv(frame, draft / name / f"{each}.csv")
        write_text(data_package(name, kept, result.texts), draft / name / DATA_PACKAGE)
        write_text(result_page(result, lang=lang), draft / page_file.name)
    files = {"page": page_file, "tables": own}
    if ASIDE[1] in kept:
        files["set_aside"] = own / f"{ASIDE[1]}.csv"
    return files


def _listed(folder: Path, kept: Set[str]) -> list[str]:
    """The tables of an earlier run that its data dictionary lists, but for those kept."""
    try:
        told = json.loads((folder / DATA_PACKAGE).read_text(encoding="utf-8"))
        listed = [Path(each["path"]) for each in told["resources"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # there was none, or somebody else wrote it
    return [f"{folder.name}/{each.name}" for each in listed if each.stem not in kept]
