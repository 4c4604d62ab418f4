"""Tables of demands and results whose right pairs are known, cut out of documents at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"'])")
_CHINESE_END = re.compile(r"(?<=[。！？；])")
_WORD = re.compile(r"[\w-]+")
# a sentence that states a problem; closed before anything was fitted
_PROBLEM = re.compile(
    r"\b(however|challeng\w*|problem\w*|difficult\w*|lack\w*|limit\w*|need\w*|remain\w*|suffer\w*|"
    r"fail\w*|drawback\w*|unfortunately|costly|expensive|require\w*|crucial|important|demand\w*)\b"
    r"|然而|但是|问题|挑战|困难|缺乏|不足|局限|需要|需求|限制|昂贵|重要",
    re.I,
)
FEWEST_WORDS = 6  # of a demand
FEWEST_CHARACTERS = 16  # of one in Chinese


@dataclass(frozen=True)
class Pairs:
    """Documents that state a problem and, elsewhere, what was done about it.

    demands : texts
    results : texts; row i of both is of one document
    topic   : of each document; tables of one topic are harder
    """

    demands: list[str]
    results: list[str]
    topic: list[str]


@dataclass(frozen=True)
class MatchingTable:
    """Demands and results of a user, and the row of each demand's right result, -1 for none."""

    demands: list[str]
    results: list[str]
    right: np.ndarray


def _sentences(text: str) -> list[str]:
    is_chinese = re.search(r"[\u4e00-\u9fff]", text) is not None
    parts = (_CHINESE_END if is_chinese else _END).split(text)
    return [part.strip() for part in parts if part.strip()]


def _without(text: str, title: str) -> str:
    """A text without the words of a title; of a Chinese one, without its pairs of characters."""
    if re.search(r"[\u4e00-\u9fff]", text):
        for at in range(len(title) - 1):
            if re.fullmatch(r"[\u4e00-\u9fff]{2}", title[at : at + 2]):
                text = text.replace(title[at : at + 2], " ")
        return text
    words = {word.lower() for word in _WORD.findall(title)}
    return " ".join(word for word in _WORD.findall(text) if word.lower() not in words)


def problem_pairs(
    documents: pl.DataFrame, title: str, abstract: str, topic: str, *, any_sentence: bool = False
) -> Pairs:
    """Sentences of the first half that state a problem, without the title's words; the second half.

    any_sentence : the first sentence, where none states a problem
    """
    pairs = Pairs([], [], [])
    for name, text, subject in documents.select(title, abstract, topic).iter_rows():
        parts = _sentences(text or "")
        half = (len(parts) + 1) // 2
        stated = [part for part in parts[:half] if _PROBLEM.search(part)][:2]
        if not stated and any_sentence:
            stated = parts[:1]
        demand = _without(" ".join(stated), name or "")
        is_long = len(demand.split()) >= FEWEST_WORDS or (
            len(re.findall(r"[\u4e00-\u9fff]", demand)) >= FEWEST_CHARACTERS
        )
        if len(parts) >= 3 and is_long:
            pairs.demands.append(demand)
            pairs.results.append(" ".join(parts[half:]))
            pairs.topic.append(str(subject))
    return pairs


