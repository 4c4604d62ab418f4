"""Institutions and countries of affiliations that are postal addresses."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.emergence.technologies.addresses import with_addresses_read

LISTS = {"affiliations": pl.List(pl.String), "country": pl.List(pl.String)}


def read(affiliations: list[list[str] | None], country: list[list[str] | None] | None = None):
    own = country or [None] * len(affiliations)
    frame = pl.DataFrame({"affiliations": affiliations, "country": own}, schema=LISTS)
    return with_addresses_read(frame)


@pytest.mark.parametrize(
    ("address", "institution", "country"),
    [
        # Scopus: from the small to the large
        (
            "SCHOOL OF MINING, THE UNIVERSITY OF ASTER, SYDNEY, NSW, AUSTRALIA",
            "THE UNIVERSITY OF ASTER",
            "Australia",
        ),
        ("Burn Center, Aster Hospital, 12 College Road, Wuhan, China", "Aster Hospital", "China"),
        (
            "College of Maps, Aster State University, University Park, PA, United States",
            "Aster State University",
            "United States",
        ),
        ("Aster Associates, Orono, ME, United States", "Aster Associates", "United States"),
        # Web of Science: from the large to the small
        ("Aster Univ, Dept Comp Sci, Aster, CA 94305 USA", "Aster Univ", "United States"),
        ("Univ Aster, Sch Civil, Leeds, W Yorkshire, England", "Univ Aster", "United Kingdom"),
        ("Aster Inst Technol, Xian, Peoples R China", "Aster Inst Technol", "China"),
        # PubMed: a stop, and an address for letters
        (
            "Department of Bees, University of Aster, Lima, Peru. Electronic address: a@b.pe.",
            "University of Aster",
            "Peru",
        ),
    ],
)
def test_an_address_is_read(address: str, institution: str, country: str) -> None:
    found = read([[address]])
    assert found.rows() == [([institution], [country])]


def test_a_document_counts_once_for_an_institution_and_a_country() -> None:
    each = [f"Faculty {name}, Aster University, Rome, Italy" for name in "ABC"]
    found = read([each[:2], None, [each[2], "Aster Bureau, Room 2"]])
    own = ["Aster University"]
    assert found["affiliations"].to_list() == [own, None, [*own, "Aster Bureau"]]
    assert found["country"].to_list() == [["Italy"], None, ["Italy"]]


def test_affiliations_that_are_no_addresses_stay() -> None:
    own = [["Aster University", "University of Lima, Peru"], ["Acme, Inc."]]
    found = read(own)
    assert found["affiliations"].to_list() == own
    assert found["country"].null_count() == len(own)


def test_countries_of_the_file_are_kept() -> None:
    found = read([["Aster University, Rome, Italy"]], [["IT"]])
    assert found.rows() == [(["Aster University"], ["IT"])]


def test_of_half_known_addresses_nothing_is_taken() -> None:
    known = ["Aster University, Rome, Italy", "Aster University, Lima, Peru"]
    found = read([[*known, "Aster Bureau, Room 2", "Aster Bureau, Room 3"]])
    assert found["country"].to_list() == [None]
