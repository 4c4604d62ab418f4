"""Affiliations that are postal addresses, as Scopus, Web of Science and PubMed give them: the
institution of each, and its country."""

from __future__ import annotations

import polars as pl

from firstlight.classifications.countries import countries_named

MOSTLY = 0.75  # share of the affiliations that must end with a country, to be addresses
# Where a country is told by a part of it, or by a name that only bibliographic databases use.
OF_DATABASES = {
    "england": "United Kingdom",
    "scotland": "United Kingdom",
    "wales": "United Kingdom",
    "north ireland": "United Kingdom",
    "northern ireland": "United Kingdom",
    "peoples r china": "China",
    "brasil": "Brazil",
}
# An address goes from the small to the large, or from the large to the small: no place is sure. So
# the last part that a word like these marks is the institution, the sure words first.
INSTITUTIONS = (
    r"(?i)\buniv|polyte[ck]|politec|hochschule",
    r"(?i)\b(?:institut|acad[eé]m|college|hospital|societ|council|agency|ministry|laborator|"
    r"corporation|company|inc\b|ltd\b|gmbh\b)",
)

# A street, a postal code, or a town that is called after its university.
NO_INSTITUTION = r"(?i)\d|^university park$"


def with_addresses_read(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents whose affiliations are institutions, and whose countries are known, where
    affiliations are addresses; all others as they are.

    Affiliations are addresses where three of four distinct ones end with a country after a comma.
    Countries that a file gives in a column of their own are kept.

    documents : columns affiliations and country, lists of texts, if they have any

    >>> own = ["Dep. of Physics, Univ. of Lima, Lima, Peru", "Acme Ltd., Leeds, England"]
    >>> read = with_addresses_read(pl.DataFrame({"affiliations": [own], "country": [None]}))
    >>> read["affiliations"].to_list(), read["country"].to_list()
    ([['Univ. of Lima', 'Acme Ltd.']], [['Peru', 'United Kingdom']])
    """
    if "affiliations" not in documents.columns:
        return documents
    addresses = documents["affiliations"].explode().drop_nulls().unique(maintain_order=True)
    country = _countries(addresses)
    known = country.is_not_null().sum()
    if not known or known < MOSTLY * len(addresses):
        return documents
    read = documents.with_columns(_each(documents, addresses, _institutions(addresses, country)))
    if "country" in documents.columns and documents["country"].null_count() < documents.height:
        return read
    return read.with_columns(_each(documents, addresses, country).alias("country"))


def _countries(addresses: pl.Series) -> pl.Series:
    """The country that each address ends with; null where it ends with none."""
    last = pl.col("address").str.extract(r",\s*([^,]+)$").str.replace(r"\.(?:\s.*)?$", "")
    # The United States stand behind the postal code in Web of Science: CA 94305 USA.
    bare = pl.when(last.str.contains(r"\d")).then(last.str.extract(r"(\S+)$")).otherwise(last)
    ends = addresses.to_frame("address").select(bare.str.to_lowercase().alias("end"))["end"]
    listed = countries_named(ends.drop_nulls().unique()) | OF_DATABASES
    return ends.replace_strict(listed, default=None, return_dtype=pl.String)


def _institutions(addresses: pl.Series, country: pl.Series) -> pl.Series:
    """The part of each address that names the institution; the first where no word tells."""
    named = pl.DataFrame({"country": country, "parts": addresses.str.split(",")}).select(
        pl.when(pl.col("country").is_not_null())
        .then(pl.col("parts").list.head(pl.col("parts").list.len() - 1))
        .otherwise("parts")
        .list.eval(pl.element().str.strip_chars())
        .alias("parts")
    )
    parts = pl.col("parts").list
    marked = (
        parts.eval(
            pl.element().filter(
                pl.element().str.contains(words) & ~pl.element().str.contains(NO_INSTITUTION)
            )
        ).list.last()
        for words in INSTITUTIONS
    )
    name = pl.coalesce(*marked, parts.first()).replace("", None)
    return named.select(name.alias("name"))["name"]


def _each(documents: pl.DataFrame, addresses: pl.Series, what: pl.Series) -> pl.Series:
    """What each of the documents' addresses stands for, each once; null where it is nothing."""
    listed = documents.select(pl.int_range(pl.len()).alias("row"), "affiliations")
    each = listed.explode("affiliations").join(
        pl.DataFrame({"affiliations": addresses, "what": what}),
        on="affiliations",
        how="left",
        maintain_order="left",
    )
    found = each.drop_nulls("what").group_by("row", maintain_order=True)
    names = found.agg(pl.col("what").unique(maintain_order=True))
    return listed.join(names, on="row", how="left", maintain_order="left")["what"].alias(
        "affiliations"
    )
