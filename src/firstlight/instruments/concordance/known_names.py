"""Names that ship: technologies in English and Chinese, and industries by their classification."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import polars as pl

from firstlight.instruments.concordance.code_lists import code_list
from firstlight.instruments.concordance.plan_check.written_names import thing_key

NAMES = "classifications/technology_names.csv"
# written for the concordance of technologies and codes; no pair stands in both
LABELLED = "instruments/concordance/technology_codes/labelled.csv"
# of which a thing may have several, as plans write them
OF_PLANS = "instruments/concordance/plan_check/plan_names.csv"


@cache
def known_pairs() -> pl.DataFrame:
    """English names with their Chinese ones: name_en, name_zh, is_technology.

    Labelled acronyms are left out: there FDA is an agency, elsewhere functional data analysis.
    """
    package = files("firstlight")
    names, labelled = (
        pl.read_csv(package.joinpath(table).read_bytes(), infer_schema=False)
        for table in (NAMES, LABELLED)
    )
    name = pl.col("name_en")
    is_acronym = ~name.str.contains(r"\s") & (
        name.str.count_matches(r"[A-Z0-9]") >= name.str.count_matches(r"[a-z]")
    )
    is_technology = pl.col("subject") == "technology"
    columns = ["name_en", "name_zh", "is_technology"]
    both = (
        names.with_columns(is_technology=pl.lit(True)).select(columns),
        labelled.filter(~is_acronym).with_columns(is_technology=is_technology).select(columns),
    )
    return pl.concat(both).filter(pl.col("name_zh").str.contains(r"\p{Han}"))


@cache
def technologies_of_plans() -> pl.DataFrame:
    """English names of technologies with their Chinese ones, those of plans among them: name_en,
    name_zh. A thing may have several names there in either language."""
    table = files("firstlight").joinpath(OF_PLANS)
    rows = pl.read_csv(table.read_bytes(), infer_schema=False)
    return pl.concat([known_pairs().filter("is_technology").select(rows.columns), rows])


@cache
def glossary() -> tuple[tuple[str, str], ...]:
    """Every pair of an English and a Chinese name of one thing."""
    others = known_pairs().filter(~pl.col("is_technology")).select("name_en", "name_zh")
    return tuple(pl.concat([technologies_of_plans(), others, industries()]).iter_rows())


@cache
def industries() -> pl.DataFrame:
    """English names of industries with their Chinese ones: name_en, name_zh (GB/T 4754)."""
    return code_list("gbt4754").select("name_en", "name_zh")


def thing_keys(name: str) -> frozenset[str]:
    """What a name has in common with others of the same thing: its key, and those of its names in
    the other language.

    >>> bool(thing_keys("quantum computers") & thing_keys("量子计算"))
    True
    """
    key = thing_key(name)
    return _translations().get(key, frozenset()) | {key}


@cache
def _translations() -> dict[str, frozenset[str]]:
    """Key of a name -> the keys of what it is called in the other language."""
    translations: dict[str, set[str]] = {}
    for english, chinese in glossary():
        one = thing_key(english)
        other = thing_key(chinese)
        translations.setdefault(one, set()).add(other)
        translations.setdefault(other, set()).add(one)
    return {key: frozenset(others) for key, others in translations.items()}


def known_names(entries: Iterable[str]) -> pl.DataFrame:
    """What entries are known as: entry, known_en, known_zh; null where they aren't.

    >>> known_names(["量子计算产业"]).row(0)
    ('量子计算产业', 'quantum computing', '量子计算')
    """
    by_key = _names_by_key()
    rows = [(entry, *by_key.get(thing_key(entry), (None, None))) for entry in sorted(set(entries))]
    columns = dict.fromkeys(("entry", "known_en", "known_zh"), pl.String)
    return pl.DataFrame(rows, columns, orient="row")


@cache
def _names_by_key() -> dict[str, tuple[str, str]]:
    by_key: dict[str, tuple[str, str]] = {}
    for pair in pl.concat([technologies_of_plans(), industries()]).iter_rows():
        for name in pair:
            key = thing_key(name)
            # the pair that is written as the key is, before one that differs in its ending
            if key not in by_key or name.replace(" ", "") == key:
                by_key[key] = pair
    return by_key
