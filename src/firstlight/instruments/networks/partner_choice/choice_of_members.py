"""The consortium that a table of works recommends for a technology, and what plainer choices would
cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError, check_known, empty_column, too_few
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.partner_choice.consortium import (
    Objective,
    Recommended,
    covered,
    recommend_consortium,
)
from firstlight.instruments.networks.partner_choice.consortium_record import DRAWS, coverage_of
from firstlight.instruments.networks.works_network import joint_links
from firstlight.numerics.cells import in_one_cell
from firstlight.numerics.graph_layout import layout
from firstlight.texts import (
    Count,
    Figure,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    counted,
    message,
    names,
)

FOLDER = Path(__file__).parent
COMMON, MANY = 30, 300  # words left out as too common, where there are more than so many
MOST_TERMS, CANDIDATES = 300, 500
NEAR = 45  # candidates drawn beside those who are recommended
NOTHING = 1e-9  # of the objective, below which a member adds nothing
HARDLY = 1.005  # times the score of the consortium, which no other choice can pass


@dataclass(frozen=True)
class Chosen:
    """Tables, messages and conventions of a recommended consortium."""

    tables: Mapping[str, pl.DataFrame]
    said: Sequence[Message]
    conventions: Sequence[Message]


def with_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the words of its running texts as terms, but the most frequent.

    Raises InputError where there is no word.

    >>> rows = pl.DataFrame({"work": ["a"], "term": ["Robots that grasp"]})
    >>> with_words(rows)["term"].to_list()
    ['grasp', 'robots', 'that']
    """
    parted = frame.with_columns(pl.col("term").str.to_lowercase().str.extract_all("[a-z]{4,}"))
    parted = parted.explode("term").unique(maintain_order=True)
    count = parted.select("work", "term").drop_nulls().unique().group_by("term").len()
    if not count.height:
        raise _error(message("no_words"))
    common = count.sort("len", "term", descending=[True, False])["term"].head(COMMON).to_list()
    if count.height > MANY:
        is_rare = ~pl.col("term").is_in(common)
        parted = parted.with_columns(term=pl.when(is_rare).then("term")).unique()
    return parted.sort(parted.columns)


def works_about(
    frame: pl.DataFrame, technologies: Sequence[str], terms: Sequence[str]
) -> tuple[pl.DataFrame, list[Message]]:
    """The works and terms to cover: of technologies, of terms that are named, or all.

    Raises InputError for a name that no row has, and where there is no term.
    """
    used, said = frame.filter(pl.col("term").is_not_null()), list[Message]()
    for column, asked in (("technology", technologies), ("term", terms)):
        if not asked:
            continue
        count = used[column].drop_nulls().value_counts(name="count")
        known = count.sort("count", column, descending=[True, False])[column].to_list()
        wanted = rejoined(asked, set(known))
        if not known:
            raise empty_column(column)
        check_known(column, wanted, known)
        used = used.filter(pl.col(column).is_in(wanted))
        about = names(wanted)
        if column == "technology":
            said.append(message("about_technology", names=about))
        else:
            said.append(message("about_terms", names=about))
    if not used.height:
        raise empty_column("term")
    return used, said


def rejoined(wanted: Sequence[str], known: set[str]) -> list[str]:
    """Names that a comma split put together again, where the table has them.

    >>> rejoined(["A", "B", "C"], {"A, B", "C"})
    ['A, B', 'C']
    """
    whole, start = list[str](), 0
    while start < len(wanted):
        ends = range(len(wanted), start, -1)
        fitting = (end for end in ends if ", ".join(wanted[start:end]) in known)
        end = next(fitting, start + 1)
        whole.append(", ".join(wanted[start:end]))
        start = end
    return whole


