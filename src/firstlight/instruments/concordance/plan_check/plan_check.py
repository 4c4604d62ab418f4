"""A plan, entry by entry: what it stands for, who else does the same, and what the place lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.concordance.known_names import known_names
from firstlight.instruments.concordance.plan_check.plan_entries import entries_of, is_name
from firstlight.instruments.concordance.plan_check.plan_links import (
    SURE,
    TRANSLATED,
    Lists,
    alike,
    listed,
    name_forms,
    several_named,
    through,
    with_relation,
)
from firstlight.instruments.concordance.plan_check.plan_sentences import sentences
from firstlight.instruments.concordance.plan_check.written_names import without_mark
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Message, Name, Number, message, names

SHARE = roles.Number("zero", is_share=True)
TECHNOLOGIES = roles.Observed(
    {
        "name": roles.Key(),
        "name_zh": roles.Label(),
        "forms": roles.Label(),
        "probability": SHARE,
        "advice": roles.Label(),
        "growth_five_years": roles.Number(),
        "until": roles.Number("positive"),
    },
    may_lack=("name_zh", "forms", "probability", "advice", "growth_five_years", "until"),
)
OTHERS = roles.Table(
    {
        "place": roles.Key(is_of_file=True),
        "entry": roles.Key(),
        "year": roles.Year(),
        "code": roles.Label(),
        "strength": roles.Number(),
        "text_part": roles.Label(),
    },
    may_lack=("year", "code", "strength", "text_part"),
)
NEEDS = roles.Table(
    {"entry": roles.Key(), "needs": roles.Key(), "share": SHARE}, may_lack=("share",)
)
CAPABILITIES = roles.Table({"capability": roles.Key(), "strength": SHARE}, may_lack=("strength",))
CODES = roles.Table(
    {"technology": roles.Key(), "code": roles.Key(), "probability": SHARE},
    may_lack=("probability",),
)
NO_TECHNOLOGIES = pl.DataFrame(schema=dict.fromkeys(TECHNOLOGIES.columns, pl.String))
SIGNS = "[;；|、]"  # which part the forms of a technology


@dataclass(frozen=True)
class _Read:
    """The entries of a plan, in its order, and what names are compared by.

    rows  : the entries, one thing each, with their place ``at`` in the plan
    known : forms of the technologies: name, form; None where no table of them was handed in
    least : probability from which two names are one thing
    """

    data: Data
    rows: pl.DataFrame
    entries: Lists
    known: pl.DataFrame | None
    least: float

    def listed(self, texts: pl.Series, *places: str) -> Lists:
        """Names of a further table, and of places that they may begin with."""
        return listed(texts, self.known, self.least, *places)

    def links(self, one: Lists, other: Lists) -> pl.DataFrame:
        """Names of two lists that are one thing, as names or because both stand for it."""
        return through(alike(one.forms, other.forms, self.least), one.of, other.of, self.least)


def plan(
    frame: Any,
    *,
    entry: Annotated[str, roles.Key()] = "entry",
    number: Annotated[str | None, roles.Key(is_row=True)] = "number",
    section: Annotated[str | None, roles.Label()] = "section",
    code: Annotated[str | None, roles.Label()] = "code",
    text_part: Annotated[str | None, roles.Label()] = "text_part",
    technologies: Annotated[Any, TECHNOLOGIES] = None,
    others: Annotated[Any, OTHERS] = None,
    needs: Annotated[Any, NEEDS] = None,
    capabilities: Annotated[Any, CAPABILITIES] = None,
    codes: Annotated[Any, CODES] = None,
    own_place: str | None = None,
    least: Annotated[float, roles.Bounds(0.2, 1)] = 0.5,
    weak_below: Annotated[float, roles.Bounds(0, 1)] = 0.5,
) -> Result:
    """The entries of a plan with what is known of each, who else plans it, and what it lacks.

    Names are matched by words, letters, initials and Chinese characters, each match with its
    probability. What is like nothing is unknown, and never matched by force; entries are the same
    or near, with the evidence, and never called redundant.

    Parameters
    ----------
    frame
        A row for each entry of the plan; or a text (.txt, .md, .docx, .pdf), whose headings, lists,
        tables and sentences name the entries: technologies, industries, projects, targets and
        measures.
    entry
        Column of the entries: technologies, industries, projects. A mark at the beginning (1., 一、)
        is left out; an entry that names two known technologies is an entry for each.
    number
        Column of the numbers of the entries; the number of the row where there is none.
    section
        Column of the section that an entry stands in.
    code
        Column of the code of the industry that an entry belongs to.
    text_part
        Column that says what part of a text each row is: whole, heading, name, sentence, frame.
        Entries are then found in the rows; a table of entries has no such column.
    technologies
        What is known of technologies: an observation (its folder, observation.json, project or the
        name of a corpus that ships), or names with their forms, chance to take off, advice and
        growth.
    others
        What other places plan or do: a row for each place and entry; or their plans, as texts that
        bear their names.
    needs
        What entries or technologies need: materials, machines, skills, other technologies.
    capabilities
        What the place has, with its strength from 0 to 1.
    codes
        Codes of industries that technologies belong to, with their probability: entries and what
        other places do are then held together by their industry, too.
    own_place
        The place whose plan it is; its own rows among those of others are left out.
    least
        Probability from which two names are taken for one thing.
    weak_below
        Strength below which what the place has is too weak.

    Returns
    -------
    Result with the tables ``entries`` (number, section, entry, kind, sentence, standing, matched,
    matched_zh, match_probability, take_off_probability, advice, growth, repeats_count,
    places_count, lacking_count), in the order of the plan; ``repeats`` (number, entry,
    other_number, other_entry, relation, match_probability, by, by_zh); ``elsewhere`` (number,
    entry, place, their_entry, year, strength, relation, match_probability, by, by_zh);
    ``requirements`` (number, entry, needs, share, status, have, strength, lacking_probability); and
    ``candidates`` (entry, technology, technology_zh, match_probability).

    Raises
    ------
    InputError
        Where nothing is handed in that the plan could be held against but the plan itself has one
        entry alone.

    References
    ----------
    Fellegi and Sunter 1969, Journal of the American Statistical Association 64(328), 1183-1210.

    Examples
    --------
    >>> import polars as pl
    >>> entries = pl.DataFrame({"entry": ["Carbon fibres", "Quantum sensor", "Carbon fibre (CF)"]})
    >>> plan(entries).tables["repeats"].select("entry", "other_entry", "relation").rows()
    [('Carbon fibres', 'Carbon fibre (CF)', 'same')]
    """
    data = PLAN.read(locals())
    rows = _in_order(entries_of(data.frame))
    if rows.is_empty():
        raise PLAN.error(message("no_entries"))
    if rows.height == 1 and not data.tables:
        raise PLAN.error(message("nothing_to_compare", entry=Name(rows["entry"][0])))
    known = _technologies(data)
    several = dict[str, tuple[str, ...]]()
    if known is not None:
        several = several_named(rows["entry"], known)
    rows = _one_thing_each(rows, several)
    names_of = rows.filter(is_name())["entry"]
    read = _Read(data, rows, listed(names_of, known, least, own_place), known, least)
    repeats = _repeats(read)
    elsewhere = _elsewhere(read, own_place)
    required = _requirements(read, weak_below)
    table = _entries(read, repeats, elsewhere, required)
    tables = {"entries": table, "repeats": repeats}
    if "others" in data.tables:
        tables["elsewhere"] = elsewhere
    if "needs" in data.tables:
        tables["requirements"] = required
    if known is not None:
        tables = {name: _called_in_chinese(own, data) for name, own in tables.items()}
        tables["candidates"] = _candidates(data, read.entries)
    return Result(
        tables,
        sentences(tables, data, least),
        PLAN.texts,
        conventions=(*_conventions(data, least, weak_below), *_of_several(several)),
        charts=_charts(table),
        given=data.given,
    )


def _candidates(data: Data, entries: Lists) -> pl.DataFrame:
    """What each entry may stand for, the likeliest first."""
    candidates = entries.of.select(entry="one", technology="other", match_probability="probability")
    called = _called(data).rename({"name": "technology", "name_zh": "technology_zh"})
    return (
        candidates.join(called, on="technology", how="left")
        .select("entry", "technology", "technology_zh", "match_probability")
        .sort("entry", "match_probability", "technology", descending=[False, True, False])
    )


def _called_in_chinese(table: pl.DataFrame, data: Data) -> pl.DataFrame:
    """A table with the Chinese name of the technology that two entries both stand for."""
    if "by" not in table.columns:
        return table
    called = _called(data).rename({"name": "by", "name_zh": "by_zh"})
    return table.join(called, on="by", how="left", maintain_order="left")


def _called(data: Data) -> pl.DataFrame:
    """name, name_zh of the technologies; of one name the first."""
    rows = data.tables["technologies"].frame.select("name", "name_zh")
    return rows.unique("name", keep="first", maintain_order=True)


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The entries without their marks, in the order of their numbers, which may be 2 and 10."""
    as_number = pl.col("number").cast(pl.Float64, strict=False)
    ordered = frame.with_columns(as_number=as_number).sort(
        "as_number", "number", "entry", nulls_last=True
    )
    return _unmarked(ordered.drop("as_number"))


