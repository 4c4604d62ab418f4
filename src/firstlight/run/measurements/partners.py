"""A consortium for a technology, who is likely to work together next, and how such recommendations did before."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.consortium_record import (
    DRAWS,
    backtest_consortium,
    coverage_of,
)
from firstlight.instruments.networks.partner_forecast import (
    LABELS,
    LEARNT,
    backtest_partners,
    forecast_partners,
)
from firstlight.instruments.networks.partners import Partners, covered, recommend_consortium
from firstlight.instruments.networks.works_network import joint_links
from firstlight.numerics.finding import Words, listed, sentences_frame
from firstlight.run.measurements.collaboration import latest_years, until_year
from firstlight.run.measurements.curves import (
    Computed,
    add_conventions,
    add_sentences,
    texts,
    titled,
    told,
)
from firstlight.run.measurements.network_drawn import CONSORTIUM, drawn_consortium

Choices = Mapping[str, Any]
COMMON, MANY = 30, 300  # words left out as too common, where there are more than so many
WORD_RULE: Words = (
    f"terms are words of four or more Latin letters; the {COMMON} most frequent of all years are left out where there are more than {MANY}",
    f"术语为四个以上拉丁字母的单词；超过{MANY}个时略去全部年份中最常见的{COMMON}个",
)
MOST_TERMS, CANDIDATES, COMPARED = 300, 500, 1500
NOTHING = 1e-9  # of the objective, below which a member adds nothing
RECORD_YEARS, LIKELY = 3, 100
AT = (10, 50, 100)


def partners_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """The consortium and its candidates; likely new partners; both with their record out of time."""
    if choices["words"]:
        frame = with_words(frame)
    held, said = until_year(frame, choices["until"])
    recent, more = latest_years(held, choices["last_years"])
    about, words = _technology(recent, choices)
    if choices["words"]:
        words.append(WORD_RULE)
    tables = _consortium(recent, about, choices)
    conventions = [*said, *more, *words]
    if held["year"].null_count():
        add_sentences(
            tables, [("no_years", ("Without years nothing is forecast.", "无年份，不作预测。"))]
        )
    else:
        found, rules = _forecasts(held, choices)
        tables["sentences"] = pl.concat([tables["sentences"], found.pop("sentences")])
        tables |= found
        conventions += rules
    add_conventions(tables, *conventions)
    order = (
        "consortium",
        "compared",
        "likely_pairs",
        "consortium_record",
        "record_by_year",
        "candidates",
    )
    facts = {"shown": [name for name in order if name in tables], "drawing": "network"}
    facts |= titled("drawings", CONSORTIUM)
    return tables, {**facts, "size_en": "terms covered", "size_zh": "覆盖术语数"}


def check_partners(choices: Choices) -> None:
    """Raises  InputError for a consortium smaller than its lead."""
    if choices["lead"] and len(choices["lead"]) > choices["size"]:
        raise InputError(
            "more leads than members", where="--lead", try_next=f"--size {len(choices['lead']) + 1}"
        )


def with_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the words of its running texts as terms, but the most frequent.

    Raises  InputError where there is no word.

    >>> with_words(pl.DataFrame({"work": ["a"], "term": ["Robots that grasp"]}))["term"].to_list()
    ['grasp', 'robots', 'that']
    """
    found = frame.with_columns(pl.col("term").str.to_lowercase().str.extract_all("[a-z]{4,}"))
    found = found.explode("term").unique(maintain_order=True)
    count = found.select("work", "term").drop_nulls().unique().group_by("term").len()
    if not count.height:
        raise InputError(
            "no words of Latin letters",
            where="column term",
            try_next="--column term='Keywords' --words no",
        )
    common = count.sort(["len", "term"], descending=[True, False])["term"].head(COMMON).to_list()
    if count.height > MANY:
        found = found.with_columns(
            pl.when(~pl.col("term").is_in(common)).then("term").alias("term")
        ).unique()
    return found.sort(found.columns)


