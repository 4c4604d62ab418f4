"""What the terminal and the report say of an observation, as messages and rows that both put into
words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.message_json import message_from_json
from firstlight.phrases import each_year
from firstlight.texts import (
    Change,
    Code,
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    family_texts,
    message,
    names,
)
from firstlight.views.observation_contract import Facts, Tables

Row = Mapping[str, Any]
Values = dict[str, Value[Any]]
TEXTS = family_texts("emergence")
FIRST = {"precision_20": 20, "precision_50": 50}  # lines that a score of the record counts
NO_AREA = ("none", "unclear")
LEAST_WATCHED = 3  # documents from which a technology is watched
MOST_SOURCES = 3
FIRST_RANKS = 20  # of which it is told who came and who went
MOVES = {"entered": ("rank", "earlier_rank"), "left": ("earlier_rank", "rank")}
MOST_MOVED = 5  # of these, named with their reasons; the others are counted
LEADERS = 3  # of a kind, named for a technology
LEADER_KINDS = ("country", "organisation", "author")


@dataclass(frozen=True)
class Advised:
    """Advice that several technologies get for the same reason.

    advice : what it is and means; because : the reason, and what would change it
    """

    advice: Phrase
    because: Phrase
    technologies: List | Phrase


def scored(tables: Tables, most: int | None = None) -> pl.DataFrame:
    """Technologies that are scored, by rank; those that equal an earlier one stand under it, not
    here."""
    ranked = _lines(tables, "scored").sort("rank")
    if most is None:
        return ranked
    return ranked.head(most)


def _lines(tables: Tables, status: str) -> pl.DataFrame:
    is_line = (pl.col("status") == status) & pl.col("same_as").is_null()
    return tables["technologies"].filter(is_line)


def first_of(tables: Tables, most: int) -> tuple[str, pl.DataFrame]:
    """The section and the technologies that a view shows first: the watched ones where none is
    scored."""
    ranked = scored(tables, most)
    if ranked.is_empty():
        ranked = _lines(tables, "watched").head(most)
    if ranked.is_empty() or ranked["probability"].is_not_null().any():
        return "technologies", ranked
    return "rising", ranked


def filled(rows: pl.DataFrame, columns: Iterable[str]) -> list[str]:
    """The columns that say something of any row."""
    said = {"growth_last_year": pl.col("growth_last_year").is_not_null() | pl.col("is_newborn")}
    return [
        name
        for name in columns
        if rows.select(said.get(name, pl.col(name).is_not_null()).any()).item()
    ]


def title(facts: Facts, lang: str) -> str:
    """The title of the record, in Chinese where it has one."""
    return str((lang == "zh" and facts.get("title_zh")) or facts["title"])


def shown_name(row: Row, lang: str) -> str:
    """A technology's name, with its translation where the language has one."""
    return TEXTS.cell(lang, "technologies", "name", row)


def shown_names(tables: Tables, listed: Collection[str], lang: str) -> dict[str, str]:
    """Names of technologies -> the same with their translations; what is no longer one stays."""
    own = tables["technologies"].filter(pl.col("name").is_in(listed))
    return {name: name for name in listed} | {
        row["name"]: shown_name(row, lang) for row in own.iter_rows(named=True)
    }


def shown_date(column: str = "date") -> pl.Expr:
    """Dates as text; 1 January, on which stands what is dated to the year, as the year alone.

    >>> days = pl.Series("date", ["2020-01-01", "2020-06-03", None]).str.to_date()
    >>> days.to_frame().select(shown_date()).to_series().to_list()
    ['2020', '2020-06-03', None]
    """
    return pl.col(column).cast(pl.String).str.strip_suffix("-01-01")


def table_hints(facts: Facts, section: str = "technologies") -> list[Phrase]:
    """What the columns of the table of technologies mean, and what counts as take-off where it is
    forecast."""
    year = facts["as_of"]
    two_years: Values = {"first": Year(year - 1), "last": Year(year)}
    take_off: Values = {
        "horizon": Count(facts["horizon"]),
        "factor": Number(facts["factor"], digits=1),
        "gain": Share(facts["gain"], digits=2),
    }
    chance = [
        Phrase(message("hints.take_off", **take_off)),
        Phrase(message("hints.chance", until=Year(year + facts["horizon"]))),
    ]
    figures = [Phrase(message(f"hints.{name}", **two_years)) for name in ("documents", "growth")]
    if section == "technologies":
        return [*chance, *figures]
    return [*figures, Phrase(message("hints.rising", **two_years))]