def _unmarked(frame: pl.DataFrame) -> pl.DataFrame:
    plain = {entry: without_mark(entry) for entry in frame["entry"].unique()}
    return frame.with_columns(pl.col("entry").replace(plain))


def _one_thing_each(rows: pl.DataFrame, several: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """The entries, those that name several things once for each, with the place in the plan."""
    things = [list(several.get(entry, (entry,))) for entry in rows["entry"]]
    each = rows.with_columns(entry=pl.Series(things, dtype=pl.List(pl.String))).explode("entry")
    return each.with_columns(at=pl.int_range(pl.len()))


def _of_several(several: Mapping[str, tuple[str, ...]]) -> list[Message]:
    """That entries were parted."""
    if not several:
        return []
    entry, things = next(iter(sorted(several.items())))
    return [message("parted", count=Count(len(several)), entry=Name(entry), things=names(things))]


def _technologies(data: Data) -> pl.DataFrame | None:
    """Forms of the technologies: name, form; None where no table of them was handed in."""
    if "technologies" not in data.tables:
        return None
    rows = data.tables["technologies"].frame
    further = [
        (name, form)
        for column in ("name_zh", "forms")
        for name, forms in rows.select("name", column).drop_nulls().iter_rows()
        for form in _parted(forms)
    ]
    return name_forms(rows["name"].unique().sort(), further)


def _parted(forms: str) -> list[str]:
    parts = pl.Series([forms]).str.replace_all(SIGNS, ";").str.split(";").explode()
    return [part for part in parts.str.strip_chars().to_list() if part]


def _repeats(read: _Read) -> pl.DataFrame:
    """Pairs of entries that are one thing, the likeliest first."""
    links = read.links(read.entries, read.entries)
    names_of = read.rows.select("number", "entry", "at")
    both = names_of.join(links, left_on="entry", right_on="one").join(
        names_of.select(other_number="number", other="entry", other_at="at"), on="other"
    )
    same_text = pl.col("entry") == pl.col("other")
    is_later = pl.col("at") < pl.col("other_at")
    if read.data.has("text_part"):  # a line of a text may name a thing and what it is for
        is_later &= pl.col("number") != pl.col("other_number")
    return (
        with_relation(
            both.filter(is_later).with_columns(
                probability=pl.when(same_text).then(1.0).otherwise("probability"),
                by=pl.when(same_text).then(pl.lit("")).otherwise("by"),
            )
        )
        .sort("probability", "at", "other_at", descending=[True, False, False])
        .rename({"other": "other_entry", "probability": "match_probability"})
        .select(
            "number",
            "entry",
            "other_number",
            "other_entry",
            "relation",
            "match_probability",
            "by",
        )
    )


def _elsewhere(read: _Read, own_place: str | None) -> pl.DataFrame:
    """What other places plan or do of each entry: the same, near, or of the same industry."""
    columns = ["number", "entry", "place", "their_entry", "year", "strength"]
    columns += ["relation", "match_probability", "by"]
    if "others" not in read.data.tables:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    theirs = _unmarked(entries_of(read.data.tables["others"].frame)).filter(is_name())
    theirs = theirs.drop("text_part", "kind", "sentence")
    if own_place is not None:
        theirs = theirs.filter(pl.col("place") != own_place)
    others = read.listed(theirs["entry"], *theirs["place"].unique())
    links = with_relation(read.links(read.entries, others))
    by_code = _same_industry(read, theirs).join(links, on=["one", "other"], how="anti")
    every = pl.concat([links, by_code])
    strong = pl.col("relation") == "same_industry"
    return (
        read.rows.select("number", "entry", "at")
        .join(every, left_on="entry", right_on="one")
        .join(theirs.drop("code"), left_on="other", right_on="entry")
        .sort(
            "at",
            strong,
            "probability",
            "place",
            "other",
            "year",
            descending=[False, False, True, False, False, True],
            nulls_last=True,
        )
        .rename({"other": "their_entry", "probability": "match_probability"})
        .select(columns)
    )


def _same_industry(read: _Read, theirs: pl.DataFrame) -> pl.DataFrame:
    """Links of entries that have a code in common, which is all that it says.

    An entry has the code that the plan gives it, and those of the technologies that it stands for.
    """
    coded = read.rows.select(one="entry", code="code", probability=pl.lit(1.0)).drop_nulls("code")
    if "codes" in read.data.tables:
        codes = read.data.tables["codes"].frame
        chance = pl.col("probability_of").fill_null(1.0)
        of = read.entries.of.join(
            codes.rename({"technology": "other", "probability": "probability_of"}), on="other"
        )
        further = of.select("one", "code", probability=pl.col("probability") * chance)
        coded = pl.concat([coded, further])
    held = theirs.select(other="entry", code="code").drop_nulls("code").unique()
    return (
        coded.join(held, on="code")
        .filter(pl.col("probability") >= read.least)
        .sort("one", "other", "probability", "code", descending=[False, False, True, False])
        .unique(["one", "other"], keep="first", maintain_order=True)
        .select(
            "one",
            "other",
            pl.col("probability").round(4),
            by="code",
            relation=pl.lit("same_industry"),
        )
    )


def _requirements(read: _Read, weak_below: float) -> pl.DataFrame:
    """What each entry needs, and whether the place has it."""
    columns = ["number", "entry", "needs", "share", "status", "have", "strength"]
    columns.append("lacking_probability")
    if "needs" not in read.data.tables:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    needs = read.data.tables["needs"].frame.rename({"entry": "owner"})
    owners = read.listed(needs["owner"])
    needed = read.listed(needs["needs"])
    of_entry = read.links(read.entries, owners).select("one", owner="other", chance="probability")
    has = _has(read, needed, weak_below)
    made = read.links(needed, read.entries).select(needs="one", maker="other")
    both = (
        read.rows.select("number", "entry", "at")
        .join(of_entry, left_on="entry", right_on="one")
        .join(needs, on="owner")
        .sort("at", "needs", "chance", "owner", descending=[False, False, True, False])
        .unique(["at", "needs"], keep="first", maintain_order=True)
        .join(has, on="needs", how="left", maintain_order="left")
    )
    others = both.join(made, on="needs").filter(pl.col("maker") != pl.col("entry"))
    others = others.select("at", "needs", is_made=pl.lit(True)).unique()
    both = both.join(others, on=["at", "needs"], how="left", maintain_order="left")
    is_known = "capabilities" in read.data.tables
    status = (
        pl.when(pl.lit(not is_known))
        .then(pl.lit("not_told"))
        .when(pl.col("has_probability") >= read.least)
        .then(pl.lit("has"))
        .when(pl.col("is_made"))
        .then(pl.lit("in_plan"))
        .when(pl.col("have").is_not_null())
        .then(pl.lit("weak"))
        .otherwise(pl.lit("lacks"))
    )
    lacking = pl.col("chance") * (1 - pl.col("has_probability").fill_null(0.0))
    shortfall = pl.when(pl.lit(is_known)).then(lacking.round(4))
    return (
        both.with_columns(status=status, lacking_probability=shortfall)
        .sort("at", "share", "needs", descending=[False, True, False], nulls_last=True)
        .select(columns)
    )


def _has(read: _Read, needed: Lists, weak_below: float) -> pl.DataFrame:
    """Of what is needed what the place has: needs, have, strength, has_probability."""
    schema = {"needs": pl.String, "have": pl.String, "strength": pl.Float64}
    if "capabilities" not in read.data.tables:
        return pl.DataFrame(schema=schema | {"has_probability": pl.Float64})
    owned = read.data.tables["capabilities"].frame
    links = read.links(needed, read.listed(owned["capability"]))
    enough = pl.col("strength").fill_null(1.0) >= weak_below
    return (
        links.join(owned, left_on="other", right_on="capability")
        .with_columns(has_probability=pl.when(enough).then("probability").otherwise(0.0))
        .sort(
            "one",
            "has_probability",
            "probability",
            "other",
            descending=[False, True, True, False],
        )
        .unique("one", keep="first", maintain_order=True)
        .select("strength", "has_probability", needs="one", have="other")
    )


def _entries(
    read: _Read, repeats: pl.DataFrame, elsewhere: pl.DataFrame, required: pl.DataFrame
) -> pl.DataFrame:
    """The main table: a row for each entry, in the order of the plan."""
    handed_in = read.data.tables
    shown = ["number", "section", "entry"] if read.data.has("section") else ["number", "entry"]
    if read.data.has("text_part"):
        shown += ["kind", "sentence"]
    table, more = _with_record(read.rows.select(*dict.fromkeys([*shown, "kind"]), "at"), read)
    shown += more
    both = pl.concat(
        [
            repeats.select("number", "entry"),
            repeats.select(number="other_number", entry="other_entry"),
        ]
    )
    table = _with_count(table, both, "repeats_count")
    shown.append("repeats_count")
    if "others" in handed_in:
        same = elsewhere.filter(pl.col("relation") != "same_industry")
        table = _with_count(table, same.select("number", "entry", "place").unique(), "places_count")
        shown.append("places_count")
    if "capabilities" in handed_in and "needs" in handed_in:
        lacking = required.filter(pl.col("status").is_in(["lacks", "weak"]))
        table = _with_count(table, lacking, "lacking_count")
        shown.append("lacking_count")
    return table.sort("at").select(shown)


def _with_record(table: pl.DataFrame, read: _Read) -> tuple[pl.DataFrame, list[str]]:
    """What each entry stands for, and what the record says of that; and the columns of it."""
    record = read.data.tables.get("technologies", Data(NO_TECHNOLOGIES))
    best = (
        read.entries.of.filter(pl.col("probability") >= read.least)
        .sort("one", "probability", "other", descending=[False, True, False])
        .unique("one", keep="first", maintain_order=True)
        .select(entry="one", matched="other", match_probability="probability")
    )
    of = {
        "take_off_probability": "probability",
        "advice": "advice",
        "growth": "growth_five_years",
    }
    present = {ours: theirs for ours, theirs in of.items() if record.has(theirs)}
    facts = record.frame.unique("name", keep="first", maintain_order=True)
    facts = facts.select(matched="name", matched_zh="name_zh", **present)
    standing = (
        pl.when(~is_name())
        .then(pl.lit("stated"))
        .when(pl.col("matched").is_null())
        .then(
            pl.when(pl.col("known_en").is_null()).then(pl.lit("unknown")).otherwise(pl.lit("named"))
        )
        .when(pl.col("match_probability") >= SURE)
        .then(pl.lit("recognised"))
        .otherwise(pl.lit("probable"))
    )
    table = table.join(best, on="entry", how="left").join(facts, on="matched", how="left")
    table = table.join(known_names(table["entry"]), on="entry", how="left")
    table = table.with_columns(standing=standing)
    is_named = pl.col("standing") == "named"
    table = table.with_columns(
        matched=pl.when(is_named).then("known_en").otherwise("matched"),
        matched_zh=pl.when(is_named).then("known_zh").otherwise("matched_zh"),
        match_probability=pl.when(is_named).then(TRANSLATED).otherwise("match_probability"),
    )
    return table, [
        "standing",
        "matched",
        "matched_zh",
        "match_probability",
        *present,
    ]


def _with_count(table: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The table with how many rows each of its entries has among others."""
    keys = ["number", "entry"]
    counted = rows.group_by(keys).agg(pl.len().cast(pl.Int64).alias(name))
    return table.join(counted, on=keys, how="left").with_columns(pl.col(name).fill_null(0))


def _charts(table: pl.DataFrame) -> tuple[Chart, ...]:
    """Entries by their chance to take off, and by how many other places plan or do them."""
    drawn = (("by_chance", "take_off_probability"), ("by_places", "places_count"))
    return tuple(
        Chart(code, "entries", "", (Mark(column, "bars"),), line="entry")
        for code, column in drawn
        if column in table.columns and table[column].fill_null(0).sum() > 0
    )


def _conventions(data: Data, least: float, weak_below: float) -> tuple[Message, ...]:
    """How names were matched, and what counts as lacking."""
    said = [
        message("understood", same=Number(TRANSLATED)),
        message("numbered"),
        message("matching", least=Number(least), sure=Number(SURE)),
    ]
    if "technologies" in data.tables:
        said.append(message("through_technology"))
    if "codes" in data.tables or (data.has("code") and "others" in data.tables):
        said.append(message("by_code"))
    if "capabilities" in data.tables:
        said.append(message("lacking", weak=Number(weak_below)))
    return tuple(said)


PLAN = Measurement(
    plan,
    citation="Fellegi and Sunter 1969, Journal of the American Statistical Association 64(328)",
    sample=Sample(
        {"own_place": "Alderhaven"},
        tables={
            "technologies": "sample_technologies.csv",
            "others": "sample_others.csv",
            "needs": "sample_needs.csv",
            "capabilities": "sample_capabilities.csv",
            "codes": "sample_codes.csv",
        },
    ),
    brief=(
        "number",
        "entry",
        "kind",
        "matched",
        "take_off_probability",
        "repeats_count",
        "places_count",
        "lacking_count",
        "match_probability",
    ),
)
