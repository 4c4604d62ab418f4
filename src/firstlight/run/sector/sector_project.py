"""Write the project of a sector: its codes, what the files that there are can answer, and what is
missing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.concordance.code_lists import TEXTS as OF_LISTS
from firstlight.instruments.concordance.code_lists import code_list, code_lists
from firstlight.instruments.concordance.technology_codes.coded_technologies import (
    links_of_names,
)
from firstlight.run.project import FILE, data_beside
from firstlight.run.project_file import named_from, quoted, refuse_project, write_project
from firstlight.run.sector.recognised_files import (
    Recognised,
    Unrecognised,
    one_of_each,
    recognised,
)
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Phrase,
    Remark,
    Share,
    Texts,
    message,
)

FOLDER = Path(__file__).parent
SAMPLE = FOLDER.parents[1] / "sample" / "sector"
TEXTS = Texts(FOLDER)
OBSERVE = "observe"
OBSERVED = Path("tables", "technologies.csv")  # what an observation of the project writes
MOST, LEAST = 5, 0.05  # codes of a classification that are written down, and their probability
SHOWN = 3  # codes of a classification that are printed
MANY = 20  # names in a sentence that are not only counted
OF_PLACES = ("definition_share", "concentration")  # questions whose maps take outlines
CODES = {
    "classification": pl.String,
    "code": pl.String,
    "probability": pl.Float64,
    "name_en": pl.String,
    "name_zh": pl.String,
}


@dataclass(frozen=True)
class Answered:
    """A question that files answer.

    source  : its main table
    tables  : parameter -> file of a further table
    options : parameter -> value
    """

    question: str
    source: Recognised
    tables: Mapping[str, Recognised] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lacking:
    """A question that can't be answered yet, and what it lacks: messages under ``[lacks]``."""

    question: str
    lacks: tuple[Message, ...]


@dataclass(frozen=True)
class SectorProject:
    """A project that was written, with what its files answer and what they don't.

    path      : the project file
    codes     : classification, code, probability, name_en, name_zh; the likeliest first
    known     : files of a kind that is known; unknown : the others, with the reason
    is_sample : whether the files are the invented ones that ship
    """

    path: Path
    sector: str
    codes: pl.DataFrame
    known: Sequence[Recognised]
    unknown: Sequence[Unrecognised]
    answered: Sequence[Answered]
    lacking: Sequence[Lacking]
    is_sample: bool

    def lines(self, lang: str) -> list[str]:
        """What can be answered and what not, in words: the answer first."""
        said = [_answer(self)]
        if self.is_sample:
            said.append(message("is_sample"))
        said += [
            message("lacking", question=_question(own), lacks=_lacks(own)) for own in self.lacking
        ]
        said += [_file(own) for own in self.known]
        said += [_unused(own) for own in self.unknown]
        return [TEXTS.sentence(lang, own) for own in [*said, *_of_sector(self)]]


def new_sector_project(
    folder: str | Path, sector: str, files: str | Path | None = None, lang: str = "en"
) -> SectorProject:
    """Write the project of a sector into a folder, made where it is absent.

    folder : of the project
    sector : its name, English or Chinese, such as "new energy vehicles"
    files  : folder with the files that there are; where left out those that lie in ``folder``, and
             without any the invented ones that ship, which are copied there
    lang   : of the comments in the project file, and of its pages
    Raises  InputError for a name without words, a folder without files, and a project that is there
            already; StoreError where nothing can be written.
    """
    home = Path(folder)
    name = " ".join(sector.split())
    if not name:
        raise InputError(message("no_sector"), FOLDER)
    refuse_project(home / FILE)
    is_sample = files is None and not data_beside(home)
    given = Path(files or home)
    if is_sample:
        given = SAMPLE
    every, unknown = recognised(given)
    known, others = one_of_each(every)
    codes = found_codes(name)
    answered, lacking = _sorted_out(known, codes, name)
    project = SectorProject(
        home / FILE, name, codes, known, [*unknown, *others], answered, lacking, is_sample
    )
    copied = list[Path]()
    if is_sample:
        copied = [own.path for own in known]
    write_project(project.path, _written(project, lang), copied)
    return project