def chosen_members(
    frame: pl.DataFrame,
    about: pl.DataFrame,
    *,
    size: int,
    lead: Sequence[str],
    tie_weight: float,
    least: int,
    weights: Literal["equal", "works"],
    objective: Objective,
    seed: int,
) -> Chosen:
    """Recommended members, candidates, and the same number of members chosen in plainer ways.

    frame : all works, whose ties count; about : those on the terms to cover

    Raises InputError for a lead without work on the terms, and where too few members cover one.
    """
    terms = about.select("work", "term").unique()
    count = terms.group_by("term").len().sort("len", "term", descending=[True, False])
    words = sorted(count.head(MOST_TERMS)["term"].to_list())
    works = about.select("work", "member").unique()
    size_of = works.group_by("member").len().sort("len", "member", descending=[True, False])
    required = _required(lead, size_of["member"].to_list())
    members = sorted({*size_of.head(CANDIDATES)["member"].to_list(), *required})
    grid = coverage_of(works, terms, members, words, least)
    row, column = np.nonzero(grid)
    rows = pl.DataFrame(
        {"organisation": [members[k] for k in row], "term": [words[k] for k in column]},
        schema={"organisation": pl.String, "term": pl.String},
    )
    unmet = [words[k] for k in np.flatnonzero(~grid.any(axis=0))]
    covering = rows["organisation"].n_unique()
    if covering < size:
        raise InputError(too_few("members", covering, size, "size"))
    ties = joint_links(frame.select("work", "member"), counting="full")
    of_terms = {name: float(n) for name, n in count.iter_rows()}
    if weights != "works":
        of_terms = dict.fromkeys(of_terms, 1.0)
    w = np.array([of_terms[name] for name in words])
    found = _recommended(
        _with_unmet(rows, unmet),
        ties,
        dict(zip(words, w, strict=True)),
        required,
        size,
        tie_weight,
        objective,
    )
    largest = size_of["member"].head(found.table.height).to_list()
    compared = _compared(found, members, grid, w, largest, objective, seed)
    consortium = found.table.rename({"organisation": "member"}).with_columns(
        new_terms=pl.Series([in_one_cell(own) for own in found.table["new_terms"]])
    )
    cut = {"terms": count.height, "members": size_of.height, "unmet": len(unmet)}
    return Chosen(
        {
            "consortium": consortium,
            "compared": compared,
            "candidates": found.candidates.rename({"organisation": "member"}),
            **_drawn(found, rows, ties),
        },
        _messages(found, compared, size),
        _conventions(objective, tie_weight, least, weights, cut),
    )


def _required(lead: Sequence[str], known: list[str]) -> list[str]:
    """The names of the lead as the table writes them."""
    wanted = rejoined(lead, set(known))
    check_known("lead", wanted, known)
    return wanted


def _with_unmet(rows: pl.DataFrame, unmet: list[str]) -> pl.DataFrame:
    """Coverage by member and term, with the terms that nobody covers, which belong to the whole all
    the same."""
    first = pl.lit(rows["organisation"].first()).alias("organisation")
    nobody = pl.DataFrame({"term": unmet}, schema={"term": pl.String})
    return pl.concat(
        [
            rows.with_columns(coverage=pl.lit(1.0)),
            nobody.select(first, "term", coverage=pl.lit(0.0)),
        ]
    )


def _recommended(
    rows: pl.DataFrame,
    ties: pl.DataFrame,
    weights: Mapping[str, float],
    required: Sequence[str],
    size: int,
    tie_weight: float,
    objective: Objective,
) -> Recommended:
    """The consortium of the size that was asked for, or of as many as add anything."""
    while True:
        found = recommend_consortium(
            rows,
            size,
            coverage="coverage",
            links=ties,
            weights=weights,
            required=required,
            tie_weight=tie_weight,
            objective=objective,
        )
        gain = found.table["objective"].diff().fill_null(1.0)[len(required) :]
        # a lead is in, whether it adds anything or not
        adding = len(required) + int((gain > NOTHING).sum())
        if adding >= size:
            return found
        size = adding


def _compared(
    found: Recommended,
    members: list[str],
    grid: Floats,
    w: Floats,
    largest: list[str],
    objective: Objective,
    seed: int,
) -> pl.DataFrame:
    """What is covered by the consortium, by as many members with most works, and by as many at
    random."""
    place = {name: k for k, name in enumerate(members)}
    recommended = found.table["organisation"].to_list()
    rng = np.random.default_rng(seed)

    def share(who: Any) -> float:
        return float(covered(grid[who], objective) @ w / w.sum())

    drawn = [share(rng.choice(len(members), len(recommended), replace=False)) for _ in range(DRAWS)]
    shares = [share([place[name] for name in who]) for who in (recommended, largest)]
    return pl.DataFrame(
        {
            "choice": ["recommended", "largest", "blind"],
            "covered_share": [*shares, float(np.mean(drawn))],
            "chosen": [in_one_cell(recommended), in_one_cell(largest), ""],
        }
    )


