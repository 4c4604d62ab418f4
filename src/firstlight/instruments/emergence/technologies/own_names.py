"""What a user decides about names: some renamed, translated, merged, split off or hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.text.phrases import keys_as_written

Ints = npt.NDArray[np.int64]
ACTIONS = ("rename", "translate", "merge", "split", "hide")
WITH_TARGET = ("rename", "translate", "merge")  # these say what it becomes
OF_DOCUMENTS = ("merge", "split")  # counts alone don't tell which documents two names share
SCHEMA = {"row": pl.Int64, "name": pl.String, "action": pl.String, "to": pl.String}
_BRACKET = r"\s*[(\x{ff08}][^()\x{ff08}\x{ff09}]*[)\x{ff09}]\s*$"  # a label's acronym


@dataclass(frozen=True)
class OwnNames:
    """Decisions on names, in the order of their file.

    table : data frame row, name, action, to (null where the action needs none), key, to_key
    """

    table: pl.DataFrame

    @classmethod
    def of(cls, table: pl.DataFrame) -> OwnNames:
        """Decisions from a data frame with the columns of ``SCHEMA``."""
        typed = table.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        keys = (keys_of_names(typed["name"]), keys_of_names(typed["to"]).rename("to_key"))
        return cls(typed.with_columns(*keys))

    @classmethod
    def none(cls) -> OwnNames:
        """No decisions."""
        return cls.of(pl.DataFrame(schema=SCHEMA))

    def of_action(self, *actions: str) -> pl.DataFrame:
        """The rows of some actions."""
        return self.table.filter(pl.col("action").is_in(list(actions)))


@dataclass(frozen=True)
class OnSurvey:
    """A survey as a user's names have it.

    number   : (K,) row in it of each technology of the survey before; -1 where hidden
    names_zh : technology id -> Chinese name that was given
    hidden   : data frame label, documents_count of those left out
    applied  : data frame row, name, action, to, technology_id (null where a decision fits nothing)
    """

    survey: Survey
    number: Ints
    names_zh: dict[str, str]
    hidden: pl.DataFrame
    applied: pl.DataFrame


def keys_of_names(names: pl.Series) -> pl.Series:
    """Names as people write or copy them, as keys of terms; the acronym behind a label is left out.

    >>> keys_of_names(pl.Series(["Generative adversarial networks (GAN)"])).to_list()
    ['generativeadversarialnetwork']
    """
    return keys_as_written(names.str.replace(_BRACKET, "").str.strip_chars())


def circle(own: OwnNames) -> int | None:
    """The first row whose merges run on without an end; None where all come to one."""
    merged = own.of_action("merge")
    into = dict(merged.select("key", "to_key").iter_rows())
    for row, key in merged.select("row", "key").iter_rows():
        at, seen = key, {key}
        while (at := into.get(at)) is not None:
            if at in seen:
                return int(row)
            seen.add(at)
    return None


def on_survey(survey: Survey, own: OwnNames) -> OnSurvey:
    """Rename, translate and hide technologies by any of their forms.

    What is hidden is left out as if it were no technology: it takes no rank, and no part in the
    record.
    """
    ids = list(survey.counts.names)
    found = _fits(survey, own)
    of_kind = {
        action: found.filter(pl.col("action") == action).select("technology", "to").rows()
        for action in ("rename", "translate", "hide")
    }
    labels = list(survey.labels)
    for technology, label in of_kind["rename"]:
        labels[technology] = label
    hides = np.zeros(len(ids), dtype=bool)
    hides[[technology for technology, _ in of_kind["hide"]]] = True
    kept = np.flatnonzero(~hides)
    number = np.full(len(ids), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    out = np.flatnonzero(hides)
    year = survey.forecast_year
    documents = survey.counts.documents_of((year - 1, year))
    hidden = pl.DataFrame(
        {"label": [labels[row] for row in out], "documents_count": documents[out].astype(np.int64)},
        schema={"label": pl.String, "documents_count": pl.Int64},
    )
    return OnSurvey(
        survey=survey.renamed(labels).take(kept),
        number=number,
        names_zh={ids[technology]: name for technology, name in of_kind["translate"]},
        hidden=hidden,
        applied=_applied(own, found, ids),
    )


def _fits(survey: Survey, own: OwnNames) -> pl.DataFrame:
    """Decisions with the technology that each fits: the one with the name among its forms.

    A merge fits where both names are forms of one technology by now, a split where its name heads
    one.
    """
    if own.table.is_empty():  # spares the keys of all forms
        return own.table.with_columns(pl.lit(None, pl.Int64).alias("technology"))
    labels = pl.DataFrame(
        {"technology": range(len(survey.labels)), "form": survey.labels},
        {"technology": pl.Int64, "form": pl.String},
    )
    forms = pl.concat([labels, survey.own_forms.select("technology", "form")])
    keyed = forms.select("technology", keys_of_names(forms["form"]).alias("key")).unique(
        maintain_order=True
    )
    found = own.table.join(
        keyed.unique("key", keep="first", maintain_order=True), on="key", maintain_order="left"
    )
    targets = keyed.select(
        "technology", pl.col("key").alias("to_key"), pl.lit(True).alias("holds_target")
    )
    found = found.join(targets, on=["technology", "to_key"], how="left", maintain_order="left")
    fits = (
        pl.when(pl.col("action") == "merge")
        .then(pl.col("holds_target").fill_null(False))
        .when(pl.col("action") == "split")
        .then(survey.ids[found["technology"]] == found["key"])
        .otherwise(True)
    )
    return found.filter(fits)


def _applied(own: OwnNames, found: pl.DataFrame, ids: list[str]) -> pl.DataFrame:
    named = found.select(
        "row", pl.Series("technology_id", [ids[row] for row in found["technology"]], pl.String)
    )
    return own.table.select(*SCHEMA).join(named, on="row", how="left", maintain_order="left")