def found_codes(sector: str) -> pl.DataFrame:
    """The codes that a sector's name leads to by the concordance, with their probability:
    classification, code, probability, name_en, name_zh."""
    links = links_of_names([sector], [sector], list(code_lists()))
    parts = [pl.DataFrame(schema=CODES)]
    for name in code_lists():
        own = links.filter(
            (pl.col("classification") == name)
            & (pl.col("rank") <= MOST)
            & (pl.col("probability") >= LEAST)
        )
        titled = own.sort("rank").join(
            code_list(name), on="code", how="left", maintain_order="left"
        )
        parts.append(titled.select(*CODES).cast(pl.Schema(CODES)))
    return pl.concat(parts)


def _questions() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((FOLDER / "questions.toml").read_text(encoding="utf-8"))


def _sorted_out(
    known: Sequence[Recognised], codes: pl.DataFrame, sector: str
) -> tuple[list[Answered], list[Lacking]]:
    """The questions that files of these kinds answer, and what the others lack."""
    of_kind = {own.kind: own for own in known}
    answered, lacking = list[Answered](), list[Lacking]()
    for question, needs in _questions().items():
        is_observed = any(own.question == OBSERVE for own in answered)
        if is_observed:  # a table that the project will write once it is run
            of_kind.setdefault("technologies", Recognised(OBSERVED, "technologies"))
        source = _source(needs, of_kind)
        lacks = _lacks_of(needs, of_kind, source, is_observed, codes)
        if lacks or source is None:
            lacking.append(Lacking(question, tuple(lacks)))
            continue
        wanted = {**needs.get("tables", {}), **needs.get("may", {})}
        tables = {name: of_kind[kind] for name, kind in wanted.items() if kind in of_kind}
        options = _options(needs, source, sector)
        if question == "plan" and is_observed:
            options["technologies"] = OBSERVED.as_posix()
        answered.append(Answered(question, source, tables, options))
    return answered, lacking


def _source(needs: Mapping[str, Any], of_kind: Mapping[str, Recognised]) -> Recognised | None:
    """The main table: the first kind that has all columns, else the first that is there."""
    there = [of_kind[kind] for kind in needs["source"] if kind in of_kind]
    columns = set(needs.get("columns", ()))
    whole = [own for own in there if columns <= set(own.columns)]
    return next(iter([*whole, *there]), None)


def _lacks_of(
    needs: Mapping[str, Any],
    of_kind: Mapping[str, Recognised],
    source: Recognised | None,
    is_observed: bool,
    codes: pl.DataFrame,
) -> list[Message]:
    """What a question lacks; messages under ``[lacks]``."""
    kinds = [kind for kind in needs.get("tables", {}).values() if kind not in of_kind]
    if source is None:
        kinds = [needs["source"][0], *kinds]
    lacks = [_lacks_kind(kind) for kind in kinds]
    if source is not None:
        file = Name(source.path.name)
        for column in needs.get("columns", ()):
            if column not in source.columns:
                lacks.append(message("column", file=file, column=Name(column)))
        if "codes" in needs and source.classification is None:
            column = Name(source.columns["code"])
            lacks.append(message("classification", file=file, column=column))
        elif needs.get("codes") == "sector":
            of = source.classification
            if codes.filter(pl.col("classification") == of).is_empty():
                name = Code(f"classifications.{of}")
                lacks.append(message("sector_codes", file=file, classification=name))
    if needs.get("observation") and not is_observed:
        lacks.append(_lacks_kind("documents"))
    return lacks


def _lacks_kind(kind: str) -> Message:
    parts = {part: Code(f"{part}.{kind}") for part in ("kinds", "columns", "sources")}
    return message("file", **parts)


def _options(needs: Mapping[str, Any], source: Recognised, sector: str) -> dict[str, str]:
    """The options that join a measurement with the observation and the sector."""
    options = {}
    if needs.get("observation"):
        options["observation"] = "."
    if needs.get("codes") == "classification":
        options["classification"] = str(source.classification)
    elif needs.get("codes") == "sector":
        options["codes"] = f"sector.{source.classification}"
        options["title"] = sector
    return options


