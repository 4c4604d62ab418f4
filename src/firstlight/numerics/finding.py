"""What an instrument gives back: a table, the answer in words, a picture, the conventions used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import as_given

Words = tuple[str, str]
"""The same text in English and Chinese."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The face of a result; each instrument adds its arrays, with their shapes and units.

    table       : the main table, a row per unit, per unit and year, or per period
    sentences   : (code, (English, Chinese)), the answer first
    conventions : every convention used, English and Chinese
    given       : the frame that was handed in, if it was one; ``frame`` returns its kind
    """

    table: pl.DataFrame
    sentences: tuple[tuple[str, Words], ...]
    conventions: tuple[Words, ...]
    given: Any = field(default=None, repr=False)

    @property
    def frame(self) -> Any:
        """The main table, in the kind of frame that was handed in."""
        return as_given(self.table, self.given)

    def summary(self, lang: str = "en") -> str:
        """What was found, in words, a line each.

        Raises  InputError for another language than ``en`` or ``zh``.
        """
        if lang not in ("en", "zh"):
            raise InputError(
                f"no texts in language {lang!r}", where="lang", try_next="use 'en' or 'zh'"
            )
        return "\n".join(words[lang == "zh"] for _, words in self.sentences)

    def plot(self) -> Any:
        """A picture of the main table, an Altair chart.

        Raises  InputError where Altair is not installed.
        """
        try:
            import altair as alt
        except ModuleNotFoundError as error:
            raise InputError(
                "a picture needs Altair", where="plot()", try_next="pip install 'firstlight[plots]'"
            ) from error
        return self._chart(alt)

    def _chart(self, alt: Any) -> Any:
        raise NotImplementedError


def sentences_frame(found: Finding) -> pl.DataFrame:
    """The sentences as a table: code, text_en, text_zh."""
    rows = [(code, *words) for code, words in found.sentences]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names for a sentence, the first few of many; apart by semicolons where a name has a comma in it.

    >>> listed(["a", "b", "c"], most=2), listed(["a, b", "c"])
    ('a, b, …', 'a, b; c')
    """
    shown = [*names[:most], *(["…"] if len(names) > most else [])]
    return ("; " if any("," in name for name in shown) else ", ").join(shown)


def listed_zh(names: Sequence[str], most: int = 5) -> str:
    """Names for a Chinese sentence, the first few of many.

    >>> listed_zh(["甲", "乙", "丙"], most=2)
    '甲、乙等'
    """
    return "、".join(names[:most]) + ("等" if len(names) > most else "")


def reason_columns(reasons: Iterable[Words | None]) -> dict[str, pl.Series]:
    """The columns reason_en and reason_zh; null where there is no reason.

    >>> [column.to_list() for column in reason_columns([None, ("no price", "缺价格")]).values()]
    [[None, 'no price'], [None, '缺价格']]
    """
    rows = list(reasons)
    return {
        f"reason_{lang}": pl.Series([words and words[k] for words in rows], dtype=pl.String)
        for k, lang in enumerate(("en", "zh"))
    }


def name_words(name: str, year: int | None = None, kind: Words = ("unit", "单元")) -> Words:
    """A unit for a sentence, with its year where there is one; a bare number is told to be a unit.

    >>> name_words("Texas", 1986)[0], name_words("3", 1986), name_words("6", kind=("group", "组"))[0]
    ('Texas 1986', ('unit 3 in 1986', '单元 3（1986年）'), 'group 6')
    """
    when = "" if year is None else f"{year}"
    if not name.isdecimal():
        return (f"{name} {when}".rstrip(),) * 2
    return (
        f"{kind[0]} {name}{when and f' in {when}'}",
        f"{kind[1]} {name}{when and f'（{when}年）'}",
    )
