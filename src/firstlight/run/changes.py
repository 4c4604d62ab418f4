"""What changed since an earlier observation; the same thing keeps its identifier and its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.given_names import ACCEPTED
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.observation_tables import SCHEMAS, columns_of
from firstlight.run.corpus import Say, Tables
from firstlight.run.naming import decided, with_given_names
from firstlight.run.observed_table import observed_tables
from firstlight.texts import Name, message

RUN = Path(__file__).parent
FEWEST = 15  # documents of a course that tells by itself what is the same thing
MOST = 0.5  # share of a technology's documents, form by form, from which another is the same thing
FIGURES = ("rank", "probability", "documents_count", "share")
READ = columns_of(
    technologies=("technology_id", "name", "name_zh", "status", *FIGURES),
    forms=("technology_id", "form", "kind", "documents_count"),
    years=("year", "documents_count"),
    history=("technology_id", "year", "documents_count"),
    own_names=("technology_id", "action"),
    named=("technology_id", "outcome"),
)
COLUMNS = ("technology_id", "name", "status", *FIGURES)
IDS = ("technology_id", "other_id", "precedent_id", "same_as", "bet")
OF_DOCUMENTS = "near_duplicates"  # whose identifiers are those of documents


@dataclass(frozen=True)
class Earlier:
    """An earlier observation: what of it is compared.

    tables : as ``READ`` lists them
    facts  : as_of, ranking, and documents_count up to that year
    """

    tables: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """What it says, as a parameter of what is compared with it."""
        digest = hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode())
        for name in READ:
            digest.update(self.tables[name].write_json().encode())
        return digest.hexdigest()


def earlier_observation(given: Any, project: str | Path, say: Say) -> Earlier:
    """An earlier observation, wherever it is kept: a result of ``observe``, its folder, its
    observation.json.

    Raises InputError where there is none.
    """
    found = observed_tables(given, project, say, READ)
    if found is None:
        raise InputError(message("no_observation", place=Name(str(given))), RUN)
    chosen = {
        name: found[0][name].select(pl.col(each).cast(of) for each, of in columns.items())
        for name, columns in READ.items()
    }
    return Earlier(chosen, _compared(chosen, found[1]))


def carried(
    tables: Tables, facts: Mapping[str, Any], earlier: Earlier | None
) -> tuple[Tables, dict[str, Any], dict[str, str]]:
    """The tables with that of changes, what is the same thing as a technology of the earlier
    observation under its identifier and its name; the facts; computed identifier -> the one that is
    kept.

    A technology whose identifier is gone is looked for among those whose identifier is new: the one
    that holds most of its documents, form by form, is the same; or else the one that alone has as
    many documents in each year, as where the name of an entity is corrected. Names that somebody
    decides, then or now, are not carried over.
    """
    if earlier is None:
        return {**tables, "changes": pl.DataFrame(schema=SCHEMAS["changes"])}, {**facts}, {}
    before, now = earlier.tables["technologies"], tables["technologies"]
    forms, forms_before = _keyed(tables["forms"]), _keyed(earlier.tables["forms"])
    until = min(facts["as_of"], earlier.facts["as_of"])
    by_course = (_courses(kept["history"], until) for kept in (tables, earlier.tables))
    evidence = ((forms, forms_before), by_course)
    same = pl.concat(_held(_without(old, now), _without(new, before)) for new, old in evidence)
    for column in ("technology_id", "other_id"):
        same = same.unique(column, keep="first", maintain_order=True)
    ids = dict(same.select("other_id", "technology_id").iter_rows())
    named = with_given_names(tables, _names_kept(tables, earlier, ids))
    kept = {name: _under(frame, ids) for name, frame in named.items() if name != OF_DOCUMENTS}
    kept, forms = {**named, **kept}, _under(forms, ids)
    now = kept["technologies"]
    merged = _held(_without(forms_before, now), forms)
    split = _held(_without(forms, before), forms_before)
    elsewhere = forms_before.join(forms, on="key", how="semi")["technology_id"].unique()
    both = _both(before, now)
    moved = _moved(both, _compared(kept, facts), earlier.facts, elsewhere)
    each = (
        _without(moved, pl.concat([merged, split])),
        _renamed(both, kept["forms"], earlier.tables["forms"]),
        _joined(both, "merged", merged, now),
        _joined(both, "split", split, before),
    )
    typed = [pl.col(name).cast(of) for name, of in SCHEMAS["changes"].items()]
    first = pl.min_horizontal("rank", "earlier_rank")
    kept["changes"] = pl.concat([frame.select(typed) for frame in each]).sort(
        first, "technology_id", "kind", nulls_last=True
    )
    return kept, {**facts, "since": earlier.facts}, ids


def _compared(tables: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared of the facts of an observation."""
    until = tables["years"].filter(pl.col("year") <= facts["as_of"])
    documents = int(until["documents_count"].sum())
    return {"as_of": facts["as_of"], "ranking": facts["ranking"], "documents_count": documents}