def _written(project: SectorProject, lang: str) -> list[str]:
    """The lines of the project file."""
    home = project.path.parent

    def at(own: Recognised) -> str:
        if own.path == OBSERVED:
            return own.path.as_posix()
        if project.is_sample:
            return own.path.name
        return named_from(home, own.path)

    lines = [f"# {TEXTS.say(lang, 'file', 'about', sector=Name(project.sector))}"]
    lines += [f"# {TEXTS.sentence(lang, _answer(project))}"]
    lines += [f"# {TEXTS.say(lang, 'file', 'how')}", "", "[observe]"]
    observed = [own for own in project.answered if own.question == OBSERVE]
    lines += [f"source = {quoted(at(own.source))}" for own in observed]
    lines += [f"language = {quoted(lang)}", "", f"# {TEXTS.say(lang, 'file', 'codes')}"]
    lines += ["[sector]", f"name = {quoted(project.sector)}"]
    lines += _code_lines(project.codes, lang)
    outlines = next((own for own in project.known if own.kind == "outlines"), None)
    for own in project.answered:
        if own.question == OBSERVE:
            continue
        lines += ["", f"# {TEXTS.say(lang, 'questions', own.question)}"]
        lines += [f"[measure.{own.question}]", f"source = {quoted(at(own.source))}"]
        options = {**own.options, **{name: at(table) for name, table in own.tables.items()}}
        if outlines is not None and own.question in OF_PLACES:
            options["outlines"] = at(outlines)
        lines += [f"{name} = {quoted(value)}" for name, value in options.items()]
    for lack in project.lacking:
        lines += ["", f"# {TEXTS.say(lang, 'questions', lack.question)}"]
        lines += [f"#   {TEXTS.sentence(lang, each, 'lacks')}" for each in lack.lacks]
        if lack.question != OBSERVE:
            lines += [f"# [measure.{lack.question}]", '# source = ""']
    unused = [TEXTS.sentence(lang, _unused(own)) for own in project.unknown]
    if unused:
        lines += ["", *(f"# {_one_line(each)}" for each in unused)]
    return lines


def _code_lines(codes: pl.DataFrame, lang: str) -> list[str]:
    lines = []
    for name in code_lists():
        own = codes.filter(pl.col("classification") == name)
        title = OF_LISTS.say(lang, "codes", "classification", name)
        lines += ["", f"[sector.{name}]  # {title}"]
        titles = own[f"name_{lang}"].to_list()
        rows = zip(own["code"], own["probability"], titles, strict=True)
        lines += [
            f"{quoted(code)} = {share:.2f}  # {_one_line(text)}" for code, share, text in rows
        ]
        if own.is_empty():
            lines.append(f"# {TEXTS.say(lang, 'file', 'no_codes')}")
    return lines


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _question(own: Answered | Lacking) -> Code:
    return Code(f"short.{own.question}")


def _answer(project: SectorProject) -> Message:
    answered = List(tuple(map(_question, project.answered)), MANY)
    lacking = List(tuple(map(_question, project.lacking)), MANY)
    count = len(project.answered)
    every = Count(count + len(project.lacking))
    if not project.answered:
        return message("nothing_answered", every=every, lacking=lacking)
    if not project.lacking:
        return message("all_answered", every=every, answered=answered)
    return message("answered", every=every, count=Count(count), answered=answered, lacking=lacking)


def _lacks(own: Lacking) -> List:
    return List(tuple(Phrase(message(f"lacks.{each.code}", **each.values)) for each in own.lacks))


def _file(own: Recognised) -> Message:
    file, kind = Name(own.path.name), Code(f"kinds.{own.kind}")
    if own.classification is None:
        return message("file", file=file, kind=kind)
    of = Code(f"classifications.{own.classification}")
    return message("coded_file", file=file, kind=kind, classification=of)


def _unused(own: Unrecognised) -> Message:
    reason = Phrase(message(f"reasons.{own.reason.code}", **own.reason.values))
    return message("unused", file=Name(own.path.name), reason=reason)


def reason_in_words(own: Unrecognised, lang: str) -> str:
    """That a file is not used, and why."""
    return TEXTS.sentence(lang, _unused(own))


def _of_sector(project: SectorProject) -> list[Message]:
    """The likeliest codes of the sector, a sentence for each classification."""
    said = []
    for name in code_lists():
        own = project.codes.filter(pl.col("classification") == name).head(SHOWN)
        about = {"sector": Name(project.sector), "classification": Code(f"classifications.{name}")}
        items = [
            Phrase(message("phrases.code", code=Name(code), title=Remark(en, zh), chance=Share(p)))
            for code, p, en, zh in own.drop("classification").iter_rows()
        ]
        if items:
            said.append(message("codes", items=List(tuple(items)), **about))
        else:
            said.append(message("no_codes", **about))
    return said
