"""The technologies of an observation as a join reads them, wherever the observation is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

import firstlight
from firstlight.catalogue import has_catalogue
from firstlight.errors import InputError
from firstlight.nouns import Snapshot
from firstlight.observation_tables import columns_of
from firstlight.result import Result
from firstlight.run.reading import Say
from firstlight.sources.archives import Content, shown_name
from firstlight.sources.formats import snapshot
from firstlight.sources.limits import check
from firstlight.texts import Name, message, names

RUN = Path(__file__).parent
# which `run.bundled` has too: to import it would make all that observes the code of a measurement
BUNDLED = ("language", "arxiv", "conferences", "patents")
FILE = "observation.json"
BETWEEN_FORMS = " | "
READ = columns_of(
    technologies=(
        *("technology_id", "name", "name_zh", "same_as", "advice", "growth_five_years"),
        *("probability", "probability_low", "probability_high"),
    ),
    forms=("technology_id", "form"),
    documents=("technology_id", "title"),
    links=("technology_id", "other_id", "weight"),
)
NEAR = 30  # technologies of the same documents that are read of each


Tables = Mapping[str, pl.DataFrame]
Observed = tuple[Tables, Mapping[str, Any], tuple[Snapshot, ...] | None]


def observed_table(
    given: Any, project: str | Path, say: Say
) -> tuple[Any, tuple[Snapshot, ...] | None]:
    """A table of technology, name_zh, probability and its ends, advice, growth_five_years, same_as,
    forms, text (titles of its documents), near (technologies of the same documents) and until, and
    the bytes that it was read from, where it was a file; what is no observation comes back as it
    is.

    given   : a result of ``observe``, the folder or project of one, its observation.json, or the
              name of a corpus that ships
    project : folder in which a corpus that ships is observed, unless it has been

    Raises InputError for a folder without an observation, and a file that is none.
    """
    found = observed_tables(given, project, say, READ)
    if found is None:
        return given, None
    tables, facts, read = found
    return _table(tables, facts), read


def observed_tables(
    given: Any, project: str | Path, say: Say, wanted: Mapping[str, Mapping[str, Any]]
) -> Observed | None:
    """The tables of an observation, its facts, and the bytes that they were read from, where these
    were files; None for what is no observation.

    given, project : as for ``observed_table``
    wanted         : table -> column -> type: what is read of a file
    """
    if isinstance(given, Result):
        if "technologies" not in given.tables:
            raise InputError(message("no_observation", place=Name("observation")), RUN)
        return given.tables, given.facts, None
    if not isinstance(given, str | Path):
        return None
    path = Path(given)
    if path.is_dir():
        if not (path / FILE).is_file():
            return _kept(path)
        path = path / FILE
    elif not path.exists() and path.name in BUNDLED:
        # by its public name: what observes is no code of the measurement, and keeps its own version
        seen = firstlight.observe(corpus=path.name, project=Path(project) / path.name, progress=say)
        return seen.tables, seen.facts, None
    if path.suffix == ".json" and path.is_file():
        return _read(path, wanted)
    return None


def _kept(folder: Path) -> Observed:
    """The observation that a project keeps."""
    if has_catalogue(folder):
        seen = firstlight.open_observation(folder)
        return seen.tables, seen.facts, None
    corpora = [name for name in BUNDLED if (folder / name).is_dir()]
    place = {"place": Name(str(folder))}
    if corpora:
        inside = names(str(folder / name) for name in corpora)
        raise InputError(message("observations_inside", inside=inside, **place), RUN)
    raise InputError(message("no_observation", **place), RUN)


def _read(path: Path, wanted: Mapping[str, Mapping[str, Any]]) -> Observed | None:
    """What is wanted of an observation.json, and its bytes; None for another file."""
    check("piece_bytes", path.stat().st_size, path.name)
    content = Content(shown_name(path.name), data=path.read_bytes())
    try:
        whole = json.loads(content.data)
    except ValueError as error:  # also of bytes that are no UTF-8
        raise InputError(message("no_observation", place=Name(str(path))), RUN) from error
    if not isinstance(whole, dict):
        return None
    parts: list[Any] = [whole.get("tables"), whole.get("facts"), whole.get("left_to_parquet", {})]
    is_told = all(isinstance(part, dict) for part in parts)
    if not (is_told and "technologies" in parts[0] | parts[2]):
        raise InputError(message("no_observation", place=Name(str(path))), RUN)
    tables, facts, apart = parts
    kept = {name: _frame(tables.get(name, ()), columns) for name, columns in wanted.items()}
    left = {name: path.parent / "tables" / f"{name}.parquet" for name in wanted if name in apart}
    kept |= {name: _stored(file, wanted[name]) for name, file in left.items()}
    read = [content, *(Content(shown_name(file.name), file) for file in left.values())]
    return kept, facts, tuple(snapshot(each, "files") for each in read)


def _stored(path: Path, columns: Mapping[str, Any]) -> pl.DataFrame:
    """Some columns of a table that observation.json leaves to the file beside it."""
    try:
        return pl.read_parquet(path, columns=list(columns))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(message("no_observation", place=Name(str(path))), RUN) from error


def _frame(records: Iterable[Mapping[str, Any]], columns: Mapping[str, Any]) -> pl.DataFrame:
    """Some columns of records."""
    rows = [tuple(record.get(name) for name in columns) for record in records]
    return pl.DataFrame(rows, schema=dict(columns), orient="row")


def _table(tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> pl.DataFrame:
    """Technologies under their names, the likeliest first; of one name the first."""
    technologies = tables["technologies"].select(*READ["technologies"])
    forms = (
        tables["forms"]
        .sort("technology_id", "form")
        .group_by("technology_id", maintain_order=True)
        .agg(forms=pl.col("form").str.join(BETWEEN_FORMS))
    )
    titles = (
        tables.get("documents", pl.DataFrame(schema=READ["documents"]))
        .select(*READ["documents"])
        .drop_nulls()
        .unique()
        .sort("technology_id", "title")
        .group_by("technology_id", maintain_order=True)
        .agg(text=pl.col("title").str.join(". "))
    )
    near = _near(technologies, tables.get("links", pl.DataFrame(schema=READ["links"])))
    others = technologies.select(same_as="technology_id", other="name")
    until = int(facts["as_of"]) + int(facts["horizon"])
    return (
        technologies.join(forms, on="technology_id", how="left", maintain_order="left")
        .join(titles, on="technology_id", how="left", maintain_order="left")
        .join(near, on="technology_id", how="left", maintain_order="left")
        .join(others, on="same_as", how="left", maintain_order="left")
        .unique("name", keep="first", maintain_order=True)
        .select(
            "probability",
            "probability_low",
            "probability_high",
            "advice",
            "growth_five_years",
            "name_zh",
            "forms",
            "text",
            "near",
            technology="name",
            same_as=pl.coalesce("other", "same_as"),
            until=pl.lit(float(until)),
        )
    )


def _near(technologies: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Which others appear in the documents of each technology, those that do most often first, and
    then those that appear with most others: what the documents of the observation are about."""
    one = links.select(*READ["links"])
    ends = {"technology_id": "other_id", "other_id": "technology_id"}
    pairs = pl.concat([one, one.rename(ends).select(one.columns)])
    pairs = pairs.group_by("technology_id", "other_id").agg(pl.col("weight").max())
    common = (
        pairs.group_by("other_id")
        .len("count")
        .sort("count", "other_id", descending=[True, False])
        .select("other_id", weight=-pl.int_range(1, pl.len() + 1).cast(pl.Float64))
        .head(NEAR)
    )
    every = technologies.select("technology_id").join(common, how="cross")
    names_of = technologies.select(other_id="technology_id", other="name").unique("other_id")
    return (
        pl.concat([pairs, every])
        .filter(pl.col("technology_id") != pl.col("other_id"))
        .group_by("technology_id", "other_id")
        .agg(pl.col("weight").max())
        .join(names_of, on="other_id")
        .sort("technology_id", "weight", "other", descending=[False, True, False])
        .group_by("technology_id", maintain_order=True)
        .agg(near=pl.col("other").head(NEAR).str.join(BETWEEN_FORMS))
    )
