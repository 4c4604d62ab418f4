"""The steps of following: survey, terms looked up, company compared, classes matched; each kept with its inputs' keys."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.classifications.concordance import Concordance
from firstlight.errors import InputError
from firstlight.instruments.diffusion.following import UNITS, RecordSeries, follow_records
from firstlight.instruments.diffusion.record_matching import match_records, same_company
from firstlight.instruments.diffusion.take_off import SUSTAINED
from firstlight.instruments.emergence.known_terms import look_up, terms_of_names
from firstlight.instruments.emergence.survey import Survey
from firstlight.instruments.emergence.survey_counts import yearly_totals
from firstlight.nouns import Result
from firstlight.observe import reading
from firstlight.observe.documents import BATCH
from firstlight.observe.following_conventions import FEWEST_TO_COMPARE, conventions
from firstlight.observe.reading import Observed, Say

MATCHES_SHOWN = 3
NAMES_LEVEL = 0.1  # false discovery rate of names, which are a few words and say less than terms
SAME = 0.05  # place among all technologies, as a share, up to which documents are taken to mean the same
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Opened:
    """A record that was kept: its tidy table, and what an observation reads of it."""

    observed: Observed
    tidy: Result
    is_counts: bool


@dataclass
class FollowingRun:
    """The steps from records to what is shown; each is kept with the keys of what it read."""

    catalogue: Catalogue
    opened: Mapping[str, Opened]
    as_of: int
    granularity: float
    say: Say
    concordances: Mapping[str, Concordance] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def followed(self) -> tuple[Result, dict[str, str]]:
        """The kept Result and the keys of those that it stands on."""
        parts = {kind: self._part(kind) for kind in self.opened}
        self.say("lags")
        inputs = dict(self.keys)
        parameters = {"as_of": self.as_of, "granularity": self.granularity, "base_kind": self._base}
        return self._keep("followed", "diffusion.following", inputs, parameters, lambda: self._tables(parts)), inputs

    @cached_property
    def _base(self) -> str:
        return next(kind for kind, own in self.opened.items() if not own.is_counts)

    @cached_property
    def _surveyed(self) -> tuple[Survey, Result]:
        survey, kept = self.opened[self._base].observed.surveys(self.as_of, 1, self.granularity, self.say)[self.as_of]
        if not survey.labels:
            raise InputError(
                f"no technology has enough documents in {self.as_of}",
                where=self._base,
                try_next="choose another --as-of, or bring more documents",
            )
        self.keys[f"survey_of_{self._base}"] = kept.key
        return survey, kept

    @cached_property
    def _terms(self) -> pl.DataFrame:
        return _prominent(self._surveyed[0])

    def _keep(
        self, name: str, instrument: str, inputs: Mapping[str, str], parameters: Mapping[str, Any], compute: Any
    ) -> Result:
        origins = [own.observed.origin for own in self.opened.values()]
        return self.catalogue.keep(
            name,
            instrument=instrument,
            parameters=parameters,
            inputs=inputs,
            source="; ".join(dict.fromkeys(own.source for own in origins)),
            licence="; ".join(dict.fromkeys(own.licence for own in origins)),
            compute=compute,
            units=UNITS if name == "followed" else None,
        )

    def _part(self, kind: str) -> tuple[RecordSeries, pl.DataFrame]:
        """A record's series for every technology, and its matches."""
        own = self.opened[kind]
        last = min(self.as_of, own.observed.complete_to)
        self.say(f"following: {kind}")
        kept = self._looked_up(kind, own, last)
        if own.is_counts:
            pairs = self.catalogue.table(kept, "pairs")
            return self._series(kind, kept, is_found=pairs), _match_rows(kind, pairs)
        if kind == self._base:
            return self._series(kind, kept), _match_rows(kind, None)
        is_asked = self._terms["technology"].n_unique() >= FEWEST_TO_COMPARE
        company = self._company(kind, kept) if is_asked else None
        found = _match_rows(kind, company)
        theirs = self._technologies(kind, own, last)
        return self._series(kind, kept, is_same=company), pl.concat([found, _match_rows(kind, theirs)])

    def _looked_up(self, kind: str, own: Opened, last: int) -> Result:
        inputs = {f"survey_of_{self._base}": self._surveyed[1].key, own.tidy.name: own.tidy.key}
        parameters: dict[str, Any] = {"last_year": last}
        if not own.is_counts:
            step, compute = "emergence.known_terms", self._by_terms
        else:
            step, compute = "diffusion.record_matching", self._by_class
            if kind in self.concordances:
                parameters["concordance"] = self.concordances[kind].pairs.drop("source").rows()
        kept = self._keep(f"followed_{kind}", step, inputs, parameters, lambda: (compute(kind, own, last), {}))
        self.keys[kept.name] = kept.key
        return kept

    def _by_terms(self, kind: str, own: Opened, last: int) -> Tables:
        documents = self.catalogue.table(own.tidy, "documents").select("date", "title", "abstract")
        documents = documents.filter(pl.col("date") <= datetime.date(last, 12, 31))
        found = look_up(self._terms, documents.iter_slices(BATCH))
        names = np.array(found.technologies, dtype=object)
        row, column = np.nonzero(found.company)
        return {
            "counts": pl.DataFrame(
                {
                    "technology": np.repeat(names, len(found.years)).tolist(),
                    "year": np.tile(found.years, len(names)),
                    "documents_count": found.counts.ravel(),
                    "chance_count": np.round(found.by_chance.ravel(), 6),
                }
            ),
            "years": pl.DataFrame({"year": found.years, "documents_count": found.totals}),
            "uses": found.uses,
            "record_terms": pl.DataFrame({"term": found.terms, "documents_count": found.documents}),
            "company": pl.DataFrame(
                {
                    "technology": names[row].tolist(),
                    "term": np.array(found.terms, dtype=object)[column].tolist(),
                    "documents_count": found.company[row, column],
                }
            ),
        }

    def _by_class(self, kind: str, own: Opened, last: int) -> Tables:
        counts = self.catalogue.table(own.tidy, "counts").filter((pl.col("year") <= last) & (pl.col("count") > 0))
        pairs = self._class_pairs(kind, counts["entity"].unique().to_list())
        span = pl.DataFrame({"year": np.arange(counts["year"].min(), last + 1)})  # type: ignore[arg-type]
        by_class = counts.group_by("entity", "year").agg(pl.col("count").sum())
        matched = pairs.filter("is_match").select("weight", technology="left", entity="right")
        weighted = matched.join(by_class, on="entity").sort("technology", "entity", "year")
        summed = weighted.group_by("technology", "year", maintain_order=True).agg(
            (pl.col("count") * pl.col("weight")).sum().alias("documents_count")
        )
        every = self._terms.select("technology").unique().join(span, how="cross")
        series = every.join(summed, on=["technology", "year"], how="left").sort("technology", "year")
        totals = span.join(yearly_totals(counts, last), on="year", how="left", maintain_order="left")
        return {
            "counts": series.with_columns(pl.col("documents_count").fill_null(0.0)),
            "years": totals.select("year", pl.col("total").fill_null(0.0).alias("documents_count")),
            "pairs": pairs,
        }

    def _class_pairs(self, kind: str, classes: list[str]) -> pl.DataFrame:
        """left (technology), right (class), scores, is_match, rank, weight, method: by the concordance, or by names."""
        if kind not in self.concordances:
            # Each class asks which technology it is: there are fewer of them, and a short name fits many technologies by chance.
            right = self._terms.select(pl.col("technology").alias("unit"), "term", "weight")
            pairs = match_records(terms_of_names(classes), right, most=MATCHES_SHOWN, level=NAMES_LEVEL).pairs
            pairs = pairs.rename({"left": "right", "right": "left"}).sort("left", -pl.col("score"), "right")
            rank = pl.int_range(1, pl.len() + 1).over("left")
            return pairs.with_columns(rank=rank, weight=pl.lit(1.0), method=pl.lit("name"))
        names = pl.concat(
            [
                self._terms.select("technology", code="technology"),
                self._terms.select("technology", code="term"),
                self._terms.select("technology", code="shown"),
            ]
        ).unique()
        given = self.concordances[kind].pairs
        absent = given.filter(~pl.col("code_to").is_in(classes))
        if absent.height:
            raise InputError(
                f"the {kind} record has no class {absent['code_to'][0]!r}",
                where=f"concordance of {kind}",
                try_next=f"use its own names, such as {sorted(classes)[0]!r}",
            )
        pairs = names.join(given, left_on="code", right_on="code_from")
        pairs = pairs.group_by("technology", "code_to").agg(pl.col("weight").max()).sort("technology", "code_to")
        return pairs.select(
            pl.col("technology").alias("left"),
            pl.col("code_to").alias("right"),
            *(pl.lit(None, pl.Float64).alias(name) for name in SCORES),
            is_match=pl.lit(True),
            rank=pl.int_range(1, pl.len() + 1).over("technology"),
            weight="weight",
            method=pl.lit("concordance"),
        )

    def _series(
        self, kind: str, kept: Result, *, is_found: pl.DataFrame | None = None, is_same: pl.DataFrame | None = None
    ) -> RecordSeries:
        counts = self.catalogue.table(kept, "counts").sort("technology", "year")
        years = self.catalogue.table(kept, "years").sort("year")
        names = counts["technology"].unique().sort()
        shape = (len(names), years.height)
        values = counts["documents_count"].to_numpy().astype(np.float64).reshape(shape)
        chance = counts["chance_count"].to_numpy().reshape(shape) if is_found is None else None
        totals = years["documents_count"].to_numpy().astype(np.float64)
        found, same = (_marked(names, pairs) for pairs in (is_found, is_same))
        return RecordSeries(kind, years["year"].to_numpy().astype(np.int64), totals, values, chance, found, same)

    def _company(self, kind: str, kept: Result) -> pl.DataFrame:
        """Whether the other record's documents mean what the first record's do, technology by technology."""
        base = self.catalogue.find(self.keys[f"followed_{self._base}"])
        inputs = {base.name: base.key, kept.name: kept.key}

        def compute() -> tuple[Tables, dict[str, Any]]:
            names: list[str] = []
            profiles = []
            for own in (base, kept):
                tables = {name: self.catalogue.table(own, name) for name in own.tables}
                names, profile = _profile(tables)
                profiles.append(profile)
            terms = self.catalogue.table(kept, "record_terms")["term"].to_list()
            found = same_company(profiles[0], profiles[1], _own_terms(self._terms, names, terms))
            columns = {"left": names, "score": found.likeness, "p_value": found.p_value}
            return {"pairs": pl.DataFrame(columns).with_columns(pl.col("score", "p_value").fill_nan(None).round(6))}, {}

        result = self._keep(f"company_{kind}", "diffusion.same_company", inputs, {}, compute)
        self.keys[result.name] = result.key
        scores = self.catalogue.table(result, "pairs")
        return scores.with_columns(
            *(pl.lit(None, pl.Float64).alias(name) for name in SCORES if name not in ("score", "p_value")),
            right=pl.lit(None, pl.String),
            is_match=(pl.col("p_value") <= SAME).fill_null(False),
            rank=pl.lit(1),
            method=pl.lit("company"),
        )

    def _technologies(self, kind: str, own: Opened, last: int) -> pl.DataFrame | None:
        """The technologies that the other record's own survey finds, matched by terms and vectors."""
        have = own.observed.tables["years"].filter(pl.col("documents_count") > 0)["year"].to_list()
        if not reading.has_past(last, have):
            return None
        survey, kept = own.observed.surveys(last, 1, self.granularity, self.say)[last]
        inputs = {f"survey_of_{self._base}": self._surveyed[1].key, f"survey_of_{kind}": kept.key}

        def compute() -> tuple[Tables, dict[str, Any]]:
            left, right = (
                terms.select(pl.col("technology").alias("unit"), "term", "weight")
                for terms in (self._terms, _prominent(survey))
            )
            return {"pairs": match_records(left, right, most=MATCHES_SHOWN).pairs}, {}

        result = self._keep(f"matched_{kind}", "diffusion.record_matching", inputs, {}, compute)
        self.keys[result.name] = result.key
        return self.catalogue.table(result, "pairs").with_columns(method=pl.lit("technology"))

    def _tables(self, parts: Mapping[str, tuple[RecordSeries, pl.DataFrame]]) -> tuple[Tables, dict[str, Any]]:
        names = self._terms["technology"].unique().sort().to_list()
        made = follow_records(names, [series for series, _ in parts.values()], self.as_of)
        made["matches"] = pl.concat([rows for _, rows in parts.values()])
        made["technologies"] = _ranked(made.pop("readiness"), made["presence"], self._base)
        made["terms"] = self._terms
        made["records"] = _records(self.opened, parts, made["presence"])
        made["conventions"] = conventions(made["records"], self.as_of, self._base, len(names))
        facts = {
            "as_of": self.as_of,
            "base_kind": self._base,
            "kinds": list(self.opened),
            "technologies_count": len(names),
            "inputs": {kind: own.observed.facts["inputs"] for kind, own in self.opened.items()},
        }
        return made, facts


