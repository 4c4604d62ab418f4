"""The brief of a place as a document: what to foster, what not, what isn't known, and why."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.document import Block, Document, Grid, Heading, Item, Paragraph, Sentence
from firstlight.instruments.complexity.entry_rules import AHEAD, NAMED, RULES
from firstlight.run.brief.candidates import MANY_PLAN
from firstlight.run.brief.evidence import KIND_WORDS, OF_INDUSTRIES, Evidence
from firstlight.run.brief.place_names import name_of
from firstlight.run.profile.declared_profiles import pair
from firstlight.run.sector.sector_project import reason_in_words
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Name,
    Number,
    Remark,
    Share,
    Texts,
    Value,
    Year,
    each_year,
)

__all__ = ["TEXTS", "written_brief"]

TEXTS = Texts(Path(__file__).parent)
SHOWN = 5  # names of a list, rows of a strength
MOST_ROWS = 20  # of the table of candidates
Row = Mapping[str, Any]


def written_brief(evidence: Evidence, candidates: pl.DataFrame, lang: str) -> Document:
    """The brief in one language.

    candidates : as ``candidates`` makes them
    """
    writer = _Writer(evidence, candidates, lang)
    blocks = [*writer.first_page(), *writer.second_page(), *writer.annex()]
    return Document(
        lang,
        writer.say("title", place=name_of(evidence.place)),
        writer.made_from(),
        tuple(blocks),
        tuple(writer.sources),
        writer.say("headings", "sources"),
    )


@dataclass
class _Writer:
    """What is written, part by part; sources are numbered as they are first called."""

    evidence: Evidence
    candidates: pl.DataFrame
    lang: str
    sources: list[str] = field(default_factory=list)

    def say(self, *keys: str, **values: Value[Any]) -> str:
        """A text of the brief."""
        return TEXTS.say(self.lang, *keys, **values)

    def source(self, measurement: str, table: str, column: str = "", value: str = "") -> int:
        """The number of a source: a table of a measurement, or its rows of one value."""
        about = {"measurement": Name(measurement), "table": Name(table)}
        row = option = ""
        if column:
            which = {"column": Name(column), "value": Name(value)}
            row = self.say("sources", "row", **which)
            option = f" --row {shlex.quote(f'{column}={value}')}"
        line = self.say("sources", "line", row=Name(row), option=Name(option), **about)
        if line not in self.sources:
            self.sources.append(line)
        return self.sources.index(line) + 1

    def made_from(self) -> str:
        """What the brief rests on: how many files and records, and whether some were of no use."""
        used, unused = len(self.evidence.files), len(self.evidence.unused)
        files = self.say("phrases", "no_files")
        if used:
            code = "file_used" if used == 1 else "files_used"
            files = self.say("phrases", code, count=Count(used))
        code = "one" if self.evidence.records == 1 else "other"
        records = self.say("records", code, count=Count(self.evidence.records))
        told = self.say("phrases", "all_used")
        if unused:
            told = self.say("phrases", "file_unused", count=Count(unused))
        return self.say(
            "says", "made_from", files=Name(files), records=Name(records), unused=Name(told)
        )

    # ---- page one

    def first_page(self) -> Iterator[Block]:
        """What a director reads: what to foster, what not, what is open and not known."""
        foster = self._of("foster")
        count = len(foster)
        code = {0: "foster_none", 1: "foster_one"}.get(count, "foster")
        yield Heading(self.say("headings", code, count=Count(count)))
        if foster:
            yield tuple(Item(row["name"], tuple(self._clauses(row))) for row in foster)
        for verdict in ("leave", "open"):
            rows = self._of(verdict)
            if rows:
                yield Heading(self.say("headings", verdict))
                yield Paragraph((Sentence(self.say("says", verdict)),))
                shown = rows[:SHOWN]
                yield tuple(Item(row["name"], tuple(self._clauses(row))) for row in shown)
        weakest = list(self._weakest())
        if weakest:
            yield Heading(self.say("headings", "settle"))
            yield Paragraph(tuple(weakest))
        lacks = list(self._lacks())
        if lacks:
            yield Heading(self.say("headings", "not_known"))
            yield tuple(lacks)
        yield Heading(self.say("headings", "trust"))
        yield Paragraph(tuple(self._trust()))

    def _of(self, verdict: str) -> list[dict[str, Any]]:
        return self.candidates.filter(pl.col("verdict") == verdict).to_dicts()

    def _clauses(self, row: Row) -> Iterator[Sentence]:
        """Chance, what is here, with whom, who else, what would change the advice; what isn't known
        is left out."""
        parts = {"chance": self._chance(row), "who_else": self._who_else(row)}
        if row["standing"] != "plan":
            parts = {
                "chance": parts["chance"],
                "here": self._here(row),
                "with_whom": self._with_whom(row),
                "who_else": parts["who_else"],
                "change": self._change(row),
            }
        for lead, told in parts.items():
            sentences = list(told)
            for number, (text, sources) in enumerate(sentences):
                yield Sentence(text, sources, "" if number else self.say("leads", lead))

    def _chance(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        record = self.evidence.industries.record if self.evidence.industries else None
        ahead = Count(AHEAD)
        if record is not None and row["standing"] == "strength":
            yield self.say("clauses", "chance_kept", kept=Share(record.kept), ahead=ahead), ()
        if record is not None and row["standing"] == "reach":
            came, base = Share(record.share()), Share(record.base)
            yield self.say("clauses", "chance_came", came=came, base=base, ahead=ahead), ()
        if row["chance"] is None:
            return
        number = self.source("plan", "entries", "entry", row["planned_as"] or row["name"])
        about: dict[str, Value[Any]] = {
            "chance": Share(row["chance"]),
            "until": Year(row["until"]),
        }
        if row["standing"] == "plan":
            matched = Remark(row["matched"], row["matched_zh"] or row["matched"])
            yield self.say("clauses", "chance_take_off", matched=matched, **about), (number,)
        else:
            entry = Name(row["planned_as"])
            yield self.say("clauses", "chance_planned", entry=entry, **about), (number,)

    def _here(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        found = self.evidence.industries
        assert found is not None  # the standing says so
        number = self.source("concentration", "quotients", "place", found.place)
        values: dict[str, Value[Any]] = {
            "times": Number(row["location_quotient"]),
            "rank": Count(row["rank"]),
            "places": Count(found.places_count),
            "measure": Name(self.evidence.measure),
        }
        if row["standing"] == "strength":
            values["low"] = Number(row["location_quotient_low"])
            values["high"] = Number(row["location_quotient_high"])
            values["share"] = Share(row["place_share"])
        yield self.say("clauses", f"here_{row['standing']}", **values), (number,)
        if row["planned_as"]:
            entry = Name(row["planned_as"])
            if row["link_probability"] is None:
                yield self.say("clauses", "here_planned", entry=entry), ()
            else:
                probability = Share(row["link_probability"])
                yield self.say("clauses", "here_linked", entry=entry, probability=probability), ()

    def _with_whom(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        if row["strong_places"]:
            places = List(tuple(map(name_of, row["strong_places"])), SHOWN)
            number = self.source("concentration", "quotients", "industry", row["name"])
            yield self.say("clauses", "with_places", places=places), (number,)

    def _who_else(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        found = self.evidence.industries
        if row["standing"] != "plan" and found is not None:
            count, places = Count(row["strong_count"]), Count(found.places_count - 1)
            yield self.say("clauses", "who_strong", count=count, places=places), ()
        if row["planned_by"]:
            places_named = List(tuple(map(name_of, row["planned_by"])), SHOWN)
            number = self.source("plan", "elsewhere", "entry", row["planned_as"] or row["name"])
            yield self.say("clauses", "who_planned", places=places_named), (number,)
        elif row["planned_by"] is not None and "others" in self.evidence.files:
            yield self.say("clauses", "who_none"), ()

    def _change(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        times = Number(row["location_quotient"])
        yield self.say("clauses", f"change_{row['standing']}", times=times), ()

    def _weakest(self) -> Iterator[Sentence]:
        """The input of the chain that hangs most on one country."""
        chain = self.evidence.results.get("weak_links")
        if chain is None:
            return
        known = chain.tables["inputs"].drop_nulls(["top_country", "top_country_low_share"])
        for row in known.sort("rank").head(1).iter_rows(named=True):
            text = self.say(
                "chain",
                "weakest",
                input=Name(row["input"]),
                country=Name(row["top_country"]),
                share=Share(row["top_country_low_share"]),
                stopped=Share(row["finals_stopped_share"]),
            )
            yield Sentence(text, (self.source("weak_links", "inputs", "input", row["input"]),))

    def _lacks(self) -> Iterator[Item]:
        """What isn't known, and the file that would tell."""
        files = self.evidence.files
        if self.evidence.burden:
            file = next(files[kind] for kind in OF_INDUSTRIES if kind in files)
            about = {"file": Name(file.path.name)}
            told = self.say("lacks", "burden", measure=Name(self.evidence.burden), **about)
            yield Item(self.say("lacks", "industries"), (Sentence(told),))
        elif not any(kind in files for kind in OF_INDUSTRIES):
            yield self._lack("industries")
        for kind in ("plan", "others", "chain"):
            if kind not in files:
                yield self._lack(kind)
        partners = Sentence(self.say("lacks", "partners_from"))
        yield Item(self.say("lacks", "partners"), (partners,))

    def _lack(self, kind: str) -> Item:
        words = KIND_WORDS[kind]
        source = Remark(*pair(words, "source_"))
        told = self.say("lacks", "file", kind=Remark(*pair(words)), source=source)
        return Item(self.say("lacks", kind), (Sentence(told),))

    def _trust(self) -> Iterator[Sentence]:
        found = self.evidence.industries
        record = found.record if found is not None else None
        ahead = Count(AHEAD)
        if record is None:
            yield Sentence(self.say("says", "trust_none", ahead=ahead))
        else:
            other = max((rule for rule in RULES if rule != record.rule), key=record.share)
            yield Sentence(
                self.say(
                    "says",
                    "trust",
                    years=each_year(record.years),
                    came=Share(record.share()),
                    ahead=ahead,
                    low=Share(record.low),
                    high=Share(record.high),
                    base=Share(record.base),
                    other=Code(f"rules.{other}"),
                    other_share=Share(record.share(other)),
                )
            )
            yield Sentence(self.say("says", "trust_kept", kept=Share(record.kept), ahead=ahead))
        if self.candidates["chance"].is_not_null().any():
            yield Sentence(self.say("says", "trust_chance"))

    # ---- page two

    def second_page(self) -> Iterator[Block]:
        """Every candidate with its verdict and reason, and the rule."""
        yield Heading(self.say("headings", "why"), opens_page=True)
        found = self.evidence.industries
        if found is not None and found.record is not None:
            rule = Code(f"rules.{found.record.rule}")
            yield Paragraph((Sentence(self.say("says", "rule", named=Count(NAMED), rule=rule)),))
        yield Paragraph((Sentence(self.say("says", "rule_plan", many=Count(MANY_PLAN))),))
        if self.candidates.is_empty():
            return
        columns = ("candidate", "quotient", "rank", "growth", "chance", "planned_by", "verdict")
        head = [self.say("columns", name, ahead=Count(AHEAD)) for name in (*columns, "reason")]
        rows = self.candidates.head(MOST_ROWS).iter_rows(named=True)
        are_figures = (False, True, True, True, True, False, False, False)
        yield Grid(tuple(head), tuple(self._row(row) for row in rows), are_figures)

    def _row(self, row: Row) -> tuple[str, ...]:
        def cell(value: Value[Any] | None) -> str:
            return "–" if value is None else TEXTS.write(self.lang, value)

        planned = row["planned_by"] or []
        quotient, growth, chance = row["location_quotient"], row["growth"], row["chance"]
        return (
            row["name"],
            cell(None if quotient is None else Number(quotient)),
            cell(None if row["rank"] is None else Count(row["rank"])),
            cell(None if growth is None else Growth(growth)),
            cell(None if chance is None else Share(chance)),
            cell(List(tuple(map(name_of, planned)), SHOWN) if planned else None),
            self.say("verdicts", row["verdict"]),
            self._reason(row),
        )

    def _reason(self, row: Row) -> str:
        if row["standing"] != "plan":
            standing = self.say("reasons", row["standing"])
            if row["planned_as"]:
                return self.say("reasons", "planned", standing=Name(standing))
            return standing
        planned = len(row["planned_by"] or ())
        if planned >= MANY_PLAN:
            return self.say("reasons", "many_plan", count=Count(planned))
        return self.say("reasons", "unlikely" if row["verdict"] == "leave" else "no_evidence")

    # ---- the annex

    def annex(self) -> Iterator[Block]:
        """Which file was taken for what, and what could not be used."""
        yield Heading(self.say("headings", "files"))
        head = (self.say("columns", "file"), self.say("columns", "contents"))
        used = [
            (own.path.name, TEXTS.write(self.lang, Remark(*pair(KIND_WORDS[kind]))))
            for kind, own in sorted(self.evidence.files.items())
        ]
        if used:
            yield Grid(head, tuple(used), (False, False))
        if self.evidence.unused:
            yield Paragraph(
                tuple(Sentence(reason_in_words(own, self.lang)) for own in self.evidence.unused)
            )
