"""Parts of sentences that measurements of every family say: when, and how unlikely by chance."""

from __future__ import annotations

from collections.abc import Iterable

from firstlight.texts import Number, Phrase, Year, message

SMALLEST_P = 0.001  # p-value that three decimals show


def each_year(given: Iterable[int]) -> Phrase:
    """Years as a part of a sentence: one, two, or each from the first to the last.

    >>> from firstlight.texts import WORDS, Texts
    >>> Texts(WORDS).write("en", each_year([2016, 2012, 2014]))
    'each year from 2012 to 2016'
    """
    years = sorted(set(given))
    if len(years) == 1:
        return Phrase(message("phrases.one_year", year=Year(years[0])))
    code = "phrases.each_year"
    if len(years) == 2:
        code = "phrases.two_years"
    return Phrase(message(code, first=Year(years[0]), last=Year(years[-1])))


def in_year(year: int | None) -> Phrase:
    """The year at the end of a part of a sentence; nothing where a table has no years.

    >>> from firstlight.texts import WORDS, Texts
    >>> Texts(WORDS).write("en", in_year(2016)), Texts(WORDS).write("en", in_year(None))
    (' in 2016', '')
    """
    if year is None:
        return Phrase(message("phrases.no_year"))
    return Phrase(message("phrases.in_year", year=Year(year)))


def p_phrase(value: float | None) -> Phrase:
    """A p-value as papers write it; one that is missing belongs to a fit without any error.

    >>> from firstlight.texts import WORDS, Texts
    >>> Texts(WORDS).write("en", p_phrase(0.034)), Texts(WORDS).write("en", p_phrase(2e-9))
    ('p = 0.034', 'p < 0.001')
    """
    if value is None or value < SMALLEST_P:
        return Phrase(message("phrases.p_below", p=Number(SMALLEST_P, digits=3)))
    return Phrase(message("phrases.p", p=Number(value, digits=3)))
