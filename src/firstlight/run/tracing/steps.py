"""The steps of tracing: technologies found, their forms looked up, meanings compared, classes
matched; all kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.catalogue import Catalogue
from firstlight.chart import Chart, Dates, Mark, chart_to_json
from firstlight.classifications.concordance import Concordance
from firstlight.errors import InputError
from firstlight.instruments.diffusion.same_company import same_company
from firstlight.instruments.diffusion.take_off import SUSTAINED
from firstlight.instruments.diffusion.tracing import RecordSeries, trace_records
from firstlight.instruments.emergence.counts.counts_in import SIGN, CountsIn
from firstlight.instruments.emergence.technologies.mentions import mentions, names_within, nested
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.message_json import message_to_json
from firstlight.nouns import Result
from firstlight.run.documents_in import DocumentsWork
from firstlight.run.reading import Say, note_message, set_aside, units_of
from firstlight.run.tracing.sentences import FEWEST_TO_COMPARE, conventions, first_lines
from firstlight.run.tracing.tables import (
    arrivals,
    arrivals_by_year,
    plotted,
    ranked,
    steps,
    take_offs,
)
from firstlight.sources import Counts, Documents
from firstlight.texts import Name, Texts, Year, language_columns, message

NAME = "trace"
TEXTS = Texts(Path(__file__).parent)
CITATION = "Kaplan and Meier 1958, Journal of the American Statistical Association 53(282)"
# place among all technologies, as a share, up to which documents are taken to mean the same
SAME = 0.05
MOST_BESIDE = 2_000  # technologies whose names are read as the company of others: the commonest
IS_LONG_ENOUGH = pl.col("key").str.len_chars() > 1  # a single letter stands for too many things
# of a technology's documents in a record, from which its name in full settles what is meant
IN_FULL = 0.5
Tables = dict[str, pl.DataFrame]
Rows = npt.NDArray[np.int64]
CHARTS = (
    Chart(
        "arrivals", "arrivals_by_year", "year", (Mark("technologies_count", "step"),), line="kind"
    ),
    Chart(
        "courses",
        "timeline",
        "year",
        (Mark("per_thousand", "bars"),),
        panel="technology",
        strip="kind",
        dates=Dates("take_offs", "take_off_year", "take_off_low", "take_off_high"),
    ),
)
MATCHES = {
    **dict.fromkeys(("technology", "kind", "method", "other"), pl.String()),
    **dict.fromkeys(("score", "p_value"), pl.Float64()),
    "is_match": pl.Boolean(),
}


@dataclass(frozen=True)
class Opened:
    """A record that was kept: its documents, or its counts.

    read  : as it was read
    files : name, hash and size of each file
    raw, tidy : the Results of its bytes and of its table
    """

    read: Documents | Counts
    title: str
    files: list[dict[str, Any]]
    raw: Result
    tidy: Result
    first_year: int
    complete_to: int
    documents: DocumentsWork | None = None
    counts: CountsIn | None = None


@dataclass
class TracingRun:
    """The steps from records to what is shown; each is kept with the keys of what it read."""

    catalogue: Catalogue
    opened: Mapping[str, Opened]
    as_of: int
    say: Say
    concordances: Mapping[str, Concordance] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    units: dict[str, dict[str, str]] = field(default_factory=dict)

    def traced(self) -> Result:
        """The kept Result; its inputs are the steps before it."""
        parts = {kind: self._part(kind) for kind in self.opened}
        self.say("lags")
        parameters = {"as_of": self.as_of, "base_kind": self._base}
        return self._keep(
            NAME, "diffusion.tracing", self.keys, parameters, lambda: self._tables(parts)
        )

    @cached_property
    def _base(self) -> str:
        return next(kind for kind, own in self.opened.items() if own.documents is not None)

    @cached_property
    def _found(self) -> tuple[Survey, Result]:
        """The technologies of the first record, as ``observe`` finds them."""
        work = self.opened[self._base].documents
        assert work is not None
        survey, kept = work.surveys([self.as_of], self.as_of, self.say)[self.as_of]
        if not survey.is_scored.any():
            scored = message("nothing_scored", year=Year(self.as_of), record=Name(self._base))
            raise InputError(scored, TEXTS.folder)
        self.keys[kept.name] = kept.key
        return survey, kept

    @cached_property
    def _rows(self) -> npt.NDArray[np.int64]:
        """Rows of the survey that are traced, in the order of their names."""
        survey, kept = self._found
        terms = self.catalogue.table(kept, "terms").filter(IS_LONG_ENOUGH)
        can_be_found = np.isin(np.arange(len(survey.labels)), terms["technology"].to_numpy())
        rows = np.flatnonzero(survey.is_scored & can_be_found)
        return rows[np.argsort(np.array([survey.labels[row] for row in rows]), kind="stable")]

    @cached_property
    def _names(self) -> list[str]:
        """(K,) names of the technologies that are traced, sorted; two alike are told apart by their
        keys."""
        survey = self._found[0]
        labels = [survey.labels[row] for row in self._rows]
        for place in pl.Series(labels).is_duplicated().arg_true():
            labels[place] += f" [{survey.counts.names[self._rows[place]]}]"
        return labels

    @cached_property
    def _terms(self) -> pl.DataFrame:
        """technology (0..K-1), key, is_phrase, is_capital, is_defined: what other records are
        searched for."""
        terms = self.catalogue.table(self._found[1], "terms")
        return self._numbered(terms.filter(IS_LONG_ENOUGH))

    @cached_property
    def _forms(self) -> pl.DataFrame:
        """technology (its name), form, kind, documents_count: how the first record writes each."""
        forms = self._numbered(self._found[0].own_forms)
        names = pl.Series(self._names, dtype=pl.String)
        return forms.select(
            names[forms["technology"]].alias("technology"), "form", "kind", "documents_count"
        )

    @cached_property
    def _is_plain(self) -> npt.NDArray[np.bool_]:
        """(K,) whether a technology is a plain word ("layer"): no form has several words or is an
        acronym."""
        says_more = (pl.col("is_phrase") | pl.col("is_capital")).any()
        is_plain = (
            self._terms.group_by("technology")
            .agg((~says_more).alias("is_plain"))
            .sort("technology")["is_plain"]
        )
        return np.asarray(is_plain.to_numpy(), dtype=bool)

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows of the technologies that are traced, under their own numbers."""
        number = {int(row): place for place, row in enumerate(self._rows)}
        traced = frame.filter(pl.col("technology").is_in(list(number)))
        own = pl.col("technology").replace_strict(number, return_dtype=pl.Int64)
        return traced.with_columns(own).sort("technology", maintain_order=True)

    @cached_property
    def _groups(self) -> npt.NDArray[np.int64]:
        """(K,) group of each technology: those that share their documents count once."""
        _, group = np.unique(self._found[0].groups[self._rows], return_inverse=True)
        return group.astype(np.int64)

    def _keep(
        self,
        name: str,
        instrument: str,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        compute: Any,
    ) -> Result:
        origins = [own.raw for own in self.opened.values()]
        units = None
        if name == NAME:  # known once its tables are made
            units = self.units
        return self.catalogue.keep(
            name,
            instrument=instrument,
            parameters=parameters,
            inputs=inputs,
            source="; ".join(dict.fromkeys(own.source for own in origins)),
            licence="; ".join(dict.fromkeys(own.licence for own in origins)),
            compute=compute,
            units=units,
        )

    def _part(self, kind: str) -> tuple[RecordSeries, pl.DataFrame]:
        """A record's series for every technology, and what was matched or compared."""
        own = self.opened[kind]
        last = min(self.as_of, own.complete_to)
        technologies = self._found[1]
        self.say(f"lookup: {kind}")
        inputs = {technologies.name: technologies.key, own.tidy.name: own.tidy.key}
        parameters: dict[str, Any] = {"last_year": last}
        step = "emergence.mentions"
        if own.documents is None:
            step = "emergence.class_names"
        if kind in self.concordances:
            parameters["concordance"] = self.concordances[kind].pairs.drop("source").rows()

        def compute() -> tuple[Tables, dict[str, Any]]:
            if own.documents is None:
                found = self._by_class(kind, own, last)
            else:
                found = self._by_names(own, last)
            return found, {}

        kept = self._keep(f"trace_{kind}", step, inputs, parameters, compute)
        self.keys[kept.name] = kept.key
        if own.counts is not None:
            pairs = self.catalogue.table(kept, "pairs")
            return self._series(kind, kept, is_found=pairs), _match_rows(kind, pairs)
        if kind == self._base:
            return self._series(kind, kept), _match_rows(kind, None)
        company = self._company(kind, kept)
        return self._series(kind, kept, is_same=company), _match_rows(kind, company)

    def _by_names(self, own: Opened, last: int) -> Tables:
        """Documents that name each technology, by year, and those that name two."""
        assert own.documents is not None
        judged = own.documents.judged(last)
        counted = judged.documents["is_counted"] & (own.documents.frame["year"] <= last)
        documents = own.documents.frame.filter(counted).select("year", "title", "abstract")
        found = mentions(self._terms, documents, text=judged.text, most_words=judged.most_words)
        shared = found.shared.tocoo()
        return {
            "counts": self._yearly(found.years, found.counts),
            "years": pl.DataFrame({"year": found.years, "documents_count": found.totals}),
            "shared": pl.DataFrame(
                {
                    "technology": shared.row.astype(np.int64),
                    "other": shared.col.astype(np.int64),
                    "documents_count": shared.data.astype(np.int64),
                }
            ).sort("technology", "other"),
            "forms": found.forms,
            "in_full": pl.DataFrame(
                {"technology": np.arange(len(found.in_full)), "documents_count": found.in_full}
            ),
        }

    def _yearly(
        self, years: npt.NDArray[np.int64], counts: npt.NDArray[np.float64]
    ) -> pl.DataFrame:
        size = len(self._names)
        full = np.zeros((size, len(years)))
        full[: len(counts)] = counts
        return pl.DataFrame(
            {
                "technology": np.repeat(np.array(self._names, dtype=object), len(years)).tolist(),
                "year": np.tile(years, size),
                "documents_count": full.ravel(),
            }
        )

    def _by_class(self, kind: str, own: Opened, last: int) -> Tables:
        """Counts of the classes that each technology fits, by year."""
        assert own.counts is not None
        at = own.counts.at(last).counts
        until = at.years <= last
        classes = list(at.names)
        pairs = self._class_pairs(kind, classes)
        weights = np.zeros((len(self._names), len(classes)))
        place = {name: row for row, name in enumerate(self._names)}
        column = {name: number for number, name in enumerate(classes)}
        for technology, other, weight in pairs.select("technology", "other", "weight").iter_rows():
            weights[place[technology], column[other]] = weight
        counts = weights @ np.asarray(at.cells.todense())[:, until]
        return {
            "counts": self._yearly(at.years[until], counts),
            "years": pl.DataFrame(
                {"year": at.years[until], "documents_count": at.totals[0, until]}
            ),
            "pairs": pairs.with_columns(pl.lit(True).alias("is_match")),
        }

    def _class_pairs(self, kind: str, classes: list[str]) -> pl.DataFrame:
        """technology, other (class), weight, method: by the concordance, or by names."""
        # the last part of a class within classes
        leaf_of = {name: name.rsplit(SIGN, 1)[-1] for name in classes}
        if kind in self.concordances:
            pairs = self._pairs_by_concordance(kind, leaf_of)
        else:
            pairs = self._pairs_by_name(leaf_of)
        return pairs.sort("technology", "other")

    def _pairs_by_name(self, leaf_of: Mapping[str, str]) -> pl.DataFrame:
        """Classes in whose own names a technology's stands."""
        leaves = pl.DataFrame({"other": list(leaf_of), "name": list(leaf_of.values())})
        found = names_within(self._terms, leaves["name"]).join(leaves, on="name")
        names = pl.Series(self._names, dtype=pl.String)
        pairs = found.select(names[found["technology"]].alias("technology"), "other")
        return pairs.with_columns(weight=pl.lit(1.0), method=pl.lit("name"))

    def _pairs_by_concordance(self, kind: str, leaf_of: Mapping[str, str]) -> pl.DataFrame:
        """Classes that a concordance gives a technology, by their whole names or their own.

        Raises  InputError for a class that the record doesn't have, and where no technology is
                traced.
        """
        given = self.concordances[kind].pairs
        known = {leaf: name for name, leaf in leaf_of.items()} | {name: name for name in leaf_of}
        absent = given.filter(~pl.col("code_to").is_in(list(known)))
        if absent.height:
            name, example = Name(absent["code_to"][0]), Name(min(leaf_of))
            about = {"record": Name(kind), "name": name, "example": example}
            raise InputError(message("no_class", **about), TEXTS.folder)
        forms = pl.concat(
            [
                self._forms.select("technology", keys_of_names(self._forms["form"]).alias("key")),
                pl.DataFrame(
                    {"technology": self._names, "key": keys_of_names(pl.Series(self._names))}
                ),
            ]
        ).unique()
        asked = given.with_columns(keys_of_names(given["code_from"]).alias("key"))
        unknown = asked.join(forms, on="key", how="anti")
        if unknown.height == given.height:
            name, example = Name(unknown["code_from"][0]), Name(self._names[0])
            about = {"record": Name(kind), "name": name, "example": example}
            raise InputError(message("none_of_concordance", **about), TEXTS.folder)
        pairs = asked.join(forms, on="key").with_columns(
            pl.col("code_to").replace_strict(known).alias("other")
        )
        pairs = pairs.group_by("technology", "other").agg(pl.col("weight").max())
        return pairs.with_columns(method=pl.lit("concordance"))

    def _series(
        self,
        kind: str,
        kept: Result,
        *,
        is_found: pl.DataFrame | None = None,
        is_same: pl.DataFrame | None = None,
    ) -> RecordSeries:
        years = self.catalogue.table(kept, "years").sort("year")
        counts = self.catalogue.table(kept, "counts")["documents_count"].to_numpy()
        return RecordSeries(
            kind,
            years["year"].to_numpy().astype(np.int64),
            years["documents_count"].to_numpy().astype(np.float64),
            counts.astype(np.float64).reshape(len(self._names), years.height),
            self._marked(is_found),
            self._marked(is_same),
        )

    def _marked(self, pairs: pl.DataFrame | None) -> npt.NDArray[np.bool_] | None:
        if pairs is None:
            return None
        matched = set(pairs.filter("is_match")["technology"].to_list())
        return np.array([name in matched for name in self._names], dtype=bool)

    def _company(self, kind: str, kept: Result) -> pl.DataFrame | None:
        """Whether the other record's documents mean what the first record's do, technology by
        technology.

        None where fewer technologies are named there than a place among them says something.
        """
        base = self.catalogue.find(self.keys[f"trace_{self._base}"])
        sizes = [self._sizes(own) for own in (base, kept)]
        present = np.flatnonzero(sizes[1] > 0)
        if len(present) < FEWEST_TO_COMPARE:
            return None

        def compute() -> tuple[Tables, dict[str, Any]]:
            beside = np.sort(np.argsort(-np.minimum(*sizes), kind="stable")[:MOST_BESIDE])
            first, second = (self._profile(own, present, beside) for own in (base, kept))
            found = same_company(first, second, self._own(present, beside))
            in_full = np.zeros(len(self._names))
            table = self.catalogue.table(kept, "in_full")
            in_full[table["technology"].to_numpy()] = table["documents_count"].to_numpy()
            columns = {
                "technology": [self._names[row] for row in present],
                "score": found.likeness,
                "p_value": found.p_value,
                "is_in_full": in_full[present] >= IN_FULL * sizes[1][present],
            }
            scores = pl.DataFrame(columns).with_columns(
                pl.col("score", "p_value").fill_nan(None).round(6)
            )
            return {"pairs": scores}, {}

        inputs = {base.name: base.key, kept.name: kept.key}
        result = self._keep(f"company_{kind}", "diffusion.same_company", inputs, {}, compute)
        self.keys[result.name] = result.key
        is_alike = (pl.col("p_value") <= SAME).fill_null(False)
        return self.catalogue.table(result, "pairs").with_columns(
            other=pl.lit(None, pl.String),
            method=pl.when("is_in_full").then(pl.lit("in_full")).otherwise(pl.lit("company")),
            is_match=pl.col("is_in_full") | is_alike,
        )

    def _sizes(self, kept: Result) -> npt.NDArray[np.float64]:
        """(K,) documents of a record that name each technology."""
        counts = self.catalogue.table(kept, "counts")["documents_count"].to_numpy()
        return np.asarray(counts.reshape(len(self._names), -1).sum(axis=1), dtype=np.float64)

    def _profile(self, kept: Result, rows: Rows, columns: Rows) -> npt.NDArray[np.float64]:
        """Documents that name two technologies, the whole record first (see ``same_company``)."""
        size = len(self._names)
        shared = self.catalogue.table(kept, "shared")
        values = shared["documents_count"].to_numpy().astype(np.float64)
        places = (shared["technology"].to_numpy(), shared["other"].to_numpy())
        matrix = sparse.csr_matrix((values, places), shape=(size, size))
        sizes = matrix.diagonal()
        whole = self.catalogue.table(kept, "years")["documents_count"].sum()
        inside = np.column_stack([sizes[rows], matrix[rows][:, columns].toarray()])
        return np.vstack([np.concatenate([[whole], sizes[columns]]), inside])

    def _own(self, rows: Rows, columns: Rows) -> npt.NDArray[np.float64]:
        """1 where the technology of the column is that of the row, or one's name stands in the
        other's."""
        size = len(self._names)
        within = nested(self._terms)
        places = (within["technology"].to_numpy(), within["other"].to_numpy())
        matrix = sparse.csr_matrix((np.ones(within.height), places), shape=(size, size))
        return np.asarray(matrix[rows][:, columns].toarray(), dtype=np.float64)

    def _tables(
        self, parts: Mapping[str, tuple[RecordSeries, pl.DataFrame]]
    ) -> tuple[Tables, dict[str, Any]]:
        series = [own for own, _ in parts.values()]
        plain = [
            name for name, is_plain in zip(self._names, self._is_plain, strict=True) if is_plain
        ]
        begins = {own.kind: int(own.years[0]) for own in series}
        made = trace_records(
            self._names, series, self.as_of, groups=self._groups, pooled=~self._is_plain
        )
        presence = made["presence"]
        technologies = ranked(made["readiness"], presence, begins, self._base, plain)
        counted = technologies.filter(~pl.col("is_plain_word"))
        records = _records(self.opened, parts, presence)
        tables = {
            "arrivals": arrivals(technologies, presence, begins),
            "records": records,
            "steps": steps(counted, presence, list(parts)),
            "pooled": made["pooled"],
            "presence": presence,
            "take_offs": take_offs(made["events"], presence),
            "lags": made["lags"],
            "lead_lag": made["lead_lag"],
            "matches": pl.concat([rows for _, rows in parts.values()]),
            "forms": self._forms,
            "technologies": technologies,
            "evidence": made["evidence"],
            "events": made["events"],
            "timeline": plotted(made["timeline"], presence, series),
            "arrivals_by_year": arrivals_by_year(counted, presence, records),
        }
        self.units.update(units_of(TEXTS, tables))
        facts = {
            "said": list(map(message_to_json, first_lines(tables, self.as_of, self._base))),
            "conventions": list(map(message_to_json, conventions(records, self.as_of, self._base))),
            "charts": list(map(chart_to_json, CHARTS)),
            "tables": list(tables),
            "technologies_count": len(self._names) - len(plain),
            "plain_count": len(plain),
            "first_year": min(begins.values()),
            "last_year": self.as_of,
            **self._facts(),
        }
        read = [own.read for own in self.opened.values()]
        return {**tables, **set_aside(*read)}, facts

    def _facts(self) -> dict[str, Any]:
        """What was read, and what is said of it beside the numbers."""
        opened = self.opened
        notes = [note for own in opened.values() for note in own.read.notes]
        formula = language_columns("formula").items()
        return {
            "measurement": NAME,
            "title": ", ".join(own.title for own in opened.values()),
            "is_sample": False,
            "rows": sum(own.read.rows for own in opened.values()),
            "notes": [message_to_json(note_message(note)) for note in notes],
            "inputs": [file for own in opened.values() for file in own.files],
            "mapping": {
                f"{kind}.{ours}": theirs
                for kind, own in opened.items()
                for ours, theirs in own.read.mapping.items()
            },
            "brief": ["technology", "stage", *(f"{kind}_since_year" for kind in opened)]
            + [f"{kind}_take_off_year" for kind in opened],
            **{name: TEXTS.say(lang, "formula") for name, lang in formula},
            "instrument_citation": CITATION,
            "as_of": self.as_of,
            "base_kind": self._base,
            "kinds": list(opened),
        }


