"""The entries of a plan that is a text: what its sentences name, and what kind of thing each is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.instruments.concordance.known_names import industries, technologies_of_plans
from firstlight.instruments.concordance.plan_check.written_names import (
    names_nothing,
    plan_words,
    thing_key,
)

STATED = ("target", "measure")  # which are no names, and not compared
Entry = tuple[str, str]  # what is named, and its kind
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CLAUSE = re.compile(r"[，,：:；;。]")
_LISTED = re.compile(r"、|以及")
_AND = re.compile("以及|[和与及]")
_AND_SO_ON = re.compile("等(?!离|温|静).*$")
_OUTSIDE = re.compile(r"[(（][^)）]*[)）]")
_WORD = re.compile(r"[^\W_](?:[\w'’&+/.-]*\w)?|[,;:]")
_UNTIL = re.compile(r"\bby (?:the end of )?20\d\d", re.IGNORECASE)
_AMOUNT = re.compile(r"\d|halve|double|triple", re.IGNORECASE)
_JOINING = frozenset(("and", "of"))
LONGEST = 18  # characters of a name
SHORTEST = 3  # of a known name that is found anywhere in a sentence


def entries_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the entries that they name, each with its kind and its sentence.

    rows : entry, text_part, and more; rows without a part are entries as they are
    """
    if rows["text_part"].null_count() == rows.height:
        nothing = pl.lit(None, pl.String)
        return rows.with_columns(kind=nothing, sentence=nothing)
    entries = [
        [{"entry": entry, "kind": kind, "sentence": text} for entry, kind in named_in(text, part)]
        for text, part in rows.select("entry", pl.col("text_part").fill_null("name")).iter_rows()
    ]
    names = pl.List(pl.Struct(dict.fromkeys(("entry", "kind", "sentence"), pl.String)))
    every = rows.drop("entry").with_columns(found=pl.Series(entries, dtype=names))
    every = every.filter(pl.col("found").list.len() > 0).explode("found").unnest("found")
    keys = [name for name in ("place", "number") if name in rows.columns]
    return every.unique(["entry", *keys], keep="first", maintain_order=True)


def is_name() -> pl.Expr:
    """Whether an entry is compared: targets and measures are no names."""
    return ~pl.col("kind").is_in(STATED).fill_null(False)


def named_in(text: str, part: str = "sentence") -> list[Entry]:
    """What a piece of a plan names, in its order, each with its kind.

    part : of the text, as `plan_pieces` has them

    >>> named_in("加快发展固态电池、钠离子电池，到2027年产能达到10吉瓦时")
    [('固态电池', 'technology'), ('钠离子电池', 'technology'), ('到2027年产能达到10吉瓦时', 'target')]
    >>> named_in("We will develop fuel cells and launch a £2 million grant scheme")
    [('fuel cells', 'technology'), ('launch a £2 million grant scheme', 'measure')]
    """
    if _HAN.search(text):
        entries = _in_chinese(text, part)
    else:
        entries = _in_english(text, part) if part != "whole" else []
    if part == "frame":
        entries = [entry for entry in entries if entry[1] in STATED]
    elif part == "name" and not entries and _is_plain(text):
        entries = [(text, _kind(text))]
    return list(dict.fromkeys(entries))


def _is_plain(text: str) -> bool:
    """Whether an item of a list that names nothing else is a name itself."""
    words = _words("han")
    is_led = text.startswith((*words["no_lead"], *words["before"])) and not is_known(text)
    is_vague = text.endswith(words["no_thing"]) or is_led
    return not is_vague and not _CLAUSE.search(text) and not names_nothing(text)


@cache
def _words(script: str) -> dict[str, Any]:
    sections = tomllib.loads(
        Path(__file__).with_name("plan_entries.toml").read_text(encoding="utf-8")
    )[script]
    words: dict[str, Any] = {}
    for name, listed in sections.items():
        if name in ("measure", "target", "dated"):
            words[name] = re.compile(listed, re.IGNORECASE)
        else:
            parts = listed.split(";") if name in ("things", "begins") else listed.split()
            words[name] = tuple(part.strip() for part in parts)
    return words


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    """Keys of known technologies, and of industries."""
    technologies, trades = (
        frozenset(thing_key(name) for names in table for name in names)
        for table in (technologies_of_plans(), industries())
    )
    return technologies, trades