SCORES = ("term_score", "latent_score", "score", "p_value", "q_value")


def _prominent(survey: Survey) -> pl.DataFrame:
    """technology (its name), term, shown, weight: ties within the technology times the root of the term's documents."""
    names = pl.DataFrame(
        {"technology": range(len(survey.labels)), "name": survey.labels}, schema_overrides={"name": pl.String}
    )
    weight = (pl.col("weight") + 1e-6) * pl.col("documents_count").sqrt()
    return (
        survey.terms.join(names, on="technology", maintain_order="left")
        .select(pl.col("name").alias("technology"), "term", "shown", weight.round(9).alias("weight"))
        .sort("technology", -pl.col("weight"), "term")
    )


def _marked(names: pl.Series, pairs: pl.DataFrame | None) -> npt.NDArray[np.bool_] | None:
    if pairs is None:
        return None
    matched = set(pairs.filter("is_match")["left"].to_list())
    return np.array([name in matched for name in names], dtype=bool)


def _profile(tables: Mapping[str, pl.DataFrame]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Names of technologies, and documents by technology and term with the whole record in front (see same_company)."""
    terms = tables["record_terms"].sort("term").with_row_index("column", offset=1)
    members = tables["counts"].group_by("technology").agg(pl.col("documents_count").sum()).sort("technology")
    rows = members.with_row_index("row", offset=1).select("row", "technology")
    profile = np.zeros((1 + members.height, 1 + terms.height))
    profile[0, 0] = tables["years"]["documents_count"].sum()
    profile[0, 1:] = terms["documents_count"].to_numpy()
    profile[1:, 0] = members["documents_count"].to_numpy()
    cells = tables["company"].join(rows, on="technology").join(terms.select("term", "column"), on="term")
    profile[cells["row"].to_numpy(), cells["column"].to_numpy()] = cells["documents_count"].to_numpy()
    return members["technology"].to_list(), profile


def _own_terms(terms: pl.DataFrame, names: list[str], every: list[str]) -> npt.NDArray[np.float64]:
    row = terms["technology"].replace_strict({name: i for i, name in enumerate(names)}, return_dtype=pl.Int64)
    column = terms["term"].replace_strict({term: i for i, term in enumerate(sorted(every))}, return_dtype=pl.Int64)
    own = np.zeros((len(names), len(every)))
    own[row.to_numpy(), column.to_numpy()] = 1
    return own


def _match_rows(kind: str, pairs: pl.DataFrame | None) -> pl.DataFrame:
    texts = dict.fromkeys(("technology", "kind", "method", "other"), pl.String())
    schema = {**texts, **dict.fromkeys(SCORES, pl.Float64()), "is_match": pl.Boolean(), "rank": pl.Int64()}
    if pairs is None:
        return pl.DataFrame(schema=schema)
    rows = pairs.with_columns(kind=pl.lit(kind)).rename({"left": "technology", "right": "other"})
    return rows.select(*schema).cast(schema).sort("technology", "rank", "other")  # type: ignore[arg-type]


def _ranked(stages: pl.DataFrame, presence: pl.DataFrame, base: str) -> pl.DataFrame:
    """Those confirmed in most records of documents first, then in most classes, then by their fewest documents."""
    is_class = pl.col("is_by_class")
    confirmed = (
        presence.filter("is_confirmed")
        .group_by("technology")
        .agg(
            (~is_class).sum().alias("records_count"),
            is_class.sum().alias("classes_count"),
            pl.col("documents_count").filter(~is_class).min().alias("fewest_count"),
        )
    )
    size = presence.filter(pl.col("kind") == base).select("technology", "documents_count")
    joined = stages.join(confirmed, on="technology", how="left").join(size, on="technology", how="left")
    counts = [pl.col(name).fill_null(0).cast(pl.Int64) for name in ("records_count", "classes_count", "fewest_count")]
    order = ["records_count", "classes_count", "fewest_count", "documents_count"]
    ordered = joined.with_columns(*counts).sort(*order, "technology", descending=[True, True, True, True, False])
    return ordered.with_row_index("rank", offset=1).with_columns(pl.col("rank").cast(pl.Int64))


def _records(
    opened: Mapping[str, Opened], parts: Mapping[str, tuple[RecordSeries, pl.DataFrame]], presence: pl.DataFrame
) -> pl.DataFrame:
    """Each record, with the technologies confirmed in it and how many of them chance would give."""
    rows = []
    for kind, (series, _) in parts.items():
        own = presence.filter(pl.col("kind") == kind)
        has_company = series.is_same is not None
        compared = own.filter(pl.col("documents_count") >= SUSTAINED).height
        rows.append(
            {
                "kind": kind,
                "title": opened[kind].observed.title,
                "first_year": int(series.years[0]),
                "last_year": int(series.years[-1]),
                "documents_count": float(series.totals.sum()),
                "is_by_class": series.is_by_class,
                "confirmed_count": int(own["is_confirmed"].sum()),
                "confirmed_by_chance": round(SAME * compared, 2) if has_company else None,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"confirmed_by_chance": pl.Float64})