def _rejoined(wanted: list[str], known: set[str]) -> list[str]:
    """Names that a comma split put together again: "University of California, Berkeley" is one where it stands in the table.

    >>> _rejoined(["A", "B", "C"], {"A, B", "C"})
    ['A, B', 'C']
    """
    found, start = list[str](), 0
    while start < len(wanted):
        ends = (
            end for end in range(len(wanted), start, -1) if ", ".join(wanted[start:end]) in known
        )
        end = next(ends, start + 1)
        found.append(", ".join(wanted[start:end]))
        start = end
    return found


def _technology(frame: pl.DataFrame, choices: Choices) -> tuple[pl.DataFrame, list[Words]]:
    """The works and terms that a consortium has to cover: of a technology, of terms that are named, or all."""
    used, said = frame.filter(pl.col("term").is_not_null()), list[Words]()
    for column, wanted in (("technology", choices["technology"]), ("term", choices["terms"])):
        if not wanted:
            continue
        known = used[column].drop_nulls().value_counts(sort=True)[column].to_list()
        wanted = _rejoined(wanted, set(known))
        absent = [name for name in wanted if name not in set(known)]
        if absent:
            near = difflib.get_close_matches(absent[0], known, n=3) or sorted(known)[:5]
            raise InputError(
                f"no row has {column} {absent[0]!r}",
                where=f"--{'technology' if column == 'technology' else 'terms'}",
                try_next=f"such as {', '.join(map(repr, near))}"
                if near
                else f"--column {column}='Yours'",
            )
        used = used.filter(pl.col(column).is_in(wanted))
        said.append(
            (
                f"{column}: {listed(wanted)}",
                f"{'技术' if column == 'technology' else '术语'}：{listed(wanted)}",
            )
        )
    if not used.height:
        raise InputError(
            "no terms to cover", where="column term", try_next="--column term='Keywords'"
        )
    return used, said


def _consortium(
    frame: pl.DataFrame, about: pl.DataFrame, choices: Choices
) -> dict[str, pl.DataFrame]:
    """Recommended members, candidates, and the same number of members chosen in plainer ways."""
    terms = about.select("work", "term").unique()
    count = terms.group_by("term").len().sort(["len", "term"], descending=[True, False])
    words = sorted(count.head(MOST_TERMS)["term"].to_list())
    works = about.select("work", "member").unique()
    size_of = works.group_by("member").len().sort(["len", "member"], descending=[True, False])
    lead = _rejoined(choices["lead"] or [], set(size_of["member"].to_list()))
    absent = [name for name in lead if name not in set(size_of["member"].to_list())]
    if absent:
        near = difflib.get_close_matches(absent[0], size_of["member"].to_list(), n=3, cutoff=0.4)
        hint = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else "name a member of the table as it is written there"
        )
        raise InputError(f"{absent[0]!r} has no work on these terms", where="--lead", try_next=hint)
    members = sorted({*size_of.head(CANDIDATES)["member"].to_list(), *lead})
    grid = coverage_of(works, terms, members, words, choices["least"])
    row, column = np.nonzero(grid)
    rows = pl.DataFrame(
        {"organisation": [members[k] for k in row], "term": [words[k] for k in column]}
    )
    unmet = [words[k] for k in np.flatnonzero(~grid.any(axis=0))]
    if rows["organisation"].n_unique() < choices["size"]:
        raise InputError(
            f"{rows['organisation'].n_unique()} members cover a term, and the consortium has {choices['size']}",
            where="--size",
            try_next="a smaller --size, or --least 1",
        )
    ties = joint_links(frame.select("work", "member"), counting="full")
    weights = (
        "equal"
        if choices["weights"] == "equal"
        else {name: float(n) for name, n in count.iter_rows() if name in words}
    )
    found = _recommended(_with_unmet(rows, unmet), ties, weights, {**choices, "lead": lead})
    size = found.table.height
    compared, sentence = _compared(found, members, grid, words, size_of, weights, choices)
    cut = _cut(count.height, size_of.height, len(unmet), choices)
    fewer: list[tuple[str, Words]] = []
    if size < choices["size"]:
        who = f"These {size} cover" if size > 1 else "This one covers"
        english = f"{who} all that anybody covers, so that no more are named; --least asks for more works on a term."
        fewer = [
            (
                "enough",
                (
                    english,
                    f"这{size}个成员已覆盖全部可覆盖的术语，故不再推荐；可用--least提高覆盖标准。",
                ),
            )
        ]
    return {
        "sentences": pl.concat(
            [sentences_frame(found)[:2], told([*fewer, sentence]), sentences_frame(found)[2:]]
        ),
        "consortium": found.table.rename({"organisation": "member"}),
        "compared": compared,
        "candidates": found.candidates.rename({"organisation": "member"}),
        "conventions": texts([*found.conventions, *cut]),
        **drawn_consortium(found, rows, ties),
    }


