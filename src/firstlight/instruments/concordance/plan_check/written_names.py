"""Names as people write them, taken apart so that two of them can be compared."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_HAN = re.compile(r"[\u3400-\u9fff]")
_PART = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_ACRONYM = re.compile(r"(?=.*[A-Z].*[A-Z0-9])[A-Z0-9][A-Za-z0-9&/-]{1,7}")
_SMALL = frozenset(("of", "the", "and", "for", "in", "a", "an", "to", "on", "by", "with"))
# of who does it and of doing it: computers, computing, computation; robots, robotics
_DOER = re.compile(r"(?<=\w{4})(?:ing|er|or|ation|is)$|(?<=robot)ics?$")
_IONS = {"li": "lithium", "na": "sodium"}
_OF_ENGLISH = frozenset(("advanced", "new", "application", "industrial", "research", "system"))
_VERSION = re.compile(r"[^\W\d_]\s?\d+\.\d")
# What entries of plans begin with, and names of technologies don't: 支持向量机 and 推进剂 do with
# other words of plans.
_VERB = re.compile(
    "加快|大力|推动|培育|打造|开展|壮大|做强|做大|做优|积极|着力|抢占|谋划|前瞻|"
    "发展(?!中)|布局(?!布线)|建设(?!性)"
)
# Words of plans that may be part of a name: 高端数控机床, 基因工程.
_OF_NAMES = frozenset(
    ("新型", "先进", "高端", "新兴", "前沿", "关键", "核心", "工程", "与", "及", "和")
)
# How a line of a plan is marked: 第一条, （一）, 一、, 1., ①, a bullet; 3D, 5G and 2.5D are names.
_MARK = re.compile(
    r"\s*(?:第[一二三四五六七八九十百\d]+[章篇节条]\s*[、.:：]?|[一二三四五六七八九十百]+\s*[、.．]"
    r"|[(（](?:[一二三四五六七八九十百]+|\d{1,3})[)）]|\d+(?:\.\d+){2,}\s"
    r"|\d{1,3}\s*(?:[、)）]|[.．](?!\d))|[①-⑳]|[-*+•·●]\s)\s*(?=\S)"
)
_AND = re.compile(r"以及|[和与及、]|\s(?:and|&)\s", re.IGNORECASE)
MOST_LETTERS = 200  # of a name that are compared


@dataclass(frozen=True)
class Written:
    """A name taken apart.

    words   : singular and in small letters; a run of Chinese characters is one
    core    : the same without words that stand in any plan; all of them where nothing is left
    acronym : where the name is one, in capitals; "" where it is not
    bracket : the acronym that stands behind it in brackets; "" for none
    """

    words: tuple[str, ...]
    core: tuple[str, ...]
    acronym: str
    bracket: str

    @property
    def key(self) -> str:
        """All words, without spaces: cyber attacks and cyberattack are one."""
        return "".join(self.words)

    @property
    def core_key(self) -> str:
        """The same of the core."""
        return "".join(self.core)

    @property
    def is_han(self) -> bool:
        """Whether it has Chinese characters."""
        return _HAN.search(self.key) is not None


@cache
def plan_words() -> tuple[frozenset[str], tuple[str, ...]]:
    """Words that stand in any plan: Latin ones as singulars, Chinese ones the longest first."""
    text = Path(__file__).with_name("plan_words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    latin = frozenset(_singular(row["word"]) for row in rows if row["script"] == "latin")
    han = [row["word"] for row in rows if row["script"] == "han"]
    return latin, tuple(sorted(han, key=lambda word: (-len(word), word)))


@lru_cache(maxsize=200_000)
def written(name: str) -> Written:
    """A name taken apart.

    >>> one = written("Development of Generative-AI technologies (GenAI)")
    >>> one.words, one.core, one.bracket
    (('development', 'of', 'generative', 'ai', 'technology'), ('generative', 'ai'), 'GENAI')
    >>> written("CNNs").acronym
    'CNN'
    """
    text = unicodedata.normalize("NFKC", name)[:MOST_LETTERS].strip()
    outside, inside = around_brackets(text)
    outside = (outside.strip() or text).replace("'", "").replace("\u2019", "")
    plain = [_singular(part) for part in _PART.findall(outside.lower())]
    bracket = next((_as_acronym(each) for each in inside if _as_acronym(each)), "")
    return Written(tuple(plain), _core(plain), _as_acronym(outside), bracket)


def around_brackets(text: str) -> tuple[str, list[str]]:
    """What stands outside brackets, round and square, and what within each pair.

    >>> around_brackets("carbon fibre (CF)")
    ('carbon fibre  ', ['CF'])
    """
    return _BRACKETS.sub(" ", text), [one or other for one, other in _BRACKETS.findall(text)]


def named_by_entry(entry: str) -> str:
    """What an entry of a plan in Chinese names, without the words of plans around it; as it is
    where it doesn't begin as entries do.

    >>> named_by_entry("打造千亿级新型储能产业集群"), named_by_entry("储能产业")
    ('新型储能', '储能产业')
    """
    if not _VERB.match(entry):
        return entry
    around = tuple(word for word in plan_words()[1] if word not in _OF_NAMES)
    return _stripped(entry, around) or entry


def thing_key(name: str) -> str:
    """What the ways to write one name have in common: no words of plans around it, singulars, the
    stem of who or what does a thing, elements by their names.

    >>> thing_key("Quantum computers") == thing_key("quantum computing industry")
    True
    >>> thing_key("Li-ion battery"), thing_key("发展固态电池产业")
    ('lithiumionbattery', '固态电池')
    """
    latin, han = plan_words()
    around = tuple(word for word in han if word not in _OF_NAMES)
    words = []
    every = written(name).words
    for at, word in enumerate(every):
        if _HAN.match(word):
            word = _stripped(word, around)
        elif every[at + 1 : at + 2] == ("ion",):
            word = _IONS.get(word, word)
        if word and (word not in latin or word in _OF_ENGLISH):
            words.append(word)
    words = words or list(every)
    if words and len(words[-1]) > 5:  # 稀土永磁材料, and not 超材料
        words[-1] = words[-1].removesuffix("材料")
    if words and words[-1].isascii():
        words[-1] = _DOER.sub("", words[-1].replace("yz", "ys"))
    return "".join(words)


def without_mark(entry: str) -> str:
    """An entry without the mark that its line begins with, as far as it has one.

    >>> [without_mark(entry) for entry in ("（一）储能", "一、储能", "1. 储能", "3D printing", "2.5D")]
    ['储能', '储能', '储能', '3D printing', '2.5D']
    """
    mark = _MARK.match(entry)
    if mark is None:
        return entry
    return entry[mark.end() :]


def parts_of_entry(entry: str) -> tuple[str, ...]:
    """What stands on each side of the conjunctions of an entry; nothing where it has none, and
    where one English word ends what more than one begin: of carbon capture and storage.

    >>> parts_of_entry("加快发展储能和氢能产业"), parts_of_entry("hydrogen and fuel cells")
    (('储能', '氢能'), ('hydrogen', 'fuel cells'))
    """
    parts = tuple(part.strip() for part in _AND.split(named_by_entry(entry)))
    if len(parts) < 2 or not all(parts):
        return ()
    first = written(parts[0]).words
    last = written(parts[-1]).words
    if len(last) == 1 < len(first) and last[0].isascii():
        return ()
    return parts


def completed(parts: tuple[str, ...]) -> list[str]:
    """What a later side would be with the beginning of the first: of 量子计算与通信, 量子通信.

    >>> completed(("量子计算", "通信"))
    ['量通信', '量子通信', '量子计通信']
    """
    first, *rest = parts
    if not _HAN.search(first):
        return []
    return [first[:size] + part for part in rest for size in range(1, len(first))]


def names_nothing(name: str) -> bool:
    """Whether a name is nothing but words of any plan, single letters and numbers.

    A word with its version (Industry 4.0) is a name.

    >>> [names_nothing(name) for name in ("x", "的", "new technology", "X-ray", "5G", "钢")]
    [True, True, True, False, False, False]
    """
    text = unicodedata.normalize("NFKC", name)
    return not _VERSION.search(text) and not any(map(_names_something, _PART.findall(text)))


def _names_something(word: str) -> bool:
    latin, han = plan_words()
    if _HAN.match(word):
        return bool(_stripped(word, han))
    singular = _singular(word.lower())
    return len(word) > 1 and not word.isdigit() and singular not in latin | _SMALL


def _as_acronym(text: str) -> str:
    text = text.strip()
    singular = text.removesuffix("s")
    if not singular.isupper():  # the s of CNNs is a plural, that of Bus is not
        singular = text
    if _ACRONYM.fullmatch(singular):
        return re.sub(r"[^A-Z0-9]", "", singular.upper())
    return ""


def _core(words: list[str]) -> tuple[str, ...]:
    latin, han = plan_words()
    kept = []
    for word in words:
        if _HAN.match(word):
            word = _stripped(word, han)
        if word and word not in latin:
            kept.append(word)
    return tuple(kept or words)


def _stripped(word: str, han: tuple[str, ...]) -> str:
    """Chinese without the plan words at its ends: "" where it is nothing else, and as it is where
    a single character would be left."""
    rest = word
    while rest:
        for each in han:
            if rest.startswith(each):
                rest = rest.removeprefix(each)
                break
            if rest.endswith(each):
                rest = rest.removesuffix(each)
                break
        else:
            # one character of Chinese is rarely a name: better all of it than what is left
            if len(rest) < 2:
                return word
            return rest
    return ""


def _singular(word: str) -> str:
    """An English word without its plural: plain rules, since both sides go through them."""
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def initials(words: tuple[str, ...]) -> str:
    """The first letters of the words that carry a name, in capitals.

    >>> initials(("internet", "of", "thing"))
    'IT'
    """
    return "".join(word[0] for word in words if word not in _SMALL).upper()


def all_initials(words: tuple[str, ...]) -> str:
    """The first letters of all words: IoT."""
    return "".join(word[0] for word in words).upper()