def is_known(name: str) -> bool:
    """Whether a name is that of a technology or an industry that ships.

    >>> is_known("quantum computers"), is_known("量子计算"), is_known("town hall")
    (True, True, False)
    """
    return any(thing_key(name) in keys for keys in _known())


def _is_exact(name: str) -> bool:
    """Whether a name is known as it stands, without words of plans around it."""
    return any(name in keys for keys in _known())


def _kind(name: str) -> str:
    """Technology, industry or project, by the end of a name.

    What is known as an industry alone is one.
    """
    words = _words("han" if _HAN.search(name) else "latin")
    last = name.lower()
    if not _HAN.search(name):
        last = last.rpartition(" ")[2]
    technologies, trades = _known()
    key = thing_key(name)
    if last.endswith(words["industry"]):
        return "industry"
    if not _is_exact(name) and last.endswith(words["project"]) and len(name) > 3:
        return "project"
    if key in trades and key not in technologies:
        return "industry"
    return "technology"


def _in_chinese(text: str, part: str) -> list[Entry]:
    words = _words("han")
    entries = list[Entry]()
    for at, clause in enumerate(_clauses(text, words)):
        stated = next((kind for kind in ("measure", "target") if words[kind].search(clause)), None)
        if stated:
            entries.append((clause, stated))
        rest = _OUTSIDE.sub("", clause)
        named = [] if stated else list(_listed(rest, "sentence" if at else part, words))
        entries += [(name, _kind(name)) for name in named]
        for name in named:
            # what a project is about is an entry, what a technology is a part of is none
            within = _known_within(name, 2) if _kind(name) == "project" else ()
            entries += [(word, _kind(word)) for word in within]
            rest = rest.replace(name, "|")
        if part != "whole":
            entries += [(name, _kind(name)) for name in _known_within(rest)]
    return entries


def _clauses(text: str, words: dict[str, Any]) -> Iterator[str]:
    """The clauses of a sentence, a year with what is to come until then."""
    year = ""
    for clause in map(str.strip, _CLAUSE.split(text)):
        if words["dated"].fullmatch(clause):
            year = f"{clause}，"
        elif clause:
            yield year + clause
            year = ""


def _listed(clause: str, part: str, words: dict[str, Any]) -> Iterator[str]:
    """Names that a clause lists, without what it begins and ends with."""
    plain = clause
    if clause.startswith(words["no_lead"]) and "、" not in clause:
        return
    if (end := clause.find("等", 3)) > 0 and clause.endswith(words["no_thing"], end):
        return
    for sign in words["cut"]:
        at = plain.find(sign, 3)
        if 0 < at < len(plain) - 1 and not _is_exact(plain):
            plain = plain[:at]
    plain = _without(plain, words["before"], str.removeprefix)
    was_led = plain != clause
    parts = [piece for each in _LISTED.split(plain) for piece in _sides(each, words)]
    if not was_led and part not in ("name",) and len(parts) < 2:
        parts = [own for own in parts if is_known(own)]
    for own in parts:
        name = _trimmed(own, words)
        is_heading = part == "whole" or (part == "heading" and not is_known(name))
        if is_heading and not was_led:
            continue
        if _is_thing(name, words):
            yield name


def _sides(text: str, words: dict[str, Any]) -> list[str]:
    """Both sides of an and, where each is a name of its own."""
    if _is_exact(_trimmed(text, words)):
        return [text]
    for found in _AND.finditer(text):
        sides = text[: found.start()], text[found.end() :]
        names = [_trimmed(side, words) for side in sides]
        if all(len(name) > 2 or is_known(name) for name in names):
            return [sides[0], *_sides(sides[1], words)]
    return [text]


def _trimmed(text: str, words: dict[str, Any]) -> str:
    text = _AND_SO_ON.sub("", text.strip("“”\"' "))
    text = _without(text, words["before"], str.removeprefix)
    is_whole = text in words["kept"] or _is_exact(text)
    if is_whole or text.endswith((*words["industry"], *words["project"])):
        return text
    return _without(text, words["after"], str.removesuffix)


def _without(text: str, words: Collection[str], remove: Any) -> str:
    """A text without words at one of its ends, which leave two characters at least."""
    rest = text
    while not _is_exact(rest):
        shorter = [own for word in words if 1 < len(own := remove(rest, word)) < len(rest)]
        if not shorter:
            break
        rest = min(shorter, key=len)
    return rest