def _with_unmet(rows: pl.DataFrame, unmet: list[str]) -> pl.DataFrame:
    """Coverage by member and term, with the terms that nobody covers, which belong to the whole all the same."""
    none = pl.DataFrame({"term": unmet}, schema={"term": pl.String}).select(
        pl.lit(rows["organisation"].first()).alias("organisation"), "term", coverage=pl.lit(0.0)
    )
    return pl.concat([rows.with_columns(coverage=pl.lit(1.0)), none])


def _recommended(
    rows: pl.DataFrame, ties: pl.DataFrame, weights: Mapping[str, float] | str, choices: Choices
) -> Partners:
    """The consortium of the size that was asked for, or of as many as add anything."""
    lead, size = choices["lead"] or [], choices["size"]
    while True:
        found = recommend_consortium(
            rows,
            size,
            coverage="coverage",
            links=ties,
            weights=weights,
            required=lead,
            tie_weight=choices["tie_weight"],
            objective=choices["objective"],
        )
        gain = found.table["objective"].diff().fill_null(1.0)[len(lead) :]
        adding = len(lead) + int(
            (gain > NOTHING).sum()
        )  # a lead is in, whether it adds anything or not
        if adding >= size:
            return found
        size = adding


def _compared(
    found: Partners,
    members: list[str],
    grid: Any,
    words: list[str],
    size_of: pl.DataFrame,
    weights: Mapping[str, float] | str,
    choices: Choices,
) -> tuple[pl.DataFrame, tuple[str, Words]]:
    """What is covered by the consortium, by as many members with most works, and by as many at random."""
    w = np.array([1.0 if isinstance(weights, str) else weights[name] for name in words])
    place = {name: k for k, name in enumerate(members)}
    size, rng = found.table.height, np.random.default_rng(choices["seed"])
    largest = [name for name in size_of["member"].head(size).to_list()]

    def share(who: Any) -> float:
        return float(covered(grid[who], choices["objective"]) @ w / w.sum())

    blind = float(
        np.mean([share(rng.choice(len(members), size, replace=False)) for _ in range(DRAWS)])
    )
    own, most = (
        share([place[n] for n in found.table["organisation"]]),
        share([place[n] for n in largest]),
    )
    table = pl.DataFrame(
        {
            "choice": ["recommended", "largest", "blind"],
            "covered_share": [own, most, blind],
            "chosen": [
                *(listed(who, size) for who in (found.table["organisation"].to_list(), largest)),
                "",
            ],
        }
    )
    who = (
        (f"The {size} members with most works cover", f"{size}")
        if size > 1
        else ("The member with most works covers", "one")
    )
    english = f"{who[0]} {most:.1%}, {who[1]} drawn at random {blind:.1%} on average."
    return table, (
        "compared",
        (english, f"成果最多的{size}个成员覆盖{most:.1%}，随机{size}个平均覆盖{blind:.1%}。"),
    )


