r"""BibTeX: values in braces, quotation marks and macros, and LaTeX's accents, as \"o."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.sources import read_documents
from firstlight.sources.documents import Documents

TODAY = datetime.date(2030, 1, 1)


def read(text: str, encoding: str = "utf-8") -> Documents:
    return read_documents({"papers.bib": text.encode(encoding)}, as_of_today=TODAY)


def only(text: str) -> dict[str, Any]:
    found = read(text)
    assert found.table.frame.height == 1 and not found.set_aside.height
    return found.table.frame.row(0, named=True)


ADS = r"""% exported
@string{apj = "Astrophysical " # {Journal}}
@preamble{"\newcommand{\x}{}"}
@ARTICLE{2019ApJ...1,
       author = {{Doe}, Jane and {M{\"u}ller}, K. and Dvo{\v{r}}{\'a}k, A.},
        title = "{The {GPU} of {\ss}chr\"odinger \& Co}",
      journal = apj,
         year = 2019,
        month = may,
          doi = {10.1/a},
     abstract = {A set $\{0,1\}$ said "so" in 50\% of cases.},
}
"""


def test_an_entry_as_nasa_ads_writes_it() -> None:
    row = only(ADS)
    assert row["authors"] == ["Doe, Jane", "Müller, K.", "Dvořák, A."]
    assert row["title"] == r"The GPU of \sschrödinger & Co"
    assert (row["source"], row["id"]) == ("Astrophysical Journal", "10.1/a")
    assert (row["date"], row["date_precision"]) == (datetime.date(2019, 5, 1), "month")
    assert row["abstract"] == r'A set $\0,1\$ said "so" in 50% of cases.'


def test_entries_in_parentheses_and_on_one_line() -> None:
    found = read("@article(a, title={One}, year=2018) @misc{b, title={Two}, date={2019-05-03}}\n")
    assert found.table.frame["title"].to_list() == ["One", "Two"]
    assert found.table.frame["date"].max() == datetime.date(2019, 5, 3)


@pytest.mark.parametrize("broken", ["title = {Never closed", 'title = "Never', "title = {A} year"])
def test_an_entry_that_does_not_end_costs_no_other(broken: str) -> None:
    text = f"@misc{{a, {broken},\n year = 2019\n\n@misc{{b, title = {{Kept}}, year = 2019}}\n"
    found = read(text)
    assert found.table.frame["title"].to_list() == ["Kept"]
    assert found.set_aside.select("row", "code").rows() == [(1, "record_cut_short")]


def test_many_entries_without_an_end_are_read_in_one_pass() -> None:
    text = "@misc{a, title = {{\n" * 20_000 + "@misc{b, title = {Kept}, year = 2019}"
    assert read(text).set_aside.height == 20_000


words = st.text(st.characters(max_codepoint=122, categories=["L", "N"]), min_size=1)


@given(st.lists(st.tuples(words, words, st.integers(1900, 2029)), min_size=1, max_size=5))
def test_what_was_written_is_read(entries: list[tuple[str, str, int]]) -> None:
    text = "".join(
        f"@misc{{k{at},\n title = {{{{{title}}}}},\n doi = {{{at}}},\n"
        f' abstract = "{abstract}", year = {year}\n}}\n\n'
        for at, (title, abstract, year) in enumerate(entries)
    )
    frame = read(text).table.frame.sort("id")
    assert frame.select("title", "abstract", "year").rows() == entries
