"""Which industries, patent classes, products and occupations a named technology belongs to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.concordance.code_lists import code_list, code_lists, linked_codes
from firstlight.instruments.concordance.plan_check.written_names import (
    named_by_entry,
    names_nothing,
)
from firstlight.instruments.concordance.technology_codes.code_choice import NONE
from firstlight.instruments.concordance.technology_codes.coded_technologies import (
    asked_text,
    links_of_names,
)
from firstlight.instruments.concordance.technology_codes.coded_texts import LISTS
from firstlight.instruments.concordance.technology_codes.name_likeness import is_chinese
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    message,
    names,
)

RECORD = Path(__file__).parent / "record.csv"
RECORD_COLUMNS = {
    "classification": pl.String,
    "language": pl.String,
    "names_count": pl.Int64,
    "first_share": pl.Float64,
    "lexical_share": pl.Float64,
    "majority_share": pl.Float64,
    "five_share": pl.Float64,
    "gain_low": pl.Float64,
    "gain_high": pl.Float64,
    "stated_share": pl.Float64,
    "slope": pl.Float64,
    "slope_low": pl.Float64,
    "slope_high": pl.Float64,
    "sure_count": pl.Int64,
    "sure_share": pl.Float64,
    "coded_first_share": pl.Float64,
    "coded_best_share": pl.Float64,
    "coded_five_share": pl.Float64,
    "coded_lexical_share": pl.Float64,
    "readers_share": pl.Float64,
}
LABELS = roles.Table(
    {"technology": roles.Key(), "classification": roles.Key(), "code": roles.Key()}
)
ALL = "all"  # the row of the record for every classification together
BETWEEN_FORMS = re.compile(r"\s*[|;；]\s*")
DIGITS = 10  # of a probability, beyond which one is as large as another
LIKELY = 0.5  # a chance from which an answer is likelier than all others together, and is told
FIRST = 3  # technologies that the first lines name


def concordance(
    frame: Any,
    *,
    technology: Annotated[str, roles.Key()] = "technology",
    forms: Annotated[str | None, roles.Label()] = "forms",
    text: Annotated[str | None, roles.Label()] = "text",
    labels: Annotated[Any, LABELS] = None,
    classification: Literal["all", "isic4", "gbt4754", "cpc", "hs2022", "soc"] = "all",
    most: Annotated[int, roles.Bounds(1, 20)] = 5,
    progress: Progress | None = None,
) -> Result:
    """The codes that named technologies may belong to, each with its probability.

    Names are compared with the titles of the codes, with the texts that explain them and the
    products and tools that belong to them, and with technologies whose codes two readers know: by
    words, letters and sense, in English and Chinese; so is what documents say of them, where that
    is handed in. The probability is what came true of answers as sure, on names that were set
    aside.

    Parameters
    ----------
    frame
        A row for each technology.
    technology
        Column of the names, English or Chinese.
    forms
        Column of other names of the same technology, such as the long form of an acronym, parted by
        semicolons or upright strokes.
    text
        Column of what documents say of the technology, such as titles of papers or a description of
        the product: a dozen words or more.
    labels
        Technologies whose codes you know, a row for each code; ``none`` as code where none fits.
        They speak for technologies that are like them.
    classification
        Industries (ISIC Rev. 4; GB/T 4754), patent classes (CPC), products (HS), occupations
        (O*NET-SOC), or all of them.
    most
        Codes of each technology and classification that are listed.
    progress
        Called with the number of technologies that are done, and how many there are.

    Returns
    -------
    Result with the tables ``links`` (technology, classification, rank, code, title, title_zh,
    probability, like_technology, like_text), ``answers`` (technology, classification, answer, code,
    title, title_zh, probability, none_probability, reason) and ``record`` (how often such answers
    were right, beside a plain match of words and the commonest code).

    Raises
    ------
    InputError
        For a label with a code that its classification doesn't hold.

    Notes
    -----
    A conditional logit over the likest sixty codes and none (McFadden 1974), on the likeness of
    titles and texts and on the votes of labelled technologies, calibrated out of fold (Platt 1999).

    Examples
    --------
    >>> import polars as pl
    >>> found = concordance(pl.DataFrame({"technology": ["lithium-ion battery"]}))
    >>> found.table.filter(pl.col("classification") == "isic4")["code"][0]
    '2720'
    """
    data = CONCORDANCE.read(locals())
    asked = _asked(data)
    chosen = LISTS if classification == "all" else (classification,)
    links = _titled(
        links_of_names(
            asked["technology"].to_list(),
            asked["written"].to_list(),
            chosen,
            documents=asked["text"].to_list(),
            own=_own_labels(data),
            done=progress,
        )
    )
    answers = _answers(asked, links, chosen)
    whole = ALL if classification == "all" else classification
    record = kept_record().filter(pl.col("classification").is_in([*chosen, whole]))
    shown = links.filter(pl.col("rank") <= most).drop("none_probability")
    order = {name: place for place, name in enumerate(chosen)}
    by_list = pl.col("classification").replace_strict(order, return_dtype=pl.Int64)
    return Result(
        {
            # what is asked first: the answer of each technology, the surest first
            "links": shown.sort(
                "rank", by_list, -pl.col("probability").round(DIGITS), "technology"
            ).select(
                "technology",
                "classification",
                "rank",
                "code",
                "title",
                "title_zh",
                "probability",
                "like_technology",
                "like_text",
            ),
            "answers": answers,
            "record": record,
        },
        (*_first_lines(answers, chosen), _record_said(record, whole, _language(asked))),
        CONCORDANCE.texts,
        conventions=(
            *_of_entries(asked),
            message("choice"),
            message("right"),
            message("none"),
            message("lists", lists=List(tuple(_source(name) for name in chosen))),
        ),
        charts=(
            Chart(
                "by_rank",
                "answers",
                "",
                (Mark("probability", "bars"),),
                line="technology",
                panel="classification",
            ),
        ),
        given=data.given,
    )


@cache
def kept_record() -> pl.DataFrame:
    """How often answers were right on names that were set aside, by classification and language."""
    return pl.read_csv(RECORD, schema=RECORD_COLUMNS)


def record_of(classification: str, technology: str) -> tuple[int, float]:
    """How many links were stated as surely as one must be to be told, of names in the language of
    a technology, and which share of them was right."""
    language = "zh" if is_chinese(technology) else "en"
    of = (pl.col("classification") == classification) & (pl.col("language") == language)
    row = kept_record().row(by_predicate=of, named=True)
    return int(row["sure_count"]), float(row["sure_share"])


def _asked(data: Data) -> pl.DataFrame:
    """technology, written (the name and what its forms add) and text (what documents say)."""
    texts = pl.col("text", "forms").fill_null("")
    rows = data.frame.select("technology", texts).sort("technology")
    written = [
        asked_text(named_by_entry(name), [form for form in BETWEEN_FORMS.split(several) if form])
        for name, several in rows.select("technology", "forms").iter_rows()
    ]
    return rows.select("technology", "text", written=pl.Series(written, dtype=pl.String))


def _of_entries(asked: pl.DataFrame) -> list[Message]:
    """That entries of a plan are linked by what they name."""
    entries = [name for name in asked["technology"] if named_by_entry(name) != name]
    if not entries:
        return []
    values = {"entry": Name(entries[0]), "name": Name(named_by_entry(entries[0]))}
    return [message("entries_of_plans", count=Count(len(entries)), **values)]


def _own_labels(data: Data) -> pl.DataFrame | None:
    """The labels that were handed in."""
    if "labels" not in data.tables:
        return None
    frame = data.tables["labels"].frame
    unknown = frame.filter(~pl.col("classification").is_in(LISTS))
    if unknown.height:
        note = message(
            "no_such_list",
            classification=Name(unknown["classification"][0]),
            known=names(LISTS),
        )
        raise CONCORDANCE.error(note)
    for name in LISTS:
        codes = [*linked_codes(name)["code"], NONE]
        given = frame.filter(pl.col("classification") == name)
        wrong = given.filter(~pl.col("code").is_in(codes))
        if wrong.height:
            about = {"code": Name(wrong["code"][0]), "technology": Name(wrong["technology"][0])}
            note = message("no_such_code", classification=_list_name(name), **about)
            raise CONCORDANCE.error(note)
    return frame


def _titled(links: pl.DataFrame) -> pl.DataFrame:
    titles = pl.concat(
        code_list(name).select(
            pl.lit(name).alias("classification"), "code", title="name_en", title_zh="name_zh"
        )
        for name in LISTS
    )
    return links.join(titles, on=["classification", "code"], how="left", maintain_order="left")


def _answers(asked: pl.DataFrame, links: pl.DataFrame, chosen: tuple[str, ...]) -> pl.DataFrame:
    """One row for each technology and classification: the likeliest code, none, or unknown."""
    every = pl.concat(
        asked.select("technology", pl.lit(name).alias("classification")) for name in chosen
    )
    best = links.filter(pl.col("rank") == 1)
    both = every.join(best, on=["technology", "classification"], how="left", maintain_order="left")
    answer = (
        pl.when(pl.col("code").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("none_probability") >= pl.col("probability"))
        .then(pl.lit("none"))
        .otherwise(pl.lit("code"))
    )
    is_code = answer == "code"
    empty = [
        name
        for name, text in asked.select("technology", "written").iter_rows()
        if names_nothing(text)
    ]
    reason = (
        pl.when(pl.col("technology").is_in(empty))
        .then(pl.lit("names_nothing"))
        .otherwise(pl.lit("no_known_word"))
    )
    kept = [
        pl.when(is_code).then(pl.col(name)).alias(name)
        for name in ("code", "title", "title_zh", "probability")
    ]
    return both.select(
        "technology",
        "classification",
        answer.alias("answer"),
        *kept,
        "none_probability",
        reason=pl.when(answer == "unknown").then(reason),
    )


def _first_lines(answers: pl.DataFrame, chosen: tuple[str, ...]) -> list[Message]:
    """What a planner reads first: the surest links by technology, then how many there are."""
    said = []
    for name in chosen:
        of_name = answers.filter(pl.col("classification") == name)
        coded = of_name.filter(pl.col("answer") == "code", pl.col("probability") >= LIKELY)
        if not coded.height:
            said.append(message("no_code_at_all", classification=_list_name(name)))
            continue
        surest = coded.sort("probability", "technology", descending=[True, False]).head(FIRST)
        items = [
            Phrase(
                message(
                    "phrases.linked",
                    technology=Name(row["technology"]),
                    code=Name(row["code"]),
                    title=Remark.of(row, "title"),
                    chance=Share(row["probability"]),
                )
            )
            for row in surest.iter_rows(named=True)
        ]
        if of_name.height <= FIRST:
            said.append(
                message("linked", classification=_list_name(name), items=List(tuple(items), FIRST))
            )
            continue
        said.append(
            message(
                "linked_most",
                classification=_list_name(name),
                count=Count(of_name.height),
                likely=Count(coded.height),
                none=Count(of_name.filter(pl.col("answer") == "none").height),
                items=List(tuple(items), FIRST),
            )
        )
    unknown = answers.filter(pl.col("answer") == "unknown")["technology"].unique().sort()
    if len(unknown):
        said.append(message("unknown", count=Count(len(unknown)), items=names(unknown, most=5)))
    return said


def _language(asked: pl.DataFrame) -> Literal["en", "zh"]:
    """The language of most of the names."""
    chinese = sum(map(is_chinese, asked["technology"]))
    return "zh" if 2 * chinese > asked.height else "en"


def _record_said(record: pl.DataFrame, name: str, language: Literal["en", "zh"]) -> Message:
    """How often such answers were right, on names of one language."""
    of = (pl.col("classification") == name) & (pl.col("language") == language)
    row = record.row(by_predicate=of, named=True)
    shares = ("first", "five", "lexical", "majority", "readers", "stated")
    return message(
        "record",
        classification=_list_name(name),
        count=Count(int(row["names_count"])),
        slope=Number(row["slope"]),
        language=Code(f"codes.language.{language}"),
        **{share: Share(row[f"{share}_share"]) for share in shares},
    )


def _list_name(name: str) -> Code:
    return Code(f"codes.classification.{name}")


def _source(name: str) -> Phrase:
    """Where a list of codes comes from, and on what terms it is copied."""
    about = code_lists()[name]
    spelled = message(
        "phrases.list",
        publisher=Name(about.publisher),
        version=Name(about.version),
        terms=Code(f"codes.terms.{name}"),
    )
    return Phrase(spelled)


CONCORDANCE = Measurement(
    concordance,
    citation="McFadden 1974, in Zarembka (ed.), Frontiers in Econometrics, 105-142",
    sample=Sample(),
    brief=("technology", "classification", "code", "title", "probability"),
)