def _match_rows(kind: str, pairs: pl.DataFrame | None) -> pl.DataFrame:
    if pairs is None:
        return pl.DataFrame(schema=MATCHES)
    absent = [pl.lit(None).alias(name) for name in MATCHES if name not in (*pairs.columns, "kind")]
    rows = pairs.with_columns(pl.lit(kind).alias("kind"), *absent)
    return rows.select(*MATCHES).cast(pl.Schema(MATCHES)).sort("technology", "other")


def _records(
    opened: Mapping[str, Opened],
    parts: Mapping[str, tuple[RecordSeries, pl.DataFrame]],
    presence: pl.DataFrame,
) -> pl.DataFrame:
    """Each record, with the technologies confirmed in it and how many of them chance would give."""
    rows = []
    for kind, (series, matches) in parts.items():
        own = presence.filter(pl.col("kind") == kind)
        has_company = series.is_same is not None
        asked = matches.filter(pl.col("method") == "company").select("technology")
        by_chance = None
        if has_company:
            compared = own.join(asked, on="technology")
            large = compared.filter(pl.col("documents_count") >= SUSTAINED)
            by_chance = round(SAME * large.height, 2)
        rows.append(
            {
                "kind": kind,
                "title": opened[kind].title,
                "first_year": int(series.years[0]),
                "last_year": int(series.years[-1]),
                "documents_count": float(series.totals.sum()),
                "is_by_class": series.is_by_class,
                "is_compared": has_company,
                "confirmed_count": int(own["is_confirmed"].sum()),
                "confirmed_by_chance": by_chance,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"confirmed_by_chance": pl.Float64})