def _under(frame: pl.DataFrame, ids: Mapping[str, str]) -> pl.DataFrame:
    """A table under the identifiers that are kept."""
    return frame.with_columns(pl.col(name).replace(ids) for name in IDS if name in frame.columns)


# ---- the same thing


def _keyed(forms: pl.DataFrame) -> pl.DataFrame:
    """technology_id, key of a form, documents that use it."""
    keyed = forms.with_columns(keys_of_names(forms["form"]).alias("key"))
    return keyed.group_by("technology_id", "key").agg(pl.col("documents_count").max())


def _courses(history: pl.DataFrame, until: int) -> pl.DataFrame:
    """technology_id, key of its documents in each year, documents in all; of courses that several
    share none."""
    known = history.filter(pl.col("year") <= until, pl.col("documents_count") > 0).sort("year")
    key = pl.format("{}:{}", "year", "documents_count").str.join(" ").alias("key")
    courses = known.group_by("technology_id").agg(key, pl.col("documents_count").sum())
    return courses.filter(pl.col("documents_count") >= FEWEST, ~pl.col("key").is_duplicated())


def _without(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of technologies that another table doesn't have."""
    return rows.join(known, on="technology_id", how="anti")


def _held(forms: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """technology_id, other_id: the other technology whose forms hold most of the documents of each,
    the surest first."""
    whole = forms.group_by("technology_id").agg(pl.col("documents_count").sum().alias("whole"))
    shared = (
        forms.join(others.select("key", other_id="technology_id"), on="key")
        .group_by("technology_id", "other_id")
        .agg(pl.col("documents_count").sum())
        .join(whole, on="technology_id")
        .filter(pl.col("documents_count") > MOST * pl.col("whole"))
    )
    order = ["documents_count", "technology_id", "other_id"]
    return shared.sort(order, descending=[True, False, False]).unique(
        "technology_id", keep="first", maintain_order=True
    )


def _decided(tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """Technologies whose names somebody decided: in names.csv, or a model that was asked."""
    named = tables["named"].filter(pl.col("outcome").is_in(ACCEPTED))["technology_id"]
    return [*named, *(name for name, _ in decided(tables["own_names"]))]


def _names_kept(tables: Tables, earlier: Earlier, ids: Mapping[str, str]) -> pl.DataFrame:
    """The earlier names of what is the same thing, by language; one that another technology bears
    by now is left to it."""
    now = tables["technologies"].select("technology_id", "name")
    known = earlier.tables["technologies"]
    known = known.filter(~pl.col("technology_id").is_in(_decided(earlier.tables)))
    same = now.with_columns(former=pl.col("technology_id").replace(ids)).join(
        known.select("name_zh", former="technology_id", kept="name"),
        on="former",
        how="left",
        maintain_order="left",
    )
    is_decided = pl.col("technology_id").is_in(_decided(tables))
    same = same.with_columns(pl.when(~is_decided).then(pl.col("kept", "name_zh")))
    borne = pl.coalesce("kept", "name")
    free = same.filter(pl.col("kept").is_not_null() & ~borne.is_duplicated())
    by_language = free.select("technology_id", en="kept", zh="name_zh").unpivot(
        index="technology_id", variable_name="language", value_name="name"
    )
    return by_language.drop_nulls("name").with_columns(outcome=pl.lit(ACCEPTED[0]))


# ---- what changed


def _both(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Every technology of either list, with what it was and what it is."""
    earlier = before.select(COLUMNS).rename({name: f"earlier_{name}" for name in COLUMNS[1:]})
    both = now.select(COLUMNS).join(earlier, on="technology_id", how="full", coalesce=True)
    name = pl.coalesce("name", "earlier_name")
    return both.with_columns(name=name, other_name=pl.lit(None, pl.String))


def _moved(
    both: pl.DataFrame, now: Mapping[str, Any], before: Mapping[str, Any], elsewhere: pl.Series
) -> pl.DataFrame:
    """Who came into the ranking, left it, rose or fell, each with the first reason that holds.

    elsewhere : earlier technologies of which a form is that of a technology now
    """
    rank, earlier = pl.col("rank"), pl.col("earlier_rank")
    nothing_ranked = both.select(rank.is_null().all() | earlier.is_null().all()).item()
    is_new, is_gone = earlier.is_null() & rank.is_not_null(), rank.is_null() & earlier.is_not_null()
    kinds = {"new": is_new, "gone": is_gone, "risen": rank < earlier, "fallen": rank > earlier}
    kind = pl.col("kind")
    reasons = {
        "crossed_least": (kind == "new") & pl.col("earlier_status").is_not_null(),
        "first_found": kind == "new",
        "below_least": (kind == "gone") & pl.col("status").is_not_null(),
        "parted": (kind == "gone") & pl.col("technology_id").is_in(elsewhere.implode()),
        "not_found": kind == "gone",
        "another_ranking": pl.lit(now["ranking"] != before["ranking"]),
        "share_grew": (kind == "risen") & (pl.col("share") > pl.col("earlier_share")),
        "share_fell": (kind == "fallen") & (pl.col("share") < pl.col("earlier_share")),
        "more_documents": (kind == "risen")
        & (pl.col("documents_count") > pl.col("earlier_documents_count")),
        "fewer_documents": (kind == "fallen")
        & (pl.col("documents_count") < pl.col("earlier_documents_count")),
        "year_moved": pl.lit(now["as_of"] != before["as_of"]),
        "larger_record": pl.lit(now["documents_count"] > before["documents_count"]),
        "others_moved": pl.lit(True),
    }
    kept = both.with_columns(kind=_first_of(kinds)).filter(
        kind.is_not_null() & (not nothing_ranked)
    )
    return kept.with_columns(reason=_first_of(reasons))


def _first_of(tests: Mapping[str, pl.Expr]) -> pl.Expr:
    """The code of the first test that holds."""
    return pl.coalesce(pl.when(test).then(pl.lit(code)) for code, test in tests.items())


def _joined(
    both: pl.DataFrame, kind: str, held: pl.DataFrame, others: pl.DataFrame
) -> pl.DataFrame:
    """What is a form of another technology now (merged), or was one then (split)."""
    named = held.join(others.select(other_id="technology_id", other_name="name"), on="other_id")
    joined = both.drop("other_name").join(
        named.select("technology_id", "other_name"), on="technology_id"
    )
    return joined.with_columns(kind=pl.lit(kind), reason=pl.lit(kind))


def _renamed(both: pl.DataFrame, forms: pl.DataFrame, forms_before: pl.DataFrame) -> pl.DataFrame:
    """What bears another name, or is mostly written otherwise and keeps the one that it had."""
    for column, of in (("head", forms), ("head_before", forms_before)):
        heads = of.filter(pl.col("kind") == "name")
        both = both.join(
            heads.select("technology_id", pl.col("form").alias(column)), on="technology_id"
        )
    is_new = pl.col("name") != pl.col("earlier_name")
    both = both.filter(is_new | (pl.col("head") != pl.col("head_before")))
    other = pl.when(is_new).then("earlier_name").otherwise("head")
    reason = _first_of({"another_name": is_new, "kept_name": pl.lit(True)})
    return both.with_columns(other_name=other, kind=pl.lit("renamed"), reason=reason)