def _cut(terms: int, members: int, unmet: int, choices: Choices) -> list[Words]:
    rule = f"a member covers a term with {choices['least']} or more works that name it"
    said: list[Words] = [(rule, f"提及某术语的成果不少于{choices['least']}项即为覆盖")]
    if choices["weights"] == "equal":
        said.append(("all terms count alike", "各术语权重相同"))
    else:
        said.append(
            ("a term counts as much as there are works that name it", "术语权重为提及它的成果数")
        )
    if unmet:
        said.append(
            (
                f"{unmet:,} of the terms are covered by no candidate",
                f"{unmet:,}个术语无任何候选成员覆盖",
            )
        )
    if terms > MOST_TERMS:
        said.append(
            (
                f"the {MOST_TERMS} most frequent of {terms:,} terms",
                f"取{terms:,}个术语中最常见的{MOST_TERMS}个",
            )
        )
    if members > CANDIDATES:
        english = f"candidates: the {CANDIDATES} of {members:,} members with most works on it, and the lead"
        said.append((english, f"候选：{members:,}个成员中相关成果最多的{CANDIDATES}个及牵头方"))
    return said


def _forecasts(
    frame: pl.DataFrame, choices: Choices
) -> tuple[dict[str, pl.DataFrame], list[Words]]:
    """Pairs likely to work together for the first time, the record of such forecasts, and that of consortia."""
    works = frame.select("work", "member", "year").unique()
    terms = frame.select("work", "term").drop_nulls().unique()
    now, horizon, past = int(works["year"].max()), choices["horizon"], choices["past"]  # type: ignore[arg-type]
    least, raised = _least_works(works, now, choices)
    given: dict[str, Any] = {"horizon": horizon, "past": past, "terms": terms}
    groups = (
        (lambda year: groups_known(frame, year))
        if frame["group"].null_count() < frame.height
        else None
    )
    years = _record_years(works, now, horizon, past)
    tables, words, missing = {}, list[pl.DataFrame](), list[tuple[str, Words]]()
    try:
        found = forecast_partners(
            works,
            now,
            least_works=least,
            groups=groups(now) if groups else None,
            most=LIKELY,
            **given,
        )
        tables["likely_pairs"] = found.table
        words.append(sentences_frame(found))
    except InputError as error:
        missing.append(
            ("no_forecast", _unlearnt("No new partners are forecast", "未作新合作预测", error))
        )
    parts = []
    for year in years:
        try:
            enough, _ = _least_works(works, year, choices)  # as it would have been chosen then
            parts.append(
                backtest_partners(
                    works, [year], least_works=enough, groups=groups, at=AT, **given
                ).table
            )
        except InputError as error:
            missing.append(
                (
                    "no_record",
                    _unlearnt(f"There is no record of {year}", f"{year}年无检验记录", error),
                )
            )
    tables["record_by_year"] = _hits(pl.concat(parts).drop("score")) if parts else pl.DataFrame()
    tables["record"] = mean_record(pl.concat(parts)) if parts else pl.DataFrame()
    if parts or not years:  # else each year says for itself what it lacks
        words.append(
            told(_record_words(tables["record"], len(parts), now - past - 2 * horizon + 1))
        )
    if years:
        size = {
            "size": choices["size"],
            "least": choices["least"],
            "objective": choices["objective"],
            "seed": choices["seed"],
        }
        kept = backtest_consortium(
            works,
            terms,
            years,
            horizon,
            past=past,
            most_terms=MOST_TERMS,
            candidates=CANDIDATES,
            **size,
        )
        tables["consortium_record"] = kept.table
        words.append(sentences_frame(kept))
        raised += list(kept.conventions[1:])
    rules: list[Words] = [
        (
            f"new partners: no joint work so far, each with {least} or more works in {past} years; forecast {horizon} years ahead from earlier years alone",
            f"新合作：此前无合作且{past}年内各有不少于{least}项成果；仅凭更早年份预测未来{horizon}年",
        )
    ]
    tables["sentences"] = pl.concat([*words, told(missing)])
    return tables, [*rules, *raised]


def groups_known(frame: pl.DataFrame, year: int) -> dict[str, str]:
    """Each member's group in most of its rows up to a year, so that nothing later is used.

    >>> rows = pl.DataFrame({"member": ["x", "x", "x"], "group": ["u", "v", "v"], "year": [2000, 2001, 2002]})
    >>> groups_known(rows, 2000)
    {'x': 'u'}
    """
    known = (
        frame.filter((pl.col("year") <= year) & pl.col("group").is_not_null())
        .group_by("member", "group")
        .len()
    )
    first = known.sort(["member", "len", "group"], descending=[False, True, False]).unique(
        "member", keep="first"
    )
    return dict(first.sort("member").select("member", "group").iter_rows())


