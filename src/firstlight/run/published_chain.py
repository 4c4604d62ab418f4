"""The chain of advanced chips as its publisher lays it out: tables of identifiers in one folder, of
what goes into what, and of who provides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.classifications.countries import countries_called
from firstlight.measurement import Measurement
from firstlight.run.reading import Handed
from firstlight.sources.archives import Content
from firstlight.sources.formats import open_content, snapshot
from firstlight.sources.panels import ALIASES
from firstlight.sources.raw import Rejected
from firstlight.sources.setaside import gather, rejected_rows
from firstlight.texts import Count, Message, Name, message, names

# table -> the columns that tell it, and that are read
LAYOUT: Mapping[str, tuple[str, ...]] = {
    "sequence": ("input_id", "input_name", "goes_into_id", "goes_into_name", "is_type_of_id"),
    "inputs": ("input_id", "input_name", "type", "stage_id"),
    "providers": ("provider_id", "provider_name", "provider_type", "country"),
    "provision": (
        "provided_id",
        "provided_name",
        "provider_id",
        "share_provided",
        "negligible_market_share",
    ),
}
FINAL, COUNTRY, OTHERS = "ultimate_output", "country", "Various"  # as the publisher calls them
LONGEST = 10_000  # bytes of a line of headings
CHAIN, PROVIDERS = "chain", "providers"


def handed_chain(declared: Measurement, sources: dict[str, Any], lang: str) -> dict[str, Handed]:
    """Parameter -> the rows of a published chain that stand for it. The providers beside a chain
    stand for those that are asked for, unless a table was handed in.

    sources : parameter -> what was handed in; the providers are added
    lang    : of the names of countries
    """
    if PROVIDERS not in declared.parameters:
        return {}
    handed = dict[str, Handed]()
    chain = CHAIN if CHAIN in declared.parameters else declared.main.name
    read = _published(sources.get(chain), "sequence")
    if read is not None:
        handed[chain] = read.chain()
        if _published(sources[chain], "provision", "providers") is not None:
            sources.setdefault(PROVIDERS, sources[chain])
    read = _published(sources.get(PROVIDERS), "provision", "providers")
    if read is not None:
        handed[PROVIDERS] = read.providers(lang)
    return handed


def _published(source: Any, *needs: str) -> _Published | None:
    """The tables of the layout beside one of them, or in a folder; None for other sources, and
    where one that is needed is not there."""
    if not isinstance(source, str | Path):
        return None
    path = Path(source)
    files = dict[str, Path]()
    for file in sorted((path if path.is_dir() else path.parent).glob("*.csv")):
        with file.open("rb") as opened:
            heading = opened.readline(LONGEST).decode("utf-8-sig", "replace")
        columns = {name.strip(' "\r\n') for name in heading.split(",")}
        for table, told_by in LAYOUT.items():
            if columns.issuperset(told_by):
                files.setdefault(table, file)
    is_of_it = path.is_dir() or path in files.values()
    return _Published(files) if is_of_it and files.keys() >= set(needs) else None


@dataclass(frozen=True)
class _Published:
    """The tables that were found: table -> file."""

    files: Mapping[str, Path]

    @cached_property
    def tables(self) -> dict[str, tuple[pl.DataFrame, tuple[Rejected, ...]]]:
        """Table -> its rows as texts, and those that can't be read; none where there is no file."""
        read = dict[str, tuple[pl.DataFrame, tuple[Rejected, ...]]]()
        for table, columns in LAYOUT.items():
            read[table] = pl.DataFrame(schema=dict.fromkeys(columns, pl.String())), ()
            if file := self.files.get(table):
                raw = open_content(Content(file.name, file), ALIASES).load(columns)
                texts = pl.col(columns).cast(pl.String).str.strip_chars().replace("", None)
                read[table] = raw.frame.select(texts), raw.rejected
        return read

    def handed(
        self,
        main: str,
        other: str,
        frame: pl.DataFrame,
        mapping: Mapping[str, str],
        *notes: Message,
    ) -> Handed:
        """The rows of a table, which another helps to read, with the files that they come from."""
        contents = [Content(file.name, file) for file in sorted(self.files.values())]
        snapshots = tuple(snapshot(content, "files") for content in contents)
        rejected = [
            rejected_rows(self.files[table].name, self.tables[table][1])
            for table in (main, other)
            if table in self.files
        ]
        return Handed(frame, snapshots, mapping, notes, gather(rejected), self.files[main].name)

    @cached_property
    def called(self) -> dict[str, str]:
        """Identifier -> name: that of the table of inputs, or else of the first row that has it."""
        kinds = (
            ("inputs", "input"),
            ("sequence", "input"),
            ("sequence", "goes_into"),
            ("provision", "provided"),
        )
        told = pl.concat(
            self.tables[table][0].select(id=f"{kind}_id", name=f"{kind}_name")
            for table, kind in kinds
        )
        first = told.drop_nulls().unique("id", keep="first", maintain_order=True)
        both = pl.format("{} ({})", "name", "id")
        name = pl.when(pl.col("name").is_duplicated()).then(both).otherwise("name")
        return dict(first.select("id", name).iter_rows())

    def chain(self) -> Handed:
        """input, product, alternative.

        What is a type of something goes into it: each type does a job of its own. What goes into
        nothing and is no final product goes into this, one of each stage.
        """
        sequence, inputs = (self.tables[name][0] for name in ("sequence", "inputs"))
        final, others = inputs.filter(type=FINAL), inputs.filter(pl.col("type") != FINAL)
        loose = others.join(sequence, on="input_id", how="anti", maintain_order="left")
        into = loose.join(final.select(product="input_id"), how="cross")
        both = sequence.drop_nulls(["goes_into_id", "is_type_of_id"])
        links = [
            sequence.select("input_id", product=pl.coalesce("goes_into_id", "is_type_of_id")),
            both.select("input_id", product="is_type_of_id"),
            into.select("input_id", "product", alternative="stage_id"),
        ]
        ids = pl.col("input_id", "product").replace(self.called)
        frame = (
            pl.concat(links, how="diagonal")
            .select(ids, "alternative")
            .rename({"input_id": "input"})
        )
        file = Name(self.files["sequence"].name)
        types = sequence["is_type_of_id"].drop_nulls().len()
        notes = [message("chain_types", file=file, count=Count(types))]
        if into.height:
            about = {"names": names(loose["input_name"]), "finals": names(final["input_name"])}
            notes.append(message("chain_loose_ends", file=file, **about))
        mapping = {"input": "input_id", "product": "goes_into_id, is_type_of_id"}
        return self.handed("sequence", "inputs", frame, mapping, *notes)

    def providers(self, lang: str) -> Handed:
        """input, provider, country, share, minor; a row without a provider is of a country, one
        without a country, too, of all others."""
        provision, holders = (self.tables[name][0] for name in ("provision", "providers"))
        name, is_firm = pl.col("provider_name"), pl.col("provider_type") != COUNTRY
        place = pl.when(is_firm).then("country").when(name != OTHERS).then(name)
        written = [*holders["country"].drop_nulls(), *holders["provider_name"].drop_nulls()]
        columns = {
            "input": pl.col("provided_id").replace(self.called),
            "provider": pl.when(is_firm).then(name),
            "country": place.replace(countries_called(written, lang)),
            "share": pl.col("share_provided"),
            "minor": pl.col("negligible_market_share"),
        }
        held = provision.join(holders, on="provider_id", how="left", maintain_order="left")
        mapping = {
            "input": "provided_id",
            "provider": "provider_id",
            "country": f"country ({lang})",
            "share": "share_provided",
            "minor": "negligible_market_share",
        }
        return self.handed("provision", "providers", held.select(**columns), mapping)