def _is_thing(name: str, words: dict[str, Any]) -> bool:
    if name in (*words["no_thing"], *words["broad"], *plan_words()[1]):
        return False
    if name in words["kept"] or is_known(name):
        return True
    broad = any(name.removesuffix(word) in words["vague"] for word in words["broad"])
    generic = broad or name.endswith(words["no_thing"]) or "的" in name
    return 2 <= len(name) <= LONGEST and not generic and not names_nothing(name)


def _known_within(text: str, shortest: int = SHORTEST) -> Iterator[str]:
    """Known technologies in a text, the longest first found from its beginning."""
    at = 0
    technologies = _known()[0]
    while at < len(text):
        for size in range(min(14, len(text) - at), shortest - 1, -1):
            name = text[at : at + size]
            if name in technologies and _HAN.match(name):
                yield name
                at += size
                break
        else:
            at += 1


def _in_english(text: str, part: str) -> list[Entry]:
    words = _words("latin")
    entries = list[Entry]()
    begins = "|".join(map(re.escape, words["begins"]))
    for clause in re.split(rf";|,?\s(?:and\s)?(?=(?:{begins})\b)", text, flags=re.IGNORECASE):
        clause = clause.strip(" .")
        stated = next((kind for kind in ("measure", "target") if words[kind].search(clause)), None)
        if stated == "target" and not _AMOUNT.search(_UNTIL.sub("", clause)):
            stated = None
        named = list(_phrases(clause, part, words))
        if stated:
            entries.append((clause, stated))
            named = [entry for entry in named if is_known(entry) and " " in entry]
        entries += [(name, _kind(name)) for name in named]
    return entries


def _phrases(clause: str, part: str, words: dict[str, Any]) -> Iterator[str]:
    """Names in an English clause: known ones, those beside them in a list, those that follow a verb
    of plans, and those that end as industries and projects do."""
    chains = list(_chains(_with_known(_WORD.findall(clause), frozenset(words["stop"])), words))
    for at, (before, chain) in enumerate(chains):
        follows = before in words["things"]
        known = [is_known(name) for name in chain]
        is_list = len(chain) > 1
        for name, own in zip(chain, known, strict=True):
            last = name.lower().rpartition(" ")[2]
            is_named = last.endswith(words["project"]) and name[0].isupper() and " " in name
            is_industry = " " in name and last in words["industry"]
            is_listed = is_list and (any(known) or follows)
            is_first = part == "name" and not at
            is_object = follows and " " in name
            generic = last in words["no_thing"] or name.isdigit()
            enough = own and (" " in name or "-" in name or is_listed or is_first or follows)
            rest = name.rpartition(" ")[0]
            if enough or is_named or is_industry:
                yield name
            elif last in words["no_thing"] and " " in rest + "-" and rest and is_known(rest):
                yield rest
            elif (is_listed or is_first or is_object) and not generic:
                yield name


def _with_known(tokens: list[str], stop: frozenset[str]) -> list[str]:
    """The words, known names that hold an and or of (carbon capture and storage) as one."""
    for size in range(6, 2, -1):
        for at in range(len(tokens) - size + 1):
            run = tokens[at : at + size]
            joining = stop.intersection(run)  # keys leave it out: hydrogen and energy are two
            if (
                joining
                and joining <= _JOINING
                and "," not in run
                and " ".join(run).lower() in _joined()
            ):
                return [*tokens[:at], " ".join(run), *_with_known(tokens[at + size :], stop)]
    return tokens


@cache
def _joined() -> frozenset[str]:
    """Known English names that hold an and or of, in small letters."""
    names = technologies_of_plans()["name_en"].str.to_lowercase()
    return frozenset(name for name in names if _JOINING.intersection(name.split()))


def _chains(tokens: list[str], words: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Runs of words that may be names, those of one list together, and what stands before them."""
    stop = frozenset(words["stop"])
    chain = list[str]()
    before = ""
    run = list[str]()
    joined = ""
    for token in [*tokens, ";"]:
        is_link = token in (",", "and", "&")
        if not is_link and token not in ";:" and token.lower() not in stop:
            run.append(token)
            continue
        if run:
            # of cell and gene therapy, the first word alone is no name
            is_pair = joined == "and" and len(chain) == 1 and " " not in chain[0] and len(run) > 1
            if is_pair and not is_known(chain[0]):
                run = [chain.pop(), "and", *run]
            chain.append(" ".join(run))
            run = []
        if is_link and chain:
            joined = joined or token
            continue
        if chain:
            yield before, chain
            chain = []
            joined = ""
        # what stands right before: invest in, such as, work on
        before = token.lower()
