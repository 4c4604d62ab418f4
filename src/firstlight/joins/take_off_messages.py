"""What every join with an observation says of its take-offs, and the tables that it adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.chart import Chart, Mark
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_conversion.column_readings import (
    ReadCodes,
    read_codes,
)
from firstlight.instruments.concordance.code_lists import (
    code_list,
    code_lists,
    foreign_codes,
)
from firstlight.instruments.concordance.technology_codes.code_choice import TOLD
from firstlight.instruments.concordance.technology_codes.technology_codes import record_of
from firstlight.joins.matched_codes import left_of_wholes
from firstlight.joins.take_offs_by_code import LIKELY, ExpectedTakeOffs, expected_take_offs
from firstlight.joins.technology_links import Classification, is_counted, links_of
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Value,
    Year,
    message,
    names,
)

FOLDER = Path(__file__).parent
LEAST_FOREIGN = 0.1  # of the codes, that a table's own classification may lack
LEAST_UNCOUNTED = 0.0005  # of all values: what is written as 0.0% is not told
LARGE = 10  # take-offs from which one decimal is enough
REASONS = ("no_chance", "same_documents", "no_technology", "no_take_off", "holds_others")


def codes_as_read(
    codes: pl.Series, tables: Mapping[str, Data], classification: Classification
) -> ReadCodes:
    """How the codes of a table are read, beside those of the links or of the classification.

    Raises InputError for codes that may be either of two, and where the links are those that ship
    and most codes of the table are of another classification.
    """
    written = codes.unique().sort().to_list()
    if "links" in tables:
        return read_codes(written, tables["links"].frame["code"].unique())
    _check_classification(written, classification)
    return read_codes(written, code_list(classification)["code"])


def joined_take_offs(
    tables: Mapping[str, Data], classification: Classification, codes: pl.Series
) -> ExpectedTakeOffs:
    """The take-offs to be expected of an observation, by the codes of a table.

    tables : observation and, where they were handed in, links

    Raises InputError for an observation without chances, and where nothing joins.
    """
    observed = tables["observation"].frame
    if not observed.filter(is_counted()).height:
        raise InputError(message("no_chances"), FOLDER)
    links = links_of(tables, classification)
    least_told = LIKELY if "links" in tables else TOLD
    found = expected_take_offs(observed, links, codes.unique().sort().to_list(), least_told)
    if not found.table.height:
        values = {"codes": names(codes.unique().sort(), 3)}
        values["known"] = names(links["code"].unique().sort(), 3)
        values["technologies"] = names(links["technology"].unique().sort(), 3)
        raise InputError(message("nothing_joins", **values), FOLDER)
    return found


def _check_classification(codes: Sequence[str], classification: Classification) -> None:
    """Refuses codes of another classification, of which some would join by their first digits."""
    foreign = foreign_codes(codes, classification)
    if 2 * len(foreign) <= len(codes):
        return
    of_each = {name: len(foreign_codes(codes, name)) for name in code_lists()}
    fits = min(of_each, key=lambda name: of_each[name])
    values: dict[str, Value[Any]] = {
        "count": Count(len(foreign)),
        "all": Count(len(codes)),
        "codes": names(foreign, 3),
        "asked": Code(f"codes.classification.{classification}"),
    }
    if of_each[fits] > LEAST_FOREIGN * len(codes):
        raise InputError(Message("foreign_codes", values), FOLDER)
    values |= {"fits": Code(f"codes.classification.{fits}"), "name": Name(fits)}
    raise InputError(Message("other_classification", values), FOLDER)


def tables(found: ExpectedTakeOffs) -> dict[str, pl.DataFrame]:
    """The tables of a join beside its own: by code, the links used, and what joins nothing."""
    return {
        "take_offs": found.table,
        "links_used": found.parts,
        "take_off_balance": found.balance,
        "not_joined": found.not_joined,
    }


def answer(found: ExpectedTakeOffs) -> list[Message]:
    """How many take-offs are expected, how many of them lead to the table, and most of them
    where."""
    whole = float(found.balance["expected_count"].sum())
    joined = float(found.balance.row(0, named=True)["expected_count"])
    values: dict[str, Value[Any]] = {
        "all": amount(whole),
        "joined": amount(joined),
        "share": Share(min(joined / whole, 1.0) if whole > 0 else 0.0),
        "count": Count(found.table.height),
        "technologies": Count(found.counted),
    }
    for top in found.table.drop_nulls("technology").head(1).iter_rows(named=True):
        values |= {"top": titled(top), "most": amount(top["expected_count"])}
    return [Message("expected" if "top" in values else "expected_nowhere", values)]


def left_out(found: ExpectedTakeOffs) -> list[Message]:
    """What joins nothing, with counts."""
    said = []
    for row in found.balance.iter_rows(named=True):
        if row["part"] == "joined":
            continue
        values: dict[str, Value[Any]] = {
            "count": Count(row["technologies_count"]),
            "expected": amount(row["expected_count"]),
        }
        said.append(Message(f"part_{row['part']}", values))
    for reason in REASONS:
        rows = found.not_joined.filter(pl.col("reason") == reason)
        if rows.height:
            column = "code" if rows["technology"].null_count() else "technology"
            listed = rows[column].unique(maintain_order=True)
            counted: dict[str, Value[Any]] = {
                "count": Count(listed.len()),
                "names": names(listed, 3),
            }
            said.append(Message(f"lost_{reason}", counted))
    return said


def uncounted(rows: pl.DataFrame, groups: Sequence[str], found: ExpectedTakeOffs) -> list[Message]:
    """Which share of the values stands in codes that were left out, and in none of their parts.

    rows   : code, the groups and value
    groups : within which a code is held against its parts
    """
    left = left_of_wholes(rows, groups, found.wholes)
    rest = float(left["value"].sort().sum())
    finest = rows.filter(~pl.col("code").is_in(found.wholes), pl.col("value") > 0)
    whole = rest + float(finest["value"].sort().sum())
    if not left.height or rest < LEAST_UNCOUNTED * whole:
        return []
    codes = left["code"].unique().sort()
    share = Share(rest / whole, digits=1)
    return [message("uncounted", share=share, count=Count(len(codes)), codes=names(codes, 3))]


def conventions(has_links: bool, classification: Classification) -> list[Message]:
    """How take-offs are handed on."""
    if has_links:
        links = message("links_given")
    else:
        links = message("links_of", classification=Code(f"codes.classification.{classification}"))
    rules = ("sum_of_chances", "ends_of_chances", "one_or_more", "depth_of_codes", "no_record")
    return [links, *map(message, rules)]


def by_code_chart(found: ExpectedTakeOffs) -> Chart:
    """The codes by their expected take-offs, under their titles where each has one of its own."""
    titles = found.table["title"]
    has_titles = titles.null_count() == 0 and titles.n_unique() == titles.len()
    bars = Mark("expected_count", "bars", "expected_low_count", "expected_high_count")
    return Chart("by_code", "take_offs", "", (bars,), line="title" if has_titles else "code")


def way(
    row: Mapping[str, Any], observed: pl.DataFrame, links_of: Classification | None = None
) -> Phrase:
    """The technology that adds most to a code and its chance; the code and its probability, with
    how often such links were right.

    links_of : the classification whose links ship, which alone have a record
    """
    until = observed.filter(pl.col("technology") == row["technology"])["until"].max()
    values: dict[str, Value[Any]] = {
        "technology": Remark(row["technology"], row["technology_zh"] or row["technology"]),
        "chance": Share(row["chance_share"]),
        "link": Share(row["link_share"]),
        "code": Name(row["code"]),
        "record": Code("phrases.no_record"),
    }
    if links_of is not None:
        count, share = record_of(links_of, row["technology"])
        right = message("phrases.record", count=Count(count), share=Share(share))
        values["record"] = Phrase(right)
    if until is not None:
        values["until"] = Phrase(message("phrases.until", year=Year(int(float(str(until))))))
    else:
        values["until"] = Code("phrases.at_no_year")
    if row["title"] is None:
        return Phrase(Message("phrases.way", values))
    return Phrase(Message("phrases.way_titled", {**values, "title": _title(row)}))


def titled(row: Mapping[str, Any]) -> Value[Any]:
    """A code with its title, where it has one."""
    if row["title"] is None:
        return Name(row["code"])
    return Phrase(message("phrases.titled", code=Name(row["code"]), title=_title(row)))


def _title(row: Mapping[str, Any]) -> Remark:
    return Remark(row["title"], row["title_zh"] or row["title"])


def amount(value: float) -> Number:
    """Expected take-offs, with as many decimals as say something."""
    return Number(value, digits=1 if value >= LARGE else 2)
