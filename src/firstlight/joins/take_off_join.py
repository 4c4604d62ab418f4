"""A table by codes joined with the take-offs of an observation: what every such measurement reads,
and what it says and adds beside its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.chart import Chart, Mark
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_conversion.column_readings import (
    ReadCodes,
    read_codes,
)
from firstlight.instruments.concordance.code_lists import code_list, code_lists, foreign_codes
from firstlight.instruments.concordance.technology_codes.code_choice import TOLD
from firstlight.instruments.concordance.technology_codes.technology_codes import record_of
from firstlight.joins.matched_codes import left_of_wholes
from firstlight.joins.take_offs_by_code import LIKELY, ExpectedTakeOffs, expected_take_offs
from firstlight.joins.technology_links import Classification, is_counted, links_of
from firstlight.measurement import Measurement
from firstlight.result import Result
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
RULES = ("sum_of_chances", "ends_of_chances", "one_or_more", "depth_of_codes", "no_record")


@dataclass(frozen=True)
class TakeOffJoin:
    """A table by codes, beside the take-offs to be expected of each.

    data           : the tables that were handed in: observation, and perhaps links
    classification : of the links that ship
    read           : how the codes are read
    rows           : code, as it is read, and what else the table has
    """

    data: Data
    classification: Classification
    read: ReadCodes
    rows: pl.DataFrame

    @classmethod
    def of(
        cls, data: Data, classification: Classification, rows: pl.DataFrame | None = None
    ) -> TakeOffJoin:
        """The join of the main table, or of other rows with a column ``code``.

        Raises InputError for codes that may be either of two, and where the links are those that
        ship and most codes of the table are of another classification.
        """
        frame = data.frame if rows is None else rows
        written = frame["code"].unique().sort().to_list()
        if "links" in data.tables:
            known = data.tables["links"].frame["code"].unique()
        else:
            _check_classification(written, classification)
            known = code_list(classification)["code"]
        read = read_codes(written, known)
        return cls(
            data, classification, read, frame.with_columns(pl.col("code").replace(read.noughts))
        )

    def among(self, rows: pl.DataFrame) -> TakeOffJoin:
        """The join of some rows alone."""
        return replace(self, rows=rows)

    @property
    def has_links(self) -> bool:
        """Whether links were handed in; those that ship have a record."""
        return "links" in self.data.tables

    @property
    def observed(self) -> pl.DataFrame:
        """The technologies of the observation."""
        return self.data.tables["observation"].frame

    @cached_property
    def found(self) -> ExpectedTakeOffs:
        """The take-offs to be expected, by the codes of the rows.

        Raises InputError for an observation without chances, and where nothing joins.
        """
        if not self.observed.filter(is_counted()).height:
            raise InputError(message("no_chances"), FOLDER)
        links = links_of(self.data.tables, self.classification)
        codes = self.rows["code"].unique().sort()
        least_told = LIKELY if self.has_links else TOLD
        found = expected_take_offs(self.observed, links, codes.to_list(), least_told)
        if not found.table.height:
            values = {"codes": names(codes, 3), "known": names(links["code"].unique().sort(), 3)}
            values["technologies"] = names(links["technology"].unique().sort(), 3)
            raise InputError(message("nothing_joins", **values), FOLDER)
        return found

    @property
    def finest(self) -> pl.DataFrame:
        """The rows whose codes hold no others of the table."""
        return self.rows.filter(~pl.col("code").is_in(self.found.wholes))

    def result(
        self,
        declared: Measurement,
        own: Mapping[str, pl.DataFrame],
        first: Iterable[Message],
        then: Iterable[Message] = (),
        last: Iterable[Message] = (),
        *,
        conventions: Iterable[Message] = (),
        charts: Iterable[Chart] = (),
    ) -> Result:
        """The result of a measurement.

        own   : its tables, before those of every join: by code, the links used, what joins nothing
        first : what it says before, ``then`` after, how many take-offs are to be expected, and
                ``last`` at the end
        """
        found = self.found
        tables = {
            "take_offs": found.table,
            "links_used": found.parts,
            "take_off_balance": found.balance,
            "not_joined": found.not_joined,
        }
        if self.has_links:
            links = message("links_given", told=Share(LIKELY))
        else:
            shipped = Code(f"codes.classification.{self.classification}")
            links = message("links_of", classification=shipped, told=Share(TOLD))
        left_out = (*_by_part(found), *_by_reason(found))
        return Result(
            {**own, **tables},
            (*self.read.doubts, *first, _answer(found), *then, *left_out, *self.read.notes, *last),
            declared.texts,
            conventions=(links, *map(message, RULES), *conventions),
            charts=tuple(charts),
            given=self.data.given,
        )

    def uncounted(self, value: str, groups: Sequence[str]) -> list[Message]:
        """Which share of the values stands in codes that were left out, and in none of their parts.

        value  : the column of the rows that is added up
        groups : within which a code is held against its parts
        """
        rows = self.rows.select("code", *groups, value=value)
        left = left_of_wholes(rows, groups, self.found.wholes)
        rest = float(left["value"].sort().sum())
        finest = self.finest.filter(pl.col(value) > 0)
        whole = rest + float(finest[value].sort().sum())
        if not left.height or rest < LEAST_UNCOUNTED * whole:
            return []
        codes = left["code"].unique().sort()
        share = Share(rest / whole, digits=1)
        return [message("uncounted", share=share, count=Count(len(codes)), codes=names(codes, 3))]

    def ways(self, rows: pl.DataFrame) -> Iterator[tuple[dict[str, Any], Phrase]]:
        """Rows of codes that a technology leads to surely enough, each with its way: the technology
        that adds most to the code and its chance; the code and its probability, with how often such
        links were right where these ship."""
        until_of = dict(self.observed.select("technology", "until").iter_rows())
        for row in rows.drop_nulls("technology").iter_rows(named=True):
            values: dict[str, Value[Any]] = {
                "technology": Remark.of(row, "technology"),
                "chance": Share(row["chance_share"]),
                "link": Share(row["link_share"]),
                "code": Name(row["code"]),
                "record": Code("phrases.nothing"),
                "until": Code("phrases.nothing"),
            }
            if not self.has_links:
                count, share = record_of(self.classification, row["technology"])
                right = message("phrases.record", count=Count(count), share=Share(share))
                values["record"] = Phrase(right)
            until = until_of[row["technology"]]
            if until is not None:
                values["until"] = Phrase(message("phrases.until", year=Year(int(until))))
            if row["title"] is None:
                yield row, Phrase(Message("phrases.way", values))
            else:
                yield (
                    row,
                    Phrase(
                        Message("phrases.way_titled", values | {"title": Remark.of(row, "title")})
                    ),
                )

    def by_code_chart(self) -> Chart:
        """The codes by their expected take-offs, under their titles where each has its own."""
        titles = self.found.table["title"]
        has_titles = titles.null_count() == 0 and titles.n_unique() == titles.len()
        bars = Mark("expected_count", "bars", "expected_low_count", "expected_high_count")
        return Chart("by_code", "take_offs", "", (bars,), line="title" if has_titles else "code")


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


def _answer(found: ExpectedTakeOffs) -> Message:
    """How many take-offs are expected, how many of them lead to the table, and most of them where,
    by a link that may be told."""
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
    return Message("expected" if "top" in values else "expected_nowhere", values)


def _by_part(found: ExpectedTakeOffs) -> Iterator[Message]:
    """How many take-offs lead to no code of the table."""
    for part, count, expected in found.balance.iter_rows():
        if part != "joined":
            yield message(f"part_{part}", count=Count(count), expected=amount(expected))


def _by_reason(found: ExpectedTakeOffs) -> Iterator[Message]:
    """What joins nothing for each reason."""
    for reason in REASONS:
        rows = found.not_joined.filter(pl.col("reason") == reason)
        listed = pl.coalesce("technology", "code")
        each = rows.select(listed).to_series().unique(maintain_order=True)
        if each.len():
            yield message(f"lost_{reason}", count=Count(each.len()), names=names(each, 3))


def titled(row: Mapping[str, Any]) -> Value[Any]:
    """A code with its title, where it has one."""
    if row["title"] is None:
        return Name(row["code"])
    return Phrase(message("phrases.titled", code=Name(row["code"]), title=Remark.of(row, "title")))


def amount(value: float) -> Number:
    """Expected take-offs, with as many decimals as say something."""
    return Number(value, digits=1 if value >= LARGE else 2)