def _unlearnt(english: str, chinese: str, error: InputError) -> Words:
    """What is missing, and why, in one line."""
    return (
        f"{english}: {str(error).splitlines()[0]}.",
        f"{chinese}：成员的历史成果或新增合作太少，无从学习。",
    )


def _least_works(works: pl.DataFrame, now: int, choices: Choices) -> tuple[int, list[Words]]:
    """The fewest works that let so many members be compared in pairs as a machine holds."""
    window = (
        works.filter(pl.col("year").is_between(now - choices["past"] + 1, now))
        .group_by("member")
        .len()
    )
    counts, least = window["len"].to_numpy(), choices["least_works"]
    while (counts >= least).sum() > COMPARED:
        least += 1
    if least == choices["least_works"]:
        return least, []
    english = f"--least-works {choices['least_works']} would compare more than {COMPARED:,} members, and became {least}"
    return least, [
        (
            english,
            f"按--least-works {choices['least_works']}将比较{COMPARED:,}个以上成员，故提高至{least}",
        )
    ]


def _record_years(works: pl.DataFrame, now: int, horizon: int, past: int) -> list[int]:
    """The last forecast years whose outcomes and whose past the table holds in full, not overlapping."""
    first = int(works["year"].min())  # type: ignore[arg-type]
    years = [now - horizon * k for k in range(1, RECORD_YEARS + 1)]
    return sorted(year for year in years if year - horizon - past + 1 >= first)


def mean_record(table: pl.DataFrame) -> pl.DataFrame:
    """The record of each score over its forecast years: means, the best first; pairs and links are added up."""
    shares = [name for name in table.columns if name.startswith(("precision_at_", "said_at_"))]
    found = table.group_by("score", "score_en", "score_zh", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("forecasts_count"),
        pl.col("pair_count", "link_count").sum(),
        pl.col("base_rate_share", "auc", *shares).mean(),
    )
    return _hits(
        found.sort(["auc", "score"], descending=[True, False], nulls_last=True).drop("score")
    )


def _hits(record: pl.DataFrame) -> pl.DataFrame:
    """Precision under a name that says of what: hits among the first pairs."""
    return record.rename(
        {name: name.replace("precision_at_", "hits_at_") for name in record.columns}
    )


def _record_words(record: pl.DataFrame, years: int, first: int) -> list[tuple[str, Words]]:
    if not record.height:
        english = f"There is no record of new partners: it takes works from {first} or before."
        return [("record", (english, f"无新合作的检验记录：需要{first}年或更早的成果。"))]
    is_learnt = pl.col("score_en") == LABELS[LEARNT][0]
    learnt, best = (record.filter(kind).row(0, named=True) for kind in (is_learnt, ~is_learnt))
    top = ""
    if learnt["hits_at_10_share"] is not None:
        said, came = learnt["said_at_10_share"], learnt["hits_at_10_share"]
        top = f" Of its ten likeliest pairs {came:.0%} came together, where it had said {said:.0%}."
    english = (
        f"Record of new partners in {years} past forecast year{'s' if years > 1 else ''}: {learnt['base_rate_share']:.2%} of pairs came together "
        f"(base rate); the learnt score has an AUC of {learnt['auc']:.3f} (0.5 is blind), the best single score ({best['score_en']}) "
        f"{best['auc']:.3f}.{top}"
    )
    chinese = (
        f"新合作预测的历史记录（{years}个预测年）：实际新建合作占{learnt['base_rate_share']:.2%}（基准率）；学习得分AUC为{learnt['auc']:.3f}"
        f"（0.5为随机），最佳单一指标（{best['score_zh']}）为{best['auc']:.3f}。"
    )
    if top:
        chinese += f"其概率最高的10个配对中{came:.0%}实现合作，而预测为{said:.0%}。"
    return [("record", (english, chinese))]