def ranking_reason(facts: Facts) -> Phrase:
    """Why the list is ranked as it is."""
    said = message_from_json(facts["ranking_reason"])
    return Phrase(Message(f"ranking_reasons.{said.code}", said.values))


def warnings(tables: Tables) -> list[Row]:
    """Rows of the table of warnings, the gravest first."""
    order = {"red": 0, "yellow": 1, "note": 2}
    return sorted(
        tables["warnings"].to_dicts(), key=lambda row: order.get(row["severity"], len(order))
    )


def advised(rows: pl.DataFrame, lang: str) -> list[Advised]:
    """Advice for the given technologies, that of the first first."""
    together: dict[tuple[str, str, str], list[str]] = {}
    bets: dict[tuple[str, str, str], list[str | None]] = {}
    for row in rows.filter(pl.col("advice").is_not_null()).iter_rows(named=True):
        key = (row["advice"], row["advice_reason"], row["advice_change"])
        together.setdefault(key, []).append(shown_name(row, lang))
        bets.setdefault(key, []).append(row["bet"])
    return [_advised(*key, listed, bets[key], lang) for key, listed in together.items()]


def _advised(
    advice: str, reason: str, change: str, listed: list[str], bets: list[str | None], lang: str
) -> Advised:
    what: Values = {
        "advice": _word(lang, "advice", advice),
        "meaning": _word(lang, "advice_meanings", advice),
    }
    why: Values = {
        "reason": _word(lang, "advice_reasons", reason),
        "change": _word(lang, "advice_changes", change),
    }
    said = (Phrase(message("phrases.advised", **what)), Phrase(message("phrases.because", **why)))
    technologies = names(listed, len(listed))
    if None not in bets and len(set(bets)) < len(bets):
        counted = message("phrases.as_bets", names=technologies, count=Count(len(set(bets))))
        return Advised(*said, Phrase(counted))
    return Advised(*said, technologies)


def _word(lang: str, group: str, code: str | None) -> Name:
    """The words of a code; one that this version does not know stands for itself."""
    return Name(TEXTS.code(lang, group, code))


def pooled_record(tables: Tables, facts: Facts) -> pl.DataFrame:
    """A row per ranking over all years, at the observation's horizon: the used one, then the best
    first."""
    record = tables["record"].filter(
        pl.col("year").is_null() & (pl.col("horizon") == facts["horizon"])
    )
    return record.sort(~pl.col("is_used"), -pl.col("precision_20"), "ranking", nulls_last=True)


def _listed(tables: Tables) -> int:
    """How many technologies the longest list of an earlier year holds; 0 where there is none."""
    most: Any = tables["past_forecasts"]["rank"].max()
    return most or 0


def record_columns(tables: Tables, columns: Iterable[str]) -> list[str]:
    """Columns of the record, without the first 50 where no list holds more than 20."""
    is_short = 0 < _listed(tables) <= FIRST["precision_20"]
    return [column for column in columns if not (is_short and column == "precision_50")]


def record_title(tables: Tables, column: str, lang: str, *, is_short: bool = False) -> str:
    """The title of a column of the record: of the first 7 where no list holds more.

    is_short : the short title, where room is scarce
    """
    listed = _listed(tables)
    is_cut = 0 < listed < FIRST.get(column, 0)
    told = TEXTS.column(lang, "record", column)
    if is_short and is_cut:
        return TEXTS.say(lang, "interface", "first_of", count=Count(listed))
    if is_short:
        return told.get("short", told["title"])
    if is_cut:
        return TEXTS.say(lang, "interface", "took_off_of", count=Count(listed))
    return told["title"]


def record_hint(tables: Tables) -> Phrase:
    """What the scores of the first lines count."""
    listed = _listed(tables)
    if 0 < listed <= FIRST["precision_20"]:
        return Phrase(message("hints.record_short", count=Count(listed)))
    most = FIRST["precision_50"]
    return Phrase(message("hints.record", count=Count(min(listed or most, most))))


def base_rate(tables: Tables, facts: Facts) -> Phrase | None:
    """How many technologies took off in the years of the record, and how many by chance would.

    None where none was large enough to be scored.
    """
    pooled = pooled_record(tables, facts).filter(pl.col("scored_count") > 0)
    if pooled.is_empty():
        return None
    row = pooled.row(0, named=True)
    same_horizon = tables["record"].filter(pl.col("horizon") == facts["horizon"])
    years = each_year(same_horizon["year"].drop_nulls())
    said: Values = {
        "scored": Count(row["scored_count"]),
        "take_offs": Count(row["take_off_count"]),
        "base": Share(row["base_rate"]),
        "expected": Count(round(row["expected_by_chance"])),
    }
    return Phrase(message("hints.base_rate", years=years, **said))


