"""Write an observation where people look for it: a page, a brief, tables, a file for machines."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.profile import Profile
from firstlight.result import Result
from firstlight.texts import family_texts
from firstlight.views.result_page import page_name, result_page
from firstlight.views.tables import (
    DATA_PACKAGE,
    data_package,
    observation_json,
    unwritten,
    write_bytes,
    write_csv,
    write_tables,
    write_text,
)

ASIDE = "set_aside_rows"


def publish(
    tables: Mapping[str, pl.DataFrame],
    facts: Mapping[str, Any],
    folder: str | Path,
    *,
    lang: str = "en",
) -> dict[str, Path]:
    """Write index.html, report.md, observation.json and tables/ into ``folder``; each file whole or
    not at all.

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
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten("folder_unwritten", target, error) from error
    files = {
        "page": target / "index.html",
        "report": target / "report.md",
        "observation": target / "observation.json",
        "tables": target / "tables",
    }

    def write_for_machines() -> None:
        write_bytes(observation_json(tables, facts), files["observation"])
        write_tables(tables, files["tables"])
        package = data_package("observation", tables, family_texts("emergence"))
        write_text(package, files["tables"] / DATA_PACKAGE)

    with ThreadPoolExecutor(1) as beside:
        for_machines = beside.submit(write_for_machines)
        write_text(observation_page(tables, facts, lang=lang), files["page"])
        write_text(observation_report(tables, facts, lang=lang), files["report"])
        for_machines.result()
    return {**files, **_set_aside(tables.get(ASIDE), target / "set_aside.csv")}


def publish_result(result: Result, folder: str | Path, *, lang: str = "en") -> dict[str, Path]:
    """Write NAME.html and NAME/TABLE.csv for each table of a result into ``folder``; each file
    whole or not at all. Where an observation has a page of that name, the result has another.

    NAME/datapackage.json is their data dictionary. Tables of an earlier run that this one doesn't
    have go. Returns what was written: page, tables (the folder), set_aside.
    Raises StoreError where the folder can't be written.
    """
    name, target = str(result.facts["measurement"]), Path(folder)
    page_file, own = target / page_name(name), target / name
    kept = {
        each: frame
        for each, frame in result.tables.items()
        if frame.width and (frame.height or each != ASIDE)
    }
    for each, frame in kept.items():
        write_csv(frame, own / f"{each}.csv")
    try:
        for left in sorted(own.glob("*.csv")):
            if left.stem not in kept:
                left.unlink()
    except OSError as error:
        raise unwritten("table_stays", own, error) from error
    write_text(data_package(name, kept, result.texts), own / DATA_PACKAGE)
    write_text(result_page(result, lang=lang), page_file)
    files = {"page": page_file, "tables": own}
    if ASIDE in kept:
        files["set_aside"] = own / f"{ASIDE}.csv"
    return files


def publish_profile(profile: Profile, folder: str | Path, *, lang: str = "en") -> Path:
    """Write KIND.html into ``folder``, whole or not at all; returns it.

    Raises StoreError where the folder can't be written.
    """
    from firstlight.views.profile_page import profile_page

    path = Path(folder) / f"{profile.kind}.html"
    write_text(profile_page(profile, lang=lang), path)
    return path


def _set_aside(rows: pl.DataFrame | None, path: Path) -> dict[str, Path]:
    """Write the rows set aside; a file that an earlier run left goes, where there are none now."""
    if rows is not None and rows.height:
        return {"set_aside": write_csv(rows, path)}
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritten("list_stays", path, error) from error
    return {}