def drawn_table(
    pairs: Pairs, rng: np.random.Generator, size: int, none_share: float, *, one_topic: bool
) -> MatchingTable:
    """A table of about ``size`` results, with two demands to three of them; a share of the demands
    has had its result removed."""
    rows = np.arange(len(pairs.demands))
    if one_topic:
        topics = np.array(pairs.topic)
        names, counts = np.unique(topics, return_counts=True)
        large = names[counts >= min(size, counts.max())]
        rows = rows[topics == rng.choice(large)]
    rows = rng.permutation(rows)[:size]
    asked = rows[: max(2 * len(rows) // 3, 2)]
    gone = set(asked[: round(none_share * len(asked))].tolist())
    kept = rng.permutation([row for row in rows if row not in gone])
    place = {row: at for at, row in enumerate(kept.tolist())}
    right = np.array([place.get(row, -1) for row in asked.tolist()])
    return MatchingTable(
        [pairs.demands[row] for row in asked], [pairs.results[row] for row in kept], right
    )


def task_table(
    tasks: pl.DataFrame, rng: np.random.Generator, size: int, none_share: float
) -> MatchingTable:
    """Tasks of occupations against their descriptions: several demands may have one result."""
    codes = rng.permutation(tasks["code"].unique().sort().to_numpy())[:size]
    asked = tasks.filter(pl.col("code").is_in(codes.tolist())).sort("code", "task")
    picked = asked[rng.permutation(asked.height)[: max(size, 3)].tolist()]
    gone = set(codes[: round(none_share * len(codes))].tolist())
    kept = [code for code in codes.tolist() if code not in gone]
    place = {code: at for at, code in enumerate(kept)}
    described = dict(tasks.select("code", "described").unique().iter_rows())
    return MatchingTable(
        picked["task"].to_list(),
        [described[code] for code in kept],
        np.array([place.get(code, -1) for code in picked["code"]]),
    )


def read_corpora(shared: Path, names: Sequence[str]) -> dict[str, Pairs | pl.DataFrame]:
    """The corpora that are named."""
    return {name: _read(shared, name) for name in names}


def _sample(frame: pl.DataFrame, most: int = 6000) -> pl.DataFrame:
    return frame.sample(min(most, frame.height), seed=1, shuffle=True)


def _read(shared: Path, name: str) -> Pairs | pl.DataFrame:
    documents = shared / "documents"
    if name == "arxiv":
        translated = pl.read_parquet(documents / "arxiv_chinese.parquet", columns=["id"])["id"]
        papers = pl.read_parquet(
            documents / "arxiv_tech.parquet",
            columns=["id", "title", "abstract", "primary_category"],
        ).filter(
            ~pl.col("id").str.strip_prefix("arxiv:").is_in(translated.implode()),
            ~pl.col("primary_category").is_in(["cs.RO", "cs.LG"]),
        )
        return problem_pairs(_sample(papers.sort("id")), "title", "abstract", "primary_category")
    if name == "ai_conferences":
        papers = pl.read_parquet(documents / "ai_conferences.parquet").filter(
            ~pl.col("venue").is_in(["icra", "iros", "rss", "aistats"]),
            pl.col("abstract").is_not_null(),
        )
        ordered = papers.sort("venue", "year", "title")
        return problem_pairs(_sample(ordered), "title", "abstract", "venue")
    if name == "robotics":
        papers = pl.read_parquet(documents / "robotics_ml_with_countries.parquet")
        return problem_pairs(_sample(papers.sort("id")), "title", "abstract", "venue")
    if name == "us_patents":
        patents = pl.read_parquet(documents / "us_neural_network_patents.parquet")
        return problem_pairs(
            patents.sort("id").with_columns(topic=pl.lit("patents")),
            "title",
            "abstract",
            "topic",
            any_sentence=True,
        )
    if name == "arxiv_chinese":
        papers = pl.read_parquet(documents / "arxiv_chinese.parquet")
        return problem_pairs(_sample(papers.sort("id")), "title_zh", "abstract_zh", "primary")
    folder = shared / "classifications"
    if name in ("onet_tasks", "onet_others"):
        described = pl.read_parquet(folder / "occupations" / "occupation_data.parquet")
        tasks = pl.read_parquet(folder / "occupations" / "task_statements.parquet")
        both = tasks.join(described, on="O*NET-SOC Code").select(
            code="O*NET-SOC Code", task="Task", described="Description"
        )
        return both if name == "onet_tasks" else _other_tasks(both)
    if name == "esco":
        jobs = pl.read_parquet(folder / "occupations" / "esco_occupations.parquet")
        return problem_pairs(
            jobs.sort("conceptUri").with_columns(topic=pl.lit("jobs")),
            "preferredLabel",
            "description",
            "topic",
            any_sentence=True,
        )
    topics = pl.read_csv(folder / "openalex_topics.csv.gz").sort("id_topic")
    return _topic_pairs(topics)


def _other_tasks(tasks: pl.DataFrame) -> Pairs:
    """One task of each occupation against the rest of them."""
    listed = tasks.sort("code", "task").group_by("code", maintain_order=True).agg("task")
    several = [(code, each) for code, each in listed.iter_rows() if len(each) >= 4]
    return Pairs(
        [each[0] for _, each in several],
        [" ".join(each[1:]) for _, each in several],
        [code[:2] for code, _ in several],
    )


def _topic_pairs(topics: pl.DataFrame) -> Pairs:
    """What a description lists last, without the topic's words, against what it says before."""
    pairs = Pairs([], [], [])
    for name, text, field in topics.select("topic", "description", "field").iter_rows():
        parts = (text or "").split(",")
        half = (len(parts) + 1) // 2
        demand = _without(" ".join(parts[half:]), name)
        if len(parts) >= 4 and len(demand.split()) >= FEWEST_WORDS:
            pairs.demands.append(demand)
            pairs.results.append(",".join(parts[:half]))
            pairs.topic.append(field)
    return pairs
