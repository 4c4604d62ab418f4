"""The brief as a document: what to foster or secure, what not, what isn't known, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from firstlight.document import Block, Document, Grid, Heading, Item, Paragraph, Sentence
from firstlight.instruments.complexity.entry_rules import AHEAD, NAMED, RULES
from firstlight.instruments.concordance.code_lists import code_list
from firstlight.phrases import each_year
from firstlight.run.brief.brief_words import BriefWords
from firstlight.run.brief.candidates import MANY_PLAN
from firstlight.run.brief.evidence import OF_INDUSTRIES, SAMPLE, Evidence
from firstlight.run.brief.place_names import name_of
from firstlight.run.brief.rooms import KIND_WORDS, LINES
from firstlight.run.brief.written_comparison import comparison
from firstlight.run.brief.written_rooms import (
    best_and_worst,
    figures_grid,
    first_lines,
    further_files,
    line_told,
    room_blocks,
)
from firstlight.texts import Code, Count, Growth, List, Name, Number, Remark, Share, Value, Year

__all__ = ["written_brief"]

SHOWN = 5  # names of a list, rows of a strength
MOST_ROWS = 20  # of the table of candidates
Row = Mapping[str, Any]


def written_brief(evidence: Evidence, candidates: pl.DataFrame, lang: str) -> Document:
    """The brief in one language.

    candidates : as ``candidates`` makes them
    """
    words = BriefWords(evidence, lang)
    writer = _Writer(words, candidates)
    asks_what_to_foster = evidence.subject.place or evidence.subject.technology
    first = writer.first_page() if asks_what_to_foster else first_lines(words)
    blocks = [
        *first,
        *writer.second_page(),
        *comparison(words),
        *room_blocks(words),
        *writer.annex(),
    ]
    return Document(
        lang,
        writer.title(),
        writer.made_from(),
        tuple(blocks),
        tuple(words.sources),
        words.say("headings", "sources"),
    )


@dataclass
class _Writer:
    """What is written of the candidates, part by part."""

    words: BriefWords
    candidates: pl.DataFrame

    def __post_init__(self) -> None:
        self.evidence, self.lang = self.words.evidence, self.words.lang
        self.say, self.write, self.source = self.words.say, self.words.write, self.words.source

    def _called(self, row: Row) -> str:
        """A candidate as its table or plan writes it; after a code what its list calls it."""
        file = self.evidence.files.get("coded_industries")
        if row["standing"] == "plan" or file is None or file.classification is None:
            return str(row["name"])
        listed = code_list(file.classification).filter(code=row["name"]).to_dicts()
        return " ".join(
            [row["name"], *(self.write(Remark.under(each, "name_")) for each in listed)]
        )

    def title(self) -> str:
        """What the brief is about: a place, a technology there, a chain, or a folder of files."""
        subject = self.evidence.subject
        place = name_of(subject.place)
        if subject.technology:
            code = "technology_in" if subject.place else "technology"
            return self.say("titles", code, place=place, technology=Name(subject.technology))
        if subject.place:
            return self.say("titles", "place", place=place)
        name = Name(subject.chain or self.evidence.folder.absolute().name)
        return self.say("titles", "chain" if subject.chain else "files", name=name)

    def made_from(self) -> str:
        """What the brief rests on: how many files and records, and whether some were of no use."""
        used = len(self.evidence.files) + len(self.evidence.tables)
        unused = len(self.evidence.unused)
        files = self.say("phrases", "no_files")
        if used:
            code = "file_used" if used == 1 else "files_used"
            files = self.say("phrases", code, count=Count(used))
        count = self.evidence.records
        code = {0: "zero", 1: "one"}.get(count, "other")
        records = self.say("records", code, count=Count(count))
        told = self.say("phrases", "all_used")
        if unused:
            told = self.say("phrases", "file_unused", count=Count(unused))
        if self.evidence.folder == SAMPLE:
            told = self.say("phrases", "invented")
        return self.say(
            "says", "made_from", files=Name(files), records=Name(records), unused=Name(told)
        )

    # ---- page one

    def first_page(self) -> Iterator[Block]:
        """What a director reads: what to foster, what not, what is open and not known."""
        if self.evidence.subject.technology:
            yield from self._asked()
            return
        foster = self._of("foster")
        count = len(foster)
        code = {0: "foster_none", 1: "foster_one"}.get(count, "foster")
        yield Heading(self.say("headings", code, count=Count(count)))
        if not foster and self.evidence.industries is None:
            yield Paragraph((Sentence(self.say("says", "no_industries")),))
        if foster:
            yield tuple(Item(self._called(row), tuple(self._clauses(row))) for row in foster)
        for verdict in ("leave", "open"):
            rows = self._of(verdict)
            if rows:
                yield Heading(self.say("headings", verdict))
                yield Paragraph((Sentence(self.say("says", verdict)),))
                yield from self._listed(rows)
        standing = list(best_and_worst(self.words))
        if standing:
            yield Heading(self.say("headings", "standing"))
            yield Paragraph(tuple(standing))
        settle = [one for line in LINES if line.settles for one in line_told(self.words, line)]
        if settle:
            yield Heading(self.say("headings", "settle"))
            yield Paragraph(tuple(settle))
        lacks = list(self._lacks())
        if lacks:
            yield Heading(self.say("headings", "not_known"))
            yield tuple(lacks)
        yield Heading(self.say("headings", "trust"))
        yield Paragraph(tuple(self._trust()))

    def _asked(self) -> Iterator[Block]:
        """What is known of the one technology that is asked about."""
        rows = self.candidates.to_dicts()
        asked = self.evidence.subject.technology
        own = [row for row in rows if asked in (row["name"], row["planned_as"])]
        for row in own:
            verdict = self.say("verdicts", row["verdict"])
            about = {"verdict": Name(verdict), "reason": Name(self._reason(row))}
            said = self.say("says", "verdict", **about)
            yield Paragraph((*self._clauses(row), Sentence(said)))
        yield Heading(self.say("headings", "not_known"))
        yield tuple(self._lacks())

    def _listed(self, rows: list[dict[str, Any]]) -> Iterator[Block]:
        """Those of which something is known, most works first; the names of the others."""
        items = [(row, Item(self._called(row), tuple(self._clauses(row)))) for row in rows]
        known = [(row, item) for row, item in items if item.sentences]
        known.sort(key=lambda own: -(own[0]["works_count"] or 0))
        if known:
            yield tuple(item for _, item in known[:SHOWN])
        names = {
            "more": [item.name for _, item in known[SHOWN:]],
            "also": [item.name for _, item in items if not item.sentences],
        }
        for code, others in names.items():
            if others:
                listed = List(tuple(map(Name, others)), 2 * SHOWN)
                yield Paragraph((Sentence(self.say("says", code, names=listed)),))

    def _of(self, verdict: str) -> list[dict[str, Any]]:
        return self.candidates.filter(pl.col("verdict") == verdict).to_dicts()

    def _clauses(self, row: Row) -> Iterator[Sentence]:
        """Chance, what is here, with whom, who else, what would change the advice; what isn't known
        is left out."""
        parts = {
            "chance": self._chance(row),
            "here": self._here(row),
            "with_whom": chain(self._with_whom(row), self._works(row)),
            "depends": self._depends(row),
            "who_else": self._who_else(row),
            "change": self._change(row),
        }
        for lead, told in parts.items():
            sentences = list(told)
            for number, (text, sources) in enumerate(sentences):
                if number:
                    yield Sentence(text[:1].upper() + text[1:], sources)
                else:
                    yield Sentence(text, sources, self.say("leads", lead))

    def _chance(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        record = self.evidence.industries.record if self.evidence.industries else None
        ahead = Count(AHEAD)
        if record is not None and row["standing"] == "strength":
            yield self.say("clauses", "chance_kept", kept=Share(record.kept), ahead=ahead), ()
        if record is not None and row["standing"] == "reach":
            came, base = Share(record.share()), Share(record.base)
            yield self.say("clauses", "chance_came", came=came, base=base, ahead=ahead), ()
        if row["rising"]:
            named = [self._with_chance(each) for each in row["rising"]]
            yield self.say("clauses", "rising", technologies=List(tuple(named), 3)), ()
        if row["chance"] is None:
            return
        number = self.source("plan", "entries", "entry", row["planned_as"] or row["name"])
        about: dict[str, Value[Any]] = {
            "chance": Share(row["chance"]),
            "until": Year(row["until"]),
        }
        if row["standing"] == "plan":
            about["matched"] = Remark.of(row, "matched")
            yield self.say("clauses", "chance_take_off", **about), (number,)
        else:
            entry = Name(row["planned_as"])
            yield self.say("clauses", "chance_planned", entry=entry, **about), (number,)

    def _with_chance(self, rising: Row) -> Name:
        about: dict[str, Value[Any]]
        about = {"name": Remark.of(rising, "name"), "chance": Share(rising["probability"])}
        return Name(self.say("phrases", "with_chance", **about))

    def _here(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        found = self.evidence.industries
        if found is None or row["standing"] == "plan":
            return
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

    def _works(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        if not row["works_count"]:
            return
        counted = zip(row["organisations"], row["organisation_counts"], strict=True)
        each = [self.say("phrases", "counted", name=Name(a), count=Count(b)) for a, b in counted]
        first, last = Year(row["first_year"]), Year(row["last_year"])
        years = self.say("phrases", "between", first=first, last=last)
        if first == last:
            years = self.write(first)
        about: dict[str, Value[Any]] = {"count": Count(row["works_count"]), "years": Name(years)}
        number = self.words.source_file(self.evidence.files["documents"].path.name)
        code = "works_by" if each else "works"
        organisations = List(tuple(map(Name, each)))
        yield self.say("clauses", code, organisations=organisations, **about), (number,)
        if row["inside"]:
            inside = List(tuple(map(Name, row["inside"])))
            place = name_of(self.evidence.subject.place)
            yield self.say("clauses", "works_inside", place=place, organisations=inside), (number,)

    def _depends(self, row: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
        """What it can't be made without, where the chain makes it; and what a stop would cost."""
        chain_result = self.evidence.results.get("weak_links")
        if chain_result is None:
            return
        called = {name.casefold() for name in (row["name"], row["planned_as"]) if name}
        cuts = chain_result.tables["cuts"].filter(pl.col("members_count") == 1)
        of_final = cuts.filter(pl.col("final").str.to_lowercase().is_in(called))
        weak = chain_result.tables["inputs"].filter(pl.col("standing").str.starts_with("one_"))
        own = of_final.join(weak.select("rank", name="input"), on="name").sort("rank", "name")
        if own.is_empty():
            return
        number = self.source("weak_links", "cuts", "final", own["final"][0])
        needed = List(tuple(map(name_of, own["name"].unique(maintain_order=True))), SHOWN)
        yield self.say("clauses", "depends", needed=needed), (number,)
        shock = self.evidence.results.get("shock")
        if shock is None:
            return
        stops = shock.tables["scenarios"].filter(pl.col("scenario").is_in(own["name"].to_list()))
        for stop in stops.drop_nulls("lost_output_share").head(1).iter_rows(named=True):
            cost = Share(stop["lost_output_share"], 1)
            number = self.source("shock", "scenarios", "scenario", stop["scenario"])
            told = self.say("clauses", "stop_costs", input=Name(stop["scenario"]), share=cost)
            yield told, (number,)

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
        if row["standing"] != "plan":
            times = Number(row["location_quotient"])
            yield self.say("clauses", f"change_{row['standing']}", times=times), ()

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
        if not self.candidates["inside"].list.len().gt(0).any():
            partners = Sentence(self.say("lacks", "partners_from"))
            yield Item(self.say("lacks", "partners"), (partners,))

    def _lack(self, kind: str) -> Item:
        return Item(self.say("lacks", kind), (Sentence(self.words.kind_told(kind)),))

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
        if self.candidates.is_empty():
            return
        yield Heading(self.say("headings", "why"), opens_page=True)
        yield Paragraph(tuple(map(Sentence, self._rule())))
        columns = ("candidate", "quotient", "rank", "growth", "chance", "planned_by", "verdict")
        head = [self.say("columns", name, ahead=Count(AHEAD)) for name in (*columns, "reason")]
        rows = self.candidates.head(MOST_ROWS).iter_rows(named=True)
        are_figures = (False, True, True, True, True, False, False, False)
        yield Grid(tuple(head), tuple(self._row(row) for row in rows), are_figures)

    def _rule(self) -> Iterator[str]:
        """By what rule the candidates were judged, as far as it judged any."""
        found = self.evidence.industries
        if found is not None:
            yield self.say("says", "rule_strengths")
            if found.record is not None:
                rule = Code(f"rules.{found.record.rule}")
                yield self.say("says", "rule_reach", named=Count(NAMED), rule=rule)
        if "plan" in self.evidence.results:
            yield self.say("says", "rule_plan", many=Count(MANY_PLAN))

    def _row(self, row: Row) -> tuple[str, ...]:
        def cell(value: Value[Any] | None) -> str:
            return "–" if value is None else self.write(value)

        planned = row["planned_by"] or []
        quotient, growth, chance = row["location_quotient"], row["growth"], row["chance"]
        return (
            self._called(row),
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
        yield from figures_grid(self.words)
        yield from further_files(self.words)
        yield Heading(self.say("headings", "files"))
        head = (self.say("columns", "file"), self.say("columns", "contents"))
        used = [
            (own.path.name, self.write(Remark.under(KIND_WORDS[kind])))
            for kind, own in sorted(self.evidence.files.items())
        ]
        of_figures = self.say("phrases", "table_of_figures")
        used += [(path.name, of_figures) for path in self.evidence.tables]
        if used:
            yield Grid(head, tuple(used), (False, False))
        unused = []
        for own in self.evidence.unused:
            reason = self.say("unused", own.reason.code, **own.reason.values)
            told = self.say("says", "unused", file=Name(own.path.name), reason=Name(reason))
            unused.append(Sentence(told))
        if unused:
            yield Paragraph(tuple(unused))