def watched(tables: Tables, most: int, lang: str) -> tuple[int, List]:
    """How many technologies are watched, and the first of them with their documents."""
    young = _lines(tables, "watched")
    items: list[Value[Any]] = [
        Phrase(
            message(
                "phrases.named_documents",
                name=Name(shown_name(row, lang)),
                documents=Count(row["documents_count"]),
            )
        )
        for row in young.head(most).iter_rows(named=True)
    ]
    items += map(Name, young["name"][most:])  # which are only counted
    return young.height, List(tuple(items), most)


def watched_hint(facts: Facts) -> Phrase:
    """What it takes to be watched."""
    years = {"first": Year(facts["as_of"] - 1), "last": Year(facts["as_of"])}
    return Phrase(message("hints.watched", least=Count(LEAST_WATCHED), **years))


def leaders(tables: Tables, rows: pl.DataFrame, kind: str, lang: str) -> list[Phrase]:
    """A line per technology: who leads in the recent years, and by how many points that changed;
    where nobody is named in the years before, there is nothing that could have changed."""
    own = tables["leaders"].filter(pl.col("kind") == kind)
    keys = ["technology_id", "name"]
    before = own.filter(pl.col("period") == "before").select(*keys, before="share")
    led_before = set(before["technology_id"])
    recent = own.filter(pl.col("period") == "recent").join(before, on=keys, how="left")
    recent = recent.sort(-pl.col("share"), "name")
    lines = []
    for row in rows.iter_rows(named=True):
        first = recent.filter(pl.col("technology_id") == row["technology_id"]).head(LEADERS)
        was_led = row["technology_id"] in led_before
        items = [_leader(leader, was_led) for leader in first.iter_rows(named=True)]
        if items:
            said: Values = {"name": Name(shown_name(row, lang)), "items": List(tuple(items))}
            lines.append(Phrase(message("phrases.line", **said)))
    return lines


def _leader(row: Row, was_led: bool) -> Phrase:
    said: Values = {"name": Name(row["name"]), "share": Share(row["share"])}
    if not was_led:
        return Phrase(message("phrases.new_leader", **said))
    points = 100 * (row["share"] - (row["before"] or 0.0))
    return Phrase(message("phrases.leader", **said, change=Change(points)))


def areas(tables: Tables, lang: str) -> Iterator[Phrase]:
    """A line per area of the six, its first technology and chance; then one of those that have
    none."""
    first = scored(tables).unique("area", keep="first", maintain_order=True)
    likeliest = {row["area"]: row for row in first.iter_rows(named=True)}
    of_six = [area for area in sorted(TEXTS.find("en", "areas")[0]) if area not in NO_AREA]
    for area in of_six:
        if area not in likeliest:
            continue
        row = likeliest[area]
        answer: Phrase | Name = Name(shown_name(row, lang))
        if row["probability"] is not None:
            chance: Values = {"name": answer, "chance": Share(row["probability"])}
            answer = Phrase(message("phrases.chance", **chance))
        yield Phrase(message("phrases.line", name=Code(f"areas.{area}"), items=answer))
    if without := [Code(f"areas.{area}") for area in of_six if area not in likeliest]:
        none: Values = {"name": List(tuple(without)), "items": Code("interface.area_none")}
        yield Phrase(message("phrases.line", **none))


def reading(tables: Tables, facts: Facts) -> list[Phrase]:
    """What was read, and how much of it the forecast rests on."""
    years = tables["years"]
    if years.is_empty():
        return []
    sources: Value[Any] = Code("interface.unknown")
    if facts.get("sources"):
        sources = names((source["name"] for source in facts["sources"]), MOST_SOURCES)
    said: Values = {
        "documents": Count(int(years["documents_count"].sum())),
        "first": Year(years["year"].min()),  # type: ignore[arg-type]
        "last": Year(years["year"].max()),  # type: ignore[arg-type]
        "sources": sources,
    }
    lines = [Phrase(message("interface.read", **said))]
    up_to = documents_until(tables, facts)
    if up_to < years["documents_count"].sum():
        until = {"documents": Count(up_to), "year": Year(facts["as_of"])}
        lines.append(Phrase(message("interface.read_until", **until)))
    return lines


