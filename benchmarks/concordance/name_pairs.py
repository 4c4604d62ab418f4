"""Pairs of names of which it is known whether they mean one thing, by technology."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.instruments.concordance.plan_check.written_names import all_initials, written
from firstlight.sample import text_corpora

SAMPLES = Path(text_corpora.__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "data"
HELD_OUT = 0.3  # of technologies
ABSENT = 0.5  # of the technologies in a part that nobody knows: what stands for them is unknown
_DEFINED = re.compile(r"([\u4e00-\u9fff]{3,14})（([A-Za-z][A-Za-z0-9-]{1,9})s?）")


@dataclass(frozen=True)
class Part:
    """Names that are known, and names that were written.

    known   : name -> technology
    written : (name, technology), which may be none of the known ones
    made    : those of the written names that were made up, as a plan may write them; the others are
              forms that texts have
    """

    known: dict[str, str]
    written: tuple[tuple[str, str], ...]
    made: frozenset[str]


def parts(script: str) -> dict[str, Part]:
    """Technologies to learn from ("learn"), and others ("held_out")."""
    names = latin_names() if script == "latin" else chinese_names()
    found = {}
    for part in ("learn", "held_out"):
        own = {
            technology: forms
            for technology, forms in names.items()
            if (_drawn(technology) < HELD_OUT) == (part == "held_out")
        }
        known, asked, made = dict[str, str](), list[tuple[str, str]](), set[str]()
        for technology in sorted(own):
            forms = own[technology]
            rng = np.random.default_rng(int(_drawn(f"forms of {technology}") * 2**32))
            if _drawn(f"is {technology} known") >= ABSENT:
                known.setdefault(forms[0], technology)
            asked += [(form, technology) for form in forms[1:]]
            make = _latin_variant if script == "latin" else _chinese_variant
            variant = make(forms[0], rng)
            made |= {variant} - set(forms)
            asked.append((variant, technology))
            for narrower in _narrower(forms[0], sorted(own), own, script, rng):
                made.add(narrower)
                asked.append((narrower, f"{technology} within {narrower}"))
        found[part] = Part(known, tuple(dict.fromkeys(asked)), frozenset(made))
    return found


def _drawn(text: str) -> float:
    """A number from 0 to 1 that belongs to a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def latin_names() -> dict[str, list[str]]:
    """Technologies of two bundled observations with their forms, and topics of OpenAlex."""
    found: dict[str, list[str]] = {}
    for corpus in ("arxiv", "conferences"):
        surveys = text_corpora.read(SAMPLES / corpus).surveys
        forms = surveys[max(surveys)].forms.filter(pl.col("kind") != "part")
        order = pl.col("kind").replace_strict({"name": 0}, default=1, return_dtype=pl.Int64)
        forms = forms.with_columns(order=order).sort("technology", "order", "form")
        for _, own in forms.group_by("technology", maintain_order=True):
            first, *others = own["form"].to_list()
            found.setdefault(written(first).key, [first, *others])
    topics = pl.read_csv(SHARED / "classifications" / "openalex_topics.csv.gz")["topic"]
    for topic in topics.sort():
        found.setdefault(written(topic).key, [topic])
    return found


def chinese_names() -> dict[str, list[str]]:
    """Chinese names that texts give one acronym, and titles of classes of industry.

    Of two names of one acronym that hold each other the shorter alone is kept: what stands before
    it is a verb, or makes it another thing.
    """
    texts = pl.read_parquet(SHARED / "documents" / "arxiv_chinese.parquet")["abstract_zh"]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts.drop_nulls().to_list():
        for name, acronym in _DEFINED.findall(text):
            counted[acronym.upper()][name] += 1
    found: dict[str, list[str]] = {}
    for acronym in sorted(counted):
        often = sorted(
            (name for name, count in counted[acronym].items() if count > 1),
            key=lambda name: (-counted[acronym][name], name),
        )
        names = [name for name in often if not any(name != each and each in name for each in often)]
        if names:
            found.setdefault(names[0], names)
    classes = pl.read_parquet(SHARED / "classifications" / "gbt4754_2017.parquet")
    titles = classes["title_zh"]
    for title in titles.drop_nulls().unique().sort():
        found.setdefault(title, [title])
    return found


def _narrower(
    name: str,
    technologies: list[str],
    names: dict[str, list[str]],
    script: str,
    rng: np.random.Generator,
) -> list[str]:
    """Other things that hold a name: what another name ends with behind it, and what another begins
    with before it. Batteries of graphene are no graphene."""
    other, further = (names[each][0] for each in rng.choice(technologies, 2))
    if script == "han":
        both = [f"{name}{other[-2:]}", f"{further[:2]}{name}"]
    else:
        both = [f"{name} {other.split()[-1]}", f"{further.split()[0]} {name}"]
    return [
        each
        for each in both
        if written(each).core_key != written(name).core_key and each not in names
    ]


def _latin_variant(name: str, rng: np.random.Generator) -> str:
    """A name as a plan may write it."""
    words = name.split()
    match rng.integers(8):
        case 0:
            return name.replace("-", " ") if "-" in name else "-".join(words)
        case 1:
            return name + ("" if name.endswith("s") else "s")
        case 2:
            return f"Development of {name}"
        case 3:
            return f"{name} industry"
        case 4 if len(words) > 2:
            return all_initials(tuple(words))
        case 5 if len(words) > 1:
            return f"{name} ({all_initials(tuple(words))})"
        case 6 if len(name) > 6:
            at = int(rng.integers(1, len(name) - 1))
            return name[:at] + name[at + 1 :]
        case _:
            return name.title()


def _chinese_variant(name: str, rng: np.random.Generator) -> str:
    """A Chinese name as a plan may write it."""
    match rng.integers(6):
        case 0:
            return f"{name}产业"
        case 1:
            return f"{name}技术研发"
        case 2:
            return f"加快发展{name}"
        case 3 if len(name) > 4:
            at = int(rng.integers(1, len(name) - 1))
            return name[:at] + name[at + 1 :]
        case 4:
            return f"{name}示范工程"
        case _:
            return f"新型{name}"