def _drawn(found: Recommended, rows: pl.DataFrame, ties: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The recommended members and the strongest other candidates, with their past ties."""
    chosen = found.table["organisation"].to_list()
    others = found.candidates.filter(~pl.col("organisation").is_in(chosen)).sort(
        "covered_share", "organisation", descending=[True, False]
    )
    shown = sorted([*chosen, *others["organisation"].head(NEAR).to_list()])
    place = {name: k for k, name in enumerate(shown)}
    own = ties.filter(pl.col("member_1").is_in(shown) & pl.col("member_2").is_in(shown))
    one, other = (
        own[side].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        for side in ("member_1", "member_2")
    )
    shape = (len(shown), len(shown))
    half = sparse.csr_array((own["weight_count"].to_numpy(), (one, other)), shape=shape)
    at = layout(half + half.T)
    count = dict(rows.group_by("organisation").len().iter_rows())
    standing = dict.fromkeys(shown, "other") | dict.fromkeys(chosen, "recommended")
    nodes = {
        "node": shown,
        "x": at[:, 0],
        "y": at[:, 1],
        "terms_count": [count.get(name, 0) for name in shown],
        "standing": [standing[name] for name in shown],
    }
    links = own.select(one="member_1", other="member_2", weight="weight_count")
    return {"candidate_network": pl.DataFrame(nodes), "candidate_ties": links}


def _messages(found: Recommended, compared: pl.DataFrame, size: int) -> list[Message]:
    """What the consortium covers, how sure that is, beside what, and what each member adds."""
    table = found.table
    count = Count(table.height)
    _, largest, blind = (Share(share, digits=1) for share in compared["covered_share"])
    said = [
        message(
            "covers",
            members=names(table["organisation"], table.height),
            count=count,
            share=Share(min(float(table["covered_share"][-1]), 1.0), digits=1),
        ),
        _certain(found.at_least_share),
    ]
    if table.height < size:
        said.append(message("enough", count=count))
    said.append(message("compared", count=count, largest=largest, blind=blind))
    return said + [_member(row) for row in table.iter_rows(named=True)]


def _certain(at_least: float) -> Message:
    times = 1 / max(at_least, 1e-12)
    return message("no_better") if times < HARDLY else message("certain", times=Number(times))


def _member(row: Mapping[str, Any]) -> Message:
    """What a member adds, and with whom of those before it it has worked."""
    share = Share(row["gain_share"], digits=1)
    if row["new_terms"]:
        added = Phrase(message("phrases.added_terms", share=share, terms=names(row["new_terms"])))
    else:
        added = Phrase(message("phrases.added", share=share))
    member, before = Name(row["organisation"]), row["rank"] - 1
    if not before:
        return message("member", member=member, adds=added)
    ties = Phrase(_ties(row["tie_count"], before))
    adds = Phrase(message("phrases.added_and_tied", added=added, ties=ties))
    return message("member", member=member, adds=adds)


def _ties(partners: int, before: int) -> Message:
    if before == 1:
        return message("phrases.tied_to_first") if partners else message("phrases.new_to_first")
    if partners:
        return message("phrases.tied_to_some", count=Count(partners), before=Count(before))
    return message("phrases.new_to_all", before=Count(before))


def _conventions(
    objective: Objective,
    tie_weight: float,
    least: int,
    weights: Literal["equal", "works"],
    cut: Mapping[str, int],
) -> list[Message]:
    said = [
        message(f"objective_{objective}"),
        message("past_work", weight=Figure(tie_weight)),
        message("greedy"),
        message("covers_a_term", count=Count(least)),
        message(f"weights_{weights}"),
    ]
    said += counted("unmet_terms", cut["unmet"])
    if cut["terms"] > MOST_TERMS:
        said.append(message("most_terms", most=Count(MOST_TERMS), all=Count(cut["terms"])))
    if cut["members"] > CANDIDATES:
        said.append(message("most_candidates", most=Count(CANDIDATES), all=Count(cut["members"])))
    return said


def _error(given: Message) -> InputError:
    return InputError(given, FOLDER)