def documents_until(tables: Tables, facts: Facts) -> int:
    """Documents up to the forecast year."""
    until = tables["years"].filter(pl.col("year") <= facts["as_of"])
    return int(until["documents_count"].sum())


def change_lines(tables: Tables, facts: Facts, lang: str) -> list[str]:
    """What changed since the earlier observation, a line each; none where none was given."""
    return [TEXTS.write(lang, Phrase(line)) for line in _changes(tables, facts, lang)]


def _changes(tables: Tables, facts: Facts, lang: str) -> Iterator[Message]:
    since, changes = facts.get("since"), tables["changes"]
    if since is None:
        return
    documents = {"documents": since["documents_count"], "now": documents_until(tables, facts)}
    counts = {name: Count(count) for name, count in documents.items()}
    yield message("change_says.since", year=Year(since["as_of"]), **counts)
    if since["ranking"] != facts["ranking"]:
        ranking, before = (Code(f"rankings.{one['ranking']}") for one in (facts, since))
        yield message("change_says.ranking", ranking=ranking, before=before)
    if changes.is_empty():
        yield message("change_says.nothing")
        return
    for code, (here, there) in MOVES.items():
        is_only = (pl.col(here) <= FIRST_RANKS) & ~(pl.col(there) <= FIRST_RANKS).fill_null(False)
        rows = changes.filter(is_only, pl.col("kind") != "renamed")
        if rows.height:
            count = {"count": Count(rows.height), "first": Count(FIRST_RANKS)}
            yield message(f"change_says.{code}", names=_with_reasons(tables, rows, lang), **count)
    of_kind = {
        kind: Count(changes.filter(pl.col("kind") == kind).height)
        for kind in TEXTS.find("en", "change_kinds")[0]
    }
    yield message("change_says.all", **of_kind)


def _with_reasons(tables: Tables, rows: pl.DataFrame, lang: str) -> List:
    """Technologies, and why each has changed."""
    called = shown_names(tables, rows["name"].to_list(), lang)
    items = [
        {"text": Name(called[name]), "inside": _word(lang, "change_reasons", reason)}
        for name, reason in rows.select("name", "reason").iter_rows()
    ]
    return List(tuple(Phrase(message("format.bracketed", **one)) for one in items), MOST_MOVED)


def cases(tables: Tables, most: int, lang: str) -> dict[str, list[Phrase]]:
    """The gravest cases of the record's last year by kind, misses first: what happened, and why."""
    told: dict[str, list[Phrase]] = {}
    known = tables["cases"]
    for kind in ("miss", "false_alarm", "hit"):
        last = known.filter(
            (pl.col("kind") == kind) & (pl.col("forecast_year") == pl.col("forecast_year").max())
        )
        rows = last.sort("rank", "name", descending=[kind == "miss", False], nulls_last=True).head(
            most
        )
        if rows.height:
            called = shown_names(tables, rows["name"].to_list(), lang)
            told[kind] = [
                _case(row, called[row["name"]], lang) for row in rows.iter_rows(named=True)
            ]
    return told


def _case(row: Row, name: str, lang: str) -> Phrase:
    growth: Value[Any] = Code("interface.unknown")
    rank: Value[Any] = Code("interface.unknown")
    if row["outcome_ratio"] is not None:  # 0/0 where too few documents compare
        growth = Phrase(message("format.times", number=Number(row["outcome_ratio"], digits=1)))
    if row["rank"] is not None:
        rank = Count(row["rank"])
    said: Values = {
        "name": Name(name),
        "rank": rank,
        "reason": _word(lang, "case_reasons", row["reason"]),
        "growth": growth,
    }
    if row["probability"] is None:
        return Phrase(message("phrases.case_without_chance", **said))
    return Phrase(message("phrases.case", chance=Share(row["probability"]), **said))


def explain_command(tables: Tables, facts: Facts, lang: str) -> str:
    """The command that shows what the likeliest technology's numbers rest on."""
    known = sorted(facts.get("results") or {})
    result = next((name for name in ("observation", *known) if name in known), "RESULT")
    parts = ["firstlight", "explain", result]
    if tables["technologies"].height:
        first = tables["technologies"]["technology_id"][0]
        parts += ["--table", "technologies", "--row", f"technology_id={first}"]
    if facts.get("project"):
        parts += ["--project", str(facts["project"])]
    if lang != "en":
        parts += ["--lang", lang]
    return " ".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    """A word of a command, in quotes where it needs them; letters of any script don't."""
    if re.fullmatch(r"[\w=./-]+", part):
        return part
    return shlex.quote(part)
